"""The whole application beside a naive model in memory (TRUST G3)."""
