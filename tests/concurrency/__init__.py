"""Races, crashes and retries on the real processes and the real database (TRUST G1, G6, G9)."""
