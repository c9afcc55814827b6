"""TRUST G27 over whole lives: what arrives by mail, and feeds, as two independent parsers read them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import icalendar

from holdfast.capabilities.bookings.calendar import FeedEntry, feed_ics, one_line
from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from tests.capabilities.bookings.test_calendar import read_plainly, unescaped
from tests.capabilities.business import Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import OWNER, cancel, entry_of, id_of
from tests.cluster import Database

Run = Callable[[], int]
BOOKINGS = 200


def chance_of(test: str) -> random.Random:
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    print(f"{test}: SEED={seed}")
    return random.Random(seed)


def random_entries(chance: random.Random) -> list[FeedEntry]:
    letters = "abc ,;:\"'\n\r\té漢字שלום🎉\u200f\u0301"
    entries = []
    for number in range(BOOKINGS):
        starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(1_000_000))
        entries.append(
            FeedEntry(
                uid=f"{number}@glow.example",
                sequence=chance.randrange(100),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=chance.randrange(5, 600)),
                updated_at=starts_at - timedelta(days=1),
                summary="".join(chance.choices(letters, k=chance.randrange(200))) + "x",
                place="".join(chance.choices(letters, k=chance.randrange(100))) + "y",
                is_tentative=chance.random() < 0.5,
            )
        )
    return entries


Facts = tuple[str, int, datetime, datetime, str, str, str]


def by_library(content: bytes) -> list[Facts]:
    return [
        (
            str(event["UID"]),
            event["SEQUENCE"],
            event["DTSTART"].dt,
            event["DTEND"].dt,
            str(event["SUMMARY"]),
            str(event["LOCATION"]),
            str(event["STATUS"]),
        )
        for event in icalendar.Calendar.from_ical(content).walk("VEVENT")
    ]


def by_hand(content: bytes) -> list[Facts]:
    found: list[dict[str, str]] = []
    for name, _, value in read_plainly(content):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found:
            found[-1].setdefault(name, value)

    def instant(text: str) -> datetime:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    return [
        (
            each["UID"],
            int(each["SEQUENCE"]),
            instant(each["DTSTART"]),
            instant(each["DTEND"]),
            unescaped(each["SUMMARY"]),
            unescaped(each["LOCATION"]),
            each["STATUS"],
        )
        for each in found
    ]


def test_two_parsers_read_the_same_feed() -> None:
    entries = random_entries(chance_of("feed"))
    content = feed_ics("Ada, Glow", entries)
    meant = [
        (
            each.uid,
            each.sequence,
            each.starts_at,
            each.ends_at,
            one_line(each.summary),
            one_line(each.place),
            "TENTATIVE" if each.is_tentative else "CONFIRMED",
        )
        for each in entries
    ]
    assert by_library(content) == by_hand(content) == meant
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


class Told(NamedTuple):
    """What one mail does to a calendar."""

    method: str
    uid: str
    sequence: int
    starts_at: datetime


def live(business: Business, chance: random.Random, hour: int) -> list[datetime]:
    """Book, perhaps wait for an answer, move some times, perhaps cancel; return the starts in order."""
    service = chance.choice(("book", "ask"))
    starts = [business.start(days=chance.randrange(7, 20), hour=hour)]
    made = book(business, service, starts[0])
    if service == "ask" and chance.random() < 0.7:
        confirm_booking(tenant_id=business.tenant_id, actor=OWNER, now=clock.now(), booking_id=id_of(made))
        starts.append(starts[-1])
    for days in chance.sample(range(30, 50), chance.randrange(1, 4)):
        starts.append(business.start(days=days, hour=hour))
        reschedule_booking(
            tenant_id=business.tenant_id,
            actor=GUEST,
            now=clock.now(),
            booking_id=id_of(made),
            token=made.token,
            starts_at=starts[-1],
        )
    if chance.random() < 0.6:
        cancel(business, made, chance.choice((GUEST, OWNER)))
        starts.append(starts[-1])
    return starts


def told_by(mails: list[Any]) -> list[Told]:
    found = []
    for mail in mails:
        method, event = entry_of(mail)
        found.append(Told(method, str(event["UID"]), event["SEQUENCE"], event["DTSTART"].dt))
    return found


def problems(told: list[Told]) -> list[str]:
    """What a calendar could misunderstand: sequences that stand still, other names, life after the end."""
    found = [
        f"{after} does not rise" for before, after in pairwise(told) if after.sequence <= before.sequence
    ]
    if len({each.uid for each in told}) != 1:
        found.append("more than one entry")
    if any(each.method == "CANCEL" for each in told[:-1]):
        found.append("changed after its end")
    return found


def test_every_change_of_a_life_is_a_later_one(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    chance = chance_of("lives")
    business = make_business()
    for hour in range(9, 17):
        starts = live(business, chance, hour)
        run_jobs()
        told = told_by(mailbox.mails)
        assert problems(told) == []
        assert [each.starts_at for each in told] == starts
        mailbox.mails.clear()


def test_a_sequence_that_stands_still_would_be_seen(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    """Negative control: with nothing that raises SEQUENCE the same lives are found to be wrong."""
    chance = chance_of("control")
    business = make_business()
    with database.cluster.connect() as admin:
        admin.execute(
            "create function sequence_stands_still() returns trigger language plpgsql as"
            " $$ begin new.sequence := old.sequence; return new; end $$"
        )
        admin.execute(
            "create trigger stands_still before update on booking"
            " for each row execute function sequence_stands_still()"
        )
    try:
        live(business, chance, 10)
    finally:
        with database.cluster.connect() as admin:
            admin.execute("drop trigger stands_still on booking")
            admin.execute("drop function sequence_stands_still()")
    run_jobs()
    assert any("does not rise" in each for each in problems(told_by(mailbox.mails)))
