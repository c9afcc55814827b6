"""Where a booking could go: the starts that are free for what was agreed, its own time among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.agreed import plan_agreed, read_agreed
from holdfast.capabilities.bookings.queries.free_time.days import by_day
from holdfast.capabilities.bookings.queries.free_time.search import Moved, find_times_to_move
from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.crypto import token_hash
from holdfast.platform.errors import NotFound
from holdfast.scheduling.intervals import epoch, instant

_FARTHEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Moving:
    """A booking that looks for another time; `horizon_days` is how far ahead."""

    schedule: Schedule
    plan: VisitPlan
    moved: Moved
    starts_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.schedule.zone_of(self.plan.lead.candidates[0].location_id)

    @property
    def horizon_days(self) -> int:
        days = self.plan.visit.horizon_days
        return _FARTHEST_DAYS if days is None else min(days, _FARTHEST_DAYS)

    def free_days(self, from_date: date, to_date: date, now: datetime) -> dict[date, list[datetime]]:
        """Return the starts of each date, both inclusive, but for the one that it has; a read."""
        days: dict[date, list[datetime]] = {}
        # A read of the whole horizon is a year and a day at most, in one piece.
        to_date = min(to_date, from_date + timedelta(days=_FARTHEST_DAYS - 1))
        found = find_times_to_move(
            self.schedule, self.plan, self.moved, from_date=from_date, to_date=to_date, now=now
        )
        here = epoch(self.starts_at)
        for day, seconds in by_day(found, from_date=from_date, to_date=to_date).days.items():
            days[day] = [instant(second) for second in seconds if second != here]
        return days


def open_move(booking_id: UUID, token: str) -> Moving:
    """Return the booking as it could be moved by whoever holds its token, or one to reschedule it.

    Inside the tenant's context. Raises `NotFound`, `Invalid` RESOURCE_UNSUITABLE where nobody gives it any
    more, and `Conflict` MOVE_NOT_ALLOWED for what has no time of its own.
    """
    agreed = read_agreed(booking_id, token_hash=token_hash(token), is_staff=False)
    if agreed is None:
        raise NotFound("There is no such booking.")
    schedule, plan = plan_agreed(current_schedule(), agreed, lead_id=agreed.resource_id)
    return Moving(schedule, plan, Moved(booking_id, agreed.claims), agreed.starts_at)
