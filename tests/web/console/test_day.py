"""The day's appointments: who sees what of them, on which day, and what an empty one says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import EVERY_DAY, TESTER, Business, book, make_business
from tests.web.console.conftest import Member

NOOR = Contact("Noor Haddad", "noor@example.com", "+49 30 5550001")
WorkAs = Callable[..., Member]


def day_path(business: Business, days: int = 7) -> str:
    return f"/console/day/{business.start(days=days).astimezone(business.zone).date()}/"


def test_a_day_is_listed_by_time_with_everything_staff_need(salon: Business, owner: Member) -> None:
    book(salon, "ask", salon.start(hour=15), resource_id=salon.resource_ids[1])
    book(salon, "book", salon.start(hour=9), contact=NOOR, resource_id=salon.resource_ids[0], notes="Latex")
    owner.get(day_path(salon))
    first, second = owner.entries()
    for said in ("09:00", "10:00", "Noor Haddad", "book", "60 min", "42", "€", "+49 30 5550001"):
        assert said in first, said
    for said in ("noor@example.com", "Latex", "salon person 0", "Confirmed", "Cancel"):
        assert said in first, said
    for said in ("15:00", "Ann Lee", "ask", "salon person 1", "Request", "Approve", "Decline"):
        assert said in second, said
    text = owner.text()
    assert "2 booked" in text
    assert "1 request" in text
    assert "141 € expected" in text or "€141 expected" in text or "€ 141 expected" in text


def test_figures_are_counted_and_lead_to_what_they_count(salon: Business, owner: Member) -> None:
    book(salon, "book", salon.start(hour=9))
    gone = book(salon, "book", salon.start(hour=11), contact=NOOR)
    cancel_booking(tenant_id=salon.tenant_id, actor=TESTER, now=clock.now(), booking_id=gone.booking_id)
    book(salon, "cut", salon.start(hour=13))
    owner.get(day_path(salon))
    text = owner.text()
    for figure in ("1 booked", "1 at checkout", "1 cancelled"):
        assert figure in text, figure
    assert len(owner.entries()) == 2
    assert "Noor" not in text
    owner.get(day_path(salon) + "?show=cancelled")
    assert [("Noor Haddad" in entry, "Cancelled" in entry) for entry in owner.entries()] == [(True, True)]
    owner.get(day_path(salon) + "?show=held")
    assert "minutes left" in owner.entries()[0]
    assert "Cancel" not in owner.entries()[0]


def test_a_hold_whose_time_is_up_is_gone_before_anything_has_swept_it(salon: Business, owner: Member) -> None:
    book(salon, "cut")
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        owner.get(day_path(salon))
    assert owner.entries() == []


def test_today_is_the_day_where_the_business_is(work_as: WorkAs) -> None:
    far = make_business("far", zone="Pacific/Kiritimati")
    member = work_as("owner", far)
    # 11:00 in London is one o'clock of the next day on Kiritimati.
    with clock.frozen(datetime(2027, 3, 1, 11, 0, tzinfo=UTC)):
        member.get("/console/")
        assert "Tuesday" in member.text()
        assert "2 March" in member.text() or "March 2" in member.text()
        member.get("/console/day/2027-03-02/")
        assert 'aria-current="page"' in member.page


def test_a_booking_past_midnight_stands_on_both_days(work_as: WorkAs) -> None:
    bar = make_business(
        "bar", services=[NewService("night", 240, "EUR", price_minor=1000)], opens=time(20), closes=time(4)
    )
    member = work_as("owner", bar)
    book(bar, "night", bar.start(hour=22))
    member.get(day_path(bar, 7))
    assert "until" in member.entries()[0]
    member.get(day_path(bar, 8))
    assert "since" in member.entries()[0]
    member.get(day_path(bar, 9))
    assert member.entries() == []


def test_an_artist_sees_its_own_day_and_no_way_to_reach_a_customer(salon: Business, work_as: WorkAs) -> None:
    book(salon, "book", salon.start(hour=9), contact=NOOR, resource_id=salon.resource_ids[0])
    book(salon, "book", salon.start(hour=9), resource_id=salon.resource_ids[1])
    artist = work_as("artist", resource_id=salon.resource_ids[0])
    artist.get(day_path(salon))
    [entry] = artist.entries()
    assert "Noor Haddad" in entry
    assert "Cancel" in entry  # its own calendar is its own business
    for hidden in ("5550001", "noor@example.com", "Ann Lee", "expected", "tel:", "mailto:"):
        assert hidden not in artist.page, hidden
    assert "1 booked" in artist.text()


def test_an_artist_without_a_calendar_sees_nothing(salon: Business, work_as: WorkAs) -> None:
    book(salon, "book")
    artist = work_as("artist")
    artist.get(day_path(salon))
    assert artist.status == 200
    assert artist.entries() == []


def test_places_can_be_chosen_where_there_are_several(salon: Business, owner: Member) -> None:
    with tenant_context(salon.tenant_id, TESTER.label):
        second = create_location(actor=TESTER, name="Second street", time_zone="Europe/Berlin")
        there = create_resource(actor=TESTER, location_id=second, name="Second person")
        create_opening_rule(
            actor=TESTER,
            location_id=second,
            kind="WEEKLY",
            start_time=time(8),
            end_time=time(20),
            days_of_week=EVERY_DAY,
        )
    book(salon, "book", resource_id=salon.resource_ids[0])
    book(salon, "book", resource_id=there, contact=NOOR)
    owner.get(day_path(salon))
    assert len(owner.entries()) == 2
    owner.get(f"{day_path(salon)}?at={second}")
    assert ["Noor Haddad" in entry for entry in owner.entries()] == [True]
    owner.get(f"{day_path(salon)}?at={UUID(int=7)}")
    assert len(owner.entries()) == 2
    owner.get(f"{day_path(salon)}?at=nonsense&show=nonsense")
    assert (owner.status, len(owner.entries())) == (200, 2)


def test_an_empty_day_says_so_and_leads_to_the_next_booking(salon: Business, owner: Member) -> None:
    owner.get(day_path(salon, 3))
    assert "Nobody is booked for" in owner.text()
    assert "Open your page" in owner.text()
    book(salon, "book")
    owner.get(day_path(salon, 3))
    assert "The next one:" in owner.text()
    assert f'href="{day_path(salon, 7)}"' in owner.page


def test_requests_of_other_days_are_not_overlooked(salon: Business, owner: Member, work_as: WorkAs) -> None:
    asked = book(salon, "ask", contact=NOOR)
    owner.get(day_path(salon, 3))
    assert "Waiting for your answer" in owner.text()
    assert f'{day_path(salon, 7)}#b-{asked.booking_id}"' in owner.page


def test_the_date_field_leads_to_its_day(salon: Business, owner: Member) -> None:
    owner.get("/console/?date=2027-03-02")
    assert (owner.status, owner.url) == (200, "/console/day/2027-03-02/")
    owner.get("/console/?date=2027-02-30")
    assert (owner.status, owner.url) == (200, "/console/?date=2027-02-30")


@pytest.mark.parametrize("day", ["2027-02-29", "0000-01-01", "1999-12-31", "9999-12-31", "today", "2027-1-1"])
def test_what_is_no_day_is_no_page(owner: Member, day: str) -> None:
    owner.get(f"/console/day/{day}/")
    assert owner.status == 404


@pytest.mark.parametrize("day", ["2000-01-01", "2200-12-31", "2027-03-28", "2027-10-31"])
def test_days_at_the_edges_open(owner: Member, day: str) -> None:
    owner.get(f"/console/day/{day}/")
    assert owner.status == 200


def test_bookings_of_another_business_are_not_on_the_page(salon: Business, owner: Member) -> None:
    other = make_business("other")
    book(other, "book", contact=NOOR)
    owner.get(day_path(salon))
    assert owner.entries() == []
    assert "Noor" not in owner.page


def test_what_customers_write_is_text_and_nothing_else(salon: Business, owner: Member) -> None:
    evil = Contact('<img src=x onerror="alert(1)">', "eve@example.com")
    book(salon, "book", contact=evil, notes="</p><script>alert(1)</script>")
    owner.get(day_path(salon))
    assert "<img src=x" not in owner.page
    assert "<script>alert" not in owner.page
    assert "&lt;script&gt;" in owner.page


def test_the_page_asks_the_database_a_few_questions_however_full_the_day(
    salon: Business, owner: Member, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for hour in range(8, 19):
        book(salon, "book", salon.start(hour=hour), resource_id=salon.resource_ids[0])
    with django_assert_max_num_queries(16):
        owner.get(day_path(salon))
    assert len(owner.entries()) == 11


def test_a_zone_of_its_own_for_each_place(salon: Business, owner: Member) -> None:
    with tenant_context(salon.tenant_id, TESTER.label):
        second = create_location(actor=TESTER, name="Island", time_zone="Pacific/Kiritimati")
        there = create_resource(actor=TESTER, location_id=second, name="Island person")
        create_opening_rule(
            actor=TESTER,
            location_id=second,
            kind="WEEKLY",
            start_time=time(8),
            end_time=time(20),
            days_of_week=EVERY_DAY,
        )
    island = ZoneInfo("Pacific/Kiritimati")
    day = (clock.now().astimezone(island) + timedelta(days=9)).date()
    book(salon, "book", datetime.combine(day, time(9), island), resource_id=there)
    owner.get(f"/console/day/{day}/")
    [entry] = owner.entries()
    assert entry.startswith("09:00")
