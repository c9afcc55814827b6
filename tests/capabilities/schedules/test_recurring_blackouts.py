"""Blackouts that come round: what is stored, what is refused, what they close, and how long they are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout, delete_blackout
from holdfast.capabilities.schedules.commands.blackouts import change_blackout
from holdfast.capabilities.schedules.queries import (
    current_schedule,
    get_blackout,
    list_blackouts,
    remembered_schedule,
)
from holdfast.capabilities.schedules.recurrence import MOST_OCCURRENCES
from holdfast.capabilities.schedules.types import Blackout
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.access import Actor
from holdfast.platform.errors import Conflict, Invalid, NotFound
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import to_local
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database

# A Monday.
FIRST = date(2031, 3, 3)


@pytest.fixture
def business(database: Database) -> Business:
    return make_business(people=2)


def at(business: Business, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), business.zone).astimezone(UTC)


def make(business: Business, rrule: str | None, *, hours: float = 2, **named: object) -> Blackout:
    starts_at = at(business, FIRST, 12)
    with tenant_context(business.tenant_id, TESTER.label):
        made = create_blackout(
            **{
                "actor": TESTER,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=hours),
                "rrule": rrule,
                **named,
            }
        )
        found = get_blackout(made)
    assert found is not None
    return found


def change(
    business: Business, blackout: Blackout, *, version: int | None = None, **changes: object
) -> Blackout:
    with tenant_context(business.tenant_id, TESTER.label):
        return change_blackout(
            actor=TESTER, blackout_id=blackout.id, changes=changes, expected_version=version
        )


def closed(business: Business, from_date: date, days: int, *, person: int = 0) -> list[str]:
    """When somebody is closed, as the schedule has it now, in wall time."""
    schedule = remembered_schedule(business.tenant_id, refresh=True)
    resource = schedule.resources[business.resource_ids[person]]
    to_date = from_date + timedelta(days=days - 1)
    found = sorted(schedule.blacked_out(resource, from_date, to_date))
    local = [
        (to_local(each.starts_at, business.zone), to_local(each.ends_at, business.zone)) for each in found
    ]
    # The schedule looks a day further on both sides.
    return [
        f"{start:%a %d.%m. %H:%M}-{end:%H:%M}" for start, end in local if from_date <= start.date() <= to_date
    ]


class TestWriting:
    def test_the_rule_is_stored_in_one_way(self, business: Business) -> None:
        blackout = make(
            business,
            "rrule:byday=mo,MO;freq=weekly;interval=1",
            except_dates=[date(2031, 3, 17), date(2031, 3, 17)],
        )
        assert (blackout.rrule, blackout.is_recurring, blackout.version) == ("FREQ=WEEKLY;BYDAY=MO", False, 1)
        assert blackout.except_dates == (date(2031, 3, 17),)
        assert blackout.time_zone == "Europe/Berlin"

    @pytest.mark.parametrize(
        ("named", "field", "code"),
        [
            ({"rrule": "FREQ=HOURLY"}, "rrule", "RRULE_INVALID"),
            ({"rrule": "FREQ=WEEKLY;BYDAY=TU"}, "rrule", "FIRST_TIME_DIFFERS"),
            ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule", "RRULE_INVALID"),
            ({"rrule": "FREQ=DAILY;UNTIL=20310302"}, "rrule", "RRULE_INVALID"),
            ({"rrule": "FREQ=DAILY", "hours": 24.5}, "ends_at", "OVERLAPS_ITSELF"),
            ({"rrule": "FREQ=WEEKLY;BYDAY=MO,TU", "hours": 25}, "ends_at", "OVERLAPS_ITSELF"),
            ({"rrule": "FREQ=WEEKLY", "is_recurring": True}, "is_recurring", "VALIDATION_ERROR"),
            ({"rrule": None, "except_dates": [FIRST]}, "except_dates", "VALIDATION_ERROR"),
            ({"rrule": "FREQ=DAILY;COUNT=1", "except_dates": [FIRST]}, "except_dates", "RRULE_INVALID"),
            (
                {"rrule": "FREQ=DAILY", "except_dates": [FIRST + timedelta(days=n) for n in range(501)]},
                "except_dates",
                "VALIDATION_ERROR",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, business: Business, database: Database, named: dict[str, object], field: str, code: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            make(business, **named)
        assert (refused.value.field, refused.value.code) == (field, code)
        assert database.rows("select count(*) from blackout") == [(0,)]

    def test_a_first_time_that_is_none_of_the_rule_s_is_told_the_next(self, business: Business) -> None:
        with pytest.raises(Invalid) as refused:
            make(business, "FREQ=MONTHLY;BYDAY=-1FR")
        assert refused.value.extra["next_date"] == "2031-03-28"
        assert "Monday 2031-03-03" in refused.value.detail
        assert "Friday 2031-03-28" in refused.value.detail

    def test_an_end_that_the_clocks_put_before_the_start_cannot_come_round(self, business: Business) -> None:
        """Berlin, 2031-10-26: 02:45 summer time to 02:15 winter time is half an hour, on other days none."""
        starts_at = datetime(2031, 10, 26, 0, 45, tzinfo=UTC)
        with pytest.raises(Invalid) as refused:
            make(business, "FREQ=WEEKLY", starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
        assert refused.value.field == "ends_at"

    def test_a_whole_day_may_come_round_daily(self, business: Business) -> None:
        assert make(business, "FREQ=DAILY;COUNT=5", hours=24).rrule == "FREQ=DAILY;COUNT=5"


class TestChanging:
    def test_a_rule_takes_every_week_back_and_the_other_way_round(self, business: Business) -> None:
        blackout = make(business, None, is_recurring=True)
        by_rule = change(business, blackout, rrule="FREQ=DAILY")
        assert (by_rule.rrule, by_rule.is_recurring, by_rule.version) == ("FREQ=DAILY", False, 2)
        weekly = change(business, blackout, is_recurring=True)
        assert (weekly.rrule, weekly.is_recurring, weekly.version) == (None, True, 3)
        once = change(business, blackout, is_recurring=False)
        assert (once.rule, once.except_dates) == (None, ())

    def test_dates_left_out_end_with_the_rule(self, business: Business) -> None:
        blackout = make(business, "FREQ=DAILY", except_dates=[FIRST])
        assert change(business, blackout, rrule=None).except_dates == ()

    def test_what_is_not_named_stays(self, business: Business) -> None:
        blackout = make(business, "FREQ=DAILY", except_dates=[FIRST], reason="lunch")
        changed = change(business, blackout, ends_at=at(business, FIRST, 13))
        assert (changed.rrule, changed.except_dates, changed.reason) == ("FREQ=DAILY", (FIRST,), "lunch")
        assert change(business, blackout, reason="").reason == ""

    def test_an_old_version_changes_nothing(self, business: Business, database: Database) -> None:
        blackout = make(business, "FREQ=DAILY")
        change(business, blackout, version=1, reason="x")
        with pytest.raises(Conflict) as refused:
            change(business, blackout, version=1, rrule=None)
        assert (refused.value.code, refused.value.extra["current_version"]) == ("VERSION_CONFLICT", 2)
        with tenant_context(business.tenant_id, TESTER.label), pytest.raises(Conflict):
            delete_blackout(actor=TESTER, blackout_id=blackout.id, expected_version=1)
        assert database.rows("select rrule, version from blackout") == [("FREQ=DAILY", 2)]

    def test_another_s_blackout_is_not_to_be_changed(self, business: Business) -> None:
        mine, other = business.resource_ids
        blackout = make(business, "FREQ=DAILY", resource_id=other)
        artist = Actor(kind="staff", role="artist", resource_id=mine)
        for blackout_id in (blackout.id, UUID(int=5)):
            with tenant_context(business.tenant_id, TESTER.label), pytest.raises(NotFound):
                change_blackout(
                    actor=artist, blackout_id=blackout_id, changes={"reason": "x"}, expected_version=None
                )


class TestWhatIsClosed:
    def test_the_last_friday_of_the_month(self, business: Business) -> None:
        friday = at(business, date(2031, 3, 28), 16)
        make(business, "FREQ=MONTHLY;BYDAY=-1FR", starts_at=friday, ends_at=friday + timedelta(hours=4))
        assert closed(business, date(2031, 4, 1), 61) == ["Fri 25.04. 16:00-20:00", "Fri 30.05. 16:00-20:00"]
        assert closed(business, date(2031, 4, 1), 61, person=1) == closed(business, date(2031, 4, 1), 61)

    def test_dates_that_are_left_out_are_open_by_a_rule_and_weekly(self, business: Business) -> None:
        left_out = [date(2031, 3, 10)]
        make(business, "FREQ=WEEKLY", except_dates=left_out, resource_id=business.resource_ids[0])
        make(business, None, is_recurring=True, except_dates=left_out, resource_id=business.resource_ids[1])
        for person in (0, 1):
            assert closed(business, FIRST, 21, person=person) == [
                "Mon 03.03. 12:00-14:00",
                "Mon 17.03. 12:00-14:00",
            ]

    def test_a_change_is_seen_at_once(self, business: Business) -> None:
        blackout = make(business, "FREQ=WEEKLY")
        assert len(closed(business, FIRST, 14)) == 2
        change(business, blackout, rrule=None)
        assert len(closed(business, FIRST, 14)) == 1
        with tenant_context(business.tenant_id, TESTER.label):
            delete_blackout(actor=TESTER, blackout_id=blackout.id)
        assert closed(business, FIRST, 14) == []

    def test_asking_again_is_remembered_and_cannot_be_spoilt(self, business: Business) -> None:
        make(business, "FREQ=WEEKLY")
        schedule = remembered_schedule(business.tenant_id, refresh=True)
        (resource, _) = schedule.resources.values()
        first = schedule.blacked_out(resource, FIRST, FIRST)
        first.clear()
        assert len(schedule.blacked_out(resource, FIRST, FIRST)) == 1

    def test_wall_time_is_that_of_the_place_else_of_the_business(self, business: Business) -> None:
        with tenant_context(business.tenant_id, TESTER.label):
            there = create_location(actor=TESTER, name="There", time_zone="America/New_York")
            zoe = create_resource(actor=TESTER, location_id=there, name="Zoe")
        for named, zone in (
            ({}, "Europe/Berlin"),
            ({"location_id": there}, "America/New_York"),
            ({"resource_id": zoe}, "America/New_York"),
            ({"resource_id": business.resource_ids[0]}, "Europe/Berlin"),
        ):
            blackout = make(business, "FREQ=WEEKLY", **named)
            assert blackout.time_zone == zone
            # New York's clocks go forward on the 9th, Berlin's on the 30th.
            times = blackout.occurrences(blackout.starts_at, blackout.starts_at + timedelta(days=29))
            assert len({to_local(each.starts_at, ZoneInfo(zone)).time() for each in times}) == 1
            moved = [each.starts_at.hour for each in times]
            assert moved == ([11, 11, 11, 11, 10] if zone == "Europe/Berlin" else [11, 10, 10, 10, 10])


class TestHowLongItIsKept:
    """What began long ago matters as long as it may come round, and no longer."""

    LONG_AGO = datetime(2020, 1, 6, 11, tzinfo=UTC)

    def old(self, business: Business, rrule: str | None, **named: object) -> Blackout:
        return make(
            business, rrule, starts_at=self.LONG_AGO, ends_at=self.LONG_AGO + timedelta(hours=1), **named
        )

    def test_in_the_schedule(self, business: Business) -> None:
        going_on = {
            self.old(business, "FREQ=WEEKLY").id,
            self.old(business, "FREQ=YEARLY;COUNT=500").id,
            self.old(business, "FREQ=DAILY;UNTIL=21000101").id,
            self.old(business, None, is_recurring=True).id,
        }
        for rrule in (
            None,
            "FREQ=DAILY;COUNT=9",
            "FREQ=DAILY;UNTIL=20210101",
            "FREQ=DAILY;UNTIL=20210101T000000Z",
        ):
            self.old(business, rrule)
        schedule = remembered_schedule(business.tenant_id, refresh=True)
        assert {each.id for each in schedule.blackouts} == going_on

    def test_in_the_list(self, business: Business) -> None:
        ended = self.old(business, "FREQ=DAILY;COUNT=9")
        with tenant_context(business.tenant_id, TESTER.label):
            last = self.LONG_AGO + timedelta(days=8)
            assert list_blackouts(starts_at=last, ends_at=last + timedelta(hours=1)) == [ended]
            later = last + timedelta(days=9)
            assert list_blackouts(starts_at=later, ends_at=later + timedelta(days=900)) == []
            assert list_blackouts(starts_at=self.LONG_AGO - timedelta(days=9), ends_at=self.LONG_AGO) == []

    def test_more_than_anybody_reads_is_refused(self, business: Business) -> None:
        daily = self.old(business, "FREQ=DAILY")
        days = timedelta(days=MOST_OCCURRENCES, hours=-2)
        assert len(daily.occurrences(self.LONG_AGO, self.LONG_AGO + days)) == MOST_OCCURRENCES
        with pytest.raises(Invalid) as refused:
            daily.occurrences(self.LONG_AGO, self.LONG_AGO + days + timedelta(days=1))
        assert refused.value.code == "TOO_MANY_OCCURRENCES"


def test_a_change_that_is_undone_is_never_remembered(business: Business) -> None:
    """Its version is given to another change afterwards."""
    before = remembered_schedule(business.tenant_id, refresh=True)
    with tenant_context(business.tenant_id, TESTER.label):
        make(business, "FREQ=DAILY")
        undone = current_schedule()
        assert (undone.version, len(undone.blackouts)) == (before.version + 1, 1)
        transaction.set_rollback(True)
    assert remembered_schedule(business.tenant_id) is before
    make(business, None)
    after = remembered_schedule(business.tenant_id, refresh=True)
    assert after.version == undone.version
    assert [each.rrule for each in after.blackouts] == [None]
