"""What is taken, read as numbers: one statement, however many resources there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime
from sys import byteorder
from uuid import UUID

from holdfast.capabilities.bookings.types import TakenTime
from holdfast.capabilities.people.types import Resource
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import epoch, epoch_up
from holdfast.scheduling.taken import Taken

# Plain columns on the btree `allocation_time`: range operators cannot use an index under row security. The
# instants leave the database as whole seconds of eight bytes each, a resource's in one string: 31,000
# allocations of 200 people come in 20 ms so, in 36 as arrays of numbers and in 74 as rows.
# In one lane nothing overlaps, so of all that ends after the last instant only the next can have begun
# before it: what is booked for later is not walked through.
_OF_SINGLES = """
select r.id, 0, string_agg(int8send(floor(date_part('epoch', starts_at))::bigint), ''),
    string_agg(int8send(ceil(date_part('epoch', ends_at))::bigint), '')
from unnest(%(resources)s::uuid[]) r (id), lateral (
    select starts_at, ends_at, expires_at from allocation
    where tenant_id = %(tenant)s and resource_id = r.id and lane = 0
        and ends_at > %(from)s and ends_at <= %(to)s
    union all (
        select starts_at, ends_at, expires_at from allocation
        where tenant_id = %(tenant)s and resource_id = r.id and lane = 0 and ends_at > %(to)s
        order by ends_at limit 1)
) taken
where starts_at < %(to)s and (expires_at is null or expires_at > clock_timestamp())
group by r.id
"""
_OF_ANYBODY = """
select resource_id, lane, string_agg(int8send(floor(date_part('epoch', starts_at))::bigint), ''),
    string_agg(int8send(ceil(date_part('epoch', ends_at))::bigint), '')
from allocation
where tenant_id = %(tenant)s and resource_id = any (%(resources)s)
    and ends_at > %(from)s and starts_at < %(to)s
    and (expires_at is null or expires_at > clock_timestamp())
group by resource_id, lane
"""


def read_taken(resources: Iterable[Resource], from_at: datetime, to_at: datetime) -> dict[UUID, Taken]:
    """Return what is taken of each resource between two instants, buffers included.

    A hold whose time is up takes nothing. Whoever has nothing taken is not in the answer.
    """
    asked = list(resources)
    if not asked:
        return {}
    params = {
        "tenant": current_context().tenant_id,
        "resources": [resource.id for resource in asked],
        "from": from_at,
        "to": to_at,
    }
    if all(resource.capacity == 1 for resource in asked):
        rows = fetch_tuples(_OF_SINGLES, params)
    else:
        rows = fetch_tuples(_OF_ANYBODY, params)
    columns: dict[UUID, list[tuple[int, array[int], array[int]]]] = {}
    for resource_id, lane, starts, ends in rows:
        columns.setdefault(resource_id, []).append((lane, read_seconds(starts), read_seconds(ends)))
    return {resource_id: Taken.of_columns(its) for resource_id, its in columns.items()}


def without(taken: Mapping[UUID, Taken], claims: Iterable[TakenTime]) -> dict[UUID, Taken]:
    """Return what is taken but for these claims, each of one lane: equal spans of two lanes are alike."""
    lanes = {resource_id: [list(lane) for lane in its.lanes] for resource_id, its in taken.items()}
    for claim in claims:
        span = (epoch(claim.starts_at), epoch_up(claim.ends_at))
        for lane in lanes.get(claim.resource_id, ()):
            if span in lane:
                lane.remove(span)
                break
    return {resource_id: Taken(tuple(its)) for resource_id, its in lanes.items()}


def read_seconds(sent: bytes) -> array[int]:
    """Return the whole seconds that came as eight bytes each, the most significant first."""
    seconds = array("q")
    seconds.frombytes(sent)
    if byteorder == "little":
        seconds.byteswap()
    return seconds
