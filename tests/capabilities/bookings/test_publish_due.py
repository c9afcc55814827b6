"""The chore that keeps starts published (S1: "Hourly slot generation")."""

from __future__ import annotations

from datetime import timedelta

from holdfast.capabilities.bookings.commands.publish_due import forget_publishing, publish_due_slots
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import change_service
from tests.capabilities.business import TESTER, make_business
from tests.cluster import Database

CUT = NewService("cut", 60, "EUR", flow="hold", slot_granularity_minutes=30)
YOGA = NewService("yoga", 60, "EUR", flow="hold", capacity=6, slot_granularity_minutes=15)


def test_the_chore_publishes_for_those_who_want_it(database: Database) -> None:
    forget_publishing()
    # At ten: no hour of the test lies beyond a midnight.
    now = clock.now().replace(hour=10)
    plain = make_business(services=(CUT,))
    assert publish_due_slots(now=now) == 0
    change_service(plain, "cut", publishes_slots=True)
    assert publish_due_slots(now=now) > 61 * 12
    change_service(plain, "cut", publishes_slots=False)
    # A group is published without being told to.
    shop = make_business(services=(CUT, YOGA))
    made = publish_due_slots(now=now)
    assert made > 61 * 12
    ((tenant, service, first, last, count),) = database.rows(
        "select tenant_id, service_id, min(local_date), max(local_date), count(*) from slot_instance"
        " where tenant_id = %s group by 1, 2",
        [shop.tenant_id],
    )
    assert (tenant, service, count) == (shop.tenant_id, shop.services["yoga"], made)
    assert (last - first).days in (61, 62)
    # Nothing is due before an hour has passed, unless the schedule has changed.
    assert publish_due_slots(now=now + timedelta(minutes=59)) == 0
    with tenant_context(shop.tenant_id, TESTER.label):
        starts_at = shop.start(hour=10)
        create_blackout(actor=TESTER, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    assert publish_due_slots(now=now + timedelta(minutes=59)) == 2
    assert database.rows("select count(*) from slot_instance where status = 'blocked'") == [(2,)]
    # A day later there is a day more.
    assert publish_due_slots(now=now + timedelta(days=1)) == 12
    assert publish_due_slots(now=now + timedelta(days=1, minutes=1)) == 0


def test_one_business_does_not_keep_the_others_waiting(database: Database) -> None:
    forget_publishing()
    first, second = (make_business(services=(YOGA,)) for _ in range(2))
    with database.cluster.connect() as busy, busy.transaction():
        # Somebody holds the first one's person for longer than anybody waits.
        busy.execute("select 1 from resource where tenant_id = %s for update", [first.tenant_id])
        assert publish_due_slots(now=clock.now()) > 0
    assert database.rows("select distinct tenant_id from slot_instance") == [(second.tenant_id,)]
    assert publish_due_slots(now=clock.now()) > 0
    assert database.rows("select count(distinct tenant_id) from slot_instance") == [(2,)]
