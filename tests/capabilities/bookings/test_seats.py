"""Seats of published sessions: taken, kept and given back, one by one and in parties."""

from __future__ import annotations

from collections import Counter
from datetime import time, timedelta
from typing import Any

import psycopg
import pytest

from holdfast.capabilities.bookings.queries.slots import list_open_seats
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform import clock
from holdfast.platform.errors import Conflict, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.bookings.classes import book_seats, counts, day_of, generate, slot, slots
from tests.capabilities.bookings.moves import (
    OWNER,
    become,
    cancel,
    confirm,
    everything,
    key,
    let_expire,
    sweep,
)
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

SERVICES = (
    NewService("yoga", 60, "EUR", price_minor=1500, flow="hold", capacity=3, slot_granularity_minutes=60),
    NewService("talk", 60, "EUR", price_minor=900, flow="instant", capacity=2, slot_granularity_minutes=60),
    NewService("tour", 60, "EUR", flow="approval", capacity=2, slot_granularity_minutes=60),
    NewService("cut", 60, "EUR", flow="hold", slot_granularity_minutes=60),
)


@pytest.fixture
def studio(database: Database) -> Business:
    """Two people with published yoga a week from now."""
    business = make_business(people=2, services=SERVICES)
    assert generate(business, service="yoga").created == 24
    return business


def open_seats(business: Business, service: str = "yoga", party_size: int = 1) -> list[tuple[int, int]]:
    """Hour and seats left of the first person's sessions."""
    with tenant_context(business.tenant_id, TESTER.label):
        found = list_open_seats(
            business.services[service],
            business.resource_ids[:1],
            business.start(hour=0),
            business.start(days=8, hour=0),
            party_size,
        )
    return [(each.starts_at.astimezone(business.zone).hour, each.seats_left) for each in found]


def test_seats_are_taken_one_by_one_until_there_are_none(studio: Business, database: Database) -> None:
    ten = slots(studio, "yoga")[4]
    assert open_seats(studio)[2] == (10, 3)
    for number in range(3):
        made = book_seats(studio, ten, email=f"guest{number}@example.com")
        data = made.data
        assert (data["status"], data["slot_id"], data["party_size"]) == ("held", str(ten.id), 1)
        assert (data["resource_id"], data["location_id"]) == (str(ten.resource_id), str(ten.location_id))
        assert (data["starts_at"], data["price_minor"]) == (f"{ten.starts_at:%Y-%m-%dT%H:%M:%SZ}", 1500)
    assert counts(slot(studio, ten.id)) == (3, 0, 3, "full")
    before = everything(database)
    with pytest.raises(Conflict) as refused:
        book_seats(studio, ten)
    assert refused.value.code == "SLOT_FULL"
    # Of the nearest, one is the other person's session at the same time.
    offered = [each["starts_at"] for each in refused.value.extra["alternatives"]]
    assert len(offered) == 3
    assert data["starts_at"] in offered
    assert everything(database) == before
    assert (10, 3) not in open_seats(studio)
    assert database.rows("select count(*) from booking") == [(3,)]
    assert untruths(database) == {}


def test_a_party_is_seated_together_or_not_at_all(studio: Business) -> None:
    ten = slots(studio, "yoga")[4]
    two = book_seats(studio, ten, 2)
    assert (two.data["party_size"], two.data["price_minor"]) == (2, 3000)
    with pytest.raises(Conflict) as refused:
        book_seats(studio, ten, 2)
    assert refused.value.code == "SLOT_FULL"
    assert (10, 1) in open_seats(studio)
    assert 10 not in [hour for hour, _ in open_seats(studio, party_size=2)]
    book_seats(studio, ten, 1)
    assert counts(slot(studio, ten.id)) == (3, 0, 3, "full")
    with pytest.raises(Invalid) as too_many:
        book_seats(studio, slots(studio, "yoga")[6], 4)
    assert (too_many.value.code, too_many.value.extra["most"]) == ("PARTY_TOO_LARGE", 3)
    computed = {"service_id": str(studio.services["cut"]), "starts_at": studio.start(days=9).isoformat()}
    for_one = hold(studio, ApiClient(studio.slug), **computed, party_size=2)
    assert (for_one.status, for_one.error) == (422, "PARTY_TOO_LARGE")


def test_counters_follow_every_move(studio: Business, database: Database) -> None:
    ten = slots(studio, "yoga")[4]
    confirmed, cancelled, expired = (book_seats(studio, ten) for _ in range(3))
    confirm(studio, confirmed)
    assert counts(slot(studio, ten.id)) == (3, 1, 2, "full")
    cancel(studio, cancelled)
    assert counts(slot(studio, ten.id)) == (3, 1, 1, "partial")
    let_expire(database, expired)
    # Its time is up: free at once, although nobody has noticed and the row still says held.
    assert counts(slot(studio, ten.id)) == (3, 1, 0, "partial")
    assert database.rows("select held from slot_instance where id = %s", [ten.id]) == [(1,)]
    assert (10, 2) in open_seats(studio)
    assert sweep() == 1
    assert database.rows("select booked, held from slot_instance where id = %s", [ten.id]) == [(1, 0)]
    for status in ("completed", "no_show"):
        become(database, confirmed, status)
        assert counts(slot(studio, ten.id)) == (3, 1, 0, "partial")
    become(database, confirmed, "confirmed")
    cancel(studio, confirmed, actor=OWNER)
    assert counts(slot(studio, ten.id)) == (3, 0, 0, "open")
    # The session itself still takes the time.
    assert database.rows("select count(*) from allocation where slot_id = %s", [ten.id]) == [(1,)]


def test_an_expired_hold_s_seats_are_sold_again(studio: Business, database: Database) -> None:
    ten = slots(studio, "yoga")[4]
    late = book_seats(studio, ten, 3)
    let_expire(database, late)
    made = book_seats(studio, ten, 3)
    assert counts(slot(studio, ten.id)) == (3, 0, 3, "full")
    with pytest.raises(Conflict) as refused:
        confirm(studio, late)
    assert refused.value.code == "HOLD_EXPIRED"
    assert confirm(studio, made).status_name == "confirmed"
    assert counts(slot(studio, ten.id)) == (3, 3, 0, "full")
    assert untruths(database) == {}


def test_the_service_says_what_booking_does(studio: Business) -> None:
    assert generate(studio, days=9, service="talk").created == 24
    assert generate(studio, days=10, service="tour").created == 24
    talk, tour = slots(studio, "talk", days=9)[0], slots(studio, "tour", days=10)[0]
    assert book_seats(studio, talk).status_name == "confirmed"
    assert book_seats(studio, talk, mode="hold").status_name == "held"
    assert counts(slot(studio, talk.id)) == (2, 1, 1, "full")
    asked = book_seats(studio, tour)
    assert asked.status_name == "pending"
    assert counts(slot(studio, tour.id)) == (2, 1, 0, "partial")
    assert confirm(studio, asked, actor=OWNER, token="").status_name == "confirmed"
    assert counts(slot(studio, tour.id)) == (2, 1, 0, "partial")


def test_a_service_and_a_start_find_their_session(studio: Business, database: Database) -> None:
    """Anyone is whoever has room, in display order; nobody else's time is touched."""
    at = studio.start(hour=10)
    taken = [book(studio, "yoga", at).data["resource_id"] for _ in range(6)]
    assert taken == [str(studio.resource_ids[0])] * 3 + [str(studio.resource_ids[1])] * 3
    with pytest.raises(Conflict) as refused:
        book(studio, "yoga", at)
    assert refused.value.code == "SLOT_FULL"
    with pytest.raises(Conflict):
        book(studio, "yoga", at, resource_id=studio.resource_ids[0])
    with pytest.raises(Invalid) as unpublished:
        book(studio, "yoga", studio.start(days=8))
    assert unpublished.value.code == "NOT_PUBLISHED"
    with pytest.raises(Conflict):
        book(studio, "cut", at)
    assert database.rows("select count(*) from booking") == [(6,)]


def test_nobody_books_what_has_begun_or_is_too_far(studio: Business, database: Database) -> None:
    ten = slots(studio, "yoga")[4]
    for now, code in (
        (ten.starts_at + timedelta(seconds=1), "IN_THE_PAST"),
        (ten.starts_at - timedelta(days=400), "TOO_FAR"),
    ):
        with clock.frozen(now), pytest.raises(Invalid) as refused:
            book_seats(studio, ten)
        assert refused.value.code == code
    assert database.rows("select count(*) from booking") == [(0,)]


def test_a_retry_gets_the_same_seats(studio: Business, database: Database) -> None:
    ten = slots(studio, "yoga")[4]
    first, again = (book_seats(studio, ten, 2, key=key()) for _ in range(2))
    assert (again.body, again.is_replay) == (first.body, True)
    with pytest.raises(Invalid) as reused:
        book_seats(studio, ten, 2, key=key(payload=b"other"))
    assert reused.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert counts(slot(studio, ten.id)) == (3, 0, 2, "partial")


def test_the_log_replays_seats(studio: Business, database: Database) -> None:
    made = book_seats(studio, slots(studio, "yoga")[4], 2)
    confirm(studio, made)
    rows = database.rows(
        "select kind, data ->> 'slot_id', (data ->> 'party_size')::int, data -> 'allocations'"
        " from booking_event order by id"
    )
    slot_id = made.data["slot_id"]
    assert rows == [("booking.held", slot_id, 2, []), ("booking.confirmed", slot_id, 2, [])]


def test_the_constraint_has_the_last_word(studio: Business, database: Database) -> None:
    """Whatever the code does: more seats than there are cannot be stored."""
    ten = slots(studio, "yoga")[4]
    made = book_seats(studio, ten)
    with pytest.raises(psycopg.errors.CheckViolation, match="no_overselling"):
        database.rows("update booking set party_size = 4 where id = %s returning 1", [made.booking_id])
    assert counts(slot(studio, ten.id)) == (3, 0, 1, "partial")


# Over HTTP, in S1's words.


def hold(studio: Business, client: ApiClient, **sent: Any) -> Any:
    payload = {"customer_name": "Noor", "customer_phone": "+971 50 123 4567", **sent}
    return client.post("/v1/bookings", payload, Idempotency_Key=new_key())


def test_a_slot_is_booked_by_its_id(studio: Business) -> None:
    ten = slots(studio, "yoga")[4]
    user = ApiClient(studio.slug)
    made = hold(studio, user, slot_id=str(ten.id), party_size=2)
    assert (made.status, made.data["status"], made.data["party_size"]) == (201, "held", 2)
    confirmed = user.post(f"/v1/bookings/{made.data['id']}/confirm", Idempotency_Key=new_key())
    assert (confirmed.status, confirmed.data["slot_id"]) == (200, str(ten.id))
    full = hold(studio, user, slot_id=str(ten.id), party_size=2)
    assert (full.status, full.error) == (409, "SLOT_FULL")
    shown = user.get(f"/v1/bookings/{made.data['id']}").data
    assert (shown["party_size"], shown["slot_id"], shown["resources"]) == (2, str(ten.id), [])
    unknown = hold(studio, user, slot_id=str(new_id()))
    assert (unknown.status, unknown.error, unknown.field) == (404, "NOT_FOUND", "slot_id")


def test_a_slot_that_contradicts_the_rest_is_refused(studio: Business) -> None:
    ten = slots(studio, "yoga")[4]
    other = next(each for each in studio.resource_ids if each != ten.resource_id)
    user = ApiClient(studio.slug)
    for field, value in (
        ("service_id", str(studio.services["talk"])),
        ("stylist_id", str(other)),
        ("starts_at", (ten.starts_at + timedelta(hours=1)).isoformat()),
    ):
        refused = hold(studio, user, slot_id=str(ten.id), **{field: value})
        assert (refused.status, refused.field) == (422, field)
    agreed = hold(
        studio,
        user,
        slot_id=str(ten.id),
        service_id=str(ten.service_id),
        stylist_id=str(ten.resource_id),
        starts_at=ten.starts_at.isoformat(),
    )
    assert agreed.status == 201


def test_a_computed_slot_is_its_service_start_and_person(studio: Business, database: Database) -> None:
    assert generate(studio, days=9, service="cut").created == 24
    late = slots(studio, "cut", days=9)[-1]
    made = hold(studio, ApiClient(studio.slug), slot_id=str(late.id))
    assert (made.data["slot_id"], made.data["resource_id"]) == (None, str(late.resource_id))
    assert counts(slot(studio, late.id)) == (1, 0, 1, "full")
    assert database.rows("select count(*) from allocation where booking_id is not null") == [(1,)]


def test_the_staff_see_the_instances(studio: Business) -> None:
    ten = slots(studio, "yoga")[4]
    book_seats(studio, ten)
    desk = staff_client(studio, "frontdesk")
    path = f"/admin/v1/slot-instances?from={ten.date}&to={ten.date}&service_id={ten.service_id}"
    found = desk.get(path)
    assert (found.status, found.meta["count"], found.meta["has_more"]) == (200, 24, False)
    (partial,) = desk.get(f"{path}&status=partial&stylist_id={ten.resource_id}").data
    assert partial == {
        "id": str(ten.id),
        "location_id": str(ten.location_id),
        "service_id": str(ten.service_id),
        "resource_id": str(ten.resource_id),
        "stylist_id": str(ten.resource_id),
        "date": str(ten.date),
        "starts_at": f"{ten.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{ten.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "is_group": True,
        "capacity": 3,
        "booked": 0,
        "held": 1,
        "status": "partial",
        "blocked_by": [],
    }
    closed = desk.patch(f"/admin/v1/slots/{ten.id}", {"is_blocked": True}, Idempotency_Key=new_key())
    assert (closed.status, closed.data["status"], closed.data["blocked_by"]) == (200, "blocked", ["staff"])
    refused = hold(studio, ApiClient(studio.slug), slot_id=str(ten.id))
    assert (refused.status, refused.error) == (422, "BLACKED_OUT")
    assert staff_client(studio, "artist").get(path).status == 403


def test_nobody_is_found_by_a_foreign_slot(studio: Business) -> None:
    other = make_business(services=SERVICES)
    generate(other, service="yoga")
    with pytest.raises(NotFound):
        book_seats(studio, slots(other, "yoga")[0])


def test_somebody_who_works_at_two_places_has_sessions_at_both(studio: Business, database: Database) -> None:
    teacher, weekday = studio.resource_ids[0], (day_of(studio, 9).isoweekday(),)
    with tenant_context(studio.tenant_id, TESTER.label):
        park = create_location(actor=TESTER, name="park", time_zone="Europe/Berlin")
        for place, opens in ((studio.location_id, time(8)), (park, time(14))):
            create_opening_rule(
                actor=TESTER,
                location_id=place,
                resource_id=teacher,
                service_id=studio.services["yoga"],
                kind="WEEKLY",
                days_of_week=weekday,
                start_time=opens,
                end_time=time(opens.hour + 3),
            )
    assert generate(studio, days=9, service="yoga", resource_id=teacher).created == 6
    assert Counter(each.location_id for each in slots(studio, "yoga", days=9)) == {
        studio.location_id: 3,
        park: 3,
    }
    guest = ApiClient(studio.slug)
    asked = f"/v1/slots?service_id={studio.services['yoga']}&date={day_of(studio, 9)}&stylist_id={teacher}"
    assert [each["local_start"][11:13] for each in guest.get(asked).data] == [
        "08",
        "09",
        "10",
        "14",
        "15",
        "16",
    ]
    there = guest.get(f"{asked}&location_id={park}").data
    assert [each["local_start"][11:13] for each in there] == ["14", "15", "16"]
    made = hold(studio, guest, slot_id=there[0]["slot_id"])
    assert (made.status, made.data["location_id"]) == (201, str(park))
    assert generate(studio, days=9, service="yoga", resource_id=teacher).unchanged == 6
