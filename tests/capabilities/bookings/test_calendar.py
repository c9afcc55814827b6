"""iCalendar: two parsers agree, lines are folded right, and nothing typed breaks out of its place (G27)."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from holdfast.capabilities.bookings.calendar import Method, Party, booking_ics, booking_uid, one_line
from holdfast.capabilities.bookings.types import Booking

LINK = "https://glow.example/b/abc/"
ANN = Party("Ann Lee", "ann@example.com")
GLOW = Party("Glow", "bookings@glow.example")
BOOKING = Booking(
    id=UUID("01a1fa8a-c3ca-7546-96ff-6e1c7fcbaf85"),
    status="confirmed",
    service_id=None,
    location_id=UUID(int=1),
    resource_id=None,
    customer_id=None,
    starts_at=datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    ends_at=datetime(2027, 3, 28, 2, 0, tzinfo=UTC),
    local_start=datetime.fromisoformat("2027-03-28T01:30:00"),
    time_zone="Europe/Berlin",
    hold_expires_at=None,
    price_minor=4200,
    currency="EUR",
    title="Cut & colour",
    source="page",
    sequence=3,
    version=5,
    created_at=datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    updated_at=datetime(2027, 1, 3, 3, 4, 5, 678, tzinfo=UTC),
    confirmed_at=None,
    cancelled_at=None,
)


def write(booking: Booking = BOOKING, **changes: Any) -> bytes:
    given: dict[str, Any] = {"business": "Glow", "host": "glow.example", "link": LINK}
    return booking_ics(booking, **{**given, **changes})


def read_plainly(content: bytes) -> list[tuple[str, str, str]]:
    """A parser of our own: (name, parameters, value) of each content line of RFC 5545 §3.1."""
    assert content.endswith(b"\r\n")
    assert b"\r" not in content.replace(b"\r\n", b"")
    lines = content.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
    found = []
    for line in lines:
        text, quoted = line.decode(), False
        for place, character in enumerate(text):
            quoted = quoted != (character == '"')
            if character == ":" and not quoted:
                name, _, parameters = text[:place].partition(";")
                found.append((name, parameters, text[place + 1 :]))
                break
        else:
            raise AssertionError(f"no content line: {text!r}")
    return found


def unescaped(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")


def test_the_file_of_a_booking() -> None:
    assert write().decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Holdfast//Bookings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "SUMMARY:Cut & colour\\, Glow",
        "DTSTART:20270328T003000Z",
        "DTEND:20270328T020000Z",
        "DTSTAMP:20270103T030405Z",
        "UID:01a1fa8a-c3ca-7546-96ff-6e1c7fcbaf85@glow.example",
        "SEQUENCE:3",
        "DESCRIPTION:https://glow.example/b/abc/",
        "LAST-MODIFIED:20270103T030405Z",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://glow.example/b/abc/",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("status", "method", "wanted"),
    [
        ("confirmed", "PUBLISH", "CONFIRMED"),
        ("completed", "PUBLISH", "CONFIRMED"),
        ("pending", "PUBLISH", "TENTATIVE"),
        ("held", "PUBLISH", "TENTATIVE"),
        ("cancelled", "CANCEL", "CANCELLED"),
        ("expired", "CANCEL", "CANCELLED"),
    ],
)
def test_method_and_status_say_the_same(status: str, method: str, wanted: str) -> None:
    calendar = icalendar.Calendar.from_ical(write(replace(BOOKING, status=status)))
    assert str(calendar["METHOD"]) == method
    assert str(calendar.walk("VEVENT")[0]["STATUS"]) == wanted


def test_an_invitation_names_both_sides_and_leaves_the_telling_to_us() -> None:
    content = write(organizer=GLOW, attendee=ANN, method="REQUEST")
    [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(event["ORGANIZER"]) == "mailto:bookings@glow.example"
    assert event["ORGANIZER"].params["SCHEDULE-AGENT"] == "CLIENT"
    assert str(event["ATTENDEE"]) == "mailto:ann@example.com"
    assert event["ATTENDEE"].params["CN"] == "Ann Lee"


def test_the_uid_is_the_same_for_ever() -> None:
    later = replace(BOOKING, starts_at=BOOKING.starts_at + timedelta(days=1), sequence=9, status="cancelled")
    assert booking_uid(later, "glow.example") == booking_uid(BOOKING, "glow.example")


PAYLOADS = (
    "a\r\nATTENDEE:mailto:evil@example.org",
    "a\nEND:VEVENT\nBEGIN:VEVENT",
    "a\rX-EVIL:1",
    'a";X-EVIL="1',
    "a:b;c,d\\n\\",
    "a\x00\x07\x1b\x0b\x85\u2028\u2029b",
    "=?utf-8?q?=0D=0AX-EVIL:1?=",
    "\N{FAMILY}" * 90,
    "x" * 5000,
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_typed_breaks_the_structure(payload: str) -> None:
    """T21: property and header counts are those of a clean file."""
    clean = write(place="Street 1", organizer=GLOW, attendee=ANN, method="REQUEST")
    evil = write(
        replace(BOOKING, title=payload, notes=payload),
        business=payload,
        place=payload,
        organizer=Party(payload, GLOW.email),
        attendee=Party(payload, ANN.email),
        method="REQUEST",
    )
    assert Counter(name for name, _, _ in read_plainly(evil)) == Counter(
        name for name, _, _ in read_plainly(clean)
    )
    [event] = icalendar.Calendar.from_ical(evil).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"{one_line(payload)}, {one_line(payload)}"
    assert set(event["ATTENDEE"].params) == {"CN", "ROLE", "PARTSTAT", "RSVP"}
    assert all(len(line) <= 75 for line in evil.split(b"\r\n"))


def test_an_address_with_a_line_end_is_one_address() -> None:
    evil = write(organizer=GLOW, attendee=Party("Ann", "a@b.example\r\nX-EVIL:1"), method="REQUEST")
    assert [name for name, _, _ in read_plainly(evil)].count("X-EVIL") == 0


def test_two_parsers_agree_on_random_bookings() -> None:
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    letters = "abc ,;:\\\"'\n\r\té漢字שלום🎉\u200f\u0301"
    for _ in range(400):
        starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(1_000_000))
        booking = replace(
            BOOKING,
            id=UUID(int=chance.getrandbits(128)),
            title="".join(chance.choices(letters, k=chance.randrange(200))) + "x",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=chance.randrange(5, 600)),
            sequence=chance.randrange(100),
        )
        method: Method = chance.choice(("REQUEST", "CANCEL", "PUBLISH"))
        content = write(booking, organizer=GLOW, attendee=ANN, method=method)
        plain = {name: value for name, _, value in read_plainly(content)}
        [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
        assert plain["METHOD"] == method
        assert plain["UID"] == str(event["UID"]) == booking_uid(booking, "glow.example")
        assert plain["DTSTART"] == f"{booking.starts_at:%Y%m%dT%H%M%SZ}"
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (booking.starts_at, booking.ends_at)
        assert int(plain["SEQUENCE"]) == event["SEQUENCE"] == booking.sequence
        assert unescaped(plain["SUMMARY"]) == str(event["SUMMARY"]) == f"{one_line(booking.title)}, Glow"
        for line in content.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()  # Folded between characters, never inside one.
