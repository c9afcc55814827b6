"""A Hypothesis machine that does the same to the application and to the model, and compares all they say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from holdfast.capabilities.bookings.commands import confirm_booking, create_booking, reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.expire import expire_due_holds
from holdfast.capabilities.bookings.queries.free_time.starts import find_availability
from holdfast.capabilities.bookings.types import BookingRequest, Wanted
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.catalog.types import Role
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import book_seats, generate, slot, slots
from tests.capabilities.bookings.moves import cancel, confirm
from tests.capabilities.business import ANN, TESTER, make_business
from tests.cluster import Database
from tests.model.naive import (
    CLOSES,
    DAYS,
    LANES,
    OFFERS,
    OPENS,
    SEAT_PRICE,
    SEATS,
    STEP,
    VISIT,
    Entry,
    Naive,
    Refused,
)

_FIRST_DAY, _CLASS_DAY = 5, 9
_FLOWS = {"held": "hold", "pending": "approval", "confirmed": "instant"}
_STYLIST = (Role("stylist", "person", ("hair",)),)
_SERVICES = [
    NewService(
        name,
        offer.minutes,
        "EUR",
        price_minor=offer.price,
        flow=_FLOWS[offer.flow],
        buffer_before_minutes=offer.around,
        buffer_after_minutes=offer.around,
        slot_granularity_minutes=STEP,
        required_skills=("hair",),
    )
    for name, offer in OFFERS.items()
]
_YOGA = NewService(
    "yoga",
    60,
    "EUR",
    price_minor=SEAT_PRICE,
    flow="hold",
    capacity=SEATS,
    slot_granularity_minutes=60,
    required_skills=("yoga",),
)
# Of all that is done: how much of it is what.
_OFTEN = {
    "book": 2,
    "hold": 4,
    "same": 3,
    "visit": 2,
    "seats": 3,
    "confirm": 3,
    "approve": 2,
    "cancel": 2,
    "reschedule": 4,
    "pass_time": 3,
    "sweep": 1,
    "block": 1,
}


class Wish(NamedTuple):
    """What somebody is about to do; each deed looks at what it needs."""

    name: str
    day: int
    start: int
    person: str
    number: int


class Agreement(RuleBasedStateMachine):
    """One business, made anew for each run."""

    database: ClassVar[Database]
    model: ClassVar[type[Naive]] = Naive

    def __init__(self) -> None:
        super().__init__()
        self.naive = self.model()
        self.made: list[UUID] = []
        self.answers: list[MoveAnswer] = []
        self.business = make_business(
            people=0, opens=_clock(OPENS), closes=_clock(CLOSES), services=(*_SERVICES, _YOGA)
        )
        self.people: dict[str, UUID] = {}
        with tenant_context(self.business.tenant_id, TESTER.label):
            for number, (name, capacity) in enumerate(LANES.items()):
                self.people[name] = self._person(name, "hair", capacity, number)
            self._person("teacher", "yoga", 1, 9)
        generate(self.business, days=_CLASS_DAY, service="yoga")
        self.sessions = slots(self.business, "yoga", days=_CLASS_DAY)
        self.names = {resource_id: name for name, resource_id in self.people.items()}

    def _person(self, name: str, skill: str, capacity: int, order: int) -> UUID:
        return create_resource(
            actor=TESTER,
            location_id=self.business.location_id,
            name=name,
            skills=(skill,),
            capacity=capacity,
            display_order=order,
        )

    @rule(
        deed=st.sampled_from([deed for deed, often in _OFTEN.items() for _ in range(often)]),
        name=st.sampled_from(sorted(OFFERS)),
        day=st.sampled_from(DAYS),
        start=st.sampled_from(range(OPENS, CLOSES, STEP)),
        person=st.sampled_from(["", *LANES]),
        back=st.integers(0, 5),
    )
    def act(self, deed: str, name: str, day: int, start: int, person: str, back: int) -> None:
        """Do one thing; `back` counts bookings from the newest. One rule: every run has all deeds."""
        wish = Wish(name, day, start, person, max(len(self.made) - 1 - back, 0))
        if self.made or deed in ("book", "hold", "visit", "seats", "block", "sweep"):
            getattr(self, f"_{deed}")(wish)

    def _book(self, wish: Wish) -> None:
        self._take((wish.name,), wish.day, wish.start, wish.person, hold=False)

    def _hold(self, wish: Wish) -> None:
        self._take((wish.name,), wish.day, wish.start, wish.person, hold=True)

    def _same(self, wish: Wish) -> None:
        """Somebody wants what somebody else has, or had."""
        other = self.naive.entries[wish.number]
        if other.session >= 0:
            self._seats(wish._replace(day=other.session))
        else:
            self._take((wish.name,), other.day, other.start, other.person, hold=True)

    def _visit(self, wish: Wish) -> None:
        self._take(VISIT, wish.day, wish.start, wish.person or "ann", hold=True)

    def _take(self, names: tuple[str, ...], day: int, start: int, person: str, *, hold: bool) -> None:
        ids = tuple(self.business.services[name] for name in names)
        request = BookingRequest(
            ids[0],
            self._at(day, start),
            resource_id=self.people[person] if person else None,
            contact=ANN,
            mode="hold" if hold else "flow",
            service_ids=ids if len(ids) > 1 else (),
        )
        self._new(
            lambda: create_booking(
                tenant_id=self.business.tenant_id, actor=GUEST, now=clock.now(), request=request, key=None
            ),
            lambda: self.naive.book(names, day, start, person, hold=hold),
        )

    def _seats(self, wish: Wish) -> None:
        """One to three seats of one of two sessions."""
        session, seats = wish.day, 1 + wish.start // STEP % 3
        self._new(
            lambda: book_seats(self.business, self.sessions[session], seats, mode="hold"),
            lambda: self.naive.seat(session, seats),
        )

    def _new(self, app: Callable[[], MoveAnswer], model: Callable[[], int]) -> None:
        try:
            number = model()
        except Refused:
            number = -1
        try:
            made = app()
        except Problem as refused:
            assert number == -1, f"refused with {refused.code}, and the model books"
            return
        assert number == len(self.made), f"booked as {made.data}, and the model refuses"
        assert made.booking_id is not None
        self.made.append(made.booking_id)
        self.answers.append(made)
        entry = self.naive.entries[number]
        self._compare_answer(made, entry)
        if entry.person:
            assert self.names[UUID(made.data["resource_id"])] == entry.person

    def _confirm(self, wish: Wish) -> None:
        """By the customer's link."""
        number = wish.number
        self._move(
            number,
            lambda: confirm(self.business, self.answers[number]),
            lambda: self.naive.confirm(number),
        )

    def _approve(self, wish: Wish) -> None:
        """By the desk."""
        number = wish.number
        self._move(
            number,
            lambda: confirm_booking(
                tenant_id=self.business.tenant_id,
                actor=TESTER,
                now=clock.now(),
                booking_id=self.made[number],
                only="pending",
            ),
            lambda: self.naive.approve(number),
        )

    def _cancel(self, wish: Wish) -> None:
        """By the customer's link."""
        number = wish.number
        self._move(
            number, lambda: cancel(self.business, self.answers[number]), lambda: self.naive.cancel(number)
        )

    def _reschedule(self, wish: Wish) -> None:
        """To another start; seats stay where they are."""
        number, day, start = wish.number, wish.day, wish.start
        if self.naive.entries[number].session >= 0:
            return
        self._move(
            number,
            lambda: reschedule_booking(
                tenant_id=self.business.tenant_id,
                actor=GUEST,
                now=clock.now(),
                booking_id=self.made[number],
                starts_at=self._at(day, start),
                resource_id=None,
                token=self.answers[number].token,
            ),
            lambda: self.naive.reschedule(number, day, start),
        )

    def _move(self, number: int, app: Callable[[], MoveAnswer], model: Callable[[], None]) -> None:
        expected = "ok"
        try:
            model()
        except Refused as refused:
            expected = str(refused) or "refused"
        try:
            moved = app()
        except Problem as refused:
            assert expected in (refused.code, "refused"), f"{refused.code} instead of {expected}"
            return
        entry = self.naive.entries[number]
        assert expected == "ok", f"{moved.data} instead of {expected}"
        self._compare_answer(moved, entry)

    def _compare_answer(self, answer: MoveAnswer, entry: Entry) -> None:
        said = tuple(answer.data[name] for name in ("status", "price_minor", "version"))
        expected = (entry.status, entry.price, entry.version)
        assert said == expected, f"{said} instead of {expected}"

    def _pass_time(self, wish: Wish) -> None:
        """A hold's ten minutes are over: what is stored is written as time would have made it."""
        self.naive.pass_time(wish.number)
        for table, column, by in (
            ("booking", "hold_expires_at", "id"),
            ("allocation", "expires_at", "booking_id"),
        ):
            self.database.rows(
                f"update {table} set {column} = clock_timestamp() where {by} = %s and {column} is not null"
                " returning 1",
                [self.made[wish.number]],
            )

    def _sweep(self, _: Wish | None = None) -> None:
        """What the worker does."""
        expire_due_holds()
        self.naive.sweep()

    def _block(self, wish: Wish) -> None:
        """Somebody is away for half an hour."""
        person, day, start, end = wish.person or "ann", wish.day, wish.start, wish.start + STEP
        with tenant_context(self.business.tenant_id, TESTER.label):
            create_blackout(
                actor=TESTER,
                starts_at=self._at(day, start),
                ends_at=self._at(day, end),
                resource_id=self.people[person],
            )
        self.naive.block(person, day, start, end)

    @invariant()
    def free_time_agrees(self) -> None:
        """What is offered, and by whom."""
        for name in ("cut", "ask"):
            offered, expected = self._offered(name), self.naive.availability(name)
            assert offered == expected, f"{name}: {set(offered) ^ set(expected)}, {offered}"

    def teardown(self) -> None:
        """Everything that is stored, once all that is over has ended."""
        with suppress(AttributeError):
            self._sweep()
            self._compare_rows()

    def _compare_rows(self) -> None:
        stored = self.database.rows(
            "select id, status, version, price_minor from booking where tenant_id = %s order by id",
            [self.business.tenant_id],
        )
        entries = zip(self.made, self.naive.entries, strict=True)
        expected = sorted((made, entry.status, entry.version, entry.price) for made, entry in entries)
        assert stored == expected, f"{stored} instead of {expected}"
        claims = self.database.rows(
            "select booking_id, resource_id, min(starts_at), max(ends_at), count(distinct lane),"
            " bool_or(expires_at is not null) from allocation where tenant_id = %s and booking_id is not null"
            " group by 1, 2 order by 1",
            [self.business.tenant_id],
        )
        expected_claims = sorted(self._claims())
        assert claims == expected_claims, f"{claims} instead of {expected_claims}"
        for number in (0, 1):
            found = slot(self.business, self.sessions[number].id)
            assert (found.booked, found.held) == self.naive.counters(number)

    def _claims(self) -> list[tuple[Any, ...]]:
        return [
            (
                made,
                self.people[entry.person],
                self._at(entry.day, entry.start) - timedelta(minutes=entry.around),
                self._at(entry.day, entry.start) + timedelta(minutes=entry.minutes + entry.around),
                1,
                entry.status == "held",
            )
            for made, entry in zip(self.made, self.naive.entries, strict=True)
            if entry.person and entry.counts
        ]

    def _offered(self, name: str) -> dict[tuple[int, int], set[str]]:
        first = self._at(0, 12 * 60).astimezone(self.business.zone).date()
        with tenant_context(self.business.tenant_id, TESTER.label):
            found = find_availability(
                Wanted((self.business.services[name],)),
                from_date=first,
                to_date=first + timedelta(days=len(DAYS) - 1),
                now=clock.now(),
            )
        return {
            (number, start.local_start.hour * 60 + start.local_start.minute): {
                self.names[each] for each in start.resource_ids
            }
            for number, day in enumerate(found.days)
            for start in day.starts
        }

    def _at(self, day: int, minute: int) -> datetime:
        return self.business.start(days=_FIRST_DAY + day, hour=minute // 60, minute=minute % 60)


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)
