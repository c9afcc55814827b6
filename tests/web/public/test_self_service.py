"""Customers help themselves, without JavaScript: links for one action, moving, their own list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from holdfast.capabilities.bookings.commands import make_token
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.tokens import TokenAction
from holdfast.platform.access import GUEST
from holdfast.platform.db.rows import execute
from holdfast.platform.observability.logs import mask
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.presenters.calendars import calendar_links
from holdfast.web.public.presenters.times import start_code
from tests.api_client import ApiClient
from tests.capabilities.bookings.moves import everything
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.contract.link_requests import link_of
from tests.web.public.conftest import Visitor

ACTIONS: tuple[TokenAction, ...] = ("view", "confirm", "cancel", "reschedule")
SECRETS = ("booking", "allocation", "booking_event", "booking_token", "customer_link", "notification")


def link(business: Business, made: MoveAnswer, action: TokenAction) -> str:
    """The address of a link for one action."""
    assert made.booking_id is not None
    answer = make_token(
        tenant_id=business.tenant_id,
        actor=GUEST,
        booking_id=made.booking_id,
        action=action,
        lifetime=timedelta(hours=1),
        token=made.token,
    )
    return f"/a/{answer_token(answer.body)}/"


def answer_token(body: bytes) -> str:
    found = re.search(rb'"token": ?"([\w-]{43})"', body)
    assert found is not None
    return found[1].decode()


def stored(database: Database) -> list[object]:
    """All that looking must leave as it is."""
    return [database.rows(f"select t::text from {table} t order by 1") for table in SECRETS]


def path(made: MoveAnswer, more: str = "") -> str:
    return f"/b/{made.token}/{more}"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("service", ["cut", "book"])
def test_looking_changes_nothing(
    visitor: Visitor, salon: Business, database: Database, action: TokenAction, service: str
) -> None:
    """Mail programs and their guards open every link before anybody clicks."""
    made = book(salon, service)
    address = link(salon, made, action)
    before = stored(database)
    for _ in range(2):
        visitor.get(address)
        assert visitor.status == 200
        assert "10:00" in visitor.page
    response = visitor.client.head(address, headers={"host": visitor.host})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "same-origin"
    for other in ("move/", "cancel/", ""):
        visitor.client.get(path(made, other), headers={"host": visitor.host})
        visitor.client.head(path(made, other), headers={"host": visitor.host})
    assert stored(database) == before


def test_a_link_confirms_once_and_then_tells(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon)
    address = link(salon, made, "confirm")
    visitor.get(address)
    assert "Confirm this booking?" in visitor.page
    for _ in range(3):
        visitor.post(address, {})
        assert visitor.status == 200
        assert "See you" in visitor.page and "Confirmed on" in visitor.page
    assert database.rows("select status, version from booking") == [("confirmed", 2)]


def test_a_link_cancels_with_a_reason_and_then_tells(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    made = book(salon, "book")
    address = link(salon, made, "cancel")
    visitor.get(address)
    assert "Cancel this booking?" in visitor.page
    for _ in range(2):
        visitor.post(address, {"reason": "I am ill."})
        assert visitor.status == 200
        assert "This booking is cancelled." in visitor.page and "Cancelled on" in visitor.page
        assert "<textarea" not in visitor.page
    assert database.rows("select status, version, cancellation_reason is not null from booking") == [
        ("cancelled", 2, True)
    ]
    visitor.get(address)
    assert "Cancelled on" in visitor.page


def test_a_link_moves_once_and_then_tells(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon, "book")
    address = link(salon, made, "reschedule")
    visitor.get(f"{address}?start={start_code(salon.start(hour=14))}")
    assert "Move your booking?" in visitor.page and "14:00 – 15:00" in visitor.page
    visitor.post(address, {})
    assert visitor.status == 200
    assert "Moved on" in visitor.page and "14:00 – 15:00" in visitor.page
    assert database.rows("select starts_at, version from booking") == [(salon.start(hour=14), 2)]
    visitor.post(address, {"start": start_code(salon.start(hour=16))})
    assert database.rows("select version from booking") == [(2,)]


@pytest.mark.parametrize("action", ["view", "confirm", "cancel"])
def test_a_link_does_nothing_else(
    visitor: Visitor, salon: Business, database: Database, action: TokenAction
) -> None:
    """By the pages of the booking's own link, and by those of the other actions."""
    made = book(salon, "book")
    address = link(salon, made, action)
    token, before = address.split("/")[2], everything(database)
    visitor.get(address)
    csrf = visitor.hidden()
    visitor.get("/my/")
    csrf = {**visitor.hidden(), **csrf}
    wishes = {"start": start_code(salon.start(hour=14)), "version": "1", "reason": "x"}
    for more in ("move/", "cancel/", "release/", "details/"):
        sent = visitor.client.post(f"/b/{token}/{more}", {**csrf, **wishes}, headers={"host": visitor.host})
        assert sent.status_code == 404, more
    if action != "cancel":
        visitor.client.post(address, {**csrf, **wishes}, headers={"host": visitor.host})
    assert everything(database) == before
    # The booking's own page sends it to where it belongs.
    visitor.get(f"/b/{token}/")
    assert (visitor.url, visitor.status) == (address, 200)


@pytest.mark.parametrize("kind", ["expired", "unknown", "foreign"])
@pytest.mark.parametrize("prefix", ["a", "b", "my"])
def test_what_opens_nothing_offers_a_new_link(
    visitor: Visitor, salon: Business, database: Database, kind: str, prefix: str
) -> None:
    business = make_business() if kind == "foreign" else salon
    made = book(business, "book")
    token = {"a": link(business, made, "cancel").split("/")[2], "b": made.token, "my": link_of(business)}[
        prefix
    ]
    if kind == "unknown":
        token = token[:-3] + ("AAA" if not token.endswith("AAA") else "BBB")
    if kind == "expired":
        for table in ("booking_token", "customer_link"):
            assert database.rows(
                f"update {table} set created_at = created_at - interval '90 days',"
                " expires_at = now() - interval '1 second' returning 1"
            )
    page = visitor.get(f"/{prefix}/{token}/")
    assert visitor.status == 404
    assert "This link does not open anything any more." in page
    assert 'name="email"' in page and 'action="/my/"' in page and 'href="/book/"' in page
    assert "The salon" in page and ANN.name not in page


def test_of_thirty_bookings_a_link_opens_its_own(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    made = [
        book(salon, "book", salon.start(days=3 + number // 10, hour=9 + number % 10)) for number in range(30)
    ]
    address = link(salon, made[0], "cancel")
    token, before = address.split("/")[2].encode(), everything(database)
    guest = ApiClient(salon.slug, X_Booking_Token=token.decode())
    for other in made[1:]:
        by_id = f"/api/v1/bookings/{other.booking_id}"
        assert {guest.get(by_id).status, guest.delete(by_id).status} == {404}
    assert everything(database) == before


def test_moving_from_the_booking_s_page(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon, "book", resource_id=salon.resource_ids[0])
    assert "Move to another time" in visitor.get(path(made))
    day = salon.start().astimezone(salon.zone).date()
    visitor.get(path(made, f"move/?date={day}"))
    assert visitor.status == 200
    # Its own time counts as free, its own start is no move.
    assert {start_code(salon.start(hour=h, minute=m)) for h, m in ((9, 30), (10, 30), (14, 0))} <= set(
        visitor.slots()
    )
    assert start_code(salon.start()) not in visitor.slots()
    wished = start_code(salon.start(hour=10, minute=30))
    visitor.get(path(made, f"move/?start={wished}"))
    assert "10:00 – 11:00" in visitor.page and "10:30 – 11:30" in visitor.page
    visitor.post(path(made, "move/"), {})
    assert urlsplit(visitor.url).path == path(made)
    assert "Your booking has been moved." in visitor.page and "10:30 – 11:30" in visitor.page
    assert database.rows("select starts_at, version, resource_id from booking") == [
        (salon.start(hour=10, minute=30), 2, salon.resource_ids[0])
    ]


def test_a_time_that_went_meanwhile_offers_others(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    made = book(salon, "book", resource_id=salon.resource_ids[0])
    wished = salon.start(hour=14)
    visitor.get(path(made, f"move/?start={start_code(wished)}"))
    book(salon, "book", wished, resource_id=salon.resource_ids[0])
    visitor.post(path(made, "move/"), {})
    assert visitor.status == 409
    assert "14:00 has just been taken by somebody else." in visitor.page
    offered = re.findall(r"move/\?start=(\w+)", visitor.page)
    assert len(offered) == 3
    assert database.rows("select count(*) from booking where starts_at = %s", [salon.start()]) == [(1,)]
    visitor.get(path(made, f"move/?start={offered[0]}"))
    visitor.post(path(made, "move/"), {})
    assert "Your booking has been moved." in visitor.page
    # And the same said of an address that was kept.
    visitor.get(path(made, f"move/?start={start_code(wished)}"))
    assert visitor.status == 409


def test_a_second_window_is_told_how_it_is(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon, "book")
    step = path(made, f"move/?start={start_code(salon.start(hour=14))}")
    visitor.get(step)
    other = Visitor(visitor.host)
    other.get(path(made, f"move/?start={start_code(salon.start(hour=16))}"))
    other.post(path(made, "move/"), {})
    visitor.post(path(made, "move/"), {})
    assert visitor.status == 409
    assert "This booking has changed since you opened the page." in visitor.page
    assert "16:00 – 17:00" in visitor.page
    assert database.rows("select starts_at, version from booking") == [(salon.start(hour=16), 2)]


def test_a_form_sent_twice_moves_once(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon, "book")
    visitor.get(path(made, f"move/?start={start_code(salon.start(hour=14))}"))
    first = visitor.page
    for _ in range(2):
        visitor.page = first
        visitor.post(path(made, "move/"), {})
        assert visitor.status == 200
    assert database.rows("select starts_at, version from booking") == [(salon.start(hour=14), 2)]


@pytest.mark.parametrize("action", ["", "cancel", "reschedule"])
def test_too_late_says_whom_to_call(database: Database, action: TokenAction) -> None:
    business = make_business(settings={"cancellation_notice_minutes": 60 * 24 * 14})
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update location set phone = '+49 30 555' where tenant_id = %s", (business.tenant_id,))
    made, visitor = book(business, "book"), Visitor(f"{business.slug}.localhost")
    before = everything(database)
    page = visitor.get(link(business, made, action) if action else path(made))
    assert visitor.status == 200
    assert "It is too late to move or cancel this online." in page
    assert 'href="tel:+49 30 555"' in page and f"{business.slug} street" in page
    assert "/move/" not in page and "/cancel/" not in page and "<textarea" not in page
    visitor.get(path(made, "move/"))
    assert "It is too late to move or cancel this online." in visitor.page
    assert everything(database) == before


@pytest.mark.parametrize("status", ["cancelled", "completed", "expired"])
def test_what_is_over_is_not_moved(
    visitor: Visitor, salon: Business, database: Database, status: str
) -> None:
    made = book(salon, "book")
    database.rows("update booking set status = %s where id = %s returning 1", [status, made.booking_id])
    assert "Move to another time" not in visitor.get(path(made))
    visitor.get(path(made, "move/"))
    assert visitor.status == 200
    assert "This cannot be moved here." in visitor.page
    assert 'name="start"' not in visitor.page


def test_where_few_times_are_offered_no_other_can_be_had(database: Database) -> None:
    business = make_business(
        people=1, settings={"exposure": {"policy": "curated", "only_exposed": True, "starts_per_day": 3}}
    )
    made, visitor = book(business, "book"), Visitor(f"{business.slug}.localhost")
    day = business.start(days=9).astimezone(business.zone).date()
    visitor.get(path(made, f"move/?date={day}"))
    shown = set(visitor.slots())
    assert 0 < len(shown) < 12
    every = {start_code(business.start(days=9, hour=8) + timedelta(minutes=15 * n)) for n in range(44)}
    hidden = sorted(every - shown)[0]
    visitor.get(path(made, f"move/?start={hidden}"))
    assert visitor.status == 409
    assert "is not among the times offered right now." in visitor.page
    visitor.get(path(made, f"move/?start={sorted(shown)[0]}"))
    sent = {**visitor.hidden(), "start": hidden}
    response = visitor.client.post(path(made, "move/"), sent, headers={"host": visitor.host})
    assert response.status_code == 409
    assert database.rows("select version from booking") == [(1,)]
    visitor.post(path(made, "move/"), {})
    assert "Your booking has been moved." in visitor.page


def test_no_secret_address_is_logged(salon: Business) -> None:
    made = book(salon, "book")
    for address in (link(salon, made, "view"), f"/my/{link_of(salon)}/", path(made, "move/")):
        token = address.split("/")[2]
        assert token not in mask(address)
        assert mask(address).startswith(f"/{address.split('/')[1]}/[link]/")


def test_links_to_calendars_say_the_instant() -> None:
    starts_at = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1)
    links = calendar_links(
        title="Cut & colour, Zoë’s",
        starts_at=starts_at,
        ends_at=starts_at.astimezone(UTC) + timedelta(hours=1),
        place="1 Main St, #2",
        details="http://glow.localhost/b/x/?a=1&b=2",
    )
    google = parse_qs(urlsplit(links.google).query)
    assert google["dates"] == ["20261101T063000Z/20261101T073000Z"]
    assert (google["text"], google["location"]) == (["Cut & colour, Zoë’s"], ["1 Main St, #2"])
    outlook = parse_qs(urlsplit(links.outlook).query)
    assert (outlook["startdt"], outlook["enddt"]) == (["2026-11-01T06:30:00Z"], ["2026-11-01T07:30:00Z"])
    assert outlook["body"] == google["details"] == ["http://glow.localhost/b/x/?a=1&b=2"]
