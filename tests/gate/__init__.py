"""The gate's own modules, run by node and held against ours."""
