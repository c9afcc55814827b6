"""Businesses in which any two moves get into each other's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    confirm_booking,
    expire_due_holds,
    mark_booking,
    reschedule_booking,
)
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.block_out import Decisions, NewBlackout, Resolution, block_out
from holdfast.capabilities.bookings.commands.block_slot import block_slot
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings import studio
from tests.capabilities.bookings.classes import book_seats, publish_class, slots
from tests.capabilities.bookings.moves import cancel, confirm, let_expire
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

Call = Callable[[], str]
DAYS = 9
FIRST, SECOND = 10, 12


@dataclass
class Scene:
    """A business, the moves that can be made in it, and the names of what is there."""

    business: Business
    moves: dict[str, Call] = field(default_factory=dict)
    known: dict[UUID, str] = field(default_factory=dict)


def hair(database: Database) -> Scene:
    """A hold at ten, and one at noon whose time is up; everybody wants these two times of one person."""
    return _people(database, "cut")


def requests(database: Database) -> Scene:
    """The same with a request that awaits its answer."""
    scene = _people(database, "ask")
    business, made = scene.business, _named(scene, "the booking")
    scene.moves |= {
        "approve": _answered(partial(_decide, business, made, "approve")),
        "decline": _answered(partial(_decide, business, made, "decline")),
    }
    return scene


def classes(database: Database) -> Scene:
    """A class of six: a party of four holds seats, and one seat's time is up."""
    business = make_business()
    publish_class(business, days=DAYS)
    scene = Scene(business)
    session = next(
        each for each in slots(business, "yoga", days=DAYS) if each.starts_at == business.start(days=DAYS)
    )
    party, late = book_seats(business, session, 4), book_seats(business, session, 1)
    let_expire(database, late)
    _know(scene, party, "the booking")
    _know(scene, late, "the late one")

    def block() -> str:
        with tenant_context(business.tenant_id, TESTER.label):
            return str(block_slot(actor=TESTER, slot_id=session.id, is_blocked=True).status)

    scene.moves |= {
        "seat": _answered(partial(book_seats, business, session, 1)),
        "seats": _answered(partial(book_seats, business, session, 2)),
        "confirm": _answered(partial(confirm, business, party)),
        "cancel": _answered(partial(cancel, business, party)),
        "expire": _sweep,
        "blackout": partial(_block_out, business, FIRST, _id(party)),
        "hours": partial(_close, business, FIRST),
        "block": block,
    }
    return scene


def studios(_: Database) -> Scene:
    """Two options on one day of an artist."""
    business = make_business()
    scene = Scene(business)
    start = business.start(days=DAYS)
    first, second = studio.option(business, start), studio.option(business, start + timedelta(hours=1))
    scene.known |= {first.id: "the first option", second.id: "the second option"}
    moves = {
        "pencil": partial(studio.move, business, "pencil", first.id),
        "promise": partial(studio.move, business, "confirm", first.id),
        "release": partial(studio.move, business, "release", first.id),
        "challenge": partial(studio.move, business, "challenge", second.id),
        "second": partial(studio.move, business, "pencil", second.id),
        "option": partial(studio.option, business, start + timedelta(hours=2)),
    }
    scene.moves = {name: partial(_status_of, call) for name, call in moves.items()}
    scene.moves |= {
        "hold": _answered(partial(book, business, "cut", business.start(days=DAYS, hour=SECOND))),
        "blackout": partial(_block_out, business, SECOND, first.id),
        "hours": partial(_close, business, SECOND),
    }
    return scene


SCENES = {"hair": hair, "requests": requests, "classes": classes, "studios": studios}


def _people(database: Database, service: str) -> Scene:
    business = make_business(people=2)
    scene = Scene(business)
    first, second = (business.start(days=DAYS, hour=hour) for hour in (FIRST, SECOND))
    who = business.resource_ids[0]
    made = book(business, service, first, resource_id=who)
    late = book(business, "cut", second, resource_id=who)
    let_expire(database, late)
    _know(scene, made, "the booking")
    _know(scene, late, "the late one")
    the_booking = {"tenant_id": business.tenant_id, "actor": TESTER, "booking_id": _id(made)}
    scene.moves = {
        "hold": _answered(partial(book, business, "cut", second, resource_id=who)),
        "take": _answered(partial(book, business, "cut", first, resource_id=who)),
        "confirm": _answered(partial(confirm, business, made)),
        "cancel": _answered(partial(cancel, business, made)),
        "reschedule": _answered(lambda: reschedule_booking(now=clock.now(), starts_at=second, **the_booking)),
        "hand over": _answered(
            lambda: reschedule_booking(now=clock.now(), resource_id=business.resource_ids[1], **the_booking)
        ),
        "expire": _sweep,
        "blackout": partial(_block_out, business, SECOND, _id(made)),
        "hours": partial(_close, business, SECOND),
        "mark": _answered(lambda: mark_booking(now=clock.now(), move=Move.COMPLETE, **the_booking)),
    }
    return scene


def _answered(call: Callable[[], MoveAnswer]) -> Call:
    return lambda: call().status_name


def _status_of(call: Callable[[], studio.StudioBooking]) -> str:
    return call().status


def _sweep() -> str:
    # How many it ends depends on who comes first; what is left the next sweep finds.
    expire_due_holds()
    return "swept"


def _decide(business: Business, booking_id: UUID, what: Literal["approve", "decline"]) -> MoveAnswer:
    command = confirm_booking if what == "approve" else cancel_booking
    return command(
        tenant_id=business.tenant_id, actor=TESTER, now=clock.now(), booking_id=booking_id, only="pending"
    )


def _block_out(business: Business, hour: int, cancelled: UUID) -> str:
    starts_at = business.start(days=DAYS, hour=hour)
    wanted = NewBlackout(starts_at, starts_at + timedelta(hours=1), resource_id=business.resource_ids[0])
    decisions = Decisions(resolutions=(Resolution(cancelled, "cancel"),))
    with tenant_context(business.tenant_id, TESTER.label):
        done = block_out(actor=TESTER, now=clock.now(), wanted=wanted, decisions=decisions).done
    return f"blocked, {[each.status for each in done]}"


def _close(business: Business, hour: int) -> str:
    day = business.start(days=DAYS).astimezone(business.zone).date()
    with tenant_context(business.tenant_id, TESTER.label):
        create_opening_rule(
            actor=TESTER,
            location_id=business.location_id,
            kind="EXCEPTION",
            start_time=time(hour),
            end_time=time(20),
            valid_from=day,
            valid_to=day,
            is_closed=True,
        )
    return "closed"


def _know(scene: Scene, made: MoveAnswer, name: str) -> None:
    scene.known[_id(made)] = name


def _named(scene: Scene, name: str) -> UUID:
    return next(number for number, each in scene.known.items() if each == name)


def _id(made: MoveAnswer) -> UUID:
    assert made.booking_id is not None
    return made.booking_id
