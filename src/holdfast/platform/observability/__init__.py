"""Logs, request ids and health: what an operator sees of a running system."""
