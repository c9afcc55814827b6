"""Tests mirror the source; see `tests/cluster.py` for the database that they run on."""
