"""The one door to tenant data: row-level security shows nothing until a context is set.

Every policy reads `app.tenant` (see `db/sql/foundation.sql`), which is only ever set for one
transaction, so that a pooled connection never carries it to the next request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class TenantContext:
    """Whose data the current transaction sees, and on whose behalf it acts."""

    tenant_id: UUID
    actor: str


class MissingContext(RuntimeError):
    """Tenant data was asked for outside `tenant_context`: a programming error, never a user's."""


_current: ContextVar[TenantContext | None] = ContextVar("holdfast_tenant_context", default=None)
_request_id: ContextVar[str] = ContextVar("holdfast_request_id", default="")
_source: ContextVar[str] = ContextVar("holdfast_source", default="job")

SET_CONTEXT = (
    "select set_config('app.tenant', %s, true), set_config('app.actor', %s, true),"
    " set_config('app.request_id', %s, true), set_config('app.source', %s, true)"
)


def current_context() -> TenantContext:
    """Return the context of the running transaction, or raise `MissingContext`."""
    context = _current.get()
    if context is None:
        raise MissingContext("tenant data was touched outside tenant_context()")
    return context


def request_id() -> str:
    """Return the id of the request being served, or an empty string outside of one."""
    return _request_id.get()


@contextmanager
def request_scope(identifier: str, source: str = "api") -> Iterator[None]:
    """Make `identifier` the request id that events and logs of the body carry.

    `source` is the door it came by, for events: "api", "page", "staff"; outside of a request it is "job".
    """
    token, source_token = _request_id.set(identifier), _source.set(source)
    try:
        yield
    finally:
        _request_id.reset(token)
        _source.reset(source_token)


@contextmanager
def tenant_context(tenant_id: UUID, actor: str) -> Iterator[TenantContext]:
    """Open one transaction that sees exactly one tenant's rows.

    Nested use joins the outer transaction and must name the same tenant.
    """
    outer = _current.get()
    if outer is not None and outer.tenant_id != tenant_id:
        raise MissingContext("a transaction belongs to one tenant; it cannot change to another")
    context = TenantContext(tenant_id, actor)
    with transaction.atomic():
        _apply(context)
        token = _current.set(context)
        try:
            yield context
        finally:
            _current.reset(token)
        if outer is not None and outer.actor != actor:
            # What was set for the inner block outlives its savepoint; the rest is the outer actor's again.
            # (A block that fails is rolled back, settings included.)
            _apply(outer)


def _apply(context: TenantContext) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_CONTEXT, (str(context.tenant_id), context.actor, request_id(), _source.get()))


def call_in_context(tenant_id: UUID, actor: str, function: str, params: Sequence[Any]) -> dict[str, Any]:
    """Call one SQL function in a transaction of its own, in a single round trip.

    `function` is its name, from our own code. The context is set in a materialised CTE, which
    PostgreSQL evaluates before it calls the function. Returns the jsonb that the function answers, parsed.
    """
    outer = _current.get()
    if outer is not None and outer.tenant_id != tenant_id:
        raise MissingContext("a transaction belongs to one tenant; it cannot change to another")
    statement = _call_statement(function, len(params))
    with connection.cursor() as cursor:
        cursor.execute(statement, (str(tenant_id), actor, request_id(), _source.get(), *params))
        row = cursor.fetchone()
    answer: dict[str, Any] = json.loads(row[0])
    return answer


def _call_statement(function: str, arity: int) -> str:
    statement = _statements.get((function, arity))
    if statement is None:
        call = f"{function}({', '.join(['%s'] * arity)})"
        statement = " ".join(
            ("with context as materialized (", SET_CONTEXT, ") select", call, "from context")
        )
        _statements[function, arity] = statement
    return statement


_statements: dict[tuple[str, int], str] = {}
