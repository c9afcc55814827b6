"""Negative control of the naive model: bugs planted in the core, one at a time, and each is found."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from holdfast.scheduling import hours, intervals, limits, reasons, runs, segments, slots, taken, visits, zones

from .schedules import Schedule, assert_agreement, schedules


class Bug(NamedTuple):
    """A slip in one function: what stands there, and what somebody might have written."""

    what: str
    function: Callable[..., object]
    right: str
    wrong: str


BUGS = (
    Bug("the last start of a day is lost", slots.start_runs, "- duration + 1", "- duration"),
    Bug("the grid begins at what is free", slots.start_runs, "(anchor - start) % step", "0"),
    Bug("bookings may not touch", taken.starts_that_meet, "length - 1", "length"),
    Bug("the buffer before is forgotten", taken.starts_that_meet, "end + before", "end"),
    Bug("one lane taken is all taken", taken.starts_without_a_lane, "lanes[1:]", "lanes[:0]"),
    Bug(
        "intersecting walks on in the wrong list",
        intervals.intersect,
        "first[i][1] <= second[j][1]",
        "first[i][0] < second[j][0]",
    ),
    Bug("subtracting forgets the rest", intervals.subtract, "if start < end:", "if start == span_start:"),
    Bug("joining shortens a longer span", intervals.normalise, "if end > last_end:", "if end != last_end:"),
    Bug("the last day of a rule is left out", hours.OpeningRule.speaks_on, "day > self", "day >= self"),
    Bug("a weaker rule adds its hours", hours._windows_of_day, "break", "pass"),
    Bug("closing rules do not close", hours._windows_of_day, "if closed else", "if not closed else"),
    Bug("hours that join on have a break", hours._join, "if open_until == window.end", "if True"),
    Bug("nights end at midnight", zones.spans_of_clock, "days=1), 0, end", "days=1), 0, 0"),
    Bug("a day has one offset", zones.day_segments, "if change is None", "if True"),
    Bug("merging drops what is out of step", runs.merge_runs, "range(min(stride, size))", "range(1)"),
    Bug("notice excludes its own minute", slots.check_moment, "starts_at < moment", "starts_at <= moment"),
    Bug("a limit lets one more in", limits.full_periods, "count >= most_per_day", "count > most_per_day"),
    Bug("a week is full without its Sunday", limits.full_periods, "timedelta(days=6)", "timedelta(days=5)"),
    Bug("weeks begin on Sunday", limits.monday_of, "day.weekday()", "day.isoweekday()"),
    Bug("what is full is offered", slots._forbidden_starts, ", *full]", "]"),
    Bug(
        "a limit refuses what runs into it",
        slots._forbidden_starts,
        "length=length), *full]",
        "length=length), *starts_that_meet(full, before=0, length=length)]",
    ),
    Bug("limits are not told", reasons._label, "(WhyNot.LIMIT, [each.span", "(WhyNot.LIMIT, [(0, 0)"),
    Bug("a visit passes by the limits", visits._free_starts, "in calendar.full", "in ()"),
    Bug(
        "one start more at the end of what is full", slots.Calendar.is_full_at, "start < end", "start <= end"
    ),
    Bug(
        "a buffer is told as taken",
        reasons._label,
        "starts_without_a_lane(lanes, before=0, length=length)",
        "starts_without_a_lane(lanes, before=before, length=length + after)",
    ),
    Bug("every segment has buffers", segments.Visit.claimed_spans, "each.end_minutes == last", "True"),
    Bug("setting takes the stylist", segments.Visit._active, "each.kind is SegmentKind.ACTIVE", "True"),
    Bug("two roles share a person", visits._has_one_each, "len(able) + 1", "2"),
    Bug("the lead helps herself", visits.runs_by_lead, "if resource_id in shared", "if not led"),
    Bug(
        "only the last segment needs open hours",
        visits._free_starts,
        "is_open if free is None else intersect(free, is_open)",
        "is_open",
    ),
)


def planted_code(bug: Bug) -> CodeType:
    """The compiled function with the bug in it."""
    function = inspect.unwrap(bug.function)
    source = textwrap.dedent(inspect.getsource(function))
    assert bug.right in source, f"{function.__qualname__} has changed: plant this bug anew"
    module = compile(source.replace(bug.right, bug.wrong), inspect.getfile(function), "exec")
    return next(
        code for code in module.co_consts if isinstance(code, CodeType) and code.co_name == function.__name__
    )


# Found after hundreds of schedules, which takes ten seconds each: with the long suites.
RARE = {
    "a buffer is told as taken",
    "the last start of a day is lost",
    "two roles share a person",
    "a limit refuses what runs into it",
    "only the last segment needs open hours",
}


@pytest.fixture(
    params=[
        pytest.param(each, id=each.what, marks=pytest.mark.slow if each.what in RARE else ()) for each in BUGS
    ]
)
def bug(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bug]:
    # Swapping the code inside the function reaches everybody who has imported it.
    monkeypatch.setattr(inspect.unwrap(request.param.function), "__code__", planted_code(request.param))
    zones.day_segments.cache_clear()
    yield request.param
    monkeypatch.undo()
    zones.day_segments.cache_clear()


def test_the_model_finds_the_bug(bug: Bug) -> None:
    """Always the same schedules: that a bug is found must not be luck."""

    @settings(
        max_examples=1_500,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(schedules())
    def compare(schedule: Schedule) -> None:
        assert_agreement(schedule)

    with pytest.raises(AssertionError):
        compare()
