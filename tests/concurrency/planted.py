"""Faults planted into the SQL functions for negative controls, and taken out again.

A planted function replaces the real one while the body runs; its text is what the database holds of it (the
newest, whichever migration brought it) with one thing changed, and the change is refused where nothing holds
what it changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

import holdfast
from tests.cluster import Database

_SQL = Path(holdfast.__file__).parent / "capabilities" / "bookings" / "sql"
NO_DOUBLE_BOOKING = """
    add constraint no_double_booking exclude using gist (
        uuidrange(resource_id, resource_id, '[]') with =, int4range(lane, lane, '[]') with =,
        tstzrange(starts_at, ends_at, '[)') with &&, uuidrange(tenant_id, tenant_id, '[]') with =)"""


@contextmanager
def planted(database: Database, file: str, changes: Mapping[str, str]) -> Iterator[None]:
    """Replace each text of `changes`, which the file's functions hold exactly once, while the body runs."""
    real = _definitions(database, file)
    changed = real
    for old, new in changes.items():
        assert changed.count(old) == 1, f"{file} holds {changed.count(old)} times: {old}"
        changed = changed.replace(old, new)
    _run(database, changed)
    try:
        yield
    finally:
        _run(database, real)


@contextmanager
def without_constraint(database: Database) -> Iterator[None]:
    """Let double bookings be stored while the body runs; what it stored is deleted."""
    _run(database, "alter table allocation drop constraint no_double_booking")
    try:
        yield
    finally:
        database.cluster.clean()
        _run(database, f"alter table allocation {NO_DOUBLE_BOOKING}")


def _definitions(database: Database, file: str) -> str:
    """The functions that the file makes, as they are now."""
    made = re.findall(
        r"^create (?:or replace )?function (\w+)", (_SQL / file).read_text(encoding="utf-8"), re.M
    )
    found = database.rows(
        "select pg_get_functiondef(oid) from pg_proc where proname = any (%s) and prokind = 'f' order by oid",
        [made],
    )
    assert found, f"the database has none of {made}"
    return ";\n".join(text for (text,) in found)


def _run(database: Database, statement: str) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("set lock_timeout = '10s'")
        owner.execute(statement.encode())
