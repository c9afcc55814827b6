"""Parties at once: several artists each, all of them or none (TRUST G1)."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from holdfast.capabilities.bookings.commands.parties import PlanIsGoneError
from holdfast.capabilities.bookings.party_types import PartyWish
from tests.capabilities.bookings.parties import bride_and_six, make_studio, take_party
from tests.capabilities.bookings.replaying import differences
from tests.cluster import Database
from tests.concurrency.threads import together
from tests.concurrency.truths import untruths


@pytest.mark.usefixtures("no_deadlocks")
def test_parties_at_once_never_share_an_artist(database: Database) -> None:
    """Two parties fit one after the other where there is time; nobody gets half of one."""
    studio = make_studio()
    wishes = [bride_and_six(studio, hour=9 + number % 3) for number in range(6)]

    def attempt(wish: PartyWish) -> str:
        try:
            return str(take_party(studio, wish).data["party_size"])
        except PlanIsGoneError:
            return "gone"

    outcomes = Counter(together([partial(attempt, wish) for wish in wishes]))
    assert set(outcomes) <= {"7", "gone"}
    assert outcomes["7"] >= 1
    rows = database.rows("select booking_id, count(distinct role) from allocation group by 1")
    assert len(rows) == outcomes["7"]
    assert untruths(database) == {}
    assert differences(database) == []
