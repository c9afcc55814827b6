"""What is stored: kept and put back between two runs, and told apart from what another order would leave."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from tests.cluster import Database

# Whatever an operation here may write.
_TABLES = """
select table_name, string_agg(quote_ident(column_name), ', ') filter (where is_generated = 'NEVER')
from information_schema.columns join pg_tables on schemaname = table_schema and tablename = table_name
where table_schema = 'public'
group by 1
having table_name in ('tenant', 'procrastinate_jobs', 'procrastinate_events')
    or bool_or(column_name = 'tenant_id')
order by 1
"""
_STATE = """
select jsonb_build_object(
    'bookings', (select jsonb_agg(jsonb_build_array(
        id, status, version, sequence, starts_at, ends_at, resource_id, slot_id, party_size, option_rank,
        hold_expires_at is null, option_expires_at is null, confirmed_at is null, cancelled_at is null))
        from booking),
    'allocations', (select jsonb_agg(jsonb_build_array(
        booking_id, resource_id, role, lane, starts_at, ends_at, expires_at is null))
        from allocation),
    'log', (select jsonb_agg(jsonb_build_array(booking_id, version, kind, data ->> 'status'))
        from booking_event),
    'seats', (select jsonb_agg(jsonb_build_array(id, booked, held, status, is_blocked)) from slot_instance),
    'challenges', (select jsonb_agg(jsonb_build_array(challenger_id, holder_id, status))
        from option_challenge),
    'closed', (select jsonb_agg(jsonb_build_array(starts_at, ends_at)) from blackout),
    'hours', (select jsonb_agg(jsonb_build_array(rule_kind, start_time, end_time, is_closed))
        from opening_rule),
    'schedule', (select jsonb_agg(version) from schedule_version),
    'jobs', (select jsonb_agg(task_name) from procrastinate_jobs),
    'messages', (select jsonb_agg(jsonb_build_array(booking_id, kind)) from notification))::text
"""


class Kept:
    """The rows of a moment, and the way back to them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        columns = {str(name): str(columns) for name, columns in database.rows(_TABLES)}
        self._admin = database.cluster.connect()
        self._admin.execute("set session_replication_role = replica; create schema kept")
        for name in columns:
            self._admin.execute(f"create table kept.{name} as table public.{name}".encode())
        self._return = "; ".join(
            [
                "begin",
                *(f"delete from {name}" for name in columns),
                *(
                    f"insert into {name} ({own}) overriding system value select {own} from kept.{name}"
                    for name, own in columns.items()
                ),
                "commit",
            ]
        ).encode()

    def put_back(self) -> None:
        self._admin.execute(self._return)

    def state(self, known: dict[UUID, str]) -> str:
        """Everything that counts, ids and order aside, as text; two runs that agree have the same."""
        found = self._admin.execute(_STATE.encode()).fetchone()
        assert found is not None
        text = str(found[0])
        for number, name in known.items():
            text = text.replace(str(number), name)
        parts: dict[str, Any] = json.loads(text)
        # What was made meanwhile has no name yet.
        new = {row[0] for row in parts["bookings"] or [] if row[0] not in known.values()}
        for each in new:
            text = text.replace(each, "new")
        parts = json.loads(text)
        return "\n".join(
            f"{name}: {sorted(map(json.dumps, rows or []))}" for name, rows in sorted(parts.items())
        )

    def close(self) -> None:
        self._admin.rollback()
        self._admin.execute("drop schema kept cascade")
        self._admin.close()
