"""One person at two places: Mondays here, Tuesdays there; hours, free time, blackouts and bookings agree."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.queries import find_availability
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, new_key
from tests.capabilities.business import EVERY_DAY, TESTER, Business, make_business
from tests.cluster import Database


class Salon:
    """A business in Berlin whose Noor works at the Marina on Tuesdays from 12 to 16."""

    def __init__(self, zone: str = "Europe/Berlin") -> None:
        self.business: Business = make_business(people=2)
        self.home = self.business.location_id
        self.noor, self.lena = self.business.resource_ids
        self.cut = self.business.services["book"]
        with tenant_context(self.business.tenant_id, TESTER.label):
            self.marina = create_location(actor=TESTER, name="Marina", time_zone=zone)
            self.sara = create_resource(actor=TESTER, location_id=self.marina, name="Sara")
            self._open(self.marina, 8, 20, EVERY_DAY)
            self._open(self.marina, 12, 16, (2,), self.noor)
        now = clock.now().astimezone(self.business.zone).date() + timedelta(days=7)
        self.tuesday = now + timedelta(days=(1 - now.weekday()) % 7)
        self.wednesday = self.tuesday + timedelta(days=1)

    def _open(
        self, place: UUID, start: int, end: int, days: tuple[int, ...], person: UUID | None = None
    ) -> None:
        create_opening_rule(
            actor=TESTER,
            location_id=place,
            resource_id=person,
            kind="WEEKLY",
            days_of_week=days,
            start_time=time(start),
            end_time=time(end),
        )

    @property
    def schedule(self) -> Schedule:
        return remembered_schedule(self.business.tenant_id, refresh=True)

    def offered(
        self, day: date, place: UUID | None = None, person: UUID | None = None
    ) -> dict[str, set[UUID]]:
        """Who can be had at which wall time."""
        wanted = Wanted((self.cut,), resource_id=person, location_id=place)
        with tenant_context(self.business.tenant_id, "tests"):
            found = find_availability(wanted, from_date=day, to_date=day, now=clock.now())
        return {
            f"{start.local_start:%H:%M}": set(start.resource_ids)
            for each in found.days
            for start in each.starts
        }

    def at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self.business.zone)

    def book(self, day: date, hour: int, **named: UUID) -> ApiClient:
        body = {
            "service_id": str(self.cut),
            "start_time": self.at(day, hour).isoformat(),
            "client_name": "Ann",
            "client_email": "ann@example.com",
            **{name: str(value) for name, value in named.items()},
        }
        return ApiClient(self.business.slug).post("/api/v1/bookings", body, Idempotency_Key=new_key())


@pytest.fixture
def salon(database: Database) -> Salon:
    return Salon()


def test_whoever_has_hours_at_a_place_works_there(salon: Salon) -> None:
    schedule = salon.schedule
    service = schedule.services[salon.cut]

    def names(place: UUID | None) -> list[UUID]:
        return [each.id for each in schedule.resources_for(service, location_id=place)]

    assert set(names(salon.home)) == {salon.noor, salon.lena}
    assert set(names(salon.marina)) == {salon.noor, salon.sara}
    assert sorted(names(None)) == sorted([salon.noor, salon.lena, salon.sara])
    assert schedule.places_of(schedule.resources[salon.noor]) == (salon.home, salon.marina)


def test_each_day_at_its_place_only(salon: Salon) -> None:
    tuesday = salon.offered(salon.tuesday, salon.marina, salon.noor)
    assert (min(tuesday), max(tuesday)) == ("12:00", "15:00")
    assert salon.offered(salon.tuesday, salon.home, salon.noor) == {}
    assert salon.offered(salon.wednesday, salon.marina, salon.noor) == {}
    wednesday = salon.offered(salon.wednesday, salon.home, salon.noor)
    assert (min(wednesday), max(wednesday)) == ("08:00", "19:00")
    # Wherever she is.
    assert salon.offered(salon.tuesday, None, salon.noor) == tuesday
    assert salon.offered(salon.wednesday, None, salon.noor) == wednesday
    anyone = salon.offered(salon.tuesday)
    assert anyone["11:00"] == {salon.lena, salon.sara}
    assert anyone["12:00"] == {salon.noor, salon.lena, salon.sara}


@pytest.mark.parametrize("says_place", [True, False])
def test_a_booking_is_at_the_place_of_its_hours(salon: Salon, database: Database, says_place: bool) -> None:
    for day, place, other in (
        (salon.tuesday, salon.marina, salon.home),
        (salon.wednesday, salon.home, salon.marina),
    ):
        refused = salon.book(day, 13, resource_id=salon.noor, location_id=other)
        assert (refused.status, refused.error) == (422, "OUTSIDE_HOURS")
        named = {"location_id": place} if says_place else {}
        made = salon.book(day, 13, resource_id=salon.noor, **named)
        assert made.status == 201, made.body
        assert made.data["location_id"] == str(place)
        assert database.rows(
            "select location_id, resource_id from booking where id = %s", [made.data["id"]]
        ) == [(place, salon.noor)]
        assert "13:00" not in salon.offered(day, None, salon.noor)
    assert database.rows("select count(*) from booking") == [(2,)]


def test_the_blackout_of_a_place_counts_while_one_is_there(salon: Salon) -> None:
    with tenant_context(salon.business.tenant_id, TESTER.label):
        for place in (salon.home, salon.marina):
            create_blackout(
                actor=TESTER,
                location_id=place,
                starts_at=salon.at(salon.tuesday if place == salon.home else salon.wednesday, 0),
                ends_at=salon.at(salon.tuesday if place == salon.home else salon.wednesday, 23),
            )
    # Home is shut on the day on which she is at the Marina, and the other way round: she works.
    for place in (None, salon.marina):
        assert "13:00" in salon.offered(salon.tuesday, place, salon.noor)
    for place in (None, salon.home):
        assert "13:00" in salon.offered(salon.wednesday, place, salon.noor)
    assert salon.offered(salon.tuesday, salon.home) == {}
    with tenant_context(salon.business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            location_id=salon.marina,
            starts_at=salon.at(salon.tuesday, 14),
            ends_at=salon.at(salon.tuesday, 23),
        )
    for place in (None, salon.marina):
        assert max(salon.offered(salon.tuesday, place, salon.noor)) == "13:00"


def test_hours_are_read_in_the_zone_of_their_place(database: Database) -> None:
    """Three hours ahead of Berlin, or two: noon there is not noon here."""
    salon = Salon("Asia/Dubai")
    offered = salon.offered(salon.tuesday, salon.marina, salon.noor)
    assert (min(offered), max(offered)) == ("12:00", "15:00")
    schedule = salon.schedule
    noor = schedule.at_place(schedule.resources[salon.noor], salon.marina)
    (window,) = schedule.windows(noor, schedule.services[salon.cut], salon.tuesday, salon.tuesday)
    assert window.location_id == salon.marina
    assert f"{window.starts_at:%H:%M}" == "08:00"
    # With the place unsaid she is had where the first place's clocks go.
    assert salon.offered(salon.tuesday, None, salon.noor) == {}
