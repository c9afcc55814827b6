"""Hours and blackouts: whose calendar, which periods, and the version that every change raises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule, delete_blackout
from holdfast.capabilities.schedules.queries import (
    current_schedule,
    forget_schedules,
    get_blackout,
    list_blackouts,
    remembered_schedule,
)
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Forbidden, Invalid, NotFound, Unauthenticated
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database

HOUR = timedelta(hours=1)


@pytest.fixture
def business(database: Database) -> Business:
    return make_business(people=2)


def _blackout(business: Business, *, actor: Actor = TESTER, **named: object) -> UUID:
    starts_at = business.start()
    with tenant_context(business.tenant_id, actor.label):
        return create_blackout(
            **{"actor": actor, "starts_at": starts_at, "ends_at": starts_at + HOUR, **named}
        )


def _version(database: Database, business: Business) -> int:
    ((version,),) = database.rows(
        "select version from schedule_version where tenant_id = %s", [business.tenant_id]
    )
    return version


def test_a_blackout_is_found_by_its_time_with_its_reason(business: Business) -> None:
    made = _blackout(business, reason="dentist", resource_id=business.resource_ids[0])
    starts_at = business.start()
    with tenant_context(business.tenant_id, "tests"):
        (found,) = list_blackouts(starts_at=starts_at, ends_at=starts_at + HOUR)
        assert (found.id, found.reason, found.resource_id) == (made, "dentist", business.resource_ids[0])
        assert get_blackout(made) == found
        # Half-open: what ends when the question begins is not part of it.
        assert list_blackouts(starts_at=starts_at + HOUR, ends_at=starts_at + 2 * HOUR) == []
        assert list_blackouts(starts_at=starts_at - HOUR, ends_at=starts_at) == []
        assert (
            list_blackouts(
                starts_at=starts_at, ends_at=starts_at + HOUR, resource_id=business.resource_ids[1]
            )
            == []
        )


def test_periods_that_are_none_are_refused(business: Business, database: Database) -> None:
    at = business.start()
    for named, field in (
        ({"ends_at": at}, "ends_at"),
        ({"ends_at": at - HOUR}, "ends_at"),
        ({"ends_at": at + timedelta(days=7), "is_recurring": True}, "ends_at"),
    ):
        with pytest.raises(Invalid) as refused:
            _blackout(business, **named)
        assert refused.value.field == field
    assert database.rows("select count(*) from blackout") == [(0,)]


def test_an_artist_blocks_its_own_calendar_only(business: Business, database: Database) -> None:
    mine, other = business.resource_ids
    artist = Actor(kind="staff", role="artist", resource_id=mine)
    made = _blackout(business, actor=artist)
    assert database.rows("select id, resource_id from blackout") == [(made, mine)]
    others = _blackout(business, resource_id=other)
    everybodys = _blackout(business)
    with pytest.raises(Forbidden):
        _blackout(business, actor=artist, resource_id=other)
    with tenant_context(business.tenant_id, "tests"):
        for foreign in (others, everybodys):
            with pytest.raises(NotFound):
                delete_blackout(actor=artist, blackout_id=foreign)
        delete_blackout(actor=artist, blackout_id=made)
    assert database.rows("select count(*) from blackout") == [(2,)]
    for actor, refusal in ((GUEST, Unauthenticated), (Actor(kind="staff", role="frontdesk"), Forbidden)):
        with pytest.raises(refusal):
            _blackout(business, actor=actor)


def test_things_of_another_business_are_unknown(business: Business, database: Database) -> None:
    other = make_business()
    theirs = _blackout(other)
    for named in (
        {"resource_id": other.resource_ids[0]},
        {"location_id": other.location_id},
        {"resource_id": UUID(int=3)},
    ):
        with pytest.raises(NotFound):
            _blackout(business, **named)
    with tenant_context(business.tenant_id, "tests"):
        assert get_blackout(theirs) is None
        with pytest.raises(NotFound):
            delete_blackout(actor=TESTER, blackout_id=theirs)
    assert database.rows("select id from blackout") == [(theirs,)]


def _rule(business: Business, **named: object) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        return create_opening_rule(
            **{
                "actor": TESTER,
                "location_id": business.location_id,
                "kind": "WEEKLY",
                "start_time": time(21),
                "end_time": time(23),
                "days_of_week": (1,),
                **named,
            }
        )


@pytest.mark.parametrize(
    "named",
    [
        {"days_of_week": ()},
        {"days_of_week": (0,)},
        {"days_of_week": (8,)},
        {"end_time": time(21)},
        {"kind": "MONTHLY"},
        {"kind": "EXCEPTION"},
        {"kind": "DATE_RANGE", "days_of_week": ()},
        {"kind": "DATE_RANGE", "valid_from": date(2027, 1, 2), "valid_to": date(2027, 1, 1)},
    ],
)
def test_contradictory_rules_are_refused(
    business: Business, database: Database, named: dict[str, object]
) -> None:
    before = database.rows("select count(*) from opening_rule")
    with pytest.raises(Invalid):
        _rule(business, **named)
    assert database.rows("select count(*) from opening_rule") == before


@pytest.mark.parametrize(
    "change",
    [
        lambda business: _blackout(business),
        lambda business: _rule(business),
        lambda business: create_service(actor=TESTER, service=NewService("new", 30, "EUR")),
        lambda business: create_location(actor=TESTER, name="There", time_zone="Asia/Dubai"),
        lambda business: create_resource(actor=TESTER, location_id=business.location_id, name="New"),
    ],
)
def test_every_change_raises_the_version_of_its_own_business(
    business: Business, database: Database, change: Callable[[Business], object]
) -> None:
    other = make_business()
    before, others = _version(database, business), _version(database, other)
    with tenant_context(business.tenant_id, "tests"):
        change(business)
    assert _version(database, business) > before
    assert _version(database, other) == others


def test_a_schedule_is_read_again_only_when_it_has_changed(business: Business) -> None:
    forget_schedules()
    with tenant_context(business.tenant_id, "tests"):
        first = current_schedule()
        with CaptureQueriesContext(connection) as captured:
            assert current_schedule() is first
        assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert remembered_schedule(business.tenant_id) is first
    assert len(captured) == 0
    _blackout(business)
    assert remembered_schedule(business.tenant_id) is first
    renewed = remembered_schedule(business.tenant_id, refresh=True)
    assert renewed.version > first.version
    assert len(renewed.blackouts) == 1
    with tenant_context(business.tenant_id, "tests"):
        assert current_schedule() is renewed


def test_a_weekly_blackout_keeps_its_wall_time(database: Database) -> None:
    """Across the change of clocks of 2027 in Berlin: always noon to one."""
    business = make_business()
    starts_at = business.start(hour=12)
    _blackout(business, starts_at=starts_at, ends_at=starts_at + HOUR, is_recurring=True)
    schedule = remembered_schedule(business.tenant_id, refresh=True)
    (resource,) = schedule.resources.values()
    day = starts_at.astimezone(business.zone).date()
    periods = schedule.blacked_out(resource, day, day + timedelta(days=364))
    local = {f"{each.starts_at.astimezone(business.zone):%a %H:%M}" for each in periods}
    assert local == {f"{day:%a} 12:00"}
    assert 52 <= len(periods) <= 54
    assert len({each.starts_at.hour for each in periods}) == 2


def test_changing_hours_and_booking_wait_for_each_other(business: Business, database: Database) -> None:
    """The trigger takes the same locks as bookings do: no booking is written against hours that have gone."""
    with database.connect_as_app() as holder, holder.transaction():
        holder.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        holder.execute("select id from resource where id = %s for no key update", [business.resource_ids[1]])
        with (
            database.connect_as_app() as changer,
            pytest.raises(psycopg.errors.LockNotAvailable),
            changer.transaction(),
        ):
            changer.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
            changer.execute("set local lock_timeout = '100ms'")
            changer.execute("update service set name = name || '!'")
    before = _version(database, business)
    _blackout(business)
    assert _version(database, business) == before + 1
