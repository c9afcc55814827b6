"""Findings about opening rules in words that a salon owner understands, and which of them are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, time
from uuid import UUID

from holdfast.capabilities.schedules.types import Finding, StoredRule
from holdfast.platform.errors import Conflict, Invalid, Problem
from holdfast.scheduling.hours import OpeningRule
from holdfast.scheduling.rule_conflicts import ConflictKind, find_rule_conflicts

REFUSED = frozenset({ConflictKind.DUPLICATE, ConflictKind.TWO_PLACES, ConflictKind.NEVER_SPEAKS})
_MOST_NAMED = 20
_MOST_FOUND = 100


def find_findings(
    mine: Mapping[UUID, OpeningRule], others: Sequence[StoredRule], *, from_date: date
) -> list[tuple[ConflictKind, Finding]]:
    """Return everything odd from a date on that has to do with `mine`; `others` stand beside them."""
    known = {other.id: other.rule for other in others} | dict(mine)
    near = {
        rule_id: rule
        for rule_id, rule in known.items()
        if rule_id in mine or any(_may_meet(rule, each) for each in mine.values())
    }
    everybodys = {rule_id: rule for rule_id, rule in near.items() if rule.resource_id is None}
    people = dict.fromkeys(rule.resource_id for rule in near.values() if rule.resource_id is not None)
    found = dict.fromkeys(_find_among(everybodys, mine, from_date))
    # What belongs to two people never meets: one by one keeps the pairs few.
    for person in people:
        theirs = {rule_id: rule for rule_id, rule in near.items() if rule.resource_id == person}
        found |= dict.fromkeys(_find_among(everybodys | theirs, mine, from_date))
    return sorted(found, key=lambda each: each[0] not in REFUSED)[:_MOST_FOUND]


def _find_among(
    known: Mapping[UUID, OpeningRule], mine: Mapping[UUID, OpeningRule], from_date: date
) -> Iterator[tuple[ConflictKind, Finding]]:
    ids, rules = list(known), list(known.values())
    for kind, number, over, on_date in find_rule_conflicts(rules, from_date=from_date):
        about = (number, *over)
        if not any(ids[each] in mine for each in about):
            continue
        # Those that are being written come first: it is them that somebody can change.
        ordered = sorted(about, key=lambda each: ids[each] not in mine)
        first = number if kind is ConflictKind.UNREACHABLE else ordered[0]
        rest = [each for each in ordered if each != first]
        detail = _sentence(kind, rules[first], [rules[each] for each in rest], on_date, ids[first] in mine)
        rule_ids = tuple(ids[each] for each in (first, *rest))[:_MOST_NAMED]
        yield kind, Finding(f"RULE_{kind.name}", detail, rule_ids, on_date)


def as_refusal(kind: ConflictKind, finding: Finding, known_ids: Collection[UUID]) -> Problem:
    """Return the problem to raise; it names the rules that are there already."""
    named = [str(rule_id) for rule_id in finding.rule_ids if rule_id in known_ids]
    if kind is ConflictKind.NEVER_SPEAKS:
        return Invalid(
            finding.detail, code=finding.code, field="days_of_week", on_date=finding.on_date.isoformat()
        )
    return Conflict(finding.detail, code=finding.code, rule_ids=named, on_date=finding.on_date.isoformat())


def hours_text(rule: OpeningRule) -> str:
    """Return the rule's hours as somebody would say them: `09:00-17:00`, or the whole day."""
    if rule.start_time == rule.end_time:
        return "the whole day"
    return f"{_clock(rule.start_time)}-{_clock(rule.end_time) if rule.end_time != time(0) else '24:00'}"


def _may_meet(other: OpeningRule, rule: OpeningRule) -> bool:
    """Whether two rules can have to do with each other at all: most of a big team's have not."""
    return (other.resource_id == rule.resource_id or None in (other.resource_id, rule.resource_id)) and (
        other.service_id == rule.service_id or None in (other.service_id, rule.service_id)
    )


def _sentence(
    kind: ConflictKind, rule: OpeningRule, others: Sequence[OpeningRule], on_date: date, is_mine: bool
) -> str:
    day = f"{on_date:%A} {on_date.day} {on_date:%B %Y}"
    hours = hours_text(rule)
    theirs = ", ".join(dict.fromkeys(hours_text(each) for each in others))
    match kind:
        case ConflictKind.DUPLICATE:
            return f"These hours ({hours}) are already there, first on {day}; change those instead."
        case ConflictKind.TWO_PLACES:
            return (
                f"The same person would work at two places at once: {hours} here and {theirs} there, first"
                f" on {day}. Change one of the two."
            )
        case ConflictKind.NEVER_SPEAKS:
            return (
                f"None of the weekdays lies between the first and the last date, so the hours {hours} would"
                " never count. Choose other days or dates."
            )
        case ConflictKind.OVERLAP:
            return (
                f"The hours {hours} overlap with {theirs}, first on {day}. Customers are offered the starts"
                " of both."
            )
        case ConflictKind.CLOSED_AND_OPEN:
            return (
                f"Open and closed at once: {hours} and {theirs}, first on {day}. Closed wins wherever both"
                " speak."
            )
        case ConflictKind.UNREACHABLE:
            who = "These hours" if is_mine else "Earlier hours"
            return (
                f"{who} ({hours}) never count from {day} on: {theirs or 'other hours'} of a stronger kind"
                " always has the last word."
            )


def _clock(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
