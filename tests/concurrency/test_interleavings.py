"""Every two moves, interleaved statement by statement: the end is that of one after the other (TRUST G4).

The sessions are paused before each statement that they send and before each within the SQL functions, so that
every place where somebody else could come in between is tried. Quick size: a few pairs of each scene, drawn
by lot, in a few orders; full size (slow): every pair, in up to `ORDERS` orders each, under 5,000 altogether.
"""

from __future__ import annotations

import random

import pytest

from tests.cluster import Database
from tests.concurrency.interleaving.race import pairs, racing
from tests.concurrency.interleaving.scenes import SCENES, Scene, studios
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed

ORDERS = 28
# Its other moves meet one another in the scene "hair".
_ONLY_IN_REQUESTS = {"approve", "decline"}
_QUICK = {"pairs": 5, "orders": 2}
_NO_LOCK = {
    "perform from resource where tenant_id = app_tenant() and id = p_resource for no key update;": (
        "perform from resource where tenant_id = app_tenant() and id = p_resource;"
    )
}


def _pairs(name: str, scene: Scene) -> list[tuple[str, str]]:
    found = pairs(sorted(scene.moves))
    if name == "requests":
        return [pair for pair in found if _ONLY_IN_REQUESTS & set(pair)]
    return found


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("name", SCENES)
def test_some_pairs_in_some_orders(database: Database, name: str) -> None:
    chance = random.Random(new_seed())
    with racing(database, SCENES[name], chance) as race:
        for pair in chance.sample(_pairs(name, race.scene), _QUICK["pairs"]):
            race.compare(pair, _QUICK["orders"])
    assert race.found.strange == []
    assert race.found.schedules == _QUICK["pairs"] * (2 + _QUICK["orders"])


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("name", SCENES)
def test_every_pair(database: Database, name: str) -> None:
    with racing(database, SCENES[name], random.Random(new_seed())) as race:
        tried = _pairs(name, race.scene)
        for pair in tried:
            race.compare(pair, ORDERS)
    print(f"{len(tried)} pairs in {race.found.schedules} orders")
    assert race.found.strange == []
    assert race.found.schedules > len(tried) * 10


def test_a_side_that_waits_lets_the_other_go_on(database: Database) -> None:
    """Both begin before either ends, and the one that finds the person locked waits for the other."""
    with racing(database, studios, random.Random(1)) as race:
        ran, _ = race.run(("option", "option"), [(0, 12), (1, None), (0, None)])
    assert sorted(ran.answers) == ["OPTION_RANKS_FULL", "option"]
    first, last = ran.trace.index(1), len(ran.trace) - 1 - ran.trace[::-1].index(0)
    assert ran.trace[:first] == (0,) * 12
    assert first < last < len(ran.trace) - 1, "the second neither began early nor had to wait"


def test_without_the_lock_an_end_is_found_that_no_order_explains(database: Database) -> None:
    """Negative control: without the person's lock two both become the third option."""
    with (
        planted(database, "option_moves.sql", _NO_LOCK),
        racing(database, studios, random.Random(new_seed())) as race,
    ):
        race.compare(("option", "option"), 25)
    assert race.found.strange != []
    assert all("answers: ('option', 'option')" in each for each in race.found.strange)
