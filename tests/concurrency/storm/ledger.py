"""What the server has acknowledged, and where the database says otherwise in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.history import check_log
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER
from tests.cluster import Database
from tests.concurrency.truths import untruths

Told = tuple[str, str, str | None]
"""Status, start and resource of a booking at one of its versions."""
# A hold whose end is so long ago is one that nobody will end.
LATE = timedelta(seconds=20)
# What nobody asks for: time does it. (So does what is offered to somebody who waits.)
_BY_THEMSELVES = {"booking.expired"}


@dataclass
class Blackout:
    """Blocked time as its maker knows it; seconds are the clients' clock."""

    resource_id: str
    starts_at: datetime
    ends_at: datetime
    known_at: float
    given_up_at: float = float("inf")


@dataclass
class Ledger:
    """Everything that was acknowledged, by all clients together."""

    bookings: dict[tuple[UUID, UUID, int], Told] = field(default_factory=dict)
    """By tenant, booking and version."""
    blackouts: dict[UUID, Blackout] = field(default_factory=dict)
    deleted: set[UUID] = field(default_factory=set)
    waiting: set[UUID] = field(default_factory=set)
    hours: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    seats: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    answers: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    lost_answers: int = 0
    contradictions: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many operations were answered with a success."""
        return self.done.total()

    def tell_booking(self, tenant_id: UUID, data: dict[str, Any]) -> None:
        """A booking is in this state at this version; whoever was told otherwise before was told wrong."""
        told = (data["status"], f"{_instant(data['starts_at']):%Y-%m-%dT%H:%M:%SZ}", data["resource_id"])
        place = (tenant_id, UUID(data["id"]), int(data["version"]))
        before = self.bookings.setdefault(place, told)
        if before != told:
            self.contradictions.append(f"{place} was {before} and then {told}")

    def tell_versioned(self, kept: dict[UUID, tuple[int, Any]], what: UUID, version: int, value: Any) -> None:
        """The newest version wins, in whatever order the answers came."""
        if version >= kept.get(what, (0, None))[0]:
            kept[what] = (version, value)

    def tell_held(self, data: dict[str, Any], asked_at: float, now: float, own_time: bool) -> None:
        """Time was given; not in what was known to be blocked before it was asked for."""
        if not own_time:
            return
        starts_at, ends_at = _instant(data["starts_at"]), _instant(data["ends_at"])
        for each in self.blackouts.values():
            if (
                each.resource_id == data["resource_id"]
                and each.known_at < asked_at
                and each.given_up_at > now
                and each.starts_at < ends_at
                and each.ends_at > starts_at
            ):
                self.contradictions.append(f"{data['id']} was given time that {each} had blocked")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def findings(ledger: Ledger, database: Database, tenants: list[UUID]) -> dict[str, list[Any]]:
    """All that is wrong after the storm; empty when nothing is."""
    found = {
        "acknowledged otherwise before": ledger.contradictions,
        "acknowledged and lost": _lost(ledger, database),
        "done and never acknowledged": _never_told(ledger, database),
        "blackouts": _blackouts(ledger, database),
        "wishes": sorted(ledger.waiting ^ {row[0] for row in database.rows("select id from waitlist_entry")}),
        "opening hours": _versioned(ledger.hours, database, "opening_rule", "end_time::text"),
        "seats of a service": _versioned(ledger.seats, database, "service", "capacity"),
        "holds that nobody ended": database.rows(
            "select id from booking where status = 'held' and hold_expires_at < clock_timestamp() - %(late)s"
            " union all select booking_id from allocation where expires_at < clock_timestamp() - %(late)s",
            {"late": LATE},
        ),
        "rows of another tenant": _mixed(database),
        "log and tables": [each for tenant in tenants for each in _log(tenant)],
        **untruths(database),
    }
    return {name: rows for name, rows in found.items() if rows}


def _events(database: Database) -> dict[tuple[UUID, UUID, int], tuple[str, str, Told]]:
    return {
        (tenant, booking, version): (kind, source, (status, start, resource))
        for tenant, booking, version, kind, source, status, start, resource in database.rows(
            "select tenant_id, booking_id, version, kind, data ->> 'source', data ->> 'status',"
            " booking_instant((data ->> 'starts_at')::timestamptz), data ->> 'resource_id' from booking_event"
        )
    }


def _lost(ledger: Ledger, database: Database) -> list[Any]:
    stored = _events(database)
    versions = {
        (tenant, booking): version
        for tenant, booking, version in database.rows("select tenant_id, id, version from booking")
    }
    return [
        (place, told, stored.get(place))
        for place, told in ledger.bookings.items()
        if place not in stored or stored[place][2] != told or versions.get(place[:2], 0) < place[2]
    ]


def _never_told(ledger: Ledger, database: Database) -> list[Any]:
    """Each client asked until it was answered: what is there was acknowledged to somebody."""
    return [
        (place, kind)
        for place, (kind, source, _) in _events(database).items()
        if place not in ledger.bookings and kind not in _BY_THEMSELVES and source != "waitlist"
    ]


def _blackouts(ledger: Ledger, database: Database) -> list[Any]:
    stored = {row[0] for row in database.rows("select id from blackout")}
    return sorted(stored ^ (ledger.blackouts.keys() - ledger.deleted))


def _versioned(kept: dict[UUID, tuple[int, Any]], database: Database, table: str, column: str) -> list[Any]:
    stored = {row[0]: (row[1], row[2]) for row in database.rows(f"select id, version, {column} from {table}")}
    return [(what, told, stored.get(what)) for what, told in kept.items() if stored.get(what) != told]


def _mixed(database: Database) -> list[Any]:
    return database.rows(
        "select b.id from booking b join resource r on r.id = b.resource_id"
        " join service s on s.id = b.service_id"
        " where r.tenant_id <> b.tenant_id or s.tenant_id <> b.tenant_id"
    ) + database.rows(
        "select a.id from allocation a join booking b on b.id = a.booking_id join resource r"
        " on r.id = a.resource_id where a.tenant_id <> b.tenant_id or a.tenant_id <> r.tenant_id"
    )


def _log(tenant_id: UUID) -> list[Any]:
    with tenant_context(tenant_id, TESTER.label):
        return list(check_log())


_END_HOLDS = """
    select id from resource where id in (select resource_id from booking where id = any (%(ids)s))
        order by tenant_id, id for no key update;
    select id from slot_instance where id in (select slot_id from booking where id = any (%(ids)s))
        order by id for no key update;
    select id from booking where id = any (%(ids)s) order by id for no key update;
    update booking set hold_expires_at = clock_timestamp() where id = any (%(ids)s) and status = 'held';
    update allocation a set expires_at = b.hold_expires_at from booking b where b.id = any (%(ids)s)
        and a.tenant_id = b.tenant_id and a.booking_id = b.id and b.status = 'held'"""


def let_holds_end(database: Database, share: float = 1.0, grace: timedelta = timedelta()) -> None:
    """The time of some holds is up: written as time would, with the calendars locked first as by all."""
    with database.cluster.connect() as admin, admin.transaction():
        admin.execute("set local lock_timeout = '2s'")
        ids = [
            row[0]
            for row in admin.execute(
                "select id from booking where status = 'held' and random() < %s"
                " and created_at < clock_timestamp() - %s",
                [share, grace],
            )
        ]
        for statement in _END_HOLDS.split(";"):
            admin.execute(statement.encode(), {"ids": ids})
