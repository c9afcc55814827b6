"""Publishing slot instances: what the rules give, once however often it is asked for (S1)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import generate_slots as generation
from holdfast.capabilities.bookings.commands.block_slot import block_slot
from holdfast.capabilities.bookings.commands.generate_slots import MAX_DAYS, generate_slots
from holdfast.capabilities.bookings.queries.slots import list_slots
from holdfast.capabilities.bookings.slot_types import Report
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.schedules.commands import (
    create_blackout,
    create_opening_rule,
    delete_blackout,
)
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import (
    book_seats,
    change_service,
    counts,
    day_of,
    generate,
    slot,
    slots,
)
from tests.capabilities.bookings.moves import cancel, confirm
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

CUT = NewService("cut", 60, "EUR", flow="hold", slot_granularity_minutes=30)
YOGA = NewService("yoga", 60, "EUR", flow="hold", capacity=6, slot_granularity_minutes=15)
RITUAL = NewService(
    "ritual",
    50,
    "EUR",
    flow="hold",
    capacity=4,
    slot_granularity_minutes=15,
    buffer_before_minutes=5,
    buffer_after_minutes=10,
)


@pytest.fixture
def studio(database: Database) -> Business:
    """One person, open from eight to eight, with a group class."""
    return make_business(services=(YOGA,))


def local_times(business: Business, service: str, **days: int) -> list[str]:
    return [f"{each.starts_at.astimezone(business.zone):%H:%M}" for each in slots(business, service, **days)]


def blackout(business: Business, starts_at: datetime, hours: int) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        return create_blackout(actor=TESTER, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours))


def test_a_computed_service_has_every_start_of_the_grid(database: Database) -> None:
    shop = make_business(services=(CUT,))
    assert generate(shop) == Report(created=23)
    times = local_times(shop, "cut")
    assert (times[0], times[1], times[-1], len(times)) == ("08:00", "08:30", "19:00", 23)
    first = slots(shop, "cut")[0]
    assert (first.resource_id, first.location_id, first.date) == (
        shop.resource_ids[0],
        shop.location_id,
        day_of(shop, 7),
    )
    assert first.ends_at - first.starts_at == timedelta(minutes=60)
    assert (first.is_group, counts(first)) == (False, (1, 0, 0, "open"))
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_sessions_stand_back_to_back_and_take_the_time_once(studio: Business, database: Database) -> None:
    assert generate(studio) == Report(created=12)
    assert local_times(studio, "yoga") == [f"{hour:02}:00" for hour in range(8, 20)]
    assert {counts(each) for each in slots(studio, "yoga")} == {(6, 0, 0, "open")}
    assert database.rows(
        "select count(*), count(distinct slot_id), count(booking_id), min(ends_at - starts_at)"
        " from allocation"
    ) == [(12, 12, 0, timedelta(hours=1))]


def test_buffers_part_the_sessions(database: Database) -> None:
    """50 minutes with 5 before and 10 after: the next grid point 15 minutes after the end."""
    studio = make_business(services=(RITUAL,), opens=time(9), closes=time(12))
    assert generate(studio) == Report(created=2)
    # 9:00 claims 8:55 to 10:00; 10:15 claims 10:10 to 11:15; 11:30 would end at 12:20.
    assert local_times(studio, "ritual") == ["09:00", "10:15"]
    assert database.rows("select count(*) from allocation where ends_at - starts_at = '65 minutes'") == [(2,)]


def test_a_second_run_changes_nothing(database: Database) -> None:
    shop = make_business(people=2, services=(CUT, YOGA))
    first = generate(shop, to=13)
    before = database.rows("select to_jsonb(s)::text from slot_instance s order by id")
    again = generate(shop, to=13)
    assert again == Report(unchanged=first.created)
    assert database.rows("select to_jsonb(s)::text from slot_instance s order by id") == before
    assert len(before) == first.created == 2 * 7 * (23 + 12)


def test_opening_hours_may_give_the_seats(database: Database) -> None:
    """A rule's own seats (S1 `slot_capacity`) make a group of a service that has one elsewhere."""
    shop = make_business(services=(CUT,))
    day = day_of(shop, 7)
    with tenant_context(shop.tenant_id, TESTER.label):
        for start, end, seats in ((time(8), time(12), 1), (time(14), time(18), 3)):
            create_opening_rule(
                actor=TESTER,
                location_id=shop.location_id,
                kind="EXCEPTION",
                start_time=start,
                end_time=end,
                valid_from=day,
                valid_to=day,
            )
            execute("update opening_rule set slot_capacity = %s where start_time = %s", (seats, start))
    assert generate(shop) == Report(created=7 + 4)
    assert Counter((each.is_group, each.capacity) for each in slots(shop, "cut")) == {
        (False, 1): 7,
        (True, 3): 4,
    }
    # A group is not computed: the time is the session's.
    with pytest.raises(Invalid) as refused:
        book(shop, "cut", shop.start(hour=14, minute=30))
    assert refused.value.code == "NOT_PUBLISHED"
    assert book(shop, "cut", shop.start(hour=14)).data["slot_id"] is not None
    assert book(shop, "cut", shop.start(hour=9)).data["slot_id"] is None


def test_time_that_is_taken_is_not_published(studio: Business, database: Database) -> None:
    with tenant_context(studio.tenant_id, TESTER.label):
        execute(
            "insert into service (tenant_id, id, name, duration_minutes, currency, flow)"
            " values (%s, %s, 'talk', 30, 'EUR', 'hold')",
            (studio.tenant_id, new_id()),
        )
    studio.services["talk"] = database.rows("select id from service where name = 'talk'")[0][0]
    book(studio, "talk", studio.start(hour=10, minute=30))
    assert generate(studio, service="yoga") == Report(created=11, taken=1)
    assert "10:00" not in local_times(studio, "yoga")
    assert generate(studio, service="yoga") == Report(unchanged=11, taken=1)


def test_of_two_groups_the_first_of_the_menu_has_the_time(database: Database) -> None:
    late = NewService("dance", 60, "EUR", capacity=9, display_order=2)
    studio = make_business(services=(late, YOGA))
    assert generate(studio) == Report(created=12, taken=12)
    assert {each.service_id for each in slots(studio, "yoga")} == {studio.services["yoga"]}
    assert slots(studio, "dance") == []


def test_what_rules_no_longer_give_is_removed(studio: Business, database: Database) -> None:
    generate(studio, to=8)
    change_service(studio, "yoga", duration_minutes=120)
    # Starts at even hours stay, twice as long; those between are gone.
    assert generate(studio) == Report(changed=6, removed=6)
    assert local_times(studio, "yoga") == [f"{hour:02}:00" for hour in range(8, 20, 2)]
    assert {each.ends_at - each.starts_at for each in slots(studio, "yoga")} == {timedelta(hours=2)}
    # Only the dates that were asked for.
    assert len(slots(studio, "yoga", days=8)) == 12
    assert database.rows("select count(*) from allocation") == [(6 + 12,)]
    change_service(studio, "yoga", is_active=False)
    assert generate(studio, to=8) == Report(removed=6 + 12)
    assert database.rows("select count(*) from slot_instance") == [(0,)]
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_what_somebody_has_booked_is_never_disturbed(studio: Business, database: Database) -> None:
    generate(studio)
    nine, ten = slots(studio, "yoga")[1:3]
    held, booked = book_seats(studio, nine), book_seats(studio, ten, 2)
    confirm(studio, booked)
    before = database.rows("select to_jsonb(b)::text from booking b order by id")
    change_service(studio, "yoga", duration_minutes=180)
    # 8:00, 11:00, 14:00 and 17:00 are given; 9:00 and 10:00 are kept, and in the way of 8:00.
    assert generate(studio) == Report(changed=3, removed=1 + 6, kept=2, taken=1)
    for kept, status in ((nine, (6, 0, 1, "blocked")), (ten, (6, 2, 0, "blocked"))):
        now = slot(studio, kept.id)
        assert (now.starts_at, now.ends_at, now.blocked_by) == (kept.starts_at, kept.ends_at, ["rules"])
        assert counts(now) == status
        assert database.rows("select count(*) from allocation where slot_id = %s", [kept.id]) == [(1,)]
        with pytest.raises(Invalid, match="blocked"):
            book_seats(studio, kept)
    assert database.rows("select to_jsonb(b)::text from booking b order by id") == before
    assert generate(studio) == Report(unchanged=3, kept=2, taken=1)
    # When they have gone, so do their sessions; the rows stay for the sake of the bookings.
    cancel(studio, held)
    cancel(studio, booked)
    assert generate(studio) == Report(created=1, unchanged=3, removed=2)
    assert generate(studio) == Report(unchanged=4)
    # And if the rules give them again, so are they.
    change_service(studio, "yoga", duration_minutes=60)
    assert generate(studio) == Report(created=8, changed=4)
    assert slot(studio, nine.id).status == "open"


def test_seats_follow_the_rules_but_never_fall_below_what_is_taken(studio: Business) -> None:
    generate(studio)
    eight = slots(studio, "yoga")[0]
    book_seats(studio, eight, 4)
    change_service(studio, "yoga", capacity=3)
    assert generate(studio) == Report(changed=12)
    assert counts(slot(studio, eight.id)) == (4, 0, 4, "full")
    assert counts(slots(studio, "yoga")[1]) == (3, 0, 0, "open")
    assert generate(studio) == Report(unchanged=12)


def test_a_blackout_blocks_what_it_meets(database: Database) -> None:
    shop = make_business(services=(CUT,))
    shut = blackout(shop, shop.start(hour=10), 2)
    assert generate(shop) == Report(created=23, blocked=5)
    assert [
        each.starts_at
        for each in slots(shop, "cut")
        if (each.status, each.blocked_by) == ("blocked", ["blackout"])
    ] == [shop.start(hour=9, minute=30) + timedelta(minutes=30 * number) for number in range(5)]
    with tenant_context(shop.tenant_id, TESTER.label):
        delete_blackout(actor=TESTER, blackout_id=shut)
    assert generate(shop) == Report(unchanged=18, changed=5)
    assert {each.status for each in slots(shop, "cut")} == {"open"}


def test_a_blackout_counts_before_anything_is_generated_again(studio: Business, database: Database) -> None:
    generate(studio)
    ten = slots(studio, "yoga")[2]
    blackout(studio, studio.start(hour=10), 1)
    with pytest.raises(Invalid) as refused:
        book_seats(studio, ten)
    assert refused.value.code == "BLACKED_OUT"
    assert database.rows("select count(*) from booking") == [(0,)]


def test_the_staff_close_a_session(studio: Business) -> None:
    generate(studio)
    eight = slots(studio, "yoga")[0]
    made = book_seats(studio, eight)
    with tenant_context(studio.tenant_id, TESTER.label):
        for _ in range(2):
            assert block_slot(actor=TESTER, slot_id=eight.id, is_blocked=True).blocked_by == ["staff"]
    with pytest.raises(Invalid) as refused:
        book_seats(studio, eight)
    assert refused.value.code == "BLACKED_OUT"
    assert generate(studio) == Report(unchanged=12, blocked=1)
    confirm(studio, made)
    with tenant_context(studio.tenant_id, TESTER.label):
        opened = block_slot(actor=TESTER, slot_id=eight.id, is_blocked=False)
    assert (opened.blocked_by, counts(opened)) == ([], (6, 1, 0, "partial"))
    book_seats(studio, eight)


def test_only_sessions_can_be_closed(database: Database) -> None:
    shop = make_business(services=(CUT,))
    generate(shop)
    with tenant_context(shop.tenant_id, TESTER.label):
        with pytest.raises(Conflict) as refused:
            block_slot(actor=TESTER, slot_id=slots(shop, "cut")[0].id, is_blocked=True)
        assert refused.value.code == "SLOT_IS_COMPUTED"
        with pytest.raises(NotFound):
            block_slot(actor=TESTER, slot_id=new_id(), is_blocked=True)


def test_a_service_may_become_a_group_and_back(database: Database) -> None:
    shop = make_business(services=(CUT,))
    assert generate(shop) == Report(created=23)
    change_service(shop, "cut", capacity=5)
    assert generate(shop) == Report(created=12, removed=11)
    assert {each.is_group for each in slots(shop, "cut")} == {True}
    change_service(shop, "cut", capacity=1)
    assert generate(shop) == Report(created=23, removed=12)
    assert generate(shop) == Report(unchanged=23)
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_what_has_begun_is_left_alone(studio: Business) -> None:
    noon = studio.start(days=7, hour=12) + timedelta(minutes=1)
    assert generate(studio) == Report(created=12)
    change_service(studio, "yoga", is_active=False)
    assert generate(studio, now=noon) == Report(removed=7)
    assert local_times(studio, "yoga") == ["08:00", "09:00", "10:00", "11:00", "12:00"]


def test_a_day_of_twenty_three_hours(database: Database) -> None:
    """Clocks go forward at 02:00 in Berlin: the hour is not there, and no start is."""
    shop = make_business(services=(CUT,), opens=time(0), closes=time(6))
    day = next(
        each
        for each in (date(2029, 3, 31) - timedelta(days=number) for number in range(7))
        if each.isoweekday() == 7
    )
    report = generate_slots(
        tenant_id=shop.tenant_id, actor=TESTER, from_date=day, to_date=day, now=clock.now()
    )
    assert report == Report(created=9)
    with tenant_context(shop.tenant_id, TESTER.label):
        found = list_slots(
            from_at=datetime.combine(day, time(), shop.zone),
            to_at=datetime.combine(day + timedelta(days=1), time(), shop.zone),
            limit=100,
        )
    assert [f"{each.starts_at.astimezone(shop.zone):%H:%M}" for each in found][3:6] == [
        "01:30",
        "03:00",
        "03:30",
    ]
    assert {each.date for each in found} == {day}


def test_it_can_be_asked_for_one_of_several(database: Database) -> None:
    shop = make_business(people=3, services=(CUT, YOGA))
    ann, ben, _ = shop.resource_ids
    assert generate(shop, service="yoga", resource_id=ann) == Report(created=12)
    assert generate(shop, service="cut", resource_id=ben) == Report(created=23)
    assert generate(shop, location_id=shop.location_id) == Report(created=2 * 12 + 2 * 23, unchanged=35)
    for wrong in ("service_id", "location_id", "resource_id"):
        with pytest.raises(NotFound) as refused:
            generate_slots(
                tenant_id=shop.tenant_id,
                actor=TESTER,
                from_date=day_of(shop, 7),
                to_date=day_of(shop, 7),
                now=clock.now(),
                **{wrong: new_id()},
            )
        assert refused.value.field == wrong


def test_somebody_who_no_longer_gives_it(database: Database) -> None:
    shop = make_business(people=2, services=(YOGA,))
    assert generate(shop) == Report(created=24)
    with tenant_context(shop.tenant_id, TESTER.label):
        execute("update resource set is_active = false where id = %s", (shop.resource_ids[0],))
    assert generate(shop) == Report(unchanged=12, removed=12)


def test_how_much_may_be_asked_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_business(services=(CUT,))
    for first, last in ((7, 6), (7, 7 + MAX_DAYS)):
        with pytest.raises(Invalid) as refused:
            generate(shop, days=first, to=last)
        assert refused.value.code == "RANGE_TOO_LONG"
    monkeypatch.setattr(generation, "MAX_INSTANCES", 45)
    with pytest.raises(Invalid) as too_many:
        generate(shop, to=8)
    assert (too_many.value.code, too_many.value.extra) == ("TOO_MANY_SLOTS", {"count": 46, "most": 45})
    assert database.rows("select count(*) from slot_instance") == [(0,)]


def test_a_long_range_is_reported_whole(database: Database) -> None:
    """Ninety-two days in many transactions: nothing is counted twice or left out at the seams."""
    shop = make_business(services=(CUT, YOGA))
    dates = {day_of(shop, 1 + number) for number in range(MAX_DAYS)}
    assert generate(shop, days=1, to=MAX_DAYS) == Report(created=MAX_DAYS * 35)
    per_day = database.rows("select local_date, count(*) from slot_instance group by 1")
    assert {day for day, _ in per_day} == dates
    assert {count for _, count in per_day} == {35}
    assert generate(shop, days=1, to=MAX_DAYS) == Report(unchanged=MAX_DAYS * 35)


@pytest.mark.parametrize("role", ["guest", "artist"])
def test_not_everybody_may(studio: Business, role: str) -> None:
    actor = Actor(kind="staff", role=role, account_id=new_id())
    with pytest.raises(Forbidden):
        generate(studio, actor=actor)
