"""What a page says when a time cannot be had: a plain sentence, and what is near instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.public.free import alternatives_to
from holdfast.web.public.presenters.times import labelled_time, relative_day, start_code
from holdfast.web.public.visit import Visit
from holdfast.web.public.wish import Wish


@dataclass(frozen=True, slots=True)
class Alternative:
    """One start that is still free, as a button."""

    value: str
    time: str
    day: str
    url: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, what instead, and the HTTP status that says so."""

    sentence: str
    alternatives: list[Alternative]
    status: int


def present_refusal(problem: Problem, visit: Visit, wish: Wish, starts_at: datetime) -> Refusal:
    """Explain a refused move; problems that are not about the time are for somebody else and raised again."""
    sentence = sentence_of(problem.code, labelled_time(starts_at, wish.zone, visit.reader))
    if sentence is None:
        raise problem
    offered = problem.extra.get("alternatives")
    if offered is None:
        with tenant_context(visit.tenant_id, GUEST.label):
            starts = alternatives_to(visit, wish, starts_at)
    else:
        starts = [_read_instant(alternative["starts_at"]) for alternative in offered]
    return Refusal(sentence, _present(visit, wish, starts), problem.status)


def present_taken(visit: Visit, wish: Wish, starts_at: datetime) -> Refusal:
    """Explain a start that turned out not to be free before anything was sent."""
    time = labelled_time(starts_at, wish.zone, visit.reader)
    sentence = sentence_of("IN_THE_PAST" if starts_at <= visit.now else "SLOT_FULL", time) or ""
    with tenant_context(visit.tenant_id, GUEST.label):
        starts = alternatives_to(visit, wish, starts_at)
    return Refusal(sentence, _present(visit, wish, starts), 409)


def sentence_of(code: str, time: str) -> str | None:
    """Say why a time cannot be had; None for what is not about the time."""
    sentences = {
        "SLOT_FULL": _("%(time)s has just been taken by somebody else."),
        "NOT_OFFERED": _("%(time)s is not among the times offered right now."),
        "HOLD_EXPIRED": _("%(time)s was kept for you as long as we could, and then let go."),
        "BOOKING_CANCELLED": _("%(time)s was given back."),
        "IN_THE_PAST": _("%(time)s has already passed."),
        "TOO_SOON": _("%(time)s is too soon; we need a little more notice."),
        "TOO_FAR": _("%(time)s is further ahead than we take bookings."),
        "OUTSIDE_HOURS": _("%(time)s is outside our hours."),
        "BLACKED_OUT": _("%(time)s cannot be booked."),
        "OFF_GRID": _("%(time)s is not one of our starting times."),
        "NON_EXISTENT_TIME": _("%(time)s does not exist that day: the clocks jump over it."),
        "RESOURCE_UNSUITABLE": _("%(time)s cannot be had with this person."),
    }
    sentence = sentences.get(code)
    return sentence % {"time": time} if sentence else None


def present_alternatives(visit: Visit, wish: Wish, offered: list[dict[str, str]]) -> list[Alternative]:
    """The alternatives that a problem names, as buttons."""
    return _present(visit, wish, [_read_instant(each["starts_at"]) for each in offered])


def _present(visit: Visit, wish: Wish, starts: list[datetime]) -> list[Alternative]:
    today = local_date(visit.now, wish.zone)
    return [
        Alternative(
            value=start_code(at),
            time=labelled_time(at, wish.zone, visit.reader),
            day=relative_day(local_date(at, wish.zone), today, visit.reader),
            url=wish.details_url(at),
        )
        for at in starts
    ]


def _read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
