"""A blackout that meets bookings lists them, and does with each what is decided: everything or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.block_out import (
    BlockedOut,
    Decisions,
    NewBlackout,
    Resolution,
    block_out,
    change_block_out,
)
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Conflict, Forbidden, Invalid, Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

HOUR = timedelta(hours=1)
NOTHING = Decisions()
KEEP = Decisions(keeps_all=True)


@pytest.fixture
def business(database: Database) -> Business:
    return make_business(people=2)


def block(
    business: Business,
    decisions: Decisions = NOTHING,
    *,
    actor: Actor = TESTER,
    starts_at: datetime | None = None,
    hours: float = 3,
    **named: object,
) -> BlockedOut:
    """Block out, by default next week from ten to one, everybody."""
    starts_at = starts_at or business.start()
    wanted = NewBlackout(**{"starts_at": starts_at, "ends_at": starts_at + hours * HOUR, **named})
    with tenant_context(business.tenant_id, actor.label):
        return block_out(actor=actor, now=clock.now(), wanted=wanted, decisions=decisions)


def met(business: Business, **named: object) -> list[UUID]:
    """The bookings that a blackout says it meets."""
    with pytest.raises(Conflict) as refused:
        block(business, **named)
    assert refused.value.code == "BLACKOUT_MEETS_BOOKINGS"
    return [UUID(each["id"]) for each in refused.value.extra["bookings"]]


def stored(database: Database) -> list[tuple[object, ...]]:
    """What there is of blackouts and bookings."""
    return database.rows(
        "select b.id::text, b.status, b.starts_at, b.resource_id, b.version from booking b"
        " union all select id::text, 'blackout', starts_at, resource_id, version from blackout order by 1"
    )


def booked(
    business: Business, *, person: int = 0, hour: int = 10, days: int = 7, service: str = "book"
) -> UUID:
    made = book(
        business, service, business.start(hour=hour, days=days), resource_id=business.resource_ids[person]
    )
    assert made.booking_id is not None
    return made.booking_id


class TestWhoIsMet:
    def test_bookings_are_listed_with_what_is_needed_to_decide(
        self, business: Business, database: Database
    ) -> None:
        first, second = booked(business, hour=11), booked(business, hour=10, service="cut")
        before = stored(database)
        with pytest.raises(Conflict) as refused:
            block(business)
        listed = refused.value.extra["bookings"]
        assert [each["id"] for each in listed] == [str(second), str(first)]
        assert refused.value.extra["total"] == 2
        starts_at = business.start(hour=11)
        assert listed[1] == {
            "id": str(first),
            "starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "ends_at": f"{starts_at + HOUR:%Y-%m-%dT%H:%M:%SZ}",
            "local_start": f"{starts_at.astimezone(business.zone):%Y-%m-%dT11:00:00}",
            "resource_id": str(business.resource_ids[0]),
            "status": "confirmed",
            "title": "book",
            "customer_name": "Ann Lee",
            "version": 1,
        }
        assert listed[0]["status"] == "held"
        assert stored(database) == before

    def test_who_touches_is_not_met(self, business: Business) -> None:
        booked(business, hour=9)
        booked(business, hour=13)
        assert block(business).done == ()

    def test_buffers_are_not_promised(self, business: Business) -> None:
        """A quarter of an hour before and after belongs to the claim, not to the customer."""
        asked = booked(business, hour=11, service="ask")
        starts_at = business.start(hour=10)
        assert block(business, starts_at=starts_at, hours=1).done == ()
        assert block(business, starts_at=starts_at + 2 * HOUR, hours=1).done == ()
        assert met(business, starts_at=starts_at, hours=1.25) == [asked]

    def test_only_bookings_that_take_time_are_met(self, business: Business, database: Database) -> None:
        gone = booked(business)
        cancel_booking(tenant_id=business.tenant_id, actor=TESTER, now=clock.now(), booking_id=gone)
        expired = booked(business, service="cut")
        with tenant_context(business.tenant_id, TESTER.label):
            past = clock.now() - HOUR
            execute("update booking set hold_expires_at = %s where id = %s", (past, expired))
            execute("update allocation set expires_at = %s where booking_id = %s", (past, expired))
        assert block(business).done == ()

    def test_scopes(self, business: Business) -> None:
        mine, other = booked(business, person=0), booked(business, person=1)
        assert set(met(business)) == {mine, other}
        assert met(business, resource_id=business.resource_ids[0]) == [mine]
        assert set(met(business, location_id=business.location_id)) == {mine, other}
        with tenant_context(business.tenant_id, TESTER.label):
            elsewhere = create_location(actor=TESTER, name="There", time_zone="Asia/Dubai")
        assert block(business, location_id=elsewhere).done == ()
        assert block(make_business()).done == ()

    def test_a_visit_is_met_where_it_takes_somebody(self, business: Business) -> None:
        """Ten to twelve in all, the second person only from eleven."""
        visit = booked(business, hour=10)
        first, second = business.resource_ids
        with tenant_context(business.tenant_id, TESTER.label):
            execute("update booking set ends_at = starts_at + interval '2 hours' where id = %s", (visit,))
            execute(
                "insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at, role)"
                " values (%s, %s, %s, 0, %s, %s, 'second')",
                (business.tenant_id, visit, second, business.start(hour=11), business.start(hour=12)),
            )
        assert block(business, resource_id=second, starts_at=business.start(hour=10), hours=1).done == ()
        assert met(business, resource_id=second, starts_at=business.start(hour=11), hours=1) == [visit]
        assert met(business, resource_id=first, starts_at=business.start(hour=10), hours=1) == [visit]

    def test_every_occurrence_is_compared(self, business: Business) -> None:
        starts_at = business.start(hour=10)
        weekday = starts_at.astimezone(business.zone).weekday()
        in_three_weeks, next_day = booked(business, days=28), booked(business, days=8)
        rule = f"FREQ=WEEKLY;BYDAY={['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'][weekday]}"
        assert met(business, starts_at=starts_at, hours=1, rrule=rule) == [in_three_weeks]
        assert met(business, starts_at=starts_at, hours=1, is_recurring=True) == [in_three_weeks]
        assert met(business, starts_at=starts_at, hours=1, rrule="FREQ=DAILY") == [next_day, in_three_weeks]
        left_out = (business.start(days=28).astimezone(business.zone).date(),)
        assert block(business, starts_at=starts_at, hours=1, rrule=rule, except_dates=left_out).done == ()

    def test_what_is_over_is_not_asked_about(self, business: Business) -> None:
        booking = booked(business, hour=10)
        with tenant_context(business.tenant_id, TESTER.label):
            wanted = NewBlackout(business.start(hour=8), business.start(hour=20))
            later = business.start(hour=11)
            assert block_out(actor=TESTER, now=later, wanted=wanted, decisions=NOTHING).done == ()
            with pytest.raises(Conflict):
                block_out(actor=TESTER, now=later - HOUR / 2, wanted=wanted, decisions=NOTHING)
        assert booking


class TestDecisions:
    def test_all_can_be_kept(self, business: Business, database: Database) -> None:
        first, second = booked(business), booked(business, person=1)
        before = list(stored(database))
        blocked = block(business, KEEP)
        assert {each.booking_id: (each.action, each.is_met, each.status) for each in blocked.done} == {
            first: ("keep", True, "confirmed"),
            second: ("keep", True, "confirmed"),
        }
        assert [row for row in stored(database) if row[1] != "blackout"] == before

    def test_each_is_kept_cancelled_or_moved_in_one_go(self, business: Business, database: Database) -> None:
        kept, cancelled, moved, handed = (
            booked(business, hour=10),
            booked(business, hour=11),
            booked(business, hour=12),
            booked(business, hour=11, person=1),
        )
        mine, _other = business.resource_ids
        later = business.start(hour=14)
        blocked = block(
            business,
            Decisions(
                resolutions=(
                    Resolution(moved, "move", starts_at=later),
                    Resolution(kept, "keep"),
                    Resolution(cancelled, "cancel", version=1),
                )
            ),
            resource_id=mine,
        )
        assert [(each.booking_id, each.action, each.status, each.version) for each in blocked.done] == [
            (moved, "move", "confirmed", 2),
            (kept, "keep", "confirmed", 1),
            (cancelled, "cancel", "cancelled", 2),
        ]
        assert database.rows("select id, status, starts_at from booking order by id") == sorted(
            [
                (kept, "confirmed", business.start(hour=10)),
                (cancelled, "cancelled", business.start(hour=11)),
                (moved, "confirmed", later),
                (handed, "confirmed", business.start(hour=11)),
            ]
        )
        # A mail is on its way to whoever is cancelled, as always.
        told = "select args ->> 'kind' from procrastinate_jobs where args ->> 'booking_id' = %s order by id"
        assert database.rows(told, [str(cancelled)]) == [("confirmed",), ("cancelled",)]
        assert database.rows("select distinct booking_id from allocation order by 1") == [
            (each,) for each in sorted([kept, moved, handed])
        ]
        assert database.rows("select kind from booking_event where booking_id = %s order by id", [moved])[
            -1
        ] == ("booking.rescheduled",)

    def test_a_booking_can_be_handed_to_somebody_else(self, business: Business, database: Database) -> None:
        booking = booked(business)
        mine, other = business.resource_ids
        block(
            business,
            Decisions(resolutions=(Resolution(booking, "move", resource_id=other),)),
            resource_id=mine,
        )
        assert database.rows("select resource_id, starts_at from booking") == [(other, business.start())]

    @pytest.mark.parametrize("hour", [11, 14])
    def test_one_move_that_cannot_be_undoes_everything(
        self, business: Business, database: Database, hour: int
    ) -> None:
        """Into the blackout itself, or onto somebody else's time."""
        cancelled, moved, _ = booked(business, hour=10), booked(business, hour=12), booked(business, hour=14)
        before = stored(database)
        events = database.rows("select count(*) from booking_event")
        with pytest.raises(Problem) as refused:
            block(
                business,
                Decisions(
                    resolutions=(
                        Resolution(cancelled, "cancel"),
                        Resolution(moved, "move", starts_at=business.start(hour=hour)),
                    )
                ),
                resource_id=business.resource_ids[0],
            )
        assert refused.value.extra["booking_id"] == str(moved)
        assert refused.value.field == "resolutions.1"
        assert refused.value.code == {11: "BLACKED_OUT", 14: "SLOT_FULL"}[hour]
        assert stored(database) == before
        assert database.rows("select count(*) from booking_event") == events

    def test_time_that_is_given_back_can_be_moved_to(self, business: Business, database: Database) -> None:
        """Cancelling comes first, whatever the order."""
        moved, cancelled = booked(business, hour=10), booked(business, hour=14)
        block(
            business,
            Decisions(
                resolutions=(
                    Resolution(moved, "move", starts_at=business.start(hour=15)),
                    Resolution(cancelled, "cancel"),
                )
            ),
            starts_at=business.start(hour=10),
            hours=5,
            resource_id=business.resource_ids[0],
        )
        assert database.rows("select status, starts_at from booking where id = %s", [moved]) == [
            ("confirmed", business.start(hour=15))
        ]

    def test_what_nobody_decided_is_asked_again(self, business: Business, database: Database) -> None:
        decided, appeared = booked(business, hour=10), booked(business, hour=11)
        before = stored(database)
        assert met(business, decisions=Decisions(resolutions=(Resolution(decided, "cancel"),))) == [appeared]
        assert stored(database) == before

    def test_a_booking_that_has_gone_is_left_alone(self, business: Business, database: Database) -> None:
        elsewhere = booked(business, hour=16)
        blocked = block(business, Decisions(resolutions=(Resolution(elsewhere, "cancel"),)))
        assert [(each.booking_id, each.is_met, each.status) for each in blocked.done] == [
            (elsewhere, False, None)
        ]
        assert database.rows("select status from booking") == [("confirmed",)]

    def test_an_old_version_is_refused(self, business: Business, database: Database) -> None:
        booking = booked(business, service="cut")
        confirm_booking(
            tenant_id=business.tenant_id,
            actor=TESTER,
            now=clock.now(),
            booking_id=booking,
            expected_version=1,
        )
        before = stored(database)
        for action in ("keep", "cancel"):
            with pytest.raises(Conflict) as refused:
                block(business, Decisions(resolutions=(Resolution(booking, action, version=1),)))
            assert (refused.value.code, refused.value.extra["current_version"]) == ("VERSION_CONFLICT", 2)
            assert refused.value.extra["booking_id"] == str(booking)
        assert stored(database) == before

    def test_artists_may_keep_but_not_cancel_or_move(self, business: Business, database: Database) -> None:
        mine, _other = business.resource_ids
        artist = Actor(kind="staff", role="artist", resource_id=mine)
        booking, _ = booked(business), booked(business, person=1)
        before = stored(database)
        assert met(business, actor=artist) == [booking]
        for resolution in (
            Resolution(booking, "cancel"),
            Resolution(booking, "move", starts_at=business.start(hour=15)),
        ):
            with pytest.raises(Forbidden):
                block(business, Decisions(resolutions=(resolution,)), actor=artist)
        assert stored(database) == before
        assert block(business, KEEP, actor=artist).blackout.resource_id == mine

    @pytest.mark.parametrize(
        "resolutions",
        [
            (Resolution(UUID(int=1), "move"),),
            (Resolution(UUID(int=1), "keep", starts_at=datetime(2027, 1, 1, tzinfo=UTC)),),
            (Resolution(UUID(int=1), "cancel", resource_id=UUID(int=2)),),
            (Resolution(UUID(int=1), "keep"), Resolution(UUID(int=1), "cancel")),
        ],
    )
    def test_contradictions_are_refused(
        self, business: Business, database: Database, resolutions: tuple[Resolution, ...]
    ) -> None:
        with pytest.raises(Invalid) as refused:
            block(business, Decisions(resolutions=resolutions))
        assert str(refused.value.field).startswith("resolutions.")
        assert stored(database) == []


class TestChanges:
    def change(
        self, business: Business, blackout_id: UUID, decisions: Decisions = NOTHING, **changes: object
    ) -> BlockedOut:
        with tenant_context(business.tenant_id, TESTER.label):
            return change_block_out(
                actor=TESTER,
                now=clock.now(),
                blackout_id=blackout_id,
                changes=changes,
                expected_version=None,
                decisions=decisions,
            )

    def test_new_times_are_asked_about(self, business: Business, database: Database) -> None:
        booking = booked(business, hour=13)
        blackout = block(business).blackout
        before = stored(database)
        with pytest.raises(Conflict) as refused:
            self.change(business, blackout.id, ends_at=business.start(hour=14))
        assert [each["id"] for each in refused.value.extra["bookings"]] == [str(booking)]
        assert stored(database) == before
        changed = self.change(business, blackout.id, KEEP, ends_at=business.start(hour=14))
        assert (changed.blackout.version, changed.blackout.ends_at) == (2, business.start(hour=14))

    def test_another_reason_asks_nobody(self, business: Business) -> None:
        booked(business)
        blackout = block(business, KEEP).blackout
        assert self.change(business, blackout.id, reason="dentist").blackout.reason == "dentist"

    def test_a_rule_that_comes_to_a_booking_is_asked_about(self, business: Business) -> None:
        booked(business, days=8)
        blackout = block(business).blackout
        with pytest.raises(Conflict):
            self.change(business, blackout.id, rrule="FREQ=DAILY")
        left_out = (business.start(days=8).astimezone(business.zone).date(),)
        changed = self.change(business, blackout.id, rrule="FREQ=DAILY", except_dates=left_out)
        assert changed.blackout.except_dates == left_out
