"""Replay of a long event log: `python -m benchmarks.history`, by default 100,000 events.

Bookings are held, confirmed, and half of them cancelled, by sets but with the events that moves write. Then
the log is replayed in the core, checked against the tables as `holdfast check-log` does, and asked what a
day was like half-way through.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TypeVar
from uuid import UUID

import psycopg

from benchmarks.ground import LOCATION, RESOURCES, SERVICE, TENANT, Ground, prepared_ground

_T = TypeVar("_T")
_EVENTS_OF_TWO_BOOKINGS = 5
_FIRST = datetime(2027, 3, 1, 8, tzinfo=UTC)
_FILL = """
select set_config('app.tenant', %(tenant)s, false);
create temporary table person as
    select row_number() over (order by id) - 1 as number, id from resource where tenant_id = %(tenant)s::uuid;
create temporary table wanted as
    select uuidv7() as id, p.id as resource_id, n %% 2 = 0 as is_cancelled,
        %(first)s::timestamptz + n / %(resources)s * interval '1 hour' as starts_at
    from generate_series(0, %(bookings)s - 1) n join person p on p.number = n %% %(resources)s;
insert into booking (tenant_id, id, service_id, location_id, resource_id, status, starts_at, ends_at,
        local_start, time_zone, tzdb, hold_expires_at, price_minor, currency, title, created_at, updated_at)
    select %(tenant)s::uuid, id, %(service)s::uuid, %(location)s::uuid, resource_id, 'held', starts_at,
        starts_at + interval '30 minutes', starts_at at time zone 'Europe/Berlin', 'Europe/Berlin', '2026a',
        clock_timestamp() + interval '1 hour', 4200, 'EUR', 'Cut', clock_timestamp(), clock_timestamp()
    from wanted;
insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at, expires_at)
    select tenant_id, id, resource_id, 0, starts_at, ends_at, hold_expires_at from booking;
select count(booking_record_event(b, 'booking.held', clock_timestamp())) from booking b;
update booking set
    status = 'confirmed', version = 2, hold_expires_at = null, confirmed_at = clock_timestamp();
update allocation set expires_at = null where booking_id is not null;
select count(booking_record_event(b, 'booking.confirmed', clock_timestamp())) from booking b;
"""
_CANCEL = """
update booking set status = 'cancelled', version = 3, cancelled_at = clock_timestamp()
    where id in (select id from wanted where is_cancelled);
delete from allocation where booking_id in (select id from wanted where is_cancelled);
select count(booking_record_event(b, 'booking.cancelled', clock_timestamp())) from booking b
    where b.status = 'cancelled';
analyze booking, allocation, booking_event;
"""


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=5)
    arguments = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
    with prepared_ground() as ground:
        half_way = _fill(ground, arguments.events * 2 // _EVENTS_OF_TWO_BOOKINGS)
        _measure(half_way, arguments.samples)


def _fill(ground: Ground, bookings: int) -> datetime:
    values = {
        "tenant": TENANT,
        "location": LOCATION,
        "service": SERVICE,
        "first": _FIRST,
        "resources": RESOURCES,
        "bookings": bookings,
    }
    with ground.admin() as admin:
        cursor = psycopg.ClientCursor(admin)
        cursor.execute(_FILL, values)
        half_way = datetime.now(UTC)
        cursor.execute(_CANCEL)
    return half_way


def _measure(half_way: datetime, samples: int) -> None:
    # Only now: these read the settings, which the ground has made.
    from holdfast.capabilities.bookings.history import Event, replay
    from holdfast.capabilities.bookings.queries.history import (
        Checked,
        check_log,
        list_bookings_as_of,
        list_history,
    )
    from holdfast.platform.access import system_actor
    from holdfast.platform.db.rows import stream_tuples
    from holdfast.platform.tenancy import tenant_context

    read = (
        "select booking_id::text, version, data::text from booking_event where tenant_id = %s order by tx, id"
    )
    with tenant_context(UUID(TENANT), "bench"):
        events, seconds = _timed(
            lambda: [
                Event(booking_id, version, json.loads(text))
                for booking_id, version, text in stream_tuples(read, (TENANT,))
            ]
        )
        print(f"read {len(events)} events in the order (tx, id)   {seconds:8.2f} s")
        replayed, seconds = _timed(lambda: replay(events))
        found = f"{len(replayed.bookings)} bookings, {len(replayed.allocations)} allocations"
        print(f"replay them in the core: {found}   {seconds:8.2f} s")
        checked = Checked()
        differences, seconds = _timed(lambda: list(check_log(checked)))
        if differences:
            raise SystemExit(f"log and tables differ: {differences[0]}")
        print(f"check {checked.events} events against the tables (check-log)   {seconds:8.2f} s")
        booking = None
        times = []
        for _ in range(samples):
            week, seconds = _timed(
                lambda: list_bookings_as_of(
                    actor=system_actor("bench"),
                    at=half_way,
                    starts_at=_FIRST,
                    ends_at=_FIRST + timedelta(days=1),
                    limit=200,
                )
            )
            if {each.status for each in week} != {"confirmed"}:
                raise SystemExit("half-way through everything was confirmed, the log says otherwise")
            booking = week[0].id
            times.append(seconds)
        print(f"a day as it was, {len(week)} bookings   {median(times) * 1000:8.1f} ms")
        if booking is not None:
            ((moves, seconds),) = [_timed(lambda: list_history(booking))]
            print(f"the history of one booking, {len(moves)} moves   {seconds * 1000:8.1f} ms")


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


if __name__ == "__main__":
    main()
