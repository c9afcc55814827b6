"""Bookings: the few that are asked for, and the many that make the tables large.

Half of the many belong to the people who are asked, in the months before the one that is asked for and after
it, fuller than a real calendar; half to other businesses, up to the end of that month. All lie in the tables
in the order of their times, as they would have come in, so that one business's bookings are scattered among
those of all others. Events, tokens and kept answers, which no read of free time looks at, are left out.

Written in sets by the superuser, without triggers, while only the primary keys are there; everything else is
built again behind it. To check each of ten million rows for a double booking again would take ten minutes: so
of more than a million the constraint comes back as the same index without the check, which is what reads see.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.free_time.salons import OPENS, ZONE, Salon, taken

_PEOPLE_OF_OTHERS = 10
_BOOKINGS_OF_OTHERS = 5_000

# One row a calendar: how many bookings it gets before the month (earlier) and after it.
_OTHERS = """
insert into tenant (id, slug, name, time_zone, currency)
    select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'other-' || n, 'Other ' || n,
        'Europe/Berlin', 'EUR' from generate_series(1, %(tenants)s) n;
insert into location (tenant_id, id, name, time_zone)
    select id, id, 'There', 'Europe/Berlin' from tenant where slug like 'other-%%';
insert into service (tenant_id, id, name, duration_minutes, price_minor, currency)
    select id, id, 'Cut', 30, 4200, 'EUR' from tenant where slug like 'other-%%';
insert into resource (tenant_id, id, location_id, name)
    select t.id, ('01910000-0000-7000-8000-' || right(t.id::text, 10) || lpad(n::text, 2, '0'))::uuid, t.id,
        'Person ' || n
    from tenant t, generate_series(1, %(people)s) n where slug like 'other-%%';
create temporary table calendar as
    select row_number() over (order by r.tenant_id, r.id) as number, r.tenant_id, r.id as resource_id,
        r.location_id,
        (select s.id from service s where s.tenant_id = r.tenant_id order by s.id limit 1) as service_id,
        case when t.slug like 'other-%%' then %(bookings_of_others)s else %(bookings_of_own)s end as bookings,
        t.slug like 'other-%%' as is_other
    from resource r join tenant t on t.id = r.tenant_id
    where t.slug like 'other-%%' or r.tenant_id = any (%(own)s);
"""
_CREATE, _INSERT = "create temporary table filling as", "insert into filling"
_ASKED = """
create temporary table filling as
    select %(tenant)s::uuid as tenant_id, r as resource_id, %(location)s::uuid as location_id,
        %(service)s::uuid as service_id, id as booking_id, starts_at
    from unnest(%(ids)s::uuid[], %(resources)s::uuid[], %(starts)s::timestamptz[]) as b (id, r, starts_at)
"""
# Sixteen a day, one every ninety minutes, day and night. Of one's own bookings a quarter is after the month;
# those of others go back from its end.
_MANY = """
insert into filling
    select tenant_id, resource_id, location_id, service_id,
        ('01920000-' || lpad(to_hex(c.number %% 65536), 4, '0') || '-7000-8000-'
            || lpad(to_hex((c.number / 65536) * 16777216 + k), 12, '0'))::uuid,
        case when is_other then %(month_ends)s - interval '90 minutes' * k
            when k <= bookings * 3 / 4 then %(month_starts)s - interval '1 day' - interval '90 minutes' * k
            else %(later)s + interval '90 minutes' * (k - bookings * 3 / 4) end
    from calendar c, generate_series(1, c.bookings) k;
insert into booking (tenant_id, id, service_id, location_id, resource_id, status, starts_at, ends_at,
        local_start, time_zone, tzdb, price_minor, currency, title, created_at, updated_at, confirmed_at)
    select tenant_id, booking_id, service_id, location_id, resource_id, 'confirmed', starts_at,
        starts_at + interval '30 minutes', starts_at at time zone 'Europe/Berlin', 'Europe/Berlin', '2026f',
        4200, 'EUR', 'Cut', now(), now(), now()
    from filling order by starts_at, booking_id;
insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at)
    select tenant_id, booking_id, resource_id, 0, starts_at, starts_at + interval '30 minutes'
    from filling order by starts_at, booking_id;
drop table filling;
"""
MOST_CHECKED = 1_000_000
"""Bookings up to which the constraint comes back as a constraint."""
_QUICK = ("fsync = off", "full_page_writes = off", "max_wal_size = '8GB'", "autovacuum = off")


def fill(admin: psycopg.Connection, salons: Sequence[Salon], bookings: int) -> dict[str, float]:
    """Write about so many bookings more; return the seconds that each step took."""
    month = min(salon.from_date for salon in salons), max(salon.to_date for salon in salons)
    tenants = max(1, bookings // 2 // _BOOKINGS_OF_OTHERS)
    values = {
        "tenants": tenants,
        "people": _PEOPLE_OF_OTHERS,
        "bookings_of_others": bookings // 2 // tenants // _PEOPLE_OF_OTHERS,
        "bookings_of_own": bookings // 2 // sum(len(salon.resource_ids) for salon in salons),
        "own": [salon.tenant_id for salon in salons],
        "month_starts": datetime.combine(month[0], OPENS, ZONE).astimezone(UTC),
        # Behind the two months that are asked for too.
        "later": datetime.combine(month[0] + timedelta(days=62), OPENS, ZONE).astimezone(UTC),
        "month_ends": datetime.combine(month[1] + timedelta(days=1), OPENS, ZONE).astimezone(UTC),
    }
    seconds: dict[str, float] = {}
    for setting in _QUICK:
        admin.execute(f"alter system set {setting}".encode())
    admin.execute("select pg_reload_conf()")
    admin.execute("set session_replication_role = replica")
    admin.execute("set maintenance_work_mem = '1GB'")
    admin.execute("set work_mem = '256MB'")
    rebuild = _drop_indexes(admin, is_checked=bookings <= MOST_CHECKED)
    started = time.perf_counter()
    with psycopg.ClientCursor(admin) as cursor:
        for number, salon in enumerate(salons):
            statement = _ASKED if number == 0 else _ASKED.replace(_CREATE, _INSERT)
            cursor.execute(statement.encode(), _asked(salon))
        for statement in (_OTHERS + _MANY).split(";\n"):
            if statement.strip():
                cursor.execute(statement.encode(), values)
    seconds["rows"] = time.perf_counter() - started
    for name, statement in rebuild:
        started = time.perf_counter()
        admin.execute(statement.encode())
        seconds[name] = time.perf_counter() - started
    started = time.perf_counter()
    for setting in _QUICK:
        admin.execute(f"alter system reset {setting.split()[0]}".encode())
    admin.execute("select pg_reload_conf()")
    admin.execute("vacuum (analyze)")
    admin.execute("checkpoint")
    seconds["vacuum analyze"] = time.perf_counter() - started
    return seconds


def _asked(salon: Salon) -> dict[str, object]:
    rows = [
        (resource_id, starts_at)
        for resource_id, spans in zip(salon.resource_ids, taken(salon), strict=True)
        for starts_at, _ in spans
    ]
    return {
        "tenant": salon.tenant_id,
        "location": salon.id(1),
        "service": salon.service_id,
        "ids": [salon.id(5, number) for number in range(len(rows))],
        "resources": [row[0] for row in rows],
        "starts": [row[1] for row in rows],
    }


def _drop_indexes(admin: psycopg.Connection, *, is_checked: bool) -> list[tuple[str, str]]:
    """Drop all but the primary keys of the two large tables; return the statements that bring them back."""
    of_tables = "= any (array['booking', 'allocation']::regclass[])"
    constraints = admin.execute(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), pg_get_indexdef(conindid)"
        f" from pg_constraint where conrelid {of_tables} and contype in ('x', 'u')".encode()
    ).fetchall()
    for table, name, _, _ in constraints:
        admin.execute(f"alter table {table} drop constraint {name}".encode())
    indexes = admin.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        f" where indrelid {of_tables} and not indisprimary order by indexrelid".encode()
    ).fetchall()
    for name, _ in indexes:
        admin.execute(f"drop index {name}".encode())
    return [
        *indexes,
        *(
            (name, f"alter table {table} add constraint {name} {how}" if is_checked else index)
            for table, name, how, index in constraints
        ),
    ]
