"""A customer's list over the API: what a link opens, in which business, how long, and what it lets one do."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.customer_links import index_of, make_link
from holdfast.capabilities.bookings.queries import get_booking_by_token
from holdfast.capabilities.bookings.queries.customer_links import group_of
from holdfast.platform import clock
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.tenancy import tenant_context
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import cancel, everything, let_expire
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.contract.link_requests import link_of

PATH = "/api/v1/my/bookings"
LINKS = "/api/v1/customer-links"


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business()


def read(business: Business, token: str, query: str = "") -> Answer:
    return ApiClient(business.slug).get(PATH + query, X_Customer_Token=token)


def test_every_booking_says_what_can_be_done(salon: Business, database: Database) -> None:
    flows = (("cut", 9), ("ask", 11), ("book", 14))
    held, asked, booked = (book(salon, name, salon.start(hour=hour)) for name, hour in flows)
    gone, late = book(salon, "book", salon.start(hour=16)), book(salon, "cut", salon.start(hour=18))
    cancel(salon, gone)
    let_expire(database, late)
    found = read(salon, link_of(salon))
    assert found.meta == {"count": 5, "has_more": False, "next": None}
    shown = {each["id"]: each for each in found.data}

    def of(made: MoveAnswer) -> tuple[str, list[str]]:
        return shown[str(made.booking_id)]["group"], shown[str(made.booking_id)]["moves"]

    assert of(held) == ("waiting", ["confirm", "cancel", "reschedule"])
    assert of(asked) == ("waiting", ["cancel", "reschedule"])
    assert of(booked) == ("upcoming", ["cancel", "reschedule"])
    assert of(gone) == ("cancelled", [])
    assert of(late)[0] == "cancelled"
    # Its token is the booking's own: from here each is moved as ever.
    token = shown[str(booked.booking_id)]["token"]
    assert token == booked.token
    path = f"/api/v1/bookings/{booked.booking_id}"
    assert ApiClient(salon.slug).delete(path, X_Booking_Token=token).data["status"] == "cancelled"
    # The link itself is no booking's.
    for method in ("get", "delete"):
        answer = getattr(ApiClient(salon.slug), method)(path, X_Booking_Token=link_of(salon))
        assert answer.status == 404


def test_pages_lack_and_repeat_nothing(salon: Business, database: Database) -> None:
    made = [book(salon, "book", salon.start(days=2 + n // 5, hour=8 + 2 * (n % 5))) for n in range(12)]
    token, seen, after = link_of(salon), [], ""
    while True:
        page = read(salon, token, f"?limit=5{after}")
        seen += [each["id"] for each in page.data]
        if not page.meta["has_more"]:
            break
        after = f"&after={page.meta['next']}"
    assert seen == [str(each.booking_id) for each in reversed(made)]
    assert read(salon, token, "?limit=0").status == 422
    assert read(salon, token, "?limit=101").status == 422


def test_a_link_is_of_one_business_and_one_address(salon: Business, database: Database) -> None:
    book(salon, "book")
    elsewhere = make_business()
    book(elsewhere, "book")
    token = link_of(salon)
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    answers = []
    for business, shown in (
        (elsewhere, token),
        (salon, flipped),
        (salon, token.swapcase()),
        (salon, token + "A"),
        (salon, "x"),
    ):
        refused = read(business, shown)
        document = refused.json
        document.pop("request_id")
        answers.append((refused.status, document["error"], document["detail"]))
        assert ApiClient(business.slug).delete(LINKS, X_Customer_Token=shown).status == 404
    assert Counter(answers) == {(404, "NOT_FOUND", "There is no such link, or it has ended."): 5}
    assert ApiClient(salon.slug).get(PATH).error == "UNAUTHENTICATED"
    assert read(salon, link_of(salon, "bea@example.com")).data == []
    assert read(salon, token).meta["count"] == 1


@pytest.mark.parametrize("end", ["expires_at = now()", "revoked_at = now()"])
def test_what_has_ended_opens_nothing(salon: Business, database: Database, end: str) -> None:
    book(salon, "book")
    token = link_of(salon)
    database.rows(f"update customer_link set created_at = created_at - interval '2 days', {end} returning 1")
    assert read(salon, token).status == 404


def test_ending_ends_all_of_the_address(salon: Business, database: Database) -> None:
    first, second, other = link_of(salon), link_of(salon), link_of(salon, "bea@example.com")
    key, guest = new_key(), ApiClient(salon.slug)
    for _ in range(2):
        answer = guest.delete(LINKS, X_Customer_Token=first, Idempotency_Key=key)
        assert (answer.status, answer.data) == (200, {"revoked": 2})
    assert [read(salon, each).status for each in (first, second, other)] == [404, 404, 200]
    assert guest.delete(LINKS, X_Customer_Token=first).status == 404


def test_looking_changes_nothing(salon: Business, database: Database) -> None:
    book(salon)
    token, before = link_of(salon), everything(database)
    links = database.rows("select t::text from customer_link t")
    for method in ("GET", "HEAD"):
        assert ApiClient(salon.slug).send(method, PATH, X_Customer_Token=token).status == 200
    assert everything(database) == before
    assert database.rows("select t::text from customer_link t") == links


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(None, 24), (1, 1), (0, 1), (5000, 168), ("a day", 24), (True, 24), (float("nan"), 24), (1.5, 1.5)],
)
def test_how_long_a_link_opens(salon: Business, database: Database, hours: object, expected: float) -> None:
    index = index_of(salon.tenant_id, ANN.email)
    with tenant_context(salon.tenant_id, TESTER.label):
        token, expires_at = make_link(email_index=index, settings={"customer_link_hours": hours})
    assert abs(expires_at - clock.now() - timedelta(hours=expected)) < timedelta(minutes=1)
    assert re.fullmatch(r"[\w-]{43}", token)  # 256 bits


def test_tokens_are_drawn_not_counted(salon: Business, database: Database) -> None:
    """At least 128 bits: nothing repeats, and every place of the text takes most of the letters."""
    index = index_of(salon.tenant_id, ANN.email)
    with tenant_context(salon.tenant_id, TESTER.label):
        tokens = [make_link(email_index=index, settings={})[0] for _ in range(300)]
    assert len(set(tokens)) == 300
    # The last of 43 letters has 4 bits, the others 6 each.
    assert all(len({token[place] for token in tokens}) > 50 for place in range(42))


def test_what_was_put_away_is_listed_and_not_moved(salon: Business, database: Database) -> None:
    made = book(salon, "book")
    past = "starts_at - interval '300 days', ends_at = ends_at - interval '300 days'"
    database.rows(
        f"update booking set status = 'completed', starts_at = {past},"
        " updated_at = now() - interval '300 days' returning 1"
    )
    database.rows(f"update allocation set starts_at = {past} returning 1")
    with tenant_context(salon.tenant_id, TESTER.label):
        assert fetch_value("select booking_archive(now() - interval '200 days', 10)") == 1
    [shown] = read(salon, link_of(salon)).data
    assert (shown["id"], shown["group"], shown["moves"]) == (str(made.booking_id), "past", [])


def test_staff_have_no_list_without_a_link(salon: Business, database: Database) -> None:
    book(salon, "book")
    assert staff_client(salon, "owner").get(PATH).status == 404


def test_groups(salon: Business, database: Database) -> None:
    made = book(salon, "book")
    with tenant_context(salon.tenant_id, TESTER.label):
        booking = get_booking_by_token(made.token)
    assert booking is not None
    assert group_of(booking, booking.ends_at - timedelta(seconds=1)) == "upcoming"
    assert group_of(booking, booking.ends_at) == "past"
