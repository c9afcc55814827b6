"""TRUST G14: four verbs on every tenant table, for another tenant, for none, for '' and for garbage.

The tables come from the catalogue, the rows from the real commands: a new tenant table that the two
businesses here leave empty fails the first test, so that nobody forgets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from holdfast.capabilities.bookings.commands import confirm_booking, mark_booking
from holdfast.capabilities.bookings.commands.customer_links import make_link
from holdfast.capabilities.bookings.commands.offers import Offer, note_offers
from holdfast.capabilities.bookings.commands.waitlist_offers import offer_by_hand
from holdfast.capabilities.bookings.types import Start
from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.capabilities.catalog.types import AddOn
from holdfast.capabilities.notifications.commands import (
    claim_message,
    create_feed,
    save_template,
    take_due,
)
from holdfast.capabilities.people.accounts import create_account
from holdfast.capabilities.people.commands import add_member
from holdfast.capabilities.portfolio.commands import add_picture, create_album, save_portfolio
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.capabilities.tenants.commands import change_settings
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings.classes import publish_class
from tests.capabilities.bookings.studio import move, option
from tests.capabilities.bookings.waiting import wait
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.capabilities.portfolio.pictures import as_bytes, photograph
from tests.cluster import Database
from tests.tenancy.audit import tenant_tables


@dataclass(frozen=True)
class Two:
    """Two businesses with rows in every tenant table, and the app role's connection."""

    database: Database
    app: psycopg.Connection
    mine: Business
    theirs: Business
    tables: tuple[str, ...]

    def hashes(self) -> Mapping[str, list[tuple[object, ...]]]:
        """What is really stored of their rows, table by table, as a superuser sees it."""
        query = (
            "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')), count(*) from {} t"
            " where tenant_id = {}"
        )
        return {
            table: self.database.rows(
                sql.SQL(query)
                .format(sql.Identifier(table), sql.Literal(self.theirs.tenant_id))
                .as_string(self.app)
            )
            for table in self.tables
        }


@pytest.fixture
def two(database: Database) -> Iterator[Two]:
    mine, theirs = _furnished("mine"), _furnished("theirs")
    with database.cluster.connect() as admin:
        tables = tuple(tenant_tables(admin))
    with database.connect_as_app() as app:
        yield Two(database, app, mine, theirs, tables)


def _furnished(slug: str) -> Business:
    business = make_business(slug, people=2)
    account = create_account(actor=TESTER, email=f"owner@{slug}.example.com", name="Olive")
    with tenant_context(business.tenant_id, TESTER.label):
        add_member(actor=TESTER, account_id=account, role="owner")
        extra = create_service(actor=TESTER, service=NewService("extra", 15, "EUR", is_add_on=True))
        create_service(actor=TESTER, service=NewService("more", 30, "EUR", add_ons=(AddOn(extra.id),)))
        create_blackout(
            actor=TESTER,
            starts_at=business.start(days=20),
            ends_at=business.start(days=20) + timedelta(hours=2),
            reason="away",
        )
    publish_class(business)
    option(business, business.start(days=60))
    move(business, "challenge", option(business, business.start(days=60)).id)
    held = book(business, key=IdempotencyKey("POST /bookings", f"key-of-{slug}", b"f"))
    confirm_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=held.booking_id or UUID(int=0),
        token=held.token,
    )
    with tenant_context(business.tenant_id, TESTER.label):
        note_offers([_offer(business)], now=clock.now())
        claim_message(
            booking_id=held.booking_id or UUID(int=0), kind="confirmed", version=2, recipient_index=None
        )
        take_due(settings={}, now=business.start() - timedelta(hours=2))
        save_template(actor=TESTER, kind="reminder", locale="en", subject="Soon", body="Soon: {{time}}")
        create_feed(actor=TESTER, location_id=business.location_id)
        create_album(actor=TESTER, title="Brides")
        picture = add_picture(actor=TESTER, content=as_bytes(photograph(20, 20), "PNG"))
        save_portfolio(actor=TESTER, hero_picture_id=picture.id, keep_hero=False)
        make_link(email_index=b"i" * 32, settings={})
        change_settings(actor=TESTER, changes={"option_days": 15})
    _offered_from_the_list(business)
    _put_away(business)
    return business


def _offered_from_the_list(business: Business) -> None:
    entry = wait(business, "Zoe", "cut", from_time=time(21), to_time=time(22))
    with tenant_context(business.tenant_id, TESTER.label):
        offer_by_hand(
            actor=TESTER, now=clock.now(), entry_id=entry.id, starts_at=business.start(days=9, hour=18)
        )


def _put_away(business: Business) -> None:
    made = book(business, "book", business.start(days=12))
    mark_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=made.booking_id or UUID(int=0),
        move=Move.COMPLETE,
    )
    with tenant_context(business.tenant_id, TESTER.label):
        assert fetch_value("select booking_archive(%s, 1)", (business.start(days=13),)) == 1


def _offer(business: Business) -> Offer:
    at, service_id = business.start(days=30), business.services["cut"]
    start = Start(at, at, at.replace(tzinfo=None), "GMT", business.resource_ids)
    return Offer(service_id, None, business.location_id, at.date(), "control", True, 9, [start])


@contextmanager
def _as(two: Two, tenant: str | None) -> Iterator[psycopg.Connection]:
    """A transaction with exactly this setting, rolled back at the end."""
    with two.app.transaction(force_rollback=True):
        if tenant is not None:
            two.app.execute("select set_config('app.tenant', %s, true)", [tenant])
        yield two.app


def test_both_businesses_have_rows_in_every_tenant_table(two: Two) -> None:
    for business in (two.mine, two.theirs):
        for table in two.tables:
            count = sql.SQL("select count(*) from {} where tenant_id = {}").format(
                sql.Identifier(table), sql.Literal(business.tenant_id)
            )
            ((rows,),) = two.database.rows(count.as_string(two.app))
            assert rows > 0, f"{table} is empty; give it a row in _furnished"


def test_the_owner_of_the_rows_sees_them(two: Two) -> None:
    for table in two.tables:
        with _as(two, str(two.theirs.tenant_id)) as app:
            rows = app.execute(sql.SQL("select tenant_id from {}").format(sql.Identifier(table))).fetchall()
        assert rows, table
        assert {tenant for (tenant,) in rows} == {two.theirs.tenant_id}


CONTEXTS = ("another tenant", "an unknown tenant", "none", "empty", "garbage", "a quote")


def _setting(two: Two, context: str) -> str | None:
    return {
        "another tenant": str(two.mine.tenant_id),
        "an unknown tenant": "01890000-0000-7000-8000-00000000dead",
        "none": None,
        "empty": "",
        "garbage": "all",
        "a quote": "' or true --",
    }[context]


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_verb_reaches_their_rows(two: Two, context: str) -> None:
    setting = _setting(two, context)
    before = two.hashes()
    tried = 0
    for table in two.tables:
        named = {"table": sql.Identifier(table), "theirs": sql.Literal(two.theirs.tenant_id)}
        for statement in (
            "select * from {table}",
            "select * from {table} where tenant_id = {theirs}",
            "update {table} set tenant_id = tenant_id where tenant_id = {theirs}",
            "delete from {table} where tenant_id = {theirs}",
        ):
            rows = _rows_reached(two, setting, sql.SQL(statement).format(**named))
            assert two.theirs.tenant_id not in rows, (table, statement)
            if "where" in statement or context != "another tenant":
                assert rows == [], (table, statement)
            tried += 1
    assert tried == 4 * len(two.tables)
    assert two.hashes() == before


def _rows_reached(two: Two, setting: str | None, statement: sql.Composed) -> list[object]:
    """The tenants of the rows that the statement returned or wrote; an error reaches none."""
    if not statement.as_string(two.app).startswith("select"):
        statement = statement + sql.SQL(" returning *")
    with _as(two, setting) as app:
        try:
            cursor = app.execute(statement)
        except (
            psycopg.errors.InvalidTextRepresentation,
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.ForeignKeyViolation,  # A trigger counts for a tenant that does not exist.
        ):
            return []
        assert cursor.description is not None
        place = [column.name for column in cursor.description].index("tenant_id")
        return [row[place] for row in cursor.fetchall()]


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_row_can_be_put_among_theirs(two: Two, context: str) -> None:
    setting = _setting(two, context)
    before = two.hashes()
    for table in two.tables:
        ((row,),) = two.database.rows(
            sql.SQL("select to_jsonb(t)::text from {} t where tenant_id = {} limit 1")
            .format(sql.Identifier(table), sql.Literal(two.theirs.tenant_id))
            .as_string(two.app)
        )
        copy = sql.SQL(
            "insert into {table} ({columns}) overriding system value"
            " select {columns} from jsonb_populate_record(null::{table}, {row}::jsonb)"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(sql.Identifier(name) for name in _written_columns(two, table)),
            row=sql.Literal(row),
        )
        expected: type[psycopg.Error] = psycopg.errors.InsufficientPrivilege
        if context in ("garbage", "a quote"):
            expected = psycopg.errors.InvalidTextRepresentation
        with _as(two, setting) as app, pytest.raises(expected):
            app.execute(copy)
    assert two.hashes() == before


def _written_columns(two: Two, table: str) -> list[str]:
    """The columns of a table that are not worked out from others."""
    rows = two.database.rows(
        "select column_name from information_schema.columns"
        " where table_schema = 'public' and table_name = %s and is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in rows]


def test_no_row_of_ones_own_can_be_moved_to_them(two: Two) -> None:
    before = two.hashes()
    for table in two.tables:
        move = sql.SQL("update {} set tenant_id = {}").format(
            sql.Identifier(table), sql.Literal(two.theirs.tenant_id)
        )
        with _as(two, str(two.mine.tenant_id)) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(move)
    assert two.hashes() == before


def test_no_row_can_point_at_theirs(two: Two) -> None:
    """Key checks ignore row security, so each foreign key names the tenant as well."""
    with _as(two, str(two.mine.tenant_id)) as app, pytest.raises(psycopg.errors.ForeignKeyViolation):
        app.execute(
            "insert into blackout (tenant_id, id, resource_id, starts_at, ends_at)"
            " values (%s, gen_random_uuid(), %s, now(), now() + interval '1 hour')",
            [two.mine.tenant_id, two.theirs.resource_ids[0]],
        )


def test_the_event_log_only_grows(two: Two) -> None:
    ((count,),) = two.database.rows("select count(*) from booking_event")
    # Held and confirmed, two options and a challenge, an offer, booked and completed, in both businesses.
    assert count == 16
    with _as(two, str(two.mine.tenant_id)) as app:
        for statement in ("update booking_event set kind = 'booking.gone'", "delete from booking_event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"), app.transaction():
                app.execute(statement.encode())
    with two.database.cluster.connect() as superuser:
        for statement in ("update booking_event set version = 9", "truncate booking_event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                superuser.execute(statement.encode())
    assert two.database.rows("select count(*) from booking_event") == [(count,)]


def test_with_a_bare_table_the_verbs_do_reach_over(two: Two) -> None:
    """Negative control: the same statements, on a table whose policy was taken away."""
    with psycopg.connect(two.database.owner_url) as owner:
        owner.execute("alter table customer disable row level security")
        owner.commit()
    try:
        statement = sql.SQL("delete from customer where tenant_id = {}").format(
            sql.Literal(two.theirs.tenant_id)
        )
        assert _rows_reached(two, None, sql.SQL("select * from customer") + sql.SQL("")) != []
        with _as(two, str(two.mine.tenant_id)) as app, pytest.raises(psycopg.errors.ForeignKeyViolation):
            app.execute(statement)
    finally:
        with psycopg.connect(two.database.owner_url) as owner:
            owner.execute("alter table customer enable row level security")
            owner.commit()
    assert _rows_reached(two, None, sql.SQL("select * from customer") + sql.SQL("")) == []
