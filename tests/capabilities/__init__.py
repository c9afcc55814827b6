"""Tests of capabilities; `business.py` makes the businesses that they run on."""
