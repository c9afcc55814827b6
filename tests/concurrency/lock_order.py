"""Who waits for whose row, looked at from outside again and again: nobody may wait against the order.

The order is: resources by id, then bookings by id. Whoever is waited for, because it holds a row, and waits
itself, must wait for a later one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.cluster import Database

_EVERY_SECONDS = 0.001
# Who waits for a row has a lock on its tuple, or waits for that too.
_WAITS = """
with locks as materialized (select * from pg_locks), waits as (
    select l.pid, since.waitstart, l.relation = 'booking'::regclass as is_booking,
        case when l.relation = 'booking'::regclass then (select id from booking where ctid = at.ctid)
            else (select id from resource where ctid = at.ctid) end as id
    from locks l join locks since on since.pid = l.pid and not since.granted,
        lateral (select format('(%s,%s)', l.page, l.tuple)::tid as ctid) at
    where l.locktype = 'tuple' and l.relation in ('booking'::regclass, 'resource'::regclass))
select (w.is_booking, w.id) < (h.is_booking, h.id),
    w.pid, w.waitstart, w.is_booking, w.id, h.pid, h.waitstart, h.is_booking, h.id
from waits w cross join lateral unnest(pg_blocking_pids(w.pid)) blocking (pid)
join waits h on h.pid = blocking.pid
where w.id is not null and h.id is not null and (w.is_booking, w.id) <> (h.is_booking, h.id)
"""
Edge = tuple[Any, ...]


@dataclass
class Looks:
    """How often anybody waited for somebody who waited too, and the times it was against the order."""

    chains: int = 0
    against: list[Edge] = field(default_factory=list)


@contextmanager
def watching(database: Database) -> Iterator[Looks]:
    """Look again and again while the body runs."""
    looks = Looks()
    is_over = threading.Event()

    def look() -> None:
        with database.cluster.connect(prepare_threshold=1) as admin:
            before: set[Edge] = set()
            while not is_over.wait(_EVERY_SECONDS):
                # Who waits and who blocks are read one after the other: what counts is seen twice.
                edges = [(is_in_order, edge) for is_in_order, *edge in admin.execute(_WAITS.encode())]
                wrong = {tuple(edge) for is_in_order, edge in edges if not is_in_order}
                looks.chains += len(edges)
                looks.against += wrong & before
                before = wrong

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(look)
        try:
            yield looks
        finally:
            is_over.set()
        watching.result()
