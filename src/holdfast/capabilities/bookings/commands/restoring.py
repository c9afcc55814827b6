"""Bring bookings back to earlier versions, all of them or none: under locks, in the caller's transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.undo import Past, Version, all_resources
from holdfast.capabilities.bookings.undo_types import Obstacle, Reason, State, Undone
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.events import Event, has_listeners, publish
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.lifecycle import TAKES_TIME
from holdfast.scheduling.zones import local_date

_OPEN = "select booking_undo_open(%s::uuid[], %s::integer[], %s::uuid[], %s::uuid[], %s)"
_CLAIM = "select booking_undo_claim(%s::uuid[], %s::jsonb)"
_WRITE = "select booking_undo_write(%s, %s, %s::integer[], %s::jsonb, %s, %s, %s)"
_SEATS = (
    "select id, capacity - booked - held, is_blocked, resource_id, starts_at, ends_at from slot_instance"
    " where tenant_id = %s and id = any (%s)"
)
_TIMES = ("starts_at", "ends_at")
_OVER = ("cancelled", "expired")
_BOOKED = ("confirmed", "completed", "no_show")


@dataclass(frozen=True)
class Target:
    """One booking, and the version that it is to be like again."""

    past: Past
    restores: int

    @property
    def was(self) -> dict[str, Any]:
        return self.past.now.data

    @property
    def goal(self) -> Version | None:
        return self.past.state_of(self.restores)

    @property
    def becomes(self) -> dict[str, Any]:
        """What the booking will be; what was not made yet is cancelled."""
        return self.goal.data if self.goal else {**self.was, "status": "cancelled", "allocations": []}

    @property
    def keeps_time(self) -> bool:
        """Whether it takes what it takes already."""
        return _taken(self.was) == _taken(self.becomes)

    @property
    def seats_taken(self) -> int:
        """How many seats more than now it needs of the session that it shall be in; fewer is below zero."""
        is_there = self.was.get("slot_id") == self.becomes.get("slot_id")
        return _seats(self.becomes) - (_seats(self.was) if is_there else 0)

    @property
    def is_news(self) -> bool:
        """Whether a calendar that was told of the booking is to be told again."""
        return bool(_news(self.was, self.becomes)) or self.becomes["status"] in _OVER


def open_targets(targets: Sequence[Target], schedule: Schedule) -> tuple[str, datetime | None]:
    """Lock all that they have and shall have; return the outcome of `booking_undo_open` and its clock."""
    datas = [each for target in targets for each in (target.was, target.becomes)]
    slots = sorted({data["slot_id"] for data in datas if data.get("slot_id")})
    opened = fetch_value(
        _OPEN,
        (
            [target.past.booking_id for target in targets],
            [target.past.now.version for target in targets],
            all_resources(datas),
            slots,
            schedule.version,
        ),
    )
    return opened["outcome"], _instant(opened["now"]) if "now" in opened else None


def restore(targets: Sequence[Target], schedule: Schedule, *, now: datetime, overbook: bool) -> list[Undone]:
    """Restore all of them, under the locks of `open_targets`; `now` is its clock.

    What cannot be has reasons: then the transaction must be rolled back. With `overbook` times are taken
    beside what is there, and blocked ones too.
    """
    reasons: dict[UUID, list[Reason]] = defaultdict(list)
    for target in targets:
        reasons[target.past.booking_id] += _own_reasons(target, now)
        if not overbook:
            reasons[target.past.booking_id] += _blackouts(target, schedule)
    for booking_id, reason in [*_seat_reasons(targets, overbook), *_claim(targets, overbook)]:
        reasons[booking_id].append(reason)
    _leave_seats(targets)
    done = {}
    # Who gives seats back comes first, so that the counters never stand above what there is.
    for target in sorted(targets, key=lambda each: (each.seats_taken, each.past.booking_id)):
        booking_id = target.past.booking_id
        answer: dict[str, Any] = {}
        if not any(reasons[each.past.booking_id] for each in targets if each.becomes.get("slot_id")):
            answer, refused = _write(target, now, overbook)
            reasons[booking_id] += [refused] if refused else []
        done[booking_id] = replace(
            look_at(target),
            version=answer.get("version", target.past.now.version),
            reasons=tuple(reasons[booking_id]),
            answer=answer,
        )
    return [done[target.past.booking_id] for target in targets]


def tell_news(targets: Sequence[Target], done: Sequence[Undone], *, now: datetime) -> None:
    """Announce what is now true of each, in its transaction, as the moves themselves would."""
    for target, undone in zip(targets, done, strict=True):
        kind = _news(target.was, target.becomes)
        if kind and has_listeners(kind):
            publish(Event(kind, current_context().tenant_id, undone.booking_id, now, undone.answer))


def look_at(target: Target) -> Undone:
    """Return what would become of a booking, before anything is tried."""
    return Undone(
        booking_id=target.past.booking_id,
        title=target.was["title"],
        version=target.past.now.version,
        undoes=tuple(target.past.tree.undone_by(target.restores)),
        restores=target.restores,
        was=state_of(target.was),
        becomes=state_of(target.becomes),
    )


def _own_reasons(target: Target, now: datetime) -> Iterator[Reason]:
    """What is over by the clock cannot come back."""
    goal = target.becomes
    ends = {"held": "hold_expires_at", "option": "option_expires_at"}.get(goal["status"])
    if ends and goal[ends] and _instant(goal[ends]) <= now:
        yield Reason("HOLD_OVER", "What it was has run out since.", ends_at=_instant(goal[ends]))


def _blackouts(target: Target, schedule: Schedule) -> Iterator[Reason]:
    """Service time that is to be taken anew and is blocked out today; opening hours are not asked."""
    goal = target.becomes
    if target.keeps_time:
        return
    for claim in goal["allocations"]:
        resource = schedule.resources.get(UUID(claim["resource_id"]))
        if resource is None:
            continue
        # Buffers may lie in blocked time.
        starts_at = max(_instant(each["starts_at"]) for each in (claim, goal))
        ends_at = min(_instant(each["ends_at"]) for each in (claim, goal))
        zone = schedule.zone_of(resource.location_id)
        for period in schedule.blacked_out(resource, local_date(starts_at, zone), local_date(ends_at, zone)):
            if period.starts_at < ends_at and period.ends_at > starts_at:
                yield Reason(
                    "BLACKED_OUT",
                    "This time is blocked out now.",
                    resource.id,
                    max(starts_at, period.starts_at),
                    min(ends_at, period.ends_at),
                )
                break


def _seat_reasons(targets: Sequence[Target], overbook: bool) -> Iterator[tuple[UUID, Reason]]:
    """Seats that are to be taken anew and are not there; no permission makes more of them."""
    wanted: dict[UUID, int] = defaultdict(int)
    for target in targets:
        for data, sign in ((target.was, -1), (target.becomes, 1)):
            if data.get("slot_id"):
                wanted[UUID(data["slot_id"])] += sign * _seats(data)
    if not wanted:
        return
    rows = fetch_tuples(_SEATS, (current_context().tenant_id, list(wanted)))
    slots = {row[0]: row[1:] for row in rows}
    for target in targets:
        slot_id = target.becomes.get("slot_id")
        if not slot_id or target.seats_taken <= 0:
            continue
        free, is_blocked, *where = slots[UUID(slot_id)]
        if is_blocked and not overbook:
            yield target.past.booking_id, Reason("BLACKED_OUT", "This session is closed now.", *where)
        elif wanted[UUID(slot_id)] > free:
            yield target.past.booking_id, Reason("SLOT_FULL", "The session has no seats left.", *where)


def _leave_seats(targets: Sequence[Target]) -> None:
    """Let whoever changes sessions out of the old one before anybody goes in: two may change places."""
    moving = [
        target.past.booking_id
        for target in targets
        if target.goal and target.was.get("slot_id") != target.becomes.get("slot_id")
    ]
    if moving:
        execute(
            "update booking set slot_id = null where tenant_id = %s and id = any (%s)",
            (current_context().tenant_id, moving),
        )


def _claim(targets: Sequence[Target], overbook: bool) -> Iterator[tuple[UUID, Reason]]:
    """Give up what is not kept and take what shall be; yield what was not to be had."""
    moved = [target for target in targets if not target.keeps_time]
    claims = [
        {
            "booking_id": str(target.past.booking_id),
            **{name: each[name] for name in ("role", "resource_id", "lane", *_TIMES)},
            "expires_at": target.becomes["hold_expires_at"] if target.becomes["status"] == "held" else None,
            "beyond": overbook or bool(target.becomes.get("is_overbooked")),
        }
        for target in moved
        for each in target.becomes["allocations"]
    ]
    if not moved:
        return
    missing = fetch_value(_CLAIM, ([target.past.booking_id for target in moved], json.dumps(claims)))
    for each in missing:
        reason = Reason(
            "SLOT_FULL",
            "This time is taken now.",
            UUID(each["resource_id"]),
            _instant(each["starts_at"]),
            _instant(each["ends_at"]),
            tuple(_obstacle(other) for other in each["in_the_way"]),
        )
        if not each["is_active"]:
            detail = "Whom it was with is not to be booked any more."
            reason = replace(reason, code="RESOURCE_INACTIVE", detail=detail, in_the_way=())
        yield UUID(each["booking_id"]), reason


def _write(target: Target, now: datetime, overbook: bool) -> tuple[dict[str, Any], Reason | None]:
    goal = target.goal
    written = fetch_value(
        _WRITE,
        (
            target.past.booking_id,
            target.restores,
            target.past.tree.undone_by(target.restores),
            json.dumps(goal.data) if goal else None,
            now,
            target.is_news,
            overbook,
        ),
    )
    match written["outcome"]:
        case "full":
            return {}, Reason("SLOT_FULL", "This time is taken now.", *_where(target.becomes))
        case "ranks_full":
            detail = "There are three options on this time already."
            return {}, Reason("OPTION_RANKS_FULL", detail, *_where(target.becomes))
    return written["answer"], None


def _news(was: dict[str, Any], becomes: dict[str, Any]) -> str:
    """Name the move that would have led there as its customer sees it; nothing where it is no news."""
    before, after = was["status"], becomes["status"]
    if after in _OVER:
        return "" if before in _OVER else "booking.cancelled"
    if after in _BOOKED and before not in _BOOKED:
        return "booking.confirmed"
    if after == "pending" and before != "pending":
        return "booking.pending"
    if any(_differs(was, becomes, each) for each in (*_TIMES, "resource_id", "location_id")):
        return "booking.rescheduled"
    if any(was.get(each) != becomes.get(each) for each in ("service_id", "title", "items", "party_size")):
        return "booking.changed"
    return ""


def _differs(one: dict[str, Any], other: dict[str, Any], name: str) -> bool:
    if name in _TIMES:
        return _instant(one[name]) != _instant(other[name])
    return bool(one[name] != other[name])


def _taken(data: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (each["resource_id"], each["role"], *(_instant(each[name]) for name in _TIMES))
        for each in data["allocations"]
    )


def _seats(data: dict[str, Any]) -> int:
    takes = data.get("slot_id") and data["status"] in TAKES_TIME
    return int(data.get("party_size", 1)) if takes else 0


def state_of(data: dict[str, Any]) -> State:
    """Return what a version of the log says of a booking, as far as moves change it."""
    return State(
        data["status"],
        _instant(data["starts_at"]),
        _instant(data["ends_at"]),
        UUID(data["location_id"]),
        UUID(data["resource_id"]) if data["resource_id"] else None,
        data.get("party_size", 1),
    )


def _where(data: dict[str, Any]) -> tuple[UUID | None, datetime, datetime]:
    state = state_of(data)
    return state.resource_id, state.starts_at, state.ends_at


def _obstacle(found: dict[str, Any]) -> Obstacle:
    return Obstacle(
        UUID(found["booking_id"]) if found["booking_id"] else None,
        UUID(found["slot_id"]) if found["slot_id"] else None,
        found["title"] or "",
        found["status"] or "",
        _instant(found["starts_at"]),
        _instant(found["ends_at"]),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


__all__ = ["Target", "look_at", "open_targets", "restore", "state_of", "tell_news"]
