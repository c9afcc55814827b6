"""Findings about opening rules, for a person to look at: rules that overlap, contradict or never count.

None is an error of the software: the precedence of `hours` gives every set of rules one meaning. But hours
said twice, or a rule that never counts, are hardly what somebody meant.

Rules are compared by date and wall clock, without a limit in time: a rule speaks on certain weekdays between
two dates, so between any two dates on which some rule begins or ends, one week says all there is to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations, pairwise
from typing import NamedTuple

from holdfast.scheduling.hours import OpeningRule
from holdfast.scheduling.intervals import Span, normalise, share_a_moment, subtract
from holdfast.scheduling.zones import DAY, second_of_day

WEEK = 7
_LAST = date.max.toordinal()


class ConflictKind(StrEnum):
    """What is odd about two rules, or about one and those that stand over it."""

    DUPLICATE = "duplicate"
    """Two rules of one level open the same hours of the same place."""
    OVERLAP = "overlap"
    """Two rules of one level open hours that overlap, so that the grids of both are offered."""
    TWO_PLACES = "two_places"
    """One person is said to work at two places at the same time."""
    CLOSED_AND_OPEN = "closed_and_open"
    """Two rules of one level say closed and open; closed wins in the hours that they share."""
    NEVER_SPEAKS = "never_speaks"
    """No date from the rule's first to its last is one of its weekdays."""
    UNREACHABLE = "unreachable"
    """On every date of the rule others have the last word: hours of a stronger level, or closing rules."""


class Conflict(NamedTuple):
    """A finding: rules by their position in the list that was given, and the first date on which it is seen.

    `others` are those that `rule` meets, or that have the last word over it.
    """

    kind: ConflictKind
    rule: int
    others: tuple[int, ...]
    on_date: date


def find_rule_conflicts(rules: Sequence[OpeningRule], *, from_date: date) -> list[Conflict]:
    """Every finding from a date on, sorted by rule. What is over by then is nobody's worry any more."""
    current = {
        number: rule
        for number, rule in enumerate(rules)
        if rule.valid_to is None or rule.valid_to >= from_date
    }
    found: list[Conflict] = []
    for (number, first), (other, second) in combinations(current.items(), 2):
        kind = _kind_of_meeting(first, second)
        on_date = None if kind is None else _first_meeting(first, second, from_date)
        if kind is not None and on_date is not None:
            found.append(Conflict(kind, number, (other,), on_date))
    for number, rule in current.items():
        if next(_dates_in(rule, *_validity(rule)), None) is None:
            found.append(Conflict(ConflictKind.NEVER_SPEAKS, number, (), rule.valid_from or from_date))
        elif others := _rules_over(number, current, from_date):
            first_date = next(_dates_in(rule, *_validity(rule, from_date)))
            found.append(Conflict(ConflictKind.UNREACHABLE, number, tuple(sorted(others)), first_date))
    return sorted(found, key=lambda conflict: (conflict.rule, conflict.kind, conflict.others))


def _kind_of_meeting(first: OpeningRule, second: OpeningRule) -> ConflictKind | None:
    """What two rules would be to each other if they spoke at the same time; None when they never meet."""
    if first.strength != second.strength or (first.is_closed and second.is_closed):
        return None
    if (first.resource_id, first.service_id) != (second.resource_id, second.service_id):
        return None
    are_apart = (
        None not in (first.location_id, second.location_id) and first.location_id != second.location_id
    )
    if first.is_closed or second.is_closed:
        return None if are_apart else ConflictKind.CLOSED_AND_OPEN
    if are_apart:
        return ConflictKind.TWO_PLACES if first.resource_id is not None else None
    return ConflictKind.DUPLICATE if _offer(first) == _offer(second) else ConflictKind.OVERLAP


def _offer(rule: OpeningRule) -> tuple[object, ...]:
    return _hours(rule), rule.location_id, rule.slot_granularity_minutes, rule.slot_capacity


def _first_meeting(first: OpeningRule, second: OpeningRule, from_date: date) -> date | None:
    """The first date on which hours of both rules share a moment; that of the first rule's hours."""
    # Hours may run past midnight into those of the next date; a closing rule stops only those of its own.
    shifts = (0,) if first.is_closed or second.is_closed else (0, -1, 1)
    met = [
        day
        for shift in shifts
        if share_a_moment(_hours(first), _hours(second, shift))
        for day in _common_dates(first, second, shift, from_date)
    ]
    return min(met, default=None)


def _common_dates(first: OpeningRule, second: OpeningRule, shift: int, from_date: date) -> list[date]:
    """The first date on which one rule speaks while the other does `shift` days later; at most one."""
    begin, end = _validity(first, from_date)
    other_begin, other_end = _validity(second)
    begin, end = max(begin, other_begin - shift), min(end, other_end - shift)
    for day in _dates_in(first, begin, end):
        if second.speaks_on(date.fromordinal(day.toordinal() + shift)):
            return [day]
    return []


def _rules_over(number: int, rules: dict[int, OpeningRule], from_date: date) -> set[int]:
    """Those that have the last word on every date of a rule from a date on; none if it counts on one."""
    rule = rules[number]
    over = {
        other: each
        for other, each in rules.items()
        if other != number
        and _applies_wherever(each, rule)
        and (each.strength > rule.strength or (each.is_closed and each.strength == rule.strength))
    }
    found: set[int] = set()
    begin, end = _validity(rule, from_date)
    edges = {begin, end + 1}
    for each in over.values():
        first, last = _validity(each)
        edges |= {edge for edge in (first, last + 1) if begin < edge <= end}
    for cell_begin, next_begin in pairwise(sorted(edges)):
        for day in _dates_in(rule, cell_begin, next_begin - 1):
            last_word = _last_word(rule, {other: each for other, each in over.items() if each.speaks_on(day)})
            if not last_word:
                return set()
            found |= last_word
    return found


def _last_word(rule: OpeningRule, over: dict[int, OpeningRule]) -> set[int]:
    """Who, of the rules that speak on a date, leaves nothing for this rule to say; none if any is left."""
    openers = {other for other, each in over.items() if not each.is_closed and each.strength > rule.strength}
    if openers or rule.is_closed:
        return openers
    closers = {other: _hours(each) for other, each in over.items() if each.is_closed}
    return set(closers) if not subtract([_hours(rule)], normalise(closers.values())) else set()


def _applies_wherever(other: OpeningRule, rule: OpeningRule) -> bool:
    """Whether the other rule has a say in every question in which this one has; as in `applicable_rules`."""
    return (
        other.resource_id in (None, rule.resource_id)
        and other.service_id in (None, rule.service_id)
        and (
            other.location_id in (None, rule.location_id)
            or (other.resource_id is not None and not other.is_closed)
        )
    )


def _dates_in(rule: OpeningRule, begin: int, end: int) -> Iterator[date]:
    """The dates on which a rule speaks in the first week between two ordinals (inclusive)."""
    for ordinal in range(begin, min(begin + WEEK - 1, end) + 1):
        if rule.speaks_on(date.fromordinal(ordinal)):
            yield date.fromordinal(ordinal)


def _validity(rule: OpeningRule, from_date: date | None = None) -> Span:
    """The first and the last date of a rule (inclusive), as ordinals; with a date, none before it."""
    first = max((day for day in (rule.valid_from, from_date) if day is not None), default=date.min)
    return first.toordinal(), _LAST if rule.valid_to is None else rule.valid_to.toordinal()


def _hours(rule: OpeningRule, days_later: int = 0) -> Span:
    """The rule's hours in seconds of the wall clock since the midnight of a date, moved by whole days."""
    start, end = second_of_day(rule.start_time), second_of_day(rule.end_time)
    shift = days_later * DAY
    return start + shift, (end if start < end else end + DAY) + shift
