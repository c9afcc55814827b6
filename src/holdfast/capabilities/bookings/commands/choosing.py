"""Who takes part in a visit: chosen from what is taken, under the locks of everybody who could."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.capabilities.bookings.plan import Plan
from holdfast.capabilities.bookings.roles import candidates_of
from holdfast.capabilities.bookings.types import Item, VisitPlan
from holdfast.capabilities.catalog.types import Service
from holdfast.scheduling.intervals import Period, epoch, share_a_moment
from holdfast.scheduling.segments import list_claims
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import Refusal, check_visit, choose_resources

TAKEN = frozenset({WhyNot.TAKEN, WhyNot.BUFFER, WhyNot.CAPACITY})
"""The reasons that mean that somebody was faster."""
_OF_PARTIES = frozenset({"guest", "offset_minutes"})


class Opened(NamedTuple):
    """What is so under the locks: the clock, what is taken, and how often limited services are given."""

    now: datetime
    taken: Mapping[UUID, Taken]
    given: Mapping[tuple[UUID, UUID], tuple[int, int]]

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Opened:
        rows: dict[UUID, list[tuple[int, int, int]]] = defaultdict(list)
        for resource_id, lane, start, end in result["taken"]:
            rows[UUID(resource_id)].append((lane, start, end))
        return cls(
            datetime.fromisoformat(result["now"]),
            {resource_id: Taken.of_rows(its_rows) for resource_id, its_rows in rows.items()},
            {(UUID(who), UUID(what)): (day, week) for who, what, day, week in result["given"]},
        )

    def as_if_free(self) -> Opened:
        """The same moment with nothing taken and nothing given: what whoever overbooks chooses from."""
        return self._replace(taken={}, given={})


def open_params(plan: Plan) -> tuple[Any, ...]:
    """Return whom to lock and what to read of them, as the opening functions take it."""
    everybody = dict.fromkeys(each.id for need in plan.visit.roles for each in need.candidates)
    return (
        plan.schedule.version,
        list(everybody),
        min(plan.claim_starts_at, plan.day_starts_at),
        max(plan.claim_ends_at, plan.day_ends_at),
        [service.id for _, service in limited_services(plan.visit)],
        plan.day_starts_at,
        plan.day_ends_at,
        plan.week_starts_at,
        plan.week_ends_at,
    )


def choose(plan: Plan, opened: Opened, *, preferred: Collection[UUID] = ()) -> Mapping[str, UUID] | Refusal:
    """Fill every role, or say why not: the preferred first, then whoever has least to do that day."""
    visit = _by_preference(plan, opened, preferred)
    candidates = {
        role: {
            resource_id: replace(calendar, full=_full(plan, opened, role, resource_id))
            for resource_id, calendar in calendars.items()
        }
        for role, calendars in candidates_of(
            plan.schedule, visit, from_date=plan.day, to_date=plan.day, taken=opened.taken
        ).items()
    }
    chosen = choose_resources(plan.starts_at, visit.visit, candidates)
    if chosen is not None:
        return chosen
    refusal = check_visit(plan.starts_at, visit.visit, candidates, now=opened.now)
    return refusal or Refusal(WhyNot.CAPACITY)


def claim_params(plan: Plan, chosen: Mapping[str, UUID]) -> tuple[Any, ...]:
    """Return all that is taken as the writing functions take it: roles, resources, from when, until when."""
    claims = list_claims(plan.visit.visit, chosen, starts_at=plan.starts_at)
    return (
        [claim.role for claim in claims],
        [claim.resource_id for claim in claims],
        [claim.starts_at for claim in claims],
        [claim.ends_at for claim in claims],
    )


def items_json(items: Sequence[Item], chosen: Mapping[str, UUID]) -> str:
    """Return what is bought, and who gives each of it, as it is stored."""
    return json.dumps(
        [
            {
                **_plain(item),
                "service_id": str(item.service_id),
                "resource_id": str(chosen[item.role]),
            }
            for item in items
        ]
    )


def _plain(item: Item) -> dict[str, Any]:
    return {
        name: value for name, value in asdict(item).items() if value is not None or name not in _OF_PARTIES
    }


def limited_services(visit: VisitPlan) -> list[tuple[str, Service]]:
    """The services of the visit that have a limit, each with the role that gives it."""
    services = {service.id: service for service in (*visit.services, *visit.add_ons)}
    roles = {item.service_id: item.role for item in visit.items}
    return [
        (roles[service.id], service)
        for service in services.values()
        if service.most_per_day is not None or service.most_per_week is not None
    ]


def _full(plan: Plan, opened: Opened, role: str, resource_id: UUID) -> tuple[Period, ...]:
    """The start itself, when the resource gives a service of the role as often as is wanted already."""
    for its_role, service in limited_services(plan.visit):
        day, week = opened.given.get((resource_id, service.id), (0, 0))
        if its_role == role and (
            (service.most_per_day is not None and day >= service.most_per_day)
            or (service.most_per_week is not None and week >= service.most_per_week)
        ):
            return (Period(plan.starts_at, plan.starts_at + timedelta(seconds=1)),)
    return ()


def _by_preference(plan: Plan, opened: Opened, preferred: Collection[UUID]) -> VisitPlan:
    day = (epoch(plan.day_starts_at), epoch(plan.day_ends_at))
    load = Counter(
        {
            resource_id: sum(share_a_moment(span, day) for lane in taken.lanes for span in lane)
            for resource_id, taken in opened.taken.items()
        }
    )
    return replace(
        plan.visit,
        roles=tuple(
            replace(
                need,
                candidates=tuple(
                    sorted(need.candidates, key=lambda each: (each.id not in preferred, load[each.id]))
                ),
            )
            for need in plan.visit.roles
        ),
    )
