"""From a wish for a series to its occurrences: the rule checked, what was chosen in a preview put in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.seats import wants_seats
from holdfast.capabilities.bookings.queries.free_time.search import in_one_zone
from holdfast.capabilities.bookings.series_types import SeriesRequest
from holdfast.capabilities.bookings.series_work import Wish
from holdfast.capabilities.bookings.types import BookingRequest, VisitPlan
from holdfast.capabilities.bookings.visits import plan_visit
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Conflict, Invalid
from holdfast.scheduling.recurrence import Recurrence, TooMany, next_fitting
from holdfast.scheduling.recurrence_text import parse, text_of
from holdfast.scheduling.series import (
    LONGEST_DAYS,
    MOST_OCCURRENCES,
    EndlessError,
    Occurrence,
    TooLongError,
    list_occurrences,
    occurrence_at,
)
from holdfast.scheduling.zones import to_local


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """The canonical rule, the zone of its wall times, and every occurrence, to be booked or left out."""

    rrule: str
    zone: ZoneInfo
    wishes: tuple[Wish, ...]


def without_horizon(plan: VisitPlan) -> VisitPlan:
    """Return the visit as it binds a series: how far ahead customers may book does not."""
    return replace(plan, visit=replace(plan.visit, horizon_days=None))


def plan_series(schedule: Schedule, request: SeriesRequest) -> SeriesPlan:
    """Work out which occurrences are wanted.

    Raises what `plan_visit` does, and `Invalid`: RRULE_INVALID, RRULE_ENDLESS, TOO_MANY_OCCURRENCES,
    SERIES_TOO_LONG, FIRST_TIME_DIFFERS, NOT_AN_OCCURRENCE, NOT_FOR_GROUPS; `Conflict` MOVE_NOT_ALLOWED for a
    first booking that cannot begin a series.
    """
    visit = without_horizon(in_one_zone(schedule, plan_visit(schedule, request.wanted)))
    zone = schedule.zone_of(visit.lead.candidates[0].location_id)
    at = request.first_at
    first = at if at.tzinfo is None else to_local(at, zone)
    rule = _read_rule(request.rrule, first.date())
    occurrences = _list(first, rule, zone)
    booked = request.first_booking
    if booked is not None:
        if booked.service_id is None or booked.slot_id is not None or len(occurrences) < 2:
            raise Conflict("This booking cannot be repeated.", code="MOVE_NOT_ALLOWED")
        occurrences = occurrences[1:]
    _check_choices(request, occurrences, first)
    wishes = []
    for occurrence in occurrences:
        chosen = request.moved.get(occurrence.date)
        wanted = occurrence if chosen is None else _chosen(chosen, zone)
        if wanted.starts_at is not None and wants_seats(schedule, _as_booking(request, wanted.starts_at)):
            raise Invalid(
                "The seats of a group are booked one by one.", code="NOT_FOR_GROUPS", field="service_id"
            )
        wishes.append(
            Wish(
                rule_date=occurrence.date,
                local_start=wanted.local_start,
                starts_at=wanted.starts_at,
                zone=zone,
                visit=visit,
                is_left_out=occurrence.date in request.left_out,
            )
        )
    return SeriesPlan(text_of(rule), zone, tuple(wishes))


def _read_rule(rrule: str, first: date) -> Recurrence:
    try:
        rule = parse(rrule)
    except ValueError as problem:
        raise Invalid(str(problem), code="RRULE_INVALID", field="rrule") from None
    if rule.fits(first):
        return rule
    fitting = next_fitting(rule, first)
    if fitting is None:
        raise Invalid("This rule never comes round.", code="RRULE_INVALID", field="rrule")
    raise Invalid(
        f"The first time, {first.isoformat()}, is none of the rule's; begin on {fitting.isoformat()}.",
        code="FIRST_TIME_DIFFERS",
        field="rrule",
        next_date=fitting.isoformat(),
    )


def _list(first: datetime, rule: Recurrence, zone: ZoneInfo) -> list[Occurrence]:
    try:
        occurrences = list_occurrences(first, rule, zone)
    except EndlessError:
        raise Invalid(
            "Say when the series ends: add COUNT or UNTIL to the rule.", code="RRULE_ENDLESS", field="rrule"
        ) from None
    except TooMany:
        raise Invalid(
            f"A series has at most {MOST_OCCURRENCES} bookings; make the rule end earlier.",
            code="TOO_MANY_OCCURRENCES",
            field="rrule",
            most=MOST_OCCURRENCES,
        ) from None
    except TooLongError:
        raise Invalid(
            f"A series ends at most {LONGEST_DAYS} days after its first; make the rule end earlier.",
            code="SERIES_TOO_LONG",
            field="rrule",
            most_days=LONGEST_DAYS,
        ) from None
    if not occurrences:
        raise Invalid("The rule ends before its first time.", code="RRULE_INVALID", field="rrule")
    return occurrences


def _check_choices(request: SeriesRequest, occurrences: list[Occurrence], first: datetime) -> None:
    dates = {each.date for each in occurrences}
    for field, chosen in (("skip", request.left_out), ("shift", set(request.moved))):
        stray = sorted(chosen - dates)
        if stray:
            raise Invalid(
                f"The rule has nothing to change on {stray[0].isoformat()}.",
                code="NOT_AN_OCCURRENCE",
                field=field,
            )
    if request.left_out & set(request.moved):
        raise Invalid("A date is left out or moved, not both.", field="shift")
    last = first + timedelta(days=LONGEST_DAYS + 1)
    if any(each.replace(tzinfo=None) > last for each in request.moved.values()):
        raise Invalid("This is too far ahead for the series.", code="SERIES_TOO_LONG", field="shift")


def _chosen(at: datetime, zone: ZoneInfo) -> Occurrence:
    """The start that was chosen instead: wall time, or an instant."""
    if at.tzinfo is None:
        return occurrence_at(at, zone)
    local = to_local(at, zone)
    return Occurrence(local.date(), local, at)


def _as_booking(request: SeriesRequest, starts_at: datetime) -> BookingRequest:
    wanted = request.wanted
    return BookingRequest(
        wanted.service_ids[0],
        starts_at,
        resource_id=wanted.resource_id,
        location_id=wanted.location_id,
        service_ids=wanted.service_ids,
        add_on_ids=wanted.add_on_ids,
        resource_ids=wanted.resource_ids,
        match=wanted.match,
        roles=wanted.roles,
    )
