"""Blackouts that come round: rules checked before they are stored, and the times that follow from them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.platform.errors import Invalid
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.recurrence import (
    LAST_DATE,
    Recurrence,
    TooMany,
    last_date,
    next_fitting,
    shortest_distance,
)
from holdfast.scheduling.recurrence import occurrences as periods_of
from holdfast.scheduling.recurrence_text import parse, text_of
from holdfast.scheduling.zones import to_local

# Some five years of every day; a schedule asks for months.
MOST_OCCURRENCES = 2_000
MOST_EXCEPTIONS = 500
# S0 and S2: `is_recurring` alone means the same weekday of every week.
WEEKLY = "FREQ=WEEKLY"


def checked_rule(
    rrule: str,
    *,
    starts_at: datetime,
    ends_at: datetime,
    except_dates: Collection[date],
    zone: ZoneInfo,
    field: str = "rrule",
) -> str:
    """Return the canonical text of a rule that a blackout with this first time may have.

    Raises `Invalid`: RRULE_INVALID for what cannot be read or never comes, FIRST_TIME_DIFFERS when the first
    time is none of the rule's (with the next date that would be), OVERLAPS_ITSELF on `ends_at` for a time
    that is longer than the distance to the next one.
    """
    try:
        rule = parse(rrule)
    except ValueError as problem:
        raise Invalid(str(problem), code="RRULE_INVALID", field=field) from None
    local_start, local_end = to_local(starts_at, zone), to_local(ends_at, zone)
    first = local_start.date()
    if local_end <= local_start:
        raise Invalid(
            "What comes round cannot end in the hour that the clocks repeat; choose another end.",
            field="ends_at",
        )
    if not rule.fits(first):
        raise _first_differs(rule, first, field)
    if last_date(rule, first) < first:
        raise Invalid("The rule ends before its first time.", code="RRULE_INVALID", field=field)
    days = shortest_distance(rule, first)
    if days is not None and local_end - local_start > timedelta(days=days):
        raise Invalid(
            "It would not be over before it comes round again; choose an earlier end.",
            code="OVERLAPS_ITSELF",
            field="ends_at",
        )
    check_except_dates(except_dates)
    if rule.count is not None and len(except_dates) >= rule.count and not _remains(rule, first, except_dates):
        raise Invalid("Every time of the rule is left out.", code="RRULE_INVALID", field="except_dates")
    return text_of(rule)


def check_except_dates(except_dates: Collection[date]) -> None:
    """Raises `Invalid` for more dates than can be kept."""
    if len(except_dates) > MOST_EXCEPTIONS:
        raise Invalid(f"At most {MOST_EXCEPTIONS} dates can be left out.", field="except_dates")


def occurrences(
    starts_at: datetime,
    ends_at: datetime,
    rrule: str,
    except_dates: Collection[date],
    zone: ZoneInfo,
    from_at: datetime,
    to_at: datetime,
) -> list[Period]:
    """Return the repetitions that meet `from_at <= t < to_at`, in order; see the core's `occurrences`.

    Raises `Invalid` TOO_MANY_OCCURRENCES; they are never cut off silently.
    """
    try:
        return periods_of(
            starts_at,
            ends_at,
            parse(rrule),
            except_dates,
            zone,
            from_at=from_at,
            to_at=to_at,
            most=MOST_OCCURRENCES,
        )
    except TooMany:
        raise too_many_occurrences() from None


def too_many_occurrences() -> Invalid:
    """Return the refusal of a question whose answer would be longer than anybody reads."""
    return Invalid(
        f"That would be more than {MOST_OCCURRENCES} occurrences; ask for a shorter period.",
        code="TOO_MANY_OCCURRENCES",
        field="end",
    )


def is_over(starts_at: datetime, ends_at: datetime, rrule: str, zone: ZoneInfo, at: datetime) -> bool:
    """Tell whether nothing of it can come at or after `at` any more."""
    last = last_date(parse(rrule), to_local(starts_at, zone).date())
    length = ends_at - starts_at
    # Clocks that change make a time some hours longer at most.
    return last < (at - length).date() - timedelta(days=2)


def _first_differs(rule: Recurrence, first: date, field: str) -> Invalid:
    fitting = next_fitting(rule, first)
    if fitting is None:
        return Invalid("This rule never comes round.", code="RRULE_INVALID", field=field)
    return Invalid(
        f"The first time, {first:%A} {first.isoformat()}, is none of the rule's;"
        f" begin on {fitting:%A} {fitting.isoformat()}, or change the rule.",
        code="FIRST_TIME_DIFFERS",
        field=field,
        next_date=fitting.isoformat(),
    )


def _remains(rule: Recurrence, first: date, except_dates: Collection[date]) -> bool:
    """Whether any date of a rule that is counted is not left out."""
    dates = rule.dates(first, first, min(last_date(rule, first), LAST_DATE))
    return any(day not in except_dates for day in dates)
