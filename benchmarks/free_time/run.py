"""One run: databases of several sizes beside each other, asked in turn."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.free_time import core, plans, questions
from benchmarks.free_time.asking import Asking
from benchmarks.free_time.filler import MOST_CHECKED, fill
from benchmarks.free_time.salons import Salon, insert_salon, month_to_ask, salons
from benchmarks.ground import Ground, leave_database
from holdfast.platform.db.addresses import with_parts
from holdfast.platform.db.roles import OWNER

EMAIL, PASSWORD = "manager@example.com", secrets.token_urlsafe(16)
# How often what is published already is published again.
_AGAIN = 3


def run(ground: Ground, bookings: Sequence[int], samples: int) -> dict[str, Any]:
    """Fill a database for each number of bookings, measure, return it as it is kept."""
    began = time.perf_counter()
    asked_of = salons(month_to_ask(datetime.now(UTC).date()))
    with ground.admin() as admin:
        for salon in asked_of:
            insert_salon(admin, salon)
    _make_keys(asked_of)
    _make_manager(asked_of[1])
    # A database can only be copied while nobody is in it.
    leave_database()
    filling = {number: _fill_copy(ground, asked_of, number) for number in bookings}
    asked = questions.questions(asked_of)
    with ExitStack() as stack:
        ports = {
            number: stack.enter_context(ground.web(HOLDFAST_APP_DATABASE_URL=_app_url(ground, number))).port
            for number in bookings
        }
        asking = stack.enter_context(closing(Asking(ports)))
        asking.in_turns(asked, samples)
        read = [question for question in asked if question.row != questions.EMPTY and not question.is_write]
        explained = [
            plan
            for number in bookings
            for plan in plans.explain(ground, asking, read, number, _app_url(ground, number))
        ]
        tokens = {number: _sign_in(asking, asked_of[1], number) for number in bookings}
        published, again = questions.generations(asked_of[1], tokens)
        asking.in_turns([published], questions.generation_count(), warm_up=0)
        asking.in_turns([again], _AGAIN, warm_up=0)
        answered = asking.summarise()
    for number in bookings:
        _drop_copy(ground, number)
    return {
        "month": f"{asked_of[0].from_date:%Y-%m}",
        "samples": samples,
        "core": [asdict(one) for one in core.measure(core.calls(asked_of, datetime.now(UTC)), samples)],
        "http": [asdict(one) for one in answered],
        "plans": [asdict(one) for one in explained],
        "filling": filling,
        "is_constraint_checked": {number: number <= MOST_CHECKED for number in bookings},
        "seconds": time.perf_counter() - began,
    }


def _make_keys(asked_of: Sequence[Salon]) -> None:
    # Only now: Django is set up by the ground.
    from holdfast.platform.crypto import create_tenant_key
    from holdfast.platform.tenancy import tenant_context

    for salon in asked_of:
        with tenant_context(salon.tenant_id, "bench"):
            create_tenant_key(salon.tenant_id)


def _make_manager(salon: Salon) -> None:
    from holdfast.capabilities.people.accounts import create_account
    from holdfast.capabilities.people.commands import add_member
    from holdfast.platform.access import system_actor
    from holdfast.platform.tenancy import tenant_context

    actor = system_actor("bench")
    account_id = create_account(actor=actor, email=EMAIL, name="Manager", password=PASSWORD)
    with tenant_context(salon.tenant_id, "bench"):
        add_member(actor=actor, account_id=account_id, role="manager", resource_id=None)


def _sign_in(asking: Asking, salon: Salon, bookings: int) -> str:
    asking.ask(questions.signing_in(salon, EMAIL, PASSWORD), bookings)
    token: str = json.loads(asking.answer(bookings))["meta"]["access_token"]
    return token


def _fill_copy(ground: Ground, asked_of: Sequence[Salon], bookings: int) -> dict[str, float]:
    with psycopg.connect(ground.server.admin_url(), autocommit=True) as server:
        server.execute(
            sql.SQL("create database {} template {} owner {}").format(
                sql.Identifier(_name(bookings)), sql.Identifier(ground.prepared.name), sql.Identifier(OWNER)
            )
        )
    with psycopg.connect(ground.server.admin_url(_name(bookings)), autocommit=True) as admin:
        return fill(admin, asked_of, bookings)


def _drop_copy(ground: Ground, bookings: int) -> None:
    with psycopg.connect(ground.server.admin_url(), autocommit=True) as server:
        server.execute(sql.SQL("drop database {} (force)").format(sql.Identifier(_name(bookings))))


def _name(bookings: int) -> str:
    return f"holdfast_{bookings}"


def _app_url(ground: Ground, bookings: int) -> str:
    return with_parts(ground.prepared.app_url, dbname=_name(bookings))
