"""One rule, one test, no I/O."""
