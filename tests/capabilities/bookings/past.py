"""Bookings of long ago: rows and log moved into the past together, so that they still agree."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from tests.cluster import Database

_BACK = "make_interval(days => %(days)s)"
# What an event says of a booking that is not a whole document of its own: told anew from the rows.
_STATEMENTS = (
    f"""update booking set starts_at = starts_at - {_BACK}, ends_at = ends_at - {_BACK},
        local_start = local_start - {_BACK}, created_at = created_at - {_BACK},
        updated_at = updated_at - {_BACK}, confirmed_at = confirmed_at - {_BACK},
        cancelled_at = cancelled_at - {_BACK}, hold_expires_at = hold_expires_at - {_BACK}
    where id = any (%(ids)s)""",
    f"""update allocation set starts_at = starts_at - {_BACK}, ends_at = ends_at - {_BACK}
    where booking_id = any (%(ids)s)""",
    f"update booking_event set occurred_at = occurred_at - {_BACK} where booking_id = any (%(ids)s)",
    """update booking_event e set data = to_jsonb(b) - array['contact', 'notes', 'cancellation_reason']
        || jsonb_build_object('status', e.data -> 'status', 'version', e.data -> 'version', 'allocations', (
            select coalesce(jsonb_agg(to_jsonb(a) - array['tenant_id', 'booking_id'] order by a.id), '[]')
            from allocation a where a.booking_id = b.id))
    from booking b where b.id = e.booking_id and b.id = any (%(ids)s)""",
)


def move_back(database: Database, made: MoveAnswer | UUID | Sequence[UUID], days: int = 200) -> None:
    """Move bookings so many days into the past, with all that the log says of them; links stay valid."""
    ids = (
        [made]
        if isinstance(made, UUID)
        else [made.booking_id]
        if isinstance(made, MoveAnswer)
        else list(made)
    )
    with database.cluster.connect() as admin, admin.transaction():
        admin.execute("set local session_replication_role = replica")
        for statement in _STATEMENTS:
            assert admin.execute(statement.encode(), {"days": days, "ids": ids}).rowcount >= 0


def places(database: Database) -> dict[str, list[UUID]]:
    """Which bookings are at hand and which in the archive, by id."""
    return {
        table: [each for (each,) in database.rows(f"select id from {table} order by id")]
        for table in ("booking", "archived_booking")
    }
