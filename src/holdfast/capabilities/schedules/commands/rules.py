"""Writes of opening rules: checked against the others of the business, one writer at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.catalog.queries import get_service
from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.findings import REFUSED, as_refusal, find_findings
from holdfast.capabilities.schedules.queries import get_opening_rule, list_opening_rules
from holdfast.capabilities.schedules.types import Finding, StoredRule
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform import clock
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.hours import OpeningRule, RuleKind
from holdfast.scheduling.zones import local_date

_INSERT = (
    "insert into opening_rule (tenant_id, id, location_id, resource_id, service_id, rule_kind, days_of_week,"
    " start_time, end_time, valid_from, valid_to, is_closed, slot_capacity, slot_granularity_minutes)"
    " values (%(tenant)s, %(id)s, %(location_id)s, %(resource_id)s, %(service_id)s, %(rule_kind)s,"
    " %(days_of_week)s::smallint[], %(start_time)s, %(end_time)s, %(valid_from)s, %(valid_to)s,"
    " %(is_closed)s, %(slot_capacity)s, %(slot_granularity_minutes)s) on conflict do nothing"
)
_UPDATE = (
    "update opening_rule set location_id = %(location_id)s, resource_id = %(resource_id)s,"
    " service_id = %(service_id)s, rule_kind = %(rule_kind)s, days_of_week = %(days_of_week)s::smallint[],"
    " start_time = %(start_time)s, end_time = %(end_time)s, valid_from = %(valid_from)s,"
    " valid_to = %(valid_to)s, is_closed = %(is_closed)s, slot_capacity = %(slot_capacity)s,"
    " slot_granularity_minutes = %(slot_granularity_minutes)s, version = version + 1, updated_at = now()"
    " where tenant_id = %(tenant)s and id = %(id)s"
)


def create_opening_rule(
    *,
    actor: Actor,
    location_id: UUID,
    kind: str,
    start_time: time,
    end_time: time,
    days_of_week: tuple[int, ...] = (),
    resource_id: UUID | None = None,
    service_id: UUID | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    is_closed: bool = False,
    slot_granularity_minutes: int | None = None,
    slot_capacity: int | None = None,
) -> UUID:
    """Say when a place, a person or a service is open (or closed); one rule of `create_opening_rules`."""
    rule = make_rule(
        kind=kind,
        start_time=start_time,
        end_time=end_time,
        days_of_week=days_of_week,
        valid_from=valid_from,
        valid_to=valid_to,
        is_closed=is_closed,
        location_id=location_id,
        resource_id=resource_id,
        service_id=service_id,
        slot_capacity=slot_capacity,
        slot_granularity_minutes=slot_granularity_minutes or 15,
    )
    made, _ = create_opening_rules(actor=actor, rules=[rule], now=clock.now())
    return made[0].id


def make_rule(**named: Any) -> OpeningRule:
    """Return the rule; raises `Invalid` with the field for what is contradictory."""
    try:
        kind = RuleKind(named["kind"])
    except ValueError:
        raise Invalid("Choose WEEKLY, DATE_RANGE or EXCEPTION.", field="kind") from None
    days = tuple(sorted(set(named.get("days_of_week", ()))))
    try:
        return OpeningRule(**{**named, "kind": kind, "days_of_week": days})
    except ValueError as problem:
        field, _, rest = str(problem).partition(" ")
        raise Invalid(f"{field} {rest}.", field=field) from None


def create_opening_rules(
    *, actor: Actor, rules: Sequence[OpeningRule], now: datetime, is_strict: bool = False
) -> tuple[list[StoredRule], list[Finding]]:
    """Say when a place, a person or a service is open (or closed), all of it or nothing.

    Returns what was made and what is odd about it. Raises `NotFound`, `Forbidden` (an artist has its own
    hours only), `Conflict` RULE_DUPLICATE and RULE_TWO_PLACES, `Invalid` RULE_NEVER_SPEAKS; with `is_strict`
    also `Conflict` RULE_OVERLAP, RULE_CLOSED_AND_OPEN and RULE_UNREACHABLE.
    """
    require(actor, "availability:manage")
    _take_turn()
    for rule in rules:
        _check_scope(actor, rule)
    new = {new_id(): rule for rule in rules}
    warnings = _check(new, list_opening_rules(), now=now, is_strict=is_strict)
    tenant_id = current_context().tenant_id
    for rule_id, rule in new.items():
        made = execute(
            _INSERT,
            {"tenant": tenant_id, "id": rule_id, **_values(rule)},
        )
        if not made:
            raise _same_hours(rule)
    return [StoredRule(rule_id, 1, rule) for rule_id, rule in new.items()], warnings


def update_opening_rule(
    *,
    actor: Actor,
    rule_id: UUID,
    changes: Mapping[str, Any],
    expected_version: int | None,
    now: datetime,
    is_strict: bool = False,
) -> tuple[StoredRule, list[Finding]]:
    """Change a rule; `changes` are fields of `OpeningRule`. Checked and refused as in `create_opening_rules`.

    Raises also `Conflict` VERSION_CONFLICT when somebody changed it since.
    """
    require(actor, "availability:manage")
    _take_turn()
    stored = _existing(actor, rule_id)
    _check_version(stored, expected_version)
    known = {each.name: getattr(stored.rule, each.name) for each in fields(OpeningRule)}
    rule = make_rule(**{**known, **changes})
    _check_scope(actor, rule)
    others = [other for other in list_opening_rules() if other.id != rule_id]
    warnings = _check({rule_id: rule}, others, now=now, is_strict=is_strict)
    if any(other.rule == replace(rule, **_aside(other.rule)) for other in others):
        raise _same_hours(rule)
    execute(
        _UPDATE,
        {"tenant": current_context().tenant_id, "id": rule_id, **_values(rule)},
    )
    return StoredRule(rule_id, stored.version + 1, rule), warnings


def delete_opening_rule(*, actor: Actor, rule_id: UUID, expected_version: int | None = None) -> StoredRule:
    """Take a rule away and return it, so that it can be made again. Raises `NotFound`, `Conflict`."""
    require(actor, "availability:manage")
    _take_turn()
    stored = _existing(actor, rule_id)
    _check_version(stored, expected_version)
    execute(
        "delete from opening_rule where tenant_id = %s and id = %s", (current_context().tenant_id, rule_id)
    )
    return stored


def _take_turn() -> None:
    """Let one rule of a business be written at a time: what is checked here stays true until the commit."""
    fetch_value(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"opening_rule {current_context().tenant_id}",),
    )


def _existing(actor: Actor, rule_id: UUID) -> StoredRule:
    stored = get_opening_rule(rule_id)
    is_foreign = actor.only_own("availability:manage") and (
        stored is None or actor.resource_id is None or stored.rule.resource_id != actor.resource_id
    )
    if stored is None or is_foreign:
        raise NotFound("There are no such opening hours.")
    return stored


def _check_version(stored: StoredRule, expected_version: int | None) -> None:
    if expected_version not in (None, stored.version):
        raise Conflict(
            "Somebody changed these hours since you looked.",
            code="VERSION_CONFLICT",
            current_version=stored.version,
        )


def _check_scope(actor: Actor, rule: OpeningRule) -> None:
    """Whether what the rule names is there, and the actor's to say."""
    if actor.only_own("availability:manage") and (
        rule.resource_id is None or rule.resource_id != actor.resource_id
    ):
        raise Forbidden("You may say when you work yourself, nobody else.")
    if rule.location_id not in {location.id for location in list_locations(active_only=False)}:
        raise NotFound("There is no such location.", field="location_id")
    if rule.resource_id is not None and get_resource(rule.resource_id) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    if rule.service_id is not None:
        service = get_service(rule.service_id)
        if service is None:
            raise NotFound("There is no such service.", field="service_id")
        if service.location_id not in (None, rule.location_id):
            raise Invalid("This service is not sold at this location.", field="service_id")


def _check(
    mine: Mapping[UUID, OpeningRule], others: Sequence[StoredRule], *, now: datetime, is_strict: bool
) -> list[Finding]:
    """Return the warnings; raise what is refused."""
    zones = {location.id: location.time_zone for location in list_locations(active_only=False)}
    from_date = min(
        (
            local_date(now, ZoneInfo(zones[rule.location_id]))
            for rule in mine.values()
            if rule.location_id is not None
        ),
        default=now.date(),
    )
    known_ids = {other.id for other in others}
    warnings: list[Finding] = []
    for kind, finding in find_findings(mine, others, from_date=from_date):
        if kind in REFUSED or is_strict:
            raise as_refusal(kind, finding, known_ids)
        warnings.append(finding)
    return warnings


def _same_hours(rule: OpeningRule) -> Conflict:
    """The refusal of a rule that says the very days and hours of another, be it open or closed."""
    others = [
        str(other.id)
        for other in list_opening_rules(location_id=rule.location_id)
        if other.rule == replace(rule, **_aside(other.rule))
    ]
    return Conflict(
        "There is already a rule for exactly these days and hours; change that one instead.",
        code="RULE_DUPLICATE",
        rule_ids=others,
    )


def _aside(rule: OpeningRule) -> dict[str, Any]:
    """What may differ in two rules for the same days and hours (S1: its UNIQUE leaves these out)."""
    return {
        "is_closed": rule.is_closed,
        "slot_capacity": rule.slot_capacity,
        "slot_granularity_minutes": rule.slot_granularity_minutes,
    }


def _values(rule: OpeningRule) -> dict[str, Any]:
    named = {each.name: getattr(rule, each.name) for each in fields(OpeningRule) if each.name != "kind"}
    return {**named, "rule_kind": rule.kind.value, "days_of_week": list(rule.days_of_week) or None}
