"""Benchmarks: each figure is a ratio to a bare baseline that runs in the same minute on the same machine."""
