"""Two who say at once that one person works at two places: one of them is told, the other has their way."""

from __future__ import annotations

from contextlib import suppress
from datetime import time
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.schedules.commands import create_opening_rule, rules
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database
from tests.concurrency.threads import together


def _open(business: Business, place: UUID) -> str:
    with tenant_context(business.tenant_id, TESTER.label):
        try:
            create_opening_rule(
                actor=TESTER,
                location_id=place,
                resource_id=business.resource_ids[0],
                kind="WEEKLY",
                days_of_week=(1,),
                start_time=time(9),
                end_time=time(17),
            )
        except Conflict as refused:
            return refused.code
    return "made"


@pytest.fixture
def places(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Business, UUID, UUID]:
    """A business of two places, where whoever has checked waits for the other to have checked too."""
    business = make_business()
    with tenant_context(business.tenant_id, TESTER.label):
        there = create_location(actor=TESTER, name="There", time_zone=business.zone.key)
    both_have_checked = Barrier(2)
    check = rules._check

    def check_and_wait(*given: Any, **named: Any) -> Any:
        found = check(*given, **named)
        with suppress(BrokenBarrierError):
            both_have_checked.wait(1.5)
        return found

    monkeypatch.setattr(rules, "_check", check_and_wait)
    return business, business.location_id, there


def _made(database: Database) -> int:
    ((count,),) = database.rows("select count(*) from opening_rule where resource_id is not null")
    return int(count)


@pytest.mark.usefixtures("no_deadlocks")
def test_one_of_two_is_refused(places: tuple[Business, UUID, UUID], database: Database) -> None:
    business, here, there = places
    outcomes = together([partial(_open, business, place) for place in (here, there)])
    assert sorted(outcomes) == ["RULE_TWO_PLACES", "made"]
    assert _made(database) == 1


def test_without_taking_turns_both_are_made(
    places: tuple[Business, UUID, UUID], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: what the lock keeps out does come in without it."""
    monkeypatch.setattr(rules, "_take_turn", lambda: None)
    business, here, there = places
    outcomes = together([partial(_open, business, place) for place in (here, there)])
    assert outcomes == ["made", "made"]
    assert _made(database) == 2
