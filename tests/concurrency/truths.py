"""What must be true of the stored rows whatever happened: read as a superuser, by plain SQL of its own.

None of it uses the exclusion constraint, the counters or the functions under test.
"""

from __future__ import annotations

from tests.cluster import Database

_BROKEN = {
    "two allocations of one lane overlap": """
        select a.id, b.id from allocation a join allocation b
            on a.tenant_id = b.tenant_id and a.resource_id = b.resource_id and a.lane = b.lane and a.id < b.id
            and a.starts_at < b.ends_at and b.starts_at < a.ends_at""",
    "more at once than the resource has room for": """
        select a.id, count(*) from allocation a join allocation b
            on a.tenant_id = b.tenant_id and a.resource_id = b.resource_id
            and b.starts_at <= a.starts_at and b.ends_at > a.starts_at
        join resource r on r.tenant_id = a.tenant_id and r.id = a.resource_id
        group by a.id, r.capacity having count(*) > r.capacity""",
    "a lane that the resource does not have": """
        select a.id from allocation a join resource r on r.tenant_id = a.tenant_id and r.id = a.resource_id
        where a.lane >= r.capacity""",
    "an allocation of a booking that takes no time": """
        select a.id, b.status from allocation a left join booking b
            on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where a.slot_id is null and b.status is null
            or b.status not in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')""",
    "a booking that takes time without an allocation": """
        select b.id, b.status from booking b where b.status in ('held', 'pending', 'confirmed')
            and b.slot_id is null and not exists (
                select from allocation a where a.tenant_id = b.tenant_id and a.booking_id = b.id)""",
    "an allocation that does not cover its booking": """
        select a.id from allocation a join booking b on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where b.items = '[]' and (
            a.starts_at > b.starts_at or a.ends_at < b.ends_at or a.resource_id <> b.resource_id)""",
    "a visit without the time of somebody who gives it": """
        select b.id, i ->> 'title' from booking b cross join jsonb_array_elements(b.items) i
        where b.status in ('held', 'pending', 'confirmed') and not exists (
            select from allocation a where a.tenant_id = b.tenant_id and a.booking_id = b.id
                and a.role = i ->> 'role' and a.resource_id = (i ->> 'resource_id')::uuid
                and a.starts_at < b.ends_at and a.ends_at > b.starts_at)""",
    "a visit that its lead does not begin": """
        select b.id from booking b where b.items <> '[]' and b.status in ('held', 'pending', 'confirmed')
            and not exists (
                select from allocation a where a.tenant_id = b.tenant_id and a.booking_id = b.id
                    and a.resource_id = b.resource_id and a.starts_at <= b.starts_at)""",
    "one role of a visit with two people": """
        select booking_id, role from allocation where booking_id is not null
        group by tenant_id, booking_id, role having count(distinct resource_id) > 1""",
    "an allocation that ends when its hold does not": """
        select a.id from allocation a join booking b on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where a.expires_at is distinct from case when b.status = 'held' then b.hold_expires_at end""",
    "a booking whose last event says something else": """
        select b.id, b.status, b.version, e.kind, e.version from booking b left join lateral (
            select * from booking_event e where e.tenant_id = b.tenant_id and e.booking_id = b.id
            order by e.version desc limit 1) e on true
        where coalesce(e.kind not in ('booking.' || b.status, 'booking.rescheduled', 'booking.undone',
                'booking.repeated'), true)
            or e.version is distinct from b.version
            or e.data ->> 'status' is distinct from b.status""",
    "a booking without exactly one event a version": """
        select b.id from booking b left join booking_event e
            on e.tenant_id = b.tenant_id and e.booking_id = b.id
        group by b.tenant_id, b.id, b.version
        having count(*) <> b.version or count(distinct e.version) <> b.version""",
    "a hold that expired twice": """
        select booking_id from booking_event where kind in ('booking.expired', 'booking.undone')
        group by booking_id having count(*) filter (where kind = 'booking.expired')
            > 1 + count(*) filter (where kind = 'booking.undone')""",
    "a hold that was confirmed after its time": """
        select h.booking_id from booking_event h join booking_event c
            on c.booking_id = h.booking_id and c.version = h.version + 1
                and c.kind in ('booking.confirmed', 'booking.pending')
        where h.data ->> 'status' = 'held'
            and c.occurred_at >= (h.data ->> 'hold_expires_at')::timestamptz""",
    "a booking without its private link": """
        select b.id from booking b left join booking_token t
            on t.tenant_id = b.tenant_id and t.booking_id = b.id
        group by b.tenant_id, b.id having count(t.token_hash) <> 1""",
    "seats that are not as many as their bookings": """
        select i.id, i.booked, i.held from slot_instance i left join lateral (
            select coalesce(sum(b.party_size) filter (where b.status = 'held'), 0) as held,
                coalesce(sum(b.party_size) filter (where b.status in (
                    'pencil', 'pending', 'confirmed', 'completed', 'no_show')), 0) as booked
            from booking b where b.tenant_id = i.tenant_id and b.slot_id = i.id) b on true
        where i.is_group and ((i.booked, i.held) is distinct from (b.booked, b.held)
            or b.booked + b.held > i.capacity)""",
    "lanes of a published start that are not as taken": """
        select i.id, i.booked, i.held from slot_instance i left join lateral (
            select count(*) filter (where l.is_booked) as booked,
                count(*) filter (where not l.is_booked) as held
            from (select bool_or(a.expires_at is null) as is_booked from allocation a
                where a.tenant_id = i.tenant_id and a.resource_id = i.resource_id and a.lane < i.capacity
                    and tstzrange(a.starts_at, a.ends_at) && tstzrange(i.claim_starts_at, i.claim_ends_at)
                group by a.lane) l) l on true
        where not i.is_group and (i.booked, i.held) is distinct from (l.booked, l.held)""",
    "one customer twice": """
        select tenant_id, email_index from customer where email_index is not null
        group by 1, 2 having count(*) > 1""",
}


def untruths(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What is broken, with the rows that show it; empty when all is well."""
    found = {name: database.rows(query) for name, query in _BROKEN.items()}
    return {name: rows for name, rows in found.items() if rows}


def count_deadlocks(database: Database) -> int:
    """How many deadlocks PostgreSQL has counted in the tests' database since it was made."""
    ((count,),) = database.rows("select deadlocks from pg_stat_database where datname = current_database()")
    return int(str(count))
