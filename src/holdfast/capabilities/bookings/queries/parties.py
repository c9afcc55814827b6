"""The plan of a party as things stand; nothing is taken by looking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.parties import Given, describe, solve
from holdfast.capabilities.bookings.party_question import Question, may_be_for_party, read_party
from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyWish
from holdfast.capabilities.bookings.queries.free_time.taken import read_taken
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.db.rows import fetch_value
from holdfast.scheduling.zones import day_bounds


def find_party_plan(wish: PartyWish, now: datetime) -> PartyAnswer:
    """Return the best plan there is right now, or why there is none. Raises as `read_party`."""
    question = read_party(current_schedule(), wish, now)
    period = question.period
    taken = read_taken(question.artists, period.starts_at, period.ends_at)
    return describe(question, solve(question, taken, _given(question, now)))


def list_party_services(schedule: Schedule) -> list[Service]:
    """Return the services that guests of a party can have, in the order of the menu."""
    return [each for each in schedule.services.values() if may_be_for_party(each) and not each.is_add_on]


def _given(question: Question, now: datetime) -> Given:
    if not question.limited:
        return {}
    day, week = day_bounds(question.day, question.zone), question.week
    rows: Any = fetch_value(
        "select booking_list_given(%s::uuid[], %s::uuid[], %s, %s, %s, %s, null, %s)",
        (
            [artist.id for artist in question.artists],
            question.limited,
            *day,
            week.starts_at,
            week.ends_at,
            now,
        ),
    )
    found: Mapping[tuple[UUID, UUID], tuple[int, int]] = {
        (UUID(who), UUID(what)): (its_day, its_week)
        for who, what, its_day, its_week in (json.loads(rows) if isinstance(rows, str) else rows)
    }
    return found
