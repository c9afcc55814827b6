"""Real time over real sockets: who is let in, what is told, and that nothing is missed."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from simple_websocket import ConnectionClosed
from simple_websocket import ConnectionError as NotConnected

from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.people.accounts import create_account
from holdfast.capabilities.people.commands import add_member
from holdfast.capabilities.people.models import Account
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.realtime import is_own_origin
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Cluster, Database
from tests.main.sockets import Refused, Server


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Iterator[Server]:
    """One process for all; businesses of one test are unknown to the others."""
    started = Server(cluster)
    started.start()
    try:
        yield started
    finally:
        started.child.stop()


@pytest.fixture
def own_server(cluster: Cluster, database: Database) -> Iterator[Server]:
    """A process of the test's own, to be stopped."""
    started = Server(cluster)
    started.start()
    try:
        yield started
    finally:
        started.child.stop()


def sign_in(
    business: Business | None,
    email: str = "olive@example.com",
    *,
    role: str = "owner",
    own: UUID | None = None,
) -> tuple[UUID, str]:
    """Make a login (with a membership of `business`); return the account and a session's cookie."""
    account_id = create_account(actor=TESTER, email=email, name="Olive")
    if business is not None:
        with tenant_context(business.tenant_id, TESTER.label):
            add_member(actor=TESTER, account_id=account_id, role=role, resource_id=own)
    browser = Browser()
    browser.force_login(Account.objects.get(id=account_id))
    name = settings.SESSION_COOKIE_NAME
    return account_id, f"{name}={browser.cookies[name].value}"


def cancel(business: Business, made: Any) -> None:
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=made.booking_id,
        token=made.token,
    )


def test_staff_see_bookings_as_they_happen(database: Database, server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    socket = server.connect(business, cookies)
    assert socket.next() == ["feed:ready", "0-0"]
    made = book(business, "book")
    booked_at = time.monotonic()
    first = socket.next()
    assert time.monotonic() - booked_at < 0.9
    cancel(business, made)
    second = socket.next()
    assert first is not None
    assert second is not None
    assert first[:2] == [
        "booking:created",
        {"id": str(made.booking_id), "version": 1, "status": "confirmed"},
    ]
    assert second[:2] == [
        "booking:updated",
        {"id": str(made.booking_id), "version": 2, "status": "cancelled"},
    ]
    assert socket.next(seconds=0.7) is None
    socket.close()


def test_what_was_missed_comes_first_and_once(database: Database, server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    book(business, "book", business.start(hour=9))
    socket = server.connect(business, cookies)
    [[_, start]] = socket.until("feed:ready")
    assert start != "0-0"
    book(business, "book", business.start(hour=11))
    event = socket.next()
    assert event is not None
    stopped_at = event[2]
    socket.close()
    missed = [book(business, "book", business.start(hour=hour)) for hour in (13, 15)]
    again = server.connect(business, cookies, after=stopped_at)
    *told, ready = again.until("feed:ready")
    assert [event[1]["id"] for event in told] == [str(made.booking_id) for made in missed]
    assert ready[1] == told[-1][2]
    assert again.next(seconds=0.7) is None
    last = book(business, "book", business.start(hour=17))
    event = again.next()
    assert event is not None
    assert event[1]["id"] == str(last.booking_id)
    again.close()


def test_a_client_that_is_cut_again_and_again_misses_nothing(database: Database, server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    socket = server.connect(business, cookies)
    position = socket.until("feed:ready")[-1][1]
    made: list[str] = []
    seen: list[str] = []
    for number in range(12):
        booking = book(business, "style", business.start(days=3 + number))
        made.append(str(booking.booking_id))
        if number % 3 == 0:
            event = socket.next(seconds=0.3)
            if event is not None and event[0].startswith("booking:"):
                seen.append(event[1]["id"])
                position = event[2]
        socket.close()
        socket = server.connect(business, cookies, after=position)
        for event in socket.until("feed:ready"):
            if event[0].startswith("booking:"):
                seen.append(event[1]["id"])
            position = event[-1]
    while (event := socket.next(seconds=1)) is not None:
        seen.append(event[1]["id"])
    assert seen == made
    socket.close()


@pytest.mark.parametrize("after", ["nonsense", f"{2**63}-1", {"no": "text"}, 7])
def test_an_unknown_position_is_answered_by_a_reset(
    database: Database, server: Server, after: object
) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    book(business, "book")
    socket = server.connect(business, cookies, after=after)
    event = socket.next()
    assert event is not None
    assert event[0] == "feed:reset"
    socket.close()


def test_too_much_to_tell_is_answered_by_a_reset(database: Database, server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    with database.cluster.connect() as admin:
        admin.execute(
            "insert into booking_event (tenant_id, booking_id, kind, version, data, occurred_at)"
            " select %s, %s, 'booking.test', 1, '{}', now() from generate_series(1, 501)",
            [business.tenant_id, business.location_id],
        )
    socket = server.connect(business, cookies, after="0-0")
    event = socket.next()
    assert event is not None
    assert event[0] == "feed:reset"
    socket.close()


def test_nobody_hears_of_another_business(database: Database, server: Server) -> None:
    ours, theirs = make_business(), make_business()
    _, cookies = sign_in(ours)
    socket = server.connect(ours, cookies)
    socket.until("feed:ready")
    book(theirs, "book")
    assert socket.next(seconds=1) is None
    with pytest.raises(Refused, match="auth"):
        server.connect(theirs, cookies)
    socket.close()


def test_an_artist_hears_of_its_own_calendar_only(database: Database, server: Server) -> None:
    business = make_business(people=2)
    mine, hers = business.resource_ids
    _, cookies = sign_in(business, role="artist", own=mine)
    before = book(business, "book", business.start(hour=9), resource_id=mine)
    book(business, "book", business.start(hour=9), resource_id=hers)
    socket = server.connect(business, cookies, after="0-0")
    *told, _ = socket.until("feed:ready")
    assert [event[1]["id"] for event in told] == [str(before.booking_id)]
    book(business, "book", business.start(hour=11), resource_id=hers)
    own = book(business, "book", business.start(hour=11), resource_id=mine)
    event = socket.next()
    assert event is not None
    assert event[1]["id"] == str(own.booking_id)
    assert socket.next(seconds=0.7) is None
    socket.close()


def _no_session(business: Business) -> str:
    return ""


def _made_up_session(business: Business) -> str:
    return f"{settings.SESSION_COOKIE_NAME}=abcdefghijklmnopqrstuvwxyz012345"


def _no_member(business: Business) -> str:
    return sign_in(None)[1]


def _ended_session(business: Business) -> str:
    cookies = sign_in(business)[1]
    Session.objects.all().delete()
    return cookies


def _artist_without_calendar(business: Business) -> str:
    return sign_in(business, role="artist")[1]


def _new_password(business: Business) -> str:
    account_id, cookies = sign_in(business)
    account = Account.objects.get(id=account_id)
    account.set_password("another one entirely")
    account.save()
    return cookies


@pytest.mark.parametrize(
    "cookies",
    [
        _no_session,
        _made_up_session,
        _no_member,
        _ended_session,
        _artist_without_calendar,
        _new_password,
    ],
)
def test_only_members_who_are_signed_in_are_let_in(
    database: Database, server: Server, cookies: Callable[[Business], str]
) -> None:
    business = make_business()
    with pytest.raises(Refused, match="auth"):
        server.connect(business, cookies(business))


@pytest.mark.parametrize("origin", ["", "https://evil.example", "http://evil.example:{port}", "null"])
def test_pages_of_others_cannot_connect(database: Database, server: Server, origin: str) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    with pytest.raises((NotConnected, ConnectionClosed, Refused)):
        server.connect(business, cookies, origin=origin.format(port=server.port))


@pytest.mark.parametrize(
    ("origin", "host", "is_production", "is_own"),
    [
        ("http://glow.localhost:8000", "glow.localhost:8001", False, True),
        ("http://glow.localhost:8001", "glow.localhost:8001", False, True),
        ("http://glow.localhost:9999", "glow.localhost:8001", False, False),
        ("http://luma.localhost:8000", "glow.localhost:8001", False, False),
        ("http://glow.localhost.evil.example:8000", "glow.localhost:8001", False, False),
        ("https://glow.example", "glow.example", True, True),
        ("http://glow.example", "glow.example", True, False),
        ("https://glow.example/x", "glow.example", True, False),
        ("ftp://glow.example", "glow.example", False, False),
        ("null", "glow.example", True, False),
        ("https://glow.example:port", "glow.example", True, False),
        ("", "", False, False),
    ],
)
def test_whose_page_an_origin_is(origin: str, host: str, is_production: bool, is_own: bool) -> None:
    assert is_own_origin(origin, host, web_port=8000, is_production=is_production) is is_own


def test_who_loses_the_right_is_cut_off_within_seconds(database: Database, server: Server) -> None:
    business = make_business()
    account_id, cookies = sign_in(business)
    _, staying = sign_in(business, "stays@example.com")
    removed, stays = server.connect(business, cookies), server.connect(business, staying)
    with database.cluster.connect() as admin:
        admin.execute("update membership set is_active = false where account_id = %s", [account_id])
    lost_at = time.monotonic()
    assert removed.is_closed(seconds=6)
    assert time.monotonic() - lost_at < 5
    assert not stays.is_closed(seconds=0.5)
    stays.close()


def test_the_database_may_restart(database: Database, server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    socket = server.connect(business, cookies)
    socket.until("feed:ready")
    database.cluster.kill()
    time.sleep(1)
    database.cluster.restart()
    made = book(business, "book")
    event = socket.next(seconds=15)
    assert event is not None
    assert event[1]["id"] == str(made.booking_id)
    socket.close()


def test_it_ends_at_once_with_sockets_open(database: Database, own_server: Server) -> None:
    business = make_business()
    _, cookies = sign_in(business)
    socket = own_server.connect(business, cookies)
    asked_at = time.monotonic()
    own_server.child.stop()
    assert time.monotonic() - asked_at < 4
    assert socket.is_closed(seconds=1)


def test_health(database: Database, server: Server) -> None:
    for path, wanted in (("/healthz", {"status": "ok"}), ("/readyz", {"status": "ready"})):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            assert json.load(answer) == wanted
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(
            f"http://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=polling", timeout=5
        )
    assert refusal.value.code == 400
