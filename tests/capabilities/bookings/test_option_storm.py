"""Studio moves drawn by lot: ranks stay those of the pure core, and the log tells all of it."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

from holdfast.capabilities.bookings.commands.options import expire_due_options
from holdfast.capabilities.bookings.option_types import StudioBooking, StudioStatus
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.studio import let_time_pass, move, option, outcome
from tests.capabilities.business import make_business
from tests.cluster import Database
from tests.concurrency.test_options import wrong_ranks
from tests.concurrency.truths import untruths

KINDS: tuple[StudioStatus, ...] = ("option", "option", "option", "option", "pencil", "confirmed")
MOVES = ("pencil", "confirm", "release", "release", "challenge", "withdraw")
# What these say of kinds of events is about bookings of services.
OF_SERVICES = {"a booking whose last event says something else"}


def test_random_moves_keep_ranks_and_are_all_in_the_log(database: Database) -> None:
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    chance = random.Random(seed)
    business = make_business()
    made: list[StudioBooking] = []
    done = Counter[str]()
    result: str
    for _ in range(90):
        draw = chance.random()
        if not made or draw < 0.4:
            starts_at = business.start(days=chance.randrange(5, 8), hour=chance.randrange(8, 18))
            status: StudioStatus = chance.choice(KINDS)
            wanted = partial(option, business, starts_at, hours=chance.randrange(1, 9), status=status)
            try:
                made.append(wanted())
                result = status
            except Problem as refused:
                result = refused.code
        elif draw < 0.9:
            what = chance.choice(MOVES)
            result = f"{what} {outcome(partial(move, business, what, chance.choice(made).id))}"
        else:
            each = chance.choice(made).id
            let_time_pass(database, "answer_by", "option_challenge", each)
            result = f"swept {expire_due_options()}"
        done[result] += 1
        assert wrong_ranks(database) == {}, result
    print(done)
    assert done["option"] > 5
    assert differences(database) == []
    assert checked(business) == []
    assert {name: rows for name, rows in untruths(database).items() if name not in OF_SERVICES} == {}
