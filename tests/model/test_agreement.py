"""TRUST G3: the application agrees with a naive model on what is free, what a booking is and what it costs.

Quick size: 15 runs of 25 steps; full size (slow): 200 of 30. Bugs planted in either are found.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from holdfast.capabilities.bookings import visits
from holdfast.capabilities.bookings.queries.free_time import taken
from holdfast.capabilities.schedules.types import Schedule
from tests.cluster import Database
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths
from tests.model.machine import Agreement
from tests.model.naive import Naive


def run(
    database: Database,
    runs: int,
    steps: int,
    *,
    model: type[Naive] = Naive,
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> None:
    """Let Hypothesis try so many runs of so many steps; raises what it finds."""

    class Seeded(Agreement):
        pass

    Seeded.database, Seeded.model = database, model
    run_state_machine_as_test(
        seed(new_seed())(Seeded),
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(("runs", "steps"), [(15, 25), pytest.param(200, 30, marks=pytest.mark.slow)])
def test_the_application_agrees_with_the_model(database: Database, runs: int, steps: int) -> None:
    run(database, runs, steps)
    assert untruths(database) == {}


# What somebody might have written: the file of functions, what stands there, and what instead.
SLIPS = {
    "what is cancelled stays taken": (
        "cancel.sql",
        "delete from allocation where tenant_id = v_tenant and booking_id = p_booking;",
        "",
    ),
    "what has expired stays taken": (
        "common.sql",
        "delete from allocation where tenant_id = app_tenant() and booking_id = p_booking;",
        "",
    ),
    "a hold is confirmed too late": (
        "confirm.sql",
        "v_booking.hold_expires_at <= v_now",
        "v_booking.hold_expires_at <= '-infinity'",
    ),
    "what has expired is taken until it is swept": (
        "hold.sql",
        "perform booking_release_expired(v_resources, v_now);",
        "",
    ),
    "the last lane stays empty": (
        "hold.sql",
        "v_capacities[v_choice] - 1 loop",
        "v_capacities[v_choice] - 2 loop",
    ),
    "anyone is always the same": (
        "hold.sql",
        "case when array_length(v_resources, 1) > 1",
        "case when false",
    ),
    "seats of expired holds stay taken": (
        "seat_moves.sql",
        "status = 'held' and hold_expires_at <= p_now",
        "false",
    ),
    "a move is not counted": ("reschedule.sql", "version = version + 1,", "version = version,"),
    "a booking is in its own way": (
        "reschedule.sql",
        "booking_list_taken(p_candidates, p_from, p_to, p_booking, v_now)",
        "booking_list_taken(p_candidates, p_from, p_to, null, v_now)",
    ),
    "what is confirmed ends as a hold": (
        "confirm.sql",
        "update allocation set expires_at = null where tenant_id = v_tenant and booking_id = p_booking;",
        "",
    ),
    "nobody is asked for approval": ("confirm.sql", "v_target := 'pending';", "v_target := 'confirmed';"),
}


def _expect_disagreement(database: Database) -> None:
    with pytest.raises(Exception) as found:
        run(database, 200, 30, phases=(Phase.generate,))
    print(found.value)


@pytest.mark.slow
@pytest.mark.parametrize("what", SLIPS)
def test_a_slip_in_the_moves_is_found(database: Database, what: str) -> None:
    file, right, wrong = SLIPS[what]
    with planted(database, file, {right: wrong}):
        _expect_disagreement(database)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["price", "expired", "blackouts"])
def test_a_slip_in_the_answers_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A visit costs as much as its dearest part; expired holds hide free time; nobody is ever away."""
    if what == "price":
        monkeypatch.setattr(visits, "sum", max, raising=False)
    elif what == "expired":
        looks = "(expires_at is null or expires_at > clock_timestamp())"
        for name in ("_OF_SINGLES", "_OF_ANYBODY"):
            query = getattr(taken, name)
            assert looks in query
            monkeypatch.setattr(taken, name, query.replace(looks, "true"))
    else:
        monkeypatch.setattr(Schedule, "blacked_out", lambda *_: [])
    _expect_disagreement(database)
