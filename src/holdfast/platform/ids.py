"""Identifiers: UUIDv7 (RFC 9562), so that rows made together lie together in an index."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Return a fresh UUIDv7: 48 bits of milliseconds, 74 random bits."""
    return UUID(int=uuid_utils.uuid7().int)
