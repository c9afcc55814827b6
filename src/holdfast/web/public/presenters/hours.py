"""Opening hours as a customer reads them: the coming seven days of one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.scheduling.hours import OpeningRule, applicable_rules, open_periods
from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import Reader, weekday_name
from holdfast.web.public.presenters.times import time_of_day

Days = dict[date, list[tuple[datetime, datetime]]]
"""When a place is open, by the local date on which it opens."""


@dataclass(frozen=True, slots=True)
class HoursRow:
    """One day of the table."""

    day: str
    hours: str
    is_today: bool


def present_hours(
    rules: Sequence[OpeningRule],
    *,
    location_id: UUID,
    resource_ids: Sequence[UUID],
    zone: ZoneInfo,
    now: datetime,
    reader: Reader,
) -> list[HoursRow]:
    """The days from today on. A place is open when anybody there works (exceptions of the week included)."""
    today = local_date(now, zone)
    spans = open_spans(rules, location_id=location_id, resource_ids=resource_ids, zone=zone, from_date=today)
    return [_row(day, spans[day], zone, reader, is_today=day == today) for day in spans]


def open_spans(
    rules: Sequence[OpeningRule],
    *,
    location_id: UUID,
    resource_ids: Sequence[UUID],
    zone: ZoneInfo,
    from_date: date,
) -> Days:
    """Return when somebody works at a place on each of seven days, as far as the rules given say."""
    last = from_date + timedelta(days=6)
    spans: dict[date, set[tuple[datetime, datetime]]] = {}
    everybody: list[UUID | None] = [*resource_ids] or [None]
    for resource_id in everybody:
        applicable = applicable_rules(
            rules, location_id=location_id, resource_id=resource_id, service_id=None
        )
        for window in open_periods(
            [rule for rule in applicable if rule.service_id is None],
            from_date=from_date,
            to_date=last,
            zone=zone,
            location_id=location_id,
        ):
            day = local_date(window.starts_at, zone)
            spans.setdefault(day, set()).add((window.starts_at, window.ends_at))
    days = (from_date + timedelta(days=number) for number in range(7))
    return {day: _merge(spans.get(day, set())) for day in days}


def _merge(spans: set[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Join what touches or overlaps, so that six people's shifts read as one line."""
    merged: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at in sorted(spans):
        if merged and starts_at <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends_at))
        else:
            merged.append((starts_at, ends_at))
    return merged


def _row(
    day: date, spans: list[tuple[datetime, datetime]], zone: ZoneInfo, reader: Reader, *, is_today: bool
) -> HoursRow:
    hours = ", ".join(
        f"{time_of_day(starts_at, zone, reader)} – {time_of_day(ends_at, zone, reader)}"
        for starts_at, ends_at in spans
    )
    return HoursRow(weekday_name(day, reader), hours or _("Closed"), is_today)
