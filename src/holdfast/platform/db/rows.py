"""Rows to types: the only helpers that read and write tenant tables outside the hot functions.

Tables are defined in SQL (`capabilities/*/sql/schema.sql`) and read into frozen dataclasses whose
field names are the selected column names. Statements are our own text; values are always bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection

Params = Sequence[Any] | Mapping[str, Any]
T = TypeVar("T")
_JSONB = 3802  # Django leaves jsonb as text for its own fields; here it is read as what it means.
_ROWS_AT_A_TIME = 2000


def fetch_all(kind: type[T], statement: str, params: Params = ()) -> list[T]:
    """Run a SELECT and build one `kind` per row by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        names = [column.name for column in cursor.description]
        return [kind(**dict(zip(names, row, strict=True))) for row in _read(cursor)]


def fetch_one(kind: type[T], statement: str, params: Params = ()) -> T | None:
    """Run a SELECT (or a write with RETURNING) of at most one row."""
    rows = fetch_all(kind, statement, params)
    return rows[0] if rows else None


def fetch_tuples(statement: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """Run a SELECT and return plain tuples, for hot reads that build their own shapes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return _read(cursor)


def stream_tuples(statement: str, params: Params = ()) -> Iterator[tuple[Any, ...]]:
    """Run a SELECT and yield its rows as they come, for more than fits into memory; jsonb comes as text.

    The transaction must stay open until the last row is read.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, params)
        while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
            yield from rows


def fetch_value(statement: str, params: Params = ()) -> Any:
    """Run a statement and return the first column of its first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = _read(cursor)
    return rows[0][0] if rows else None


def execute(statement: str, params: Params = ()) -> int:
    """Run a write and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def _read(cursor: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    documents = [place for place, column in enumerate(cursor.description) if column.type_code == _JSONB]
    if not documents:
        return rows
    return [
        tuple(
            json.loads(value) if place in documents and isinstance(value, str) else value
            for place, value in enumerate(row)
        )
        for row in rows
    ]
