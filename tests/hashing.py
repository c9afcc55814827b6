"""Passwords of test accounts, hashed by the same algorithm in a thousandth of the time."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2id with the least work that it can do: hundreds of tests make an account each."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
