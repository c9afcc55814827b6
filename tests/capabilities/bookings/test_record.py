"""No sequence of moves, undos and crashes leaves log and tables apart, or time taken by nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.capabilities.bookings.record_machine import RecordMachine
from tests.capabilities.bookings.record_truths import failpoints
from tests.cluster import Database
from tests.concurrency.planted import planted

# Fewer when it shall be quick; a run is one business from its opening on.
QUICK_RUNS, QUICK_STEPS = 5, 20
RUNS, STEPS = 200, 40
# Faults, each of which the machine must find: what of which file is changed.
PLANTED = {
    "an undo that forgets its event": (
        "undo.sql",
        {"booking_record_event(v_booking, 'booking.undone'": "concat(v_booking.id, 'booking.undone'"},
    ),
    "an undo that forgets to raise the version": (
        "undo.sql",
        {"v_booking.version := v_before.version + 1;": "v_booking.version := v_before.version;"},
    ),
    "an undo that leaves the time it gives up": (
        "undo.sql",
        {"delete from allocation where tenant_id = v_tenant and booking_id = any (p_given);": ""},
    ),
    "a cancellation that leaves its time": (
        "cancel.sql",
        {"delete from allocation where tenant_id = v_tenant and booking_id = p_booking;": ""},
    ),
}


@pytest.fixture
def crashing(database: Database) -> Iterator[Database]:
    """The database, in which sessions can be cut off."""
    with failpoints(database):
        yield database


def _run(database: Database, runs: int, steps: int, *, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    RecordMachine.database, RecordMachine.counted = database, Counter()
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(RecordMachine, settings=chosen)
    finally:
        print(dict(sorted(RecordMachine.counted.items())))


def test_log_and_tables_agree_after_anything(crashing: Database) -> None:
    _run(crashing, QUICK_RUNS, QUICK_STEPS)


@pytest.mark.slow
def test_log_and_tables_agree_after_anything_many_times(crashing: Database) -> None:
    _run(crashing, RUNS, STEPS)
    counted = RecordMachine.counted
    # It was no walk through refusals only; a pencil needs an option first, and is the rarest.
    for what in ("create", "undo", "undo all", "cut off", "run out", "reschedule_booking", "pencil"):
        assert counted[what] > (5 if what == "pencil" else 20), what


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_the_machine_finds_faults(crashing: Database, fault: str) -> None:
    """Negative controls: what is planted must be found, and soon."""
    file, changes = PLANTED[fault]
    with planted(crashing, file, changes), pytest.raises(Exception) as found:
        _run(crashing, 100, STEPS, phases=(Phase.generate,))
    print(fault, "→", str(found.value)[:300])
