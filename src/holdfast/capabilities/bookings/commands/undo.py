"""Take back what was done with a booking; or all that was done since an instant, on a day, by a person.

Each runs in the caller's transaction and context, and is all or nothing. A rehearsal does the work under the
same locks and rolls it back: what it says is what would have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from holdfast.capabilities.bookings.commands.answers import refusal
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.commands.restoring import (
    Target,
    look_at,
    open_targets,
    restore,
    tell_news,
)
from holdfast.capabilities.bookings.queries.undo import Meant, Past, find_moved_since, read_pasts
from holdfast.capabilities.bookings.undo_types import Reason, Report, Undone
from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Conflict, Invalid, NotFound, Unavailable
from holdfast.platform.http.answers import instant_text
from holdfast.scheduling.lifecycle import TAKES_TIME
from holdfast.scheduling.undo import UNMADE

MOST_BOOKINGS = 200
_MOST_READ = 5_000
_TRIES = 5


class _RolledBackError(Exception):
    """The savepoint's work must go; the report of it stays."""

    def __init__(self, report: Report | None) -> None:
        super().__init__()
        self.report = report


@tells_of_archive
def undo_booking(
    *,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    expected_version: int | None = None,
    to_version: int | None = None,
    overbook: bool = False,
    dry_run: bool = False,
) -> Undone:
    """Bring a booking back to what it was before its last move, or to what it was at `to_version`.

    Undone moves do not count: to undo again steps further back. Version 0 is before it was made: it is
    cancelled. With `overbook` its time is taken beside what is there, and blocked time too.

    Raises `NotFound`, `Forbidden`, `Invalid` (VERSION_UNKNOWN), and `Conflict`: VERSION_CONFLICT,
    NOTHING_TO_UNDO, BOOKING_ARCHIVED, UNDO_REFUSED with the reasons.
    """
    _check(actor, overbook)

    def choose() -> list[Target]:
        past = next(iter(read_pasts([booking_id])), None)
        if past is None:
            raise NotFound("There is no such booking.")
        if expected_version is not None and past.now.version != expected_version:
            raise refusal("version_conflict", _current(past))
        return [Target(past, _version_meant(past, to_version))]

    (undone,) = _undo(choose, now=now, overbook=overbook, dry_run=dry_run, blocked={}).bookings
    return undone


def undo_since(
    *, actor: Actor, now: datetime, meant: Meant, overbook: bool = False, dry_run: bool = False
) -> Report:
    """Take back all moves that are meant, in one transaction; swaps among their bookings work.

    What has no moves left to take back is passed over, and what only ran out with its time. Where somebody
    else has moved a booking since, the moves of one person cannot be taken out from under it (MOVED_SINCE).

    Raises `Forbidden`, `NotFound`, `Invalid` (UNDO_TOO_MANY, UNDO_UNNAMED, IN_THE_FUTURE), and `Conflict`
    UNDO_REFUSED with the reasons of each booking.
    """
    _check(actor, overbook)
    if meant.since > now:
        raise Invalid("Name a time that has passed.", code="IN_THE_FUTURE", field="since")
    if meant.day is None and (meant.location_id, meant.resource_id, meant.made_by) == (None, None, None):
        raise Invalid("Name a day, a place, a person or whose moves.", code="UNDO_UNNAMED", field="day")
    if meant.resource_id and get_resource(meant.resource_id) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    if meant.location_id and meant.location_id not in {each.id for each in list_locations(active_only=False)}:
        raise NotFound("There is no such location.", field="location_id")
    blocked: dict[UUID, Reason] = {}

    def choose() -> list[Target]:
        blocked.clear()
        targets = []
        moved = find_moved_since(meant.since, limit=_MOST_READ + 1)
        for past in read_pasts(moved[:_MOST_READ]):
            moves = meant.moves_of(past)
            target = Target(past, _version_before(past, meant, moves)) if moves else None
            if target is not None and _is_worth_it(target, now):
                targets.append(target)
                if meant.made_by and _others_came_after(past, target.restores, meant.made_by):
                    detail = "Somebody else has moved it since."
                    blocked[past.booking_id] = Reason("MOVED_SINCE", detail)
        if len(targets) > MOST_BOOKINGS or len(moved) > _MOST_READ:
            detail = f"That is more than {MOST_BOOKINGS} bookings; name a later time, or less."
            raise Invalid(detail, code="UNDO_TOO_MANY", field="since")
        return sorted(targets, key=lambda each: (each.was["starts_at"], each.past.booking_id))

    return _undo(choose, now=now, overbook=overbook, dry_run=dry_run, blocked=blocked)


def _check(actor: Actor, overbook: bool) -> None:
    require(actor, "bookings:undo")
    if overbook:
        require(actor, "bookings:overbook")


def _undo(
    choose: Callable[[], list[Target]],
    *,
    now: datetime,
    overbook: bool,
    dry_run: bool,
    blocked: dict[UUID, Reason],
) -> Report:
    """Choose without locks, lock, and see that it is still so; then restore all, or report and do nothing.

    What others moved meanwhile gives the locks back and begins anew. What time ended is written under the
    locks; it holds no more than before, so it is looked at again under the same.
    """
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                outcome = ""
                for _again in range(_TRIES):
                    targets, schedule = choose(), current_schedule()
                    if not targets or blocked:
                        return _report([_blocked(each, blocked) for each in targets], dry_run)
                    outcome, at = open_targets(targets, schedule)
                    if outcome != "settled":
                        break
                if outcome != "ok" or at is None:
                    raise _RolledBackError(None)
                done = restore(targets, schedule, now=at, overbook=overbook)
                report = _report(done, dry_run)
                if dry_run:
                    raise _RolledBackError(report)
                tell_news(targets, done, now=now)
                return report
        except _RolledBackError as rolled_back:
            if rolled_back.report is not None:
                return rolled_back.report
    raise Unavailable("These bookings are being changed right now; please try again.", retry_after=1)


def _report(done: Sequence[Undone], dry_run: bool) -> Report:
    report = Report(tuple(done), is_done=not dry_run)
    if not dry_run and not report.is_possible:
        raise _refused(report)
    return report


def _refused(report: Report) -> Conflict:
    refused = [each for each in report.bookings if each.reasons]
    reason = refused[0].reasons[0]
    why = reason.detail if len(refused) == 1 else "See the reasons of each booking."
    return Conflict(
        f"Nothing was changed. {why}",
        code="UNDO_REFUSED",
        bookings=[
            {"booking_id": str(each.booking_id), "reasons": [reason_json(reason) for reason in each.reasons]}
            for each in refused
        ],
    )


def reason_json(reason: Reason) -> dict[str, object]:
    """Write a reason as answers do."""
    return {
        "code": reason.code,
        "detail": reason.detail,
        "resource_id": str(reason.resource_id) if reason.resource_id else None,
        "starts_at": instant_text(reason.starts_at) if reason.starts_at else None,
        "ends_at": instant_text(reason.ends_at) if reason.ends_at else None,
        "in_the_way": [
            {
                "booking_id": str(each.booking_id) if each.booking_id else None,
                "slot_id": str(each.slot_id) if each.slot_id else None,
                "title": each.title,
                "status": each.status or None,
                "starts_at": instant_text(each.starts_at),
                "ends_at": instant_text(each.ends_at),
            }
            for each in reason.in_the_way
        ],
    }


def _blocked(target: Target, blocked: dict[UUID, Reason]) -> Undone:
    reason = blocked.get(target.past.booking_id)
    return replace(look_at(target), reasons=(reason,) if reason else ())


def _version_meant(past: Past, to_version: int | None) -> int:
    if to_version is None:
        try:
            return past.tree.back()
        except LookupError:
            raise Conflict(
                "Nothing is left to take back.", code="NOTHING_TO_UNDO", current=_current(past)
            ) from None
    try:
        return past.tree.find(to_version)
    except LookupError:
        raise Invalid(
            "There is no such version, or the booking is so already.",
            code="VERSION_UNKNOWN",
            field="to_version",
        ) from None


def _version_before(past: Past, meant: Meant, moves: Sequence[int]) -> int:
    if meant.made_by is None:
        return past.tree.standing[past.until(meant.since)]
    return past.tree.taken_back(moves)


def _is_worth_it(target: Target, now: datetime) -> bool:
    """Whether anything would come back: not what stands so already, nor what has merely run out."""
    if target.restores == target.past.tree.here:
        return False
    if target.was["status"] in TAKES_TIME or target.was["status"] == "option":
        return True
    goal = target.becomes
    if target.restores == UNMADE or goal["status"] in ("cancelled", "expired"):
        return False
    expires = {"held": "hold_expires_at", "option": "option_expires_at"}.get(goal["status"])
    is_over = expires is not None and datetime.fromisoformat(goal[expires]) <= now
    return not (is_over and target.was["status"] == "expired")


def _others_came_after(past: Past, restores: int, made_by: str) -> bool:
    return any(past.versions[move - 1].actor != made_by for move in past.tree.undone_by(restores))


def _current(past: Past) -> dict[str, object]:
    return {"id": str(past.booking_id), "status": past.now.data["status"], "version": past.now.version}
