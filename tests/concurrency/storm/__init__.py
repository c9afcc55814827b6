"""A storm of random operations with kills, and a ledger of what the server has acknowledged (TRUST G2)."""
