"""TRUST G14: the catalogue holds no table that row security does not guard, and the audit would see one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from holdfast.platform.db.roles import UnsafeRole, refuse_unsafe_role
from tests.cluster import Cluster
from tests.tenancy.audit import GLOBAL_TABLES, findings, tenant_tables


@pytest.fixture
def owner(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """The owner's connection; whatever a test makes with it is rolled back."""
    with psycopg.connect(cluster.prepared.owner_url) as connection:
        yield connection
        connection.rollback()


def test_the_catalogue_has_no_findings(owner: psycopg.Connection) -> None:
    assert findings(owner) == []


def test_every_tenant_table_is_audited(owner: psycopg.Connection) -> None:
    assert {"booking", "allocation", "booking_event", "customer", "tenant_key"} <= set(tenant_tables(owner))
    assert not set(tenant_tables(owner)) & set(GLOBAL_TABLES)


GUARDED = (
    "create table planted (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));"
    " select protect_tenant_table('planted');"
)


@pytest.mark.parametrize(
    ("planted", "finding"),
    [
        ("create table planted (id uuid primary key)", "no tenant_id"),
        ("create table planted (tenant_id uuid not null primary key)", "not enabled and forced"),
        (f"{GUARDED} alter table planted no force row level security", "not enabled and forced"),
        (f"{GUARDED} drop policy tenant_isolation on planted", "the one policy"),
        (f"{GUARDED} create policy more on planted using (true)", "the one policy"),
        (f"{GUARDED} alter policy tenant_isolation on planted with check (true)", "the one policy"),
        (f"{GUARDED} alter policy tenant_isolation on planted to holdfast_app", "the one policy"),
        (f"{GUARDED} create unique index planted_id on planted (id)", "unique across tenants"),
        (
            (
                "create table planted (tenant_id uuid not null, id uuid not null);"
                " select protect_tenant_table('planted')"
            ),
            "no primary key",
        ),
        (
            (
                f"{GUARDED} create table child (tenant_id uuid not null, id uuid not null, planted_id uuid,"
                " primary key (tenant_id, id)); create unique index planted_id on planted (id);"
                " alter table child add foreign key (planted_id) references planted (id)"
            ),
            "leaves out the tenant",
        ),
        (
            (
                f"{GUARDED} create table child (tenant_id uuid not null, id uuid not null, planted_id uuid,"
                " primary key (tenant_id, id),"
                " foreign key (tenant_id, planted_id) references planted on delete cascade)"
            ),
            "deletes in cascades",
        ),
        (
            (
                f"{GUARDED} create table child (tenant_id uuid not null, id uuid not null, planted_id uuid,"
                " primary key (tenant_id, id), foreign key (tenant_id, planted_id) references planted)"
            ),
            "has no index",
        ),
        ("create view planted as select * from booking", "security_invoker"),
        ("create materialized view planted as select 1", "security_invoker"),
        ("grant truncate on booking to holdfast_app", "may do more"),
        (
            "create function planted() returns int language sql security definer as 'select 1'",
            "its owner's rights",
        ),
    ],
)
def test_the_audit_sees_what_is_planted(owner: psycopg.Connection, planted: str, finding: str) -> None:
    owner.execute(planted.encode())
    found = findings(owner)
    assert any(finding in sentence for sentence in found), found


def test_serving_is_refused_for_every_role_but_the_app(cluster: Cluster) -> None:
    prepared = cluster.prepared
    with psycopg.connect(prepared.app_url) as app:
        refuse_unsafe_role(app)
    reasons = {
        cluster.server.admin_url(prepared.name): "is a superuser",
        prepared.owner_url: "owns table booking",
        prepared.backup_url: "has BYPASSRLS",
    }
    for url, reason in reasons.items():
        assert url is not None
        with psycopg.connect(url) as connection, pytest.raises(UnsafeRole) as refused:
            refuse_unsafe_role(connection)
        assert any(reason in finding for finding in refused.value.findings), refused.value.findings


def test_serving_is_refused_beside_a_bare_tenant_table(cluster: Cluster, owner: psycopg.Connection) -> None:
    owner.execute("create table planted (tenant_id uuid not null, id uuid not null)")
    owner.execute("set local role holdfast_app")
    with pytest.raises(UnsafeRole) as refused:
        refuse_unsafe_role(owner)
    assert "table planted has no forced row security with a policy" in refused.value.findings


@pytest.mark.parametrize(
    "statement",
    [
        "truncate booking",
        "create table mine (n int)",
        "create function mine() returns int language sql as 'select 1'",
        "create temporary table mine (n int)",
        "alter table booking no force row level security",
        "alter table booking disable trigger all",
        "alter role holdfast_app bypassrls",
        "create policy mine on booking using (true)",
        "drop policy tenant_isolation on booking",
        "drop table booking",
        "set role holdfast_owner",
        "set session_replication_role = replica",
    ],
)
def test_the_app_role_cannot_loosen_the_guard(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.prepared.app_url, autocommit=True) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement.encode())
        assert app.execute("set row_security = off").statusmessage == "SET"
        # Turning row security off does not show more: it turns a filtered answer into an error.
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("select * from booking")
