"""Isolation of tenants: the catalogue audit, the four verbs, and storms on the connection pool (TRUST G14, G15)."""
