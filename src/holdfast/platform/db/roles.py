"""Three roles, so that no process can see past row security: owner, app, backup (TRUST 4.1).

`holdfast_owner` cannot log in and owns everything; migrations become it. `holdfast_app` serves: it owns
nothing, creates nothing, truncates nothing, and every policy applies to it. `holdfast_backup` reads
everything and writes nothing. Preparing is idempotent and works without a superuser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString, Protocol

import psycopg
from psycopg import sql

from holdfast.platform.db.addresses import with_parts

OWNER = "holdfast_owner"
APP = "holdfast_app"
BACKUP = "holdfast_backup"
MINIMUM_VERSION = 15

APP_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
    "TimeZone": "UTC",
}
"""Set on the role itself: they hold for every client, also one that forgets to ask."""


_FINDINGS = """
with me as (select r.* from pg_roles r where r.rolname in (current_user, session_user)),
tables as (
    select c.oid, c.relname, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
        exists(select from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as of_tenants,
        exists(select from pg_policy p where p.polrelid = c.oid) as has_policy
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
)
select 1, format('%%s is a superuser', rolname) from me where rolsuper
union select 2, format('%%s has BYPASSRLS', rolname) from me where rolbypassrls
union select 3, format('%%s may create roles', rolname) from me where rolcreaterole
union select 4, format('%%s may create objects in schema public', rolname)
    from me where has_schema_privilege(me.oid, 'public', 'CREATE')
union select 5, format('%%s owns table %%s', me.rolname, relname)
    from me, tables where pg_has_role(me.oid, relowner, 'MEMBER')
union select 6, format('%%s may truncate table %%s', me.rolname, relname)
    from me, tables where has_table_privilege(me.oid, tables.oid, 'TRUNCATE')
union select 7, format('table %%s has no forced row security with a policy', relname)
    from tables where of_tenants and relname <> all (%s::text[])
        and not (relrowsecurity and relforcerowsecurity and has_policy)
order by 1, 2
"""

GLOBAL_TABLES = ("tenant_domain",)
"""Tables that name a tenant and are still everybody's: hosts are looked up before a tenant is known."""


class UnusableServer(Exception):
    """The PostgreSQL server cannot be used; the message says why and what to do."""


class Connection(Protocol):
    """Django's connection or psycopg's: whatever gives cursors."""

    def cursor(self) -> Any: ...


class UnsafeRole(Exception):
    """The role of this connection could reach other tenants' rows. `findings` says how, one by one."""

    def __init__(self, findings: Sequence[str]) -> None:
        shown = "; ".join(findings[:5]) + (f"; and {len(findings) - 5} more" if len(findings) > 5 else "")
        super().__init__(
            f"Refusing to serve, because row security would not protect tenants: {shown}. "
            f"HOLDFAST_APP_DATABASE_URL must name the role {APP} as `holdfast up` prepares it."
        )
        self.findings = list(findings)


@dataclass(frozen=True)
class PreparedDatabase:
    """What `prepare_database` left behind. Addresses carry passwords: never print them."""

    name: str
    server_version: int
    """Major version of the server."""
    app_url: str
    owner_url: str
    backup_url: str | None
    """None where the server would not let us make a role that reads past row security."""
    warnings: list[str] = field(default_factory=list)


def app_url(admin_url: str, database: str, app_password: str) -> str:
    """The address under which the processes that serve connect."""
    return with_parts(admin_url, user=APP, password=app_password, dbname=database, options="")


def owner_url(admin_url: str, database: str) -> str:
    """The address for migrations: logs in as the admin and becomes the owner of everything."""
    return with_parts(admin_url, dbname=database, options=f"-c role={OWNER}")


def prepare_database(
    admin_url: str, *, database: str, app_password: str, backup_password: str
) -> PreparedDatabase:
    """Create, or bring up to date, the roles, the database and the default privileges.

    admin_url: a role that may create roles and databases; being superuser is not needed.
    Raises UnusableServer for a server older than 15, a database that is not UTF-8, or missing rights.
    """
    warnings: list[str] = []
    try:
        with psycopg.connect(
            with_parts(admin_url, dbname=_maintenance(admin_url)), autocommit=True
        ) as server:
            version = _refuse_old(server)
            # Machines that start together prepare one after the other.
            server.execute("select pg_advisory_lock(hashtext('holdfast prepare'))")
            _create_owner(server, version)
            _create_login(server, APP, app_password)
            has_backup = _create_backup(server, backup_password, warnings)
            _create_database(server, database)
        with psycopg.connect(with_parts(admin_url, dbname=database)) as inside:
            _grant(inside, database, has_backup)
    except psycopg.errors.InsufficientPrivilege as refusal:
        raise UnusableServer(
            f"PostgreSQL refused to prepare the database: {str(refusal).strip()}. "
            "DATABASE_URL must name a role with CREATEROLE and CREATEDB (ALTER ROLE … CREATEROLE CREATEDB), "
            f"and an existing database must belong to it or to {OWNER}."
        ) from refusal
    return PreparedDatabase(
        name=database,
        server_version=version,
        app_url=app_url(admin_url, database, app_password),
        owner_url=owner_url(admin_url, database),
        backup_url=with_parts(admin_url, user=BACKUP, password=backup_password, dbname=database, options="")
        if has_backup
        else None,
        warnings=warnings,
    )


def _maintenance(admin_url: str) -> str:
    """The database to talk to while the wanted one may not exist: the first that lets us in."""
    refusal: psycopg.OperationalError | None = None
    for name in (None, "postgres", "template1"):
        try:
            address = admin_url if name is None else with_parts(admin_url, dbname=name)
            with psycopg.connect(address) as connection:
                return connection.info.dbname
        except psycopg.OperationalError as problem:
            refusal = refusal or problem
            if "does not exist" not in str(problem):
                break
    raise UnusableServer(
        f"No connection to PostgreSQL: {str(refusal).strip()}. Check the address in DATABASE_URL."
    ) from refusal


def _refuse_old(server: psycopg.Connection) -> int:
    major = server.info.server_version // 10000
    if major < MINIMUM_VERSION:
        raise UnusableServer(
            f"The server is PostgreSQL {major}; holdfast needs {MINIMUM_VERSION} or newer. "
            "Upgrade it, or unset DATABASE_URL to use the embedded server."
        )
    return major


def _create_owner(server: psycopg.Connection, version: int) -> None:
    _create_role(server, OWNER, "nologin nosuperuser nobypassrls nocreatedb nocreaterole")
    if server.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,):
        return
    # From 16 on, being a member does not by itself mean being allowed to become the role.
    kinds, options = (
        (("SET", "USAGE"), " with inherit true, set true") if version >= 16 else (("MEMBER",), "")
    )
    if not all(_one(server, "select pg_has_role(current_user, %s, %s)", OWNER, kind) for kind in kinds):
        server.execute(sql.SQL("grant {} to current_user" + options).format(sql.Identifier(OWNER)))


def _create_login(server: psycopg.Connection, role: str, password: str) -> None:
    _create_role(server, role, "login nosuperuser nobypassrls nocreatedb nocreaterole")
    # Encrypted on this side: the password appears neither in the server's log nor in its statistics.
    verifier = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    server.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier)))
    for name, value in APP_SETTINGS.items() if role == APP else ():
        statement = sql.SQL("alter role {} set {} = {}")
        server.execute(statement.format(sql.Identifier(role), sql.Identifier(name), sql.Literal(value)))


def _create_backup(server: psycopg.Connection, password: str, warnings: list[str]) -> bool:
    try:
        with server.transaction():
            _create_login(server, BACKUP, password)
            if not _one(server, "select rolbypassrls from pg_roles where rolname = %s", BACKUP):
                server.execute(sql.SQL("alter role {} bypassrls").format(sql.Identifier(BACKUP)))
            if not _one(server, "select pg_has_role(%s, 'pg_read_all_data', 'MEMBER')", BACKUP):
                server.execute(sql.SQL("grant pg_read_all_data to {}").format(sql.Identifier(BACKUP)))
    except psycopg.errors.InsufficientPrivilege as refusal:
        warnings.append(
            f"The server does not let this role create {BACKUP} ({str(refusal).strip()}). Holdfast runs "
            "without it; take backups with the tools of whoever manages the server."
        )
        return False
    return True


def _create_role(server: psycopg.Connection, role: str, attributes: LiteralString) -> None:
    if not _one(server, "select exists(select from pg_roles where rolname = %s)", role):
        server.execute(sql.SQL("create role {} " + attributes).format(sql.Identifier(role)))


def _create_database(server: psycopg.Connection, database: str) -> None:
    found = server.execute(
        "select pg_encoding_to_char(encoding), pg_get_userbyid(datdba) from pg_database where datname = %s",
        [database],
    ).fetchone()
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(OWNER)}
    if found is None:
        statement = sql.SQL("create database {database} owner {owner} encoding 'UTF8' template template0")
        server.execute(statement.format(**names))
    elif found[0] != "UTF8":
        raise UnusableServer(
            f"The database {database} is encoded in {found[0]}; names of people need UTF-8. "
            "Create another one with ENCODING 'UTF8' and name it in DATABASE_URL."
        )
    elif found[1] != OWNER:
        server.execute(sql.SQL("alter database {database} owner to {owner}").format(**names))


def _grant(inside: psycopg.Connection, database: str, has_backup: bool) -> None:
    inside.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
    readers = [sql.Identifier(role) for role in ((APP, BACKUP) if has_backup else (APP,))]
    names = {
        "database": sql.Identifier(database),
        "app": sql.Identifier(APP),
        "future": sql.SQL("alter default privileges for role {} in schema public").format(
            sql.Identifier(OWNER)
        ),
        "readers": sql.SQL(", ").join(readers),
    }
    for statement in (
        "revoke all on database {database} from public",
        "grant connect on database {database} to {readers}",
        "revoke all on schema public from public",
        "grant usage on schema public to {readers}",
        # Row security does not apply to TRUNCATE, so it is never given.
        "{future} grant select, insert, update, delete on tables to {app}",
        "{future} grant usage, select on sequences to {app}",
        "{future} grant execute on functions to {app}",
    ):
        inside.execute(sql.SQL(statement).format(**names))


def _one(connection: psycopg.Connection, query: LiteralString, *parameters: str) -> bool:
    row = connection.execute(query, parameters).fetchone()
    return bool(row and row[0])


def refuse_unsafe_role(connection: Connection) -> None:
    """Raise UnsafeRole unless row security binds the current role, and the one it could fall back to.

    Checked in the catalogues, so it costs one query; call it at start-up of every process that serves.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FINDINGS, [list(GLOBAL_TABLES)])
        findings = [sentence for _, sentence in cursor.fetchall()]
    if findings:
        raise UnsafeRole(findings)
