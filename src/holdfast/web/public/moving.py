"""Where a customer's own booking could go, as the page shows it: of what is free, what is offered."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from holdfast.capabilities.bookings.commands.offered import refuse_unoffered
from holdfast.capabilities.bookings.exposure import Viewer
from holdfast.capabilities.bookings.queries.moving import Moving, open_move
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform.access import GUEST
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.public.free import FreeTime, list_free_starts, search_days
from holdfast.web.public.owned import Owned
from holdfast.web.public.visit import Visit

_ALTERNATIVES = 3
_NEAR_DAYS = 7


class FreeMoves:
    """The free starts of one booking on the way to another time; each question is one read."""

    def __init__(self, visit: Visit, owned: Owned) -> None:
        self.visit = visit
        self.owned = owned
        self.viewer = _strict_viewer(visit, owned)
        with tenant_context(visit.tenant_id, GUEST.label):
            self._moving: Moving = open_move(owned.booking.id, owned.token)
        self.zone = self._moving.zone
        self._today = local_date(visit.now, self.zone)
        self._last_day = self._today + timedelta(days=self._moving.horizon_days)

    def search(self, asked: date | None, month: date | None) -> FreeTime:
        """Find what the page shows around a day and a month."""
        with tenant_context(self.visit.tenant_id, GUEST.label):
            return search_days(
                today=self._today,
                last_day=self._last_day,
                asked=asked,
                month=month,
                count=lambda first, last: {day: len(its) for day, its in self._days(first, last).items()},
                starts=self._days,
            )

    def is_free(self, starts_at: datetime) -> bool:
        """Tell whether the booking could go there right now."""
        day = local_date(starts_at, self.zone)
        if not self._today <= day <= self._last_day:
            return False
        with tenant_context(self.visit.tenant_id, GUEST.label):
            return starts_at in self._days(day, day).get(day, ())

    def near(self, starts_at: datetime) -> list[datetime]:
        """Return the few that are nearest to a wished start, in order of time."""
        around = min(max(local_date(starts_at, self.zone), self._today), self._last_day)
        first = max(self._today, around - timedelta(days=_NEAR_DAYS))
        last = min(self._last_day, around + timedelta(days=_NEAR_DAYS))
        with tenant_context(self.visit.tenant_id, GUEST.label):
            found = [at for its in self._days(first, last).values() for at in its]
        return sorted(sorted(found, key=lambda at: abs(at - starts_at))[:_ALTERNATIVES])

    def refuse_unoffered(self, starts_at: datetime) -> None:
        """Raise `Conflict` NOT_OFFERED where guests may have only what is offered, and this is not."""
        booking = self.owned.booking
        if self.viewer is None or booking.service_id is None or starts_at == booking.starts_at:
            return
        refuse_unoffered(
            tenant_id=self.visit.tenant_id,
            actor=GUEST,
            now=self.visit.now,
            request=BookingRequest(
                booking.service_id,
                starts_at,
                resource_id=booking.resource_id,
                location_id=booking.location_id,
            ),
            key=None,
            viewer=self.viewer,
            is_move=True,
        )

    def _days(self, first: date, last: date) -> dict[date, list[datetime]]:
        free = self._moving.free_days(first, last, self.visit.now)
        wish = self.owned.wish
        if self.viewer is None or wish is None:
            return {day: its for day, its in free.items() if its}
        lead = next((one for one in wish.people if one.id == self.owned.booking.resource_id), None)
        offered = list_free_starts(self.visit, wish.by(lead), first, last)
        return {
            day: both
            for day, its in free.items()
            if (both := [at for at in its if at in offered.get(day, ())])
        }


def _strict_viewer(visit: Visit, owned: Owned) -> Viewer | None:
    """Who looks, where guests may have only what they are shown."""
    viewer = visit.viewer_of(owned.wish.service) if owned.wish else None
    return viewer if viewer is not None and viewer.only_exposed else None
