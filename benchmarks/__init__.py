"""Measurements over HTTP and beside them: `python -m benchmarks`, or `make bench`."""
