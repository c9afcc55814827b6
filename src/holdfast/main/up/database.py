"""The database behind the commands: the operator's server, or the embedded one, running or not."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import holdfast
from holdfast.main.up.keys import Keys
from holdfast.main.up.terminal import Stop
from holdfast.platform.db.roles import PreparedDatabase, UnusableServer, prepare_database
from holdfast.platform.embedded.errors import EmbeddedError
from holdfast.platform.embedded.postgres import EmbeddedPostgres

DEFAULT_NAME = "holdfast"
_SCHEMA_MARK = "holdfast schema "


def embedded_server(data_folder: Path) -> EmbeddedPostgres:
    """The server that lives in `data_folder`, not started."""
    return EmbeddedPostgres(data_folder / "postgres", log_file=data_folder / "logs" / "postgres.log")


def start(server: EmbeddedPostgres) -> None:
    """Start the embedded server, or stop with its own explanation."""
    try:
        server.start()
    except EmbeddedError as failure:
        raise Stop(failure.happened, failure.remedy) from failure


def prepare(admin_url: str, keys: Keys) -> PreparedDatabase:
    """Roles, database and privileges on the server at `admin_url`, or stop with the reason why not."""
    given = str(conninfo_to_dict(admin_url).get("dbname") or "")
    name = DEFAULT_NAME if given in ("", "postgres", "template1") else given
    try:
        return prepare_database(
            admin_url, database=name, app_password=keys.app_password, backup_password=keys.backup_password
        )
    except UnusableServer as refusal:
        raise Stop(str(refusal)) from refusal


@contextmanager
def reachable_database(
    data_folder: Path, environ: Mapping[str, str], keys: Keys
) -> Iterator[PreparedDatabase]:
    """For one command: the operator's server, that of a running `holdfast up`, or one just for now."""
    if environ.get("DATABASE_URL"):
        yield prepare(environ["DATABASE_URL"], keys)
        return
    server = embedded_server(data_folder)
    if server.is_run_elsewhere():
        yield prepare(server.find_running(), keys)
        return
    start(server)
    try:
        yield prepare(server.admin_url(), keys)
    finally:
        server.stop()


@contextmanager
def one_at_a_time(prepared: PreparedDatabase) -> Iterator[None]:
    """Only one of several machines that start together migrates; the others wait and find it done."""
    with psycopg.connect(prepared.owner_url, autocommit=True) as lock:
        lock.execute("select pg_advisory_lock(hashtext('holdfast migrate'))")
        yield


def is_schema_current(prepared: PreparedDatabase) -> bool:
    """Whether the database was migrated by exactly this code: then Django need not be asked."""
    with psycopg.connect(prepared.owner_url) as owner:
        found = owner.execute("select obj_description('public'::regnamespace, 'pg_namespace')").fetchone()
    return found == (_schema_mark(),)


def remember_schema(prepared: PreparedDatabase) -> None:
    """Write down, in the database itself, which code migrated it."""
    with psycopg.connect(prepared.owner_url) as owner:
        owner.execute(sql.SQL("comment on schema public is {}").format(sql.Literal(_schema_mark())))


def has_tenants(prepared: PreparedDatabase) -> bool:
    """Whether anybody's business is in the database already."""
    with psycopg.connect(prepared.owner_url) as owner:
        return owner.execute("select exists(select from tenant)").fetchone() == (True,)


def _schema_mark() -> str:
    digest = hashlib.sha256()
    source = Path(holdfast.__file__).parent
    for path in sorted([*source.rglob("migrations/*.py"), *source.rglob("sql/*.sql")]):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes())
    for distribution in ("django", "django-allauth", "procrastinate"):
        digest.update(f"{distribution} {importlib.metadata.version(distribution)}".encode())
    return _SCHEMA_MARK + digest.hexdigest()[:20]
