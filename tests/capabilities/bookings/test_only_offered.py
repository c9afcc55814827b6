"""`only_exposed`: guests may book what they are offered and nothing else, from whatever side they try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.cache import forget_cache
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

CUT = NewService("Cut", 45, "AED", price_minor=15_000, flow="hold", slot_granularity_minutes=15)
SETTINGS = {"exposure": {"policy": "curated", "only_exposed": True}}
EIGHT_PAST = datetime.now(UTC).replace(minute=8, second=0, microsecond=0) + timedelta(days=1)
MIDDLE = EIGHT_PAST.replace(minute=40)
"""So far into an hour that the lot of the last one is over."""
LENA = {"X_Session_Id": "lena"}


@pytest.fixture
def luma(database: Database) -> Business:
    return make_business("luma", zone="Asia/Dubai", people=3, services=(CUT,), settings=SETTINGS)


@pytest.fixture
def guest(luma: Business) -> ApiClient:
    return ApiClient(luma.slug)


def path(luma: Business, what: str = "slots", **more: object) -> str:
    day = (EIGHT_PAST + timedelta(days=9)).astimezone(luma.zone).date()
    asked: dict[str, object] = {"service_id": luma.services["Cut"], **more}
    asked |= {"date": day} if what == "slots" else {"from": day, "to": day + timedelta(days=2)}
    return f"/api/v1/{what}?" + "&".join(f"{name}={value}" for name, value in asked.items())


def shown(luma: Business, guest: ApiClient, **more: object) -> list[str]:
    return [each["starts_at"] for each in guest.get(path(luma, **more), **LENA).data]


def all_starts(luma: Business) -> list[str]:
    desk = staff_client(luma, "manager")
    return [each["starts_at"] for each in desk.get(path(luma)).data]


def book(
    luma: Business,
    guest: ApiClient,
    start: str,
    key: str = "",
    headers: dict[str, str] = LENA,
    **more: Any,
) -> Answer:
    booking = {
        "service_id": str(luma.services["Cut"]),
        "starts_at": start,
        "customer_name": "Noor",
        "customer_phone": "+971 50 123 4567",
        **more,
    }
    return guest.post("/api/v1/bookings", booking, Idempotency_Key=key or new_key(), **headers)


def test_another_start_is_refused_with_those_offered(
    luma: Business, guest: ApiClient, database: Database
) -> None:
    with clock.frozen(MIDDLE):
        offered = shown(luma, guest)
        others = [start for start in all_starts(luma) if start not in offered]
        assert len(others) >= 41
        for start in others:
            answer = book(luma, guest, start)
            assert (answer.status, answer.error, answer.field) == (409, "NOT_OFFERED", "starts_at")
            assert [each["starts_at"] for each in answer.json["alternatives"]] == offered
    assert database.rows("select count(*) from booking") == [(0,)]


def test_a_start_freed_a_moment_ago_takes_nobodys_place(luma: Business, guest: ApiClient) -> None:
    """What somebody is looking at stays to be had, although the lot would now prefer the freed one.

    By the real clock: when a booking ended, the database says.
    """
    one = str(luma.resource_ids[0])
    met = 0
    for number in range(12):
        me = {"X_Session_Id": f"visitor {number}"}
        best = guest.get(path(luma, resource_id=one), **me).data[0]["starts_at"]
        taken = book(luma, guest, best, resource_id=one, headers=me)
        assert taken.status == 201
        forget_cache()
        looked = [each["starts_at"] for each in guest.get(path(luma, resource_id=one), **me).data]
        assert guest.delete(f"/api/v1/bookings/{taken.data['id']}").status == 200
        forget_cache()
        now_in_lot = [each["starts_at"] for each in guest.get(path(luma, resource_id=one), **me).data]
        for start in set(looked) - set(now_in_lot):
            met += 1
            made = book(luma, guest, start, resource_id=one, headers=me)
            assert made.status == 201, made.body
            assert guest.delete(f"/api/v1/bookings/{made.data['id']}").status == 200
    assert met > 5


def test_each_offered_start_can_be_had_without_anything_remembered(luma: Business, guest: ApiClient) -> None:
    """The lot alone decides: a cache that was emptied takes nothing away, nor does the next hour."""
    with clock.frozen(EIGHT_PAST.replace(minute=58)):
        offered = shown(luma, guest)
    forget_cache()
    with clock.frozen(EIGHT_PAST.replace(minute=58) + timedelta(minutes=16)):
        for start in offered:
            assert book(luma, guest, start).status == 201
    forget_cache()


def test_an_old_look_counts_no_more(luma: Business, guest: ApiClient) -> None:
    statuses = set()
    for number in range(6):
        with clock.frozen(EIGHT_PAST):
            offered = shown(luma, guest, resource_id=luma.resource_ids[number % 3])
        with clock.frozen(EIGHT_PAST + timedelta(hours=3 + number)):
            statuses.add(book(luma, guest, offered[-1], resource_id=str(luma.resource_ids[0])).status)
    assert 409 in statuses


def test_who_was_offered_with_anyone_may_have_it_with_somebody_able(luma: Business, guest: ApiClient) -> None:
    with clock.frozen(EIGHT_PAST):
        slot = guest.get(path(luma), **LENA).data[0]
        made = book(luma, guest, slot["starts_at"], resource_id=slot["resource_ids"][1])
        assert made.status == 201
        elsewhere = guest.get(path(luma, location_id=luma.location_id), **LENA).data[0]
        assert book(luma, guest, elsewhere["starts_at"]).status == 201


def test_a_hold_stays_whatever_is_offered_later(luma: Business, guest: ApiClient) -> None:
    held = book(luma, guest, _offered_now(luma, guest))
    assert held.status == 201
    with clock.frozen(datetime.now(UTC) + timedelta(hours=5)):
        confirmed = guest.post(f"/api/v1/bookings/{held.data['id']}/confirm", Idempotency_Key=new_key())
    assert (confirmed.status, confirmed.data["status"]) == (200, "confirmed")


def test_a_retry_is_answered_as_the_first_try(luma: Business, guest: ApiClient) -> None:
    key, start = new_key(), _offered_now(luma, guest)
    first = book(luma, guest, start, key)
    with clock.frozen(datetime.now(UTC) + timedelta(hours=5)):
        again = book(luma, guest, start, key)
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"


def _offered_now(luma: Business, guest: ApiClient) -> str:
    return str(shown(luma, guest)[0])


def test_a_taken_start_is_full_and_the_alternatives_are_offered(luma: Business, guest: ApiClient) -> None:
    one = str(luma.resource_ids[0])
    with clock.frozen(EIGHT_PAST):
        start = shown(luma, guest, resource_id=one)[0]
        assert book(luma, guest, start, resource_id=one).status == 201
        full = book(luma, guest, start, resource_id=one)
        assert (full.status, full.error) == (409, "SLOT_FULL")
        alternatives = [each["starts_at"] for each in full.json["alternatives"]]
        assert alternatives == shown(luma, guest, resource_id=one)
        assert book(luma, guest, alternatives[-1], resource_id=one).status == 201


def test_no_header_widens_what_may_be_booked(luma: Business, guest: ApiClient) -> None:
    with clock.frozen(EIGHT_PAST):
        offered = shown(luma, guest)
        for variant in ("all", "wide", "any_part", "narrow"):
            answer = guest.get(path(luma), X_Exposure_Variant=variant, **LENA)
            assert [each["starts_at"] for each in answer.data] == offered
            assert answer.headers["X-Exposure-Variant"] == "control"


def test_a_month_shows_guests_what_is_offered_and_staff_all(luma: Business, guest: ApiClient) -> None:
    with clock.frozen(EIGHT_PAST):
        days = guest.get(path(luma, "availability"), **LENA).data["days"]
        assert [day["count"] for day in days] == [len(day["starts"]) for day in days]
        assert all(3 <= day["count"] <= 5 for day in days)
        assert days[0]["starts"] == shown(luma, guest)
        desk = staff_client(luma, "frontdesk").get(path(luma, "availability")).data["days"]
        assert [day["count"] for day in desk] == [46, 46, 46]


def test_staff_may_book_any_start(luma: Business) -> None:
    desk = staff_client(luma, "frontdesk")
    with clock.frozen(EIGHT_PAST):
        for start in all_starts(luma)[::9]:
            assert book(luma, desk, start).status == 201


def test_without_only_exposed_any_start_may_be_booked_and_a_month_shows_all(database: Database) -> None:
    """Negative control: the same requests where the policy only hides."""
    luma = make_business(
        "luma",
        zone="Asia/Dubai",
        people=3,
        services=(CUT,),
        settings={"exposure": {"policy": "curated", "only_exposed": False}},
    )
    guest = ApiClient(luma.slug)
    with clock.frozen(EIGHT_PAST):
        offered = shown(luma, guest)
        other = [start for start in all_starts(luma) if start not in offered]
        assert len(other) >= 41
        for start in other[::8]:
            assert book(luma, guest, start).status == 201
        assert guest.get(path(luma, "availability"), **LENA).data["days"][0]["count"] == 46


def test_pages_refuse_what_was_not_offered(luma: Business) -> None:
    """The times page posts a start that it did not show: somebody wrote it in."""
    browser = Client(headers={"Host": f"{luma.slug}.localhost:8000"})
    day = luma.start(days=9).astimezone(luma.zone).date()
    address = f"/book/{luma.services['Cut']}/?date={day}"
    page = browser.get(address)
    assert page.status_code == 200, address
    content = page.content.decode()
    statuses = set()
    for hour in range(8, 19):
        code = luma.start(days=9, hour=hour).strftime("%Y%m%dT%H%MZ")
        if f'value="{code}"' in content:
            continue
        answer = browser.post(address, {"start": code})
        statuses.add(answer.status_code)
        if answer.status_code == 409:
            assert "is not among the times offered right now" in answer.content.decode()
    assert 409 in statuses


def test_a_booking_is_moved_only_to_what_is_offered(luma: Business, guest: ApiClient) -> None:
    one = str(luma.resource_ids[0])
    with clock.frozen(MIDDLE):
        first, *others = shown(luma, guest)
        held = book(luma, guest, first, resource_id=one)
        may = {first, *shown(luma, guest), *shown(luma, guest, resource_id=one), *others}
        for start in all_starts(luma):
            if start not in may:
                answer = guest.patch(f"/api/v1/bookings/{held.data['id']}", {"starts_at": start}, **LENA)
                assert (answer.status, answer.error) == (409, "NOT_OFFERED"), start
        answer = guest.patch(f"/api/v1/bookings/{held.data['id']}", {"starts_at": others[-1]}, **LENA)
        assert (answer.status, answer.data["starts_at"]) == (200, others[-1])
