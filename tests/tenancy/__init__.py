"""Isolation of tenants: the catalogue, the four verbs, storms on the connection pool (TRUST G14, G15)."""
