"""The three roles on a server of their own: what each may do, and which roles are refused at start-up."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from holdfast.platform.db.addresses import with_parts
from holdfast.platform.db.roles import (
    PreparedDatabase,
    UnsafeRole,
    UnusableServer,
    owner_url,
    prepare_database,
    refuse_unsafe_role,
)
from holdfast.platform.embedded.postgres import EmbeddedPostgres

TABLES = """
create table booking (tenant_id uuid not null, n int);
alter table booking enable row level security;
alter table booking force row level security;
create policy only_own on booking using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create table tenant_domain (host text primary key, tenant_id uuid not null);
create table counter (id bigint generated always as identity);
create function one() returns int language sql as 'select 1';
insert into tenant_domain values ('glow.test', gen_random_uuid());
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    folder = tmp_path_factory.mktemp("roles")
    server = EmbeddedPostgres(folder / "postgres", log_file=folder / "postgres.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def prepared(server: EmbeddedPostgres) -> PreparedDatabase:
    passwords = {"app_password": "app ü/:@?", "backup_password": "backup"}
    prepare_database(server.admin_url(), database="hold fast", **passwords)
    prepared = prepare_database(server.admin_url(), database="hold fast", **passwords)
    with psycopg.connect(prepared.owner_url) as owner:
        owner.execute(TABLES)
    return prepared


@pytest.fixture
def app(prepared: PreparedDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(prepared.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def admin(server: EmbeddedPostgres, prepared: PreparedDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.admin_url(prepared.name), autocommit=True) as connection:
        yield connection


def test_preparing_says_what_it_made(prepared: PreparedDatabase) -> None:
    assert prepared.server_version == 18
    assert prepared.warnings == []
    assert prepared.backup_url is not None


def test_migrations_become_the_owner_who_cannot_log_in(
    prepared: PreparedDatabase, admin: psycopg.Connection
) -> None:
    with psycopg.connect(prepared.owner_url) as owner:
        assert owner.execute("select current_user, session_user").fetchone() == ("holdfast_owner", "postgres")
    found = admin.execute(
        "select rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        " where rolname = 'holdfast_owner'"
    ).fetchone()
    assert found == (False,) * 5


def test_the_app_reads_and_writes_rows_and_calls_functions(app: psycopg.Connection) -> None:
    tenant = "01890000-0000-7000-8000-000000000001"
    with app.transaction():
        app.execute("select set_config('app.tenant', %s, true)", [tenant])
        app.execute("insert into booking values (%s, 1)", [tenant])
        assert app.execute("update booking set n = 2 returning n, one()").fetchone() == (2, 1)
    assert app.execute("select count(*) from booking").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "truncate booking",
        "create table mine (n int)",
        "create schema mine",
        "create temporary table mine (n int)",
        "drop table booking",
        "alter table booking disable row level security",
        "set role holdfast_owner",
        "set role postgres",
        "set session_replication_role = replica",
        "create role mine",
        "copy booking to program 'true'",
    ],
)
def test_the_app_may_not(app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_the_app_has_its_limits_without_asking(app: psycopg.Connection) -> None:
    settings = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    shown = [app.execute(f"show {name}").fetchone() for name in settings]
    assert shown == [("15s",), ("2s",), ("5s",), ("UTC",)]


def test_the_backup_role_reads_every_row_and_writes_none(prepared: PreparedDatabase) -> None:
    tenant = "01890000-0000-7000-8000-000000000002"
    with psycopg.connect(prepared.app_url) as app:
        app.execute("select set_config('app.tenant', %s, true)", [tenant])
        app.execute("insert into booking values (%s, 7)", [tenant])
    assert prepared.backup_url is not None
    with psycopg.connect(prepared.backup_url, autocommit=True) as backup:
        assert backup.execute("select n from booking where n = 7").fetchall() == [(7,)]
        for statement in ("delete from booking", "truncate booking", "insert into booking values (null, 1)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                backup.execute(statement)


def test_others_cannot_even_connect(server: EmbeddedPostgres, prepared: PreparedDatabase) -> None:
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute("create role stranger login")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(with_parts(server.admin_url(prepared.name), user="stranger"))


def test_the_prepared_app_role_is_accepted(app: psycopg.Connection) -> None:
    refuse_unsafe_role(app)


def test_the_admin_and_the_owner_are_refused(prepared: PreparedDatabase, admin: psycopg.Connection) -> None:
    with pytest.raises(UnsafeRole, match="postgres is a superuser"):
        refuse_unsafe_role(admin)
    with psycopg.connect(prepared.owner_url) as owner, pytest.raises(UnsafeRole) as refusal:
        refuse_unsafe_role(owner)
    # Of the owner itself, and of the admin it could fall back to.
    assert "holdfast_owner owns table booking" in refusal.value.findings
    assert "postgres is a superuser" in refusal.value.findings


@pytest.mark.parametrize(
    ("fault", "repair", "finding"),
    [
        (
            "alter role holdfast_app bypassrls",
            "alter role holdfast_app nobypassrls",
            "holdfast_app has BYPASSRLS",
        ),
        (
            "grant holdfast_owner to holdfast_app",
            "revoke holdfast_owner from holdfast_app",
            "holdfast_app owns table booking",
        ),
        (
            "grant create on schema public to holdfast_app",
            "revoke create on schema public from holdfast_app",
            "holdfast_app may create objects in schema public",
        ),
        (
            "grant truncate on booking to holdfast_app",
            "revoke truncate on booking from holdfast_app",
            "holdfast_app may truncate table booking",
        ),
        (
            "alter table booking no force row level security",
            "alter table booking force row level security",
            "table booking has no forced row security with a policy",
        ),
        (
            "create table bare (tenant_id uuid)",
            "drop table bare",
            "table bare has no forced row security with a policy",
        ),
    ],
)
def test_every_way_past_row_security_is_refused(
    app: psycopg.Connection, admin: psycopg.Connection, fault: str, repair: str, finding: str
) -> None:
    admin.execute(fault)
    try:
        with pytest.raises(UnsafeRole) as refusal:
            refuse_unsafe_role(app)
    finally:
        admin.execute(repair)
    assert finding in refusal.value.findings
    refuse_unsafe_role(app)


def test_a_managed_server_without_superuser_is_enough(server: EmbeddedPostgres, tmp_path: Path) -> None:
    """A role with CREATEROLE and CREATEDB only, as hosting companies give: all but the backup role."""
    folder = tmp_path / "managed"
    managed = EmbeddedPostgres(folder / "postgres", log_file=folder / "postgres.log")
    managed.start()
    try:
        with psycopg.connect(managed.admin_url(), autocommit=True) as admin:
            admin.execute("create role operator login createrole createdb")
        operator = with_parts(managed.admin_url(), user="operator", dbname="not_there_yet")
        for _ in range(2):
            prepared = prepare_database(
                operator, database="not_there_yet", app_password="app", backup_password="backup"
            )
        assert prepared.backup_url is None
        assert len(prepared.warnings) == 1
        assert "Holdfast runs without it" in prepared.warnings[0]
        with psycopg.connect(owner_url(operator, "not_there_yet")) as owner:
            owner.execute(TABLES)
        with psycopg.connect(prepared.app_url) as app:
            refuse_unsafe_role(app)
            assert app.execute("select one()").fetchone() == (1,)
    finally:
        managed.stop()


def test_an_operator_without_rights_is_told_what_is_missing(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute("create role powerless login")
    address = with_parts(server.admin_url(), user="powerless")
    with pytest.raises(UnusableServer, match="CREATEROLE and CREATEDB"):
        prepare_database(address, database="other", app_password="a", backup_password="b")


def test_no_server_and_a_wrong_encoding_are_told_apart(server: EmbeddedPostgres) -> None:
    nowhere = "postgresql://operator@127.0.0.1:1/holdfast"
    with pytest.raises(UnusableServer, match=r"(?s)No connection to PostgreSQL.*DATABASE_URL"):
        prepare_database(nowhere, database="holdfast", app_password="a", backup_password="b")
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute(
            "create database latin encoding 'SQL_ASCII' locale_provider libc locale 'C' template template0"
        )
    with pytest.raises(UnusableServer, match="encoded in SQL_ASCII"):
        prepare_database(server.admin_url(), database="latin", app_password="a", backup_password="b")
