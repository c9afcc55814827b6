"""From a party's wish to a plan among what is free, and what the plan takes.

There is no grid of starts: a party is one appointment, and a quarter of an hour lost seven times is an hour
less of sleep.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from holdfast.capabilities.bookings.party_question import Question
from holdfast.capabilities.bookings.party_types import (
    PartyAnswer,
    PartyWhyNot,
    Planned,
    PlannedGuest,
)
from holdfast.capabilities.catalog.types import Service
from holdfast.scheduling.intervals import (
    epoch_up,
    instant,
    normalise,
)
from holdfast.scheduling.parties import Artist, Guest, Part, PartyPlan, Shortfall, plan_party
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.zones import to_local

Given = Mapping[tuple[UUID, UUID], tuple[int, int]]
"""How often a resource gives a service, on the day and in the week of the party."""


def solve(question: Question, taken: Mapping[UUID, Taken], given: Given) -> PartyPlan | Shortfall:
    """Find the best plan among what is free."""
    travel = question.wish.travel_minutes * 60
    artists = [
        Artist(
            its_open,
            normalise(
                (start - travel, end + travel)
                for lane in taken.get(artist.id, Taken(())).lanes
                for start, end in lane
            ),
        )
        for artist, its_open in zip(question.artists, question.open, strict=True)
    ]
    guests = [
        Guest(
            sum(service.duration_minutes for service in services) * 60,
            frozenset(
                number for number in able if not _is_full(question.artists[number].id, services, given)
            ),
            services[0].buffer_before_minutes * 60,
            services[-1].buffer_after_minutes * 60,
            own_limit,
            guest.is_last,
        )
        for guest, services, able, own_limit in zip(
            question.wish.guests, question.services, question.able, question.own_limits, strict=True
        )
    ]
    return plan_party(
        guests,
        artists,
        ready_by=question.ready_by,
        start_from=question.start_from,
        breaks=question.wish.breaks,
    )


def claims_of(question: Question, plan: PartyPlan) -> list[tuple[int, int, int]]:
    """All that a plan takes, as (artist, from, until): with what is around each guest, and the ways."""
    travel = question.wish.travel_minutes * 60
    found: list[tuple[int, int, int]] = []
    for artist in dict.fromkeys(part.artist for part in plan.parts):
        own = [part for part in plan.parts if part.artist == artist]
        spans = [
            (
                part.start
                - question.services[part.guest][0].buffer_before_minutes * 60
                - (travel if part is own[0] else 0),
                part.end
                + question.services[part.guest][-1].buffer_after_minutes * 60
                + (travel if part is own[-1] else 0),
            )
            for part in own
        ]
        found += [(artist, *span) for span in normalise(spans)]
    return found


def describe(question: Question, found: PartyPlan | Shortfall) -> PartyAnswer:
    """Say a plan, or why there is none, in the words of the business."""
    resources = {artist.id: artist for artist in question.artists}
    if isinstance(found, Shortfall):
        return PartyAnswer(None, _why_not(question, found), resources)
    prices = [service.price_minor for each in question.services for service in each]
    known = [price for price in prices if price is not None]
    guests = tuple(_planned(question, part) for part in found.parts)
    return PartyAnswer(
        Planned(
            _plan_id(question, guests),
            guests,
            instant(found.first_start),
            instant(found.ready_at),
            to_local(instant(found.first_start), question.zone),
            question.zone.key,
            question.place,
            found.is_best,
            instant(found.at_best),
            sum(known) if len(known) == len(prices) else None,
            question.services[0][0].currency,
        ),
        None,
        resources,
    )


def _is_full(resource_id: UUID, services: Sequence[Service], given: Given) -> bool:
    """A party counts as one booking, as a visit of several services does."""
    for service in services:
        day, week = given.get((resource_id, service.id), (0, 0))
        if service.most_per_day is not None and day >= service.most_per_day:
            return True
        if service.most_per_week is not None and week >= service.most_per_week:
            return True
    return False


def _planned(question: Question, part: Part) -> PlannedGuest:
    guest = question.wish.guests[part.guest]
    starts_at, ends_at = instant(part.start), instant(part.end)
    return PlannedGuest(
        part.guest + 1,
        guest.label,
        guest.service_ids,
        question.artists[part.artist].id,
        starts_at,
        ends_at,
        to_local(starts_at, question.zone),
        to_local(ends_at, question.zone),
    )


def _plan_id(question: Question, guests: Sequence[PlannedGuest]) -> str:
    said = [
        [each.guest, [str(one) for one in each.service_ids], str(each.resource_id), epoch_up(each.starts_at)]
        for each in guests
    ]
    whole = json.dumps([said, question.wish.travel_minutes])
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _why_not(question: Question, found: Shortfall) -> PartyWhyNot:
    earlier = found.earlier_start if question.asked_from is not None else None
    if earlier is not None and earlier < question.earliest:
        earlier = None
    details = []
    for number in found.unable:
        details.append(f"Nobody has time for guest {number + 1} before then.")
    if not found.unable:
        details.append(
            f"There is no time for {len(found.left_out)} of {len(question.wish.guests)} guests:"
            f" {found.seconds_short // 60} minutes of work are left over."
        )
        if found.one_more_artist:
            details.append("With one more artist all could be ready.")
        if earlier is not None:
            details.append(f"It would do to start at {to_local(instant(earlier), question.zone):%H:%M}.")
    return PartyWhyNot(
        tuple(number + 1 for number in found.left_out),
        tuple(number + 1 for number in found.unable),
        found.one_more_artist,
        instant(earlier) if earlier is not None else None,
        found.seconds_short // 60,
        tuple(details),
    )
