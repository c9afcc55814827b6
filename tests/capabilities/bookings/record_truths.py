"""What must be true of a business's rows whatever was done, and failpoints that cut moves off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cluster import Database

_FAILPOINTS = """
    create function test_crash() returns trigger language plpgsql as $$
    begin
        if current_setting('app.crash', true) = tg_argv[0] then
            perform pg_terminate_backend(pg_backend_pid());
        end if;
        return coalesce(new, old);
    end $$;
    create trigger test_crash_event before insert on booking_event
        for each row execute function test_crash('event');
    create trigger test_crash_booking before update on booking
        for each row execute function test_crash('booking');
    create trigger test_crash_allocation after insert or delete on allocation
        for each row execute function test_crash('allocation');
    create constraint trigger test_crash_commit after insert on booking_event deferrable initially deferred
        for each row execute function test_crash('commit');
"""
BROKEN = {
    "time is taken by what takes none": """
        select a.booking_id, b.status from allocation a left join booking b
            on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where a.tenant_id = %(tenant)s and a.slot_id is null and coalesce(
            b.status not in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show'), true)""",
    "what takes time has none": """
        select b.id, b.status from booking b where b.tenant_id = %(tenant)s and b.slot_id is null
            and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
            and not exists (
                select from allocation a where a.tenant_id = b.tenant_id and a.booking_id = b.id)""",
    "time does not cover its booking": """
        select b.id from booking b join allocation a on a.tenant_id = b.tenant_id and a.booking_id = b.id
        where b.tenant_id = %(tenant)s and (a.starts_at > b.starts_at or a.ends_at < b.ends_at
            or a.resource_id <> b.resource_id
            or a.expires_at is distinct from case when b.status = 'held' then b.hold_expires_at end)""",
    "two in one lane": """
        select a.id, o.id from allocation a join allocation o
            on o.tenant_id = a.tenant_id and o.resource_id = a.resource_id and o.lane = a.lane and o.id > a.id
            and o.starts_at < a.ends_at and o.ends_at > a.starts_at
        where a.tenant_id = %(tenant)s""",
    "beside another without the mark": """
        select a.booking_id from allocation a
        join resource r on r.tenant_id = a.tenant_id and r.id = a.resource_id
        join booking b on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where a.tenant_id = %(tenant)s and a.lane >= r.capacity and not b.is_overbooked""",
    "seats are not as many as their bookings": """
        select i.id, i.booked, i.held from slot_instance i left join lateral (
            select coalesce(sum(b.party_size) filter (where b.status = 'held'), 0) as held,
                coalesce(sum(b.party_size) filter (where b.status in (
                    'pencil', 'pending', 'confirmed', 'completed', 'no_show')), 0) as booked
            from booking b where b.tenant_id = i.tenant_id and b.slot_id = i.id) b on true
        where i.tenant_id = %(tenant)s and i.is_group
            and ((i.booked, i.held) is distinct from (b.booked, b.held) or b.booked + b.held > i.capacity)""",
    "not one event a version": """
        select b.id, b.version, count(*) from booking b left join booking_event e
            on e.tenant_id = b.tenant_id and e.booking_id = b.id
        where b.tenant_id = %(tenant)s group by b.tenant_id, b.id, b.version
        having count(*) <> b.version
            or count(distinct e.version) <> b.version or max(e.version) <> b.version""",
    "more than three in a queue of options": """
        select b.id from booking b where b.tenant_id = %(tenant)s and b.status = 'option'
            and b.option_rank not between 1 and 3""",
}


@contextmanager
def failpoints(database: Database) -> Iterator[None]:
    """Let a session ask to be cut off: `app.crash` says before which write, or at the commit."""
    names = {"booking_event": ("event", "commit"), "booking": ("booking",), "allocation": ("allocation",)}
    with database.cluster.connect() as admin:
        admin.execute(_FAILPOINTS)
        try:
            yield
        finally:
            for table, triggers in names.items():
                for each in triggers:
                    admin.execute(f"drop trigger test_crash_{each} on {table}".encode())
            admin.execute("drop function test_crash()")


def restored(data: dict[str, Any]) -> dict[str, Any]:
    """What an undo restores of an event's data: all but which version it is, which move and which lane."""
    left_out = {"version", "sequence", "updated_at", "restores", "undoes", "before", "challenge", "reason"}
    kept = {name: value for name, value in data.items() if name not in left_out}
    # Ranks are those of today's queue; beside whom it is, today's calendar says.
    kept |= {"option_rank": None, "is_overbooked": None}
    taken = [
        {name: value for name, value in each.items() if name not in ("id", "lane")}
        for each in data["allocations"]
    ]
    return kept | {"allocations": sorted(taken, key=str)}
