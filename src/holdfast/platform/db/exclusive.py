"""One process at a time, by an advisory lock of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Yield whether nobody else, on any machine, is in this block under the same name now.

    The lock belongs to a transaction of a connection of its own: it ends when the process dies, works behind
    a pooler that shares connections between transactions, and has no transaction id, which would hold
    back the readers of the event log.
    """
    guard = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        guard.set_autocommit(False)
        with guard.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 8))", (name,))
            (is_ours,) = cursor.fetchone()
        yield is_ours
    finally:
        with suppress(DatabaseError, InterfaceError):
            guard.rollback()
        guard.close()
