"""The database of the tests: a PostgreSQL of their own, in a temporary folder, one for each test process.

Nothing of the machine is used: not its PostgreSQL, not its Redis, not the developer's data folder. Tests act
as the app role against rows that are really committed, so that row security, constraints and races are the
real ones; the rows are taken away before the next test. A test asks for it with the fixture `database` (not
with pytest-django's `django_db`, whose rollback would hide all that). The server starts with the first test
that asks.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from holdfast.platform.db.roles import APP, PreparedDatabase, app_url, prepare_database
from holdfast.platform.embedded.postgres import EmbeddedPostgres

DATABASE = "holdfast"
PASSWORD = "tests"


def _own_environment(folder: Path) -> dict[str, str]:
    """What the processes under test are told: only addresses inside `folder`."""
    host = str(folder / "run")
    return {
        "DJANGO_SETTINGS_MODULE": "holdfast.main.settings",
        "PYTHONTZPATH": "",
        "HOLDFAST_ENV": "development",
        "HOLDFAST_DATA": str(folder),
        "HOLDFAST_APP_DATABASE_URL": app_url(f"host='{host}' port=5432", DATABASE, PASSWORD),
        "HOLDFAST_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
        "HOLDFAST_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
        "HOLDFAST_RATE_LIMITS": "off",
    }


def _forget_services_of_the_machine() -> None:
    kept = {"HOLDFAST_REQUIRE_BROWSER", "HOLDFAST_REQUIRE_REDIS"}
    for name in list(os.environ):
        of_database = name.startswith("PG") or name in {"DATABASE_URL", "REDIS_URL", "PROCRASTINATE_APP"}
        if of_database or (name.startswith("HOLDFAST_") and name not in kept):
            del os.environ[name]


class Cluster:
    """The test process's own server, with the schema migrated into database `holdfast`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = _own_environment(folder)
        self.server = EmbeddedPostgres(folder / "postgres", log_file=folder / "logs" / "postgres.log")
        self._prepared: PreparedDatabase | None = None
        self.emptied: list[str] = []
        """The tables that hold nothing but what tests write."""
        self._cleaning = ""

    @property
    def prepared(self) -> PreparedDatabase:
        """The roles' addresses; starts and migrates the server when that has not happened yet."""
        if self._prepared is None:
            self.server.start()
            self._prepared = prepare_database(
                self.server.admin_url(), database=DATABASE, app_password=PASSWORD, backup_password=PASSWORD
            )
            assert self._prepared.app_url == self.environment["HOLDFAST_APP_DATABASE_URL"]
            _migrate(self._prepared.owner_url)
            self._cleaning = self._write_cleaning()
        return self._prepared

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A superuser's connection: sees every tenant's rows, for checking what is really stored."""
        return psycopg.connect(self.server.admin_url(self.prepared.name), autocommit=True, **options)

    def clean(self) -> None:
        """Delete every row that the migrations did not bring."""
        with self.connect() as admin:
            admin.execute(self._cleaning.encode())

    def kill(self) -> None:
        """SIGKILL the postmaster, as a power cut would."""
        assert self.server.pid is not None
        os.kill(self.server.pid, 9)
        while self.server.is_running():
            os.sched_yield()

    def restart(self) -> None:
        """Start again after `kill`, recovering what was acknowledged."""
        self.server.start()
        _forget_connections()

    def stop(self) -> None:
        """End the server and remove the folder."""
        if self._prepared is not None:
            _forget_connections()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_cleaning(self) -> str:
        """Everything in one message: a round trip for each table would cost more than the deleting."""
        with self.connect() as admin:
            tables = admin.execute("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
            for (name,) in tables.fetchall():
                if admin.execute(f"select exists(select from {name})".encode()).fetchone() == (False,):
                    self.emptied.append(name)
        end_others = (
            "select pg_terminate_backend(pid) from pg_stat_activity"
            f" where usename = '{APP}' and state like 'idle in transaction%'"
        )
        return "; ".join(
            (
                end_others,
                # Switches off foreign keys and the triggers that keep the event log append-only.
                "set session_replication_role = replica",
                "set lock_timeout = '10s'",
                "begin",
                *(f"delete from {name}" for name in self.emptied),
                "commit",
            )
        )


def _migrate(owner_url: str) -> None:
    """Run Django's migrations in this process, as the owner instead of the app role."""
    from django.core.management import call_command
    from django.db import connection
    from psycopg.conninfo import conninfo_to_dict

    owner = conninfo_to_dict(owner_url)
    kept = dict(connection.settings_dict)
    _forget_connections()
    connection.settings_dict.update(
        USER=owner["user"], PASSWORD="", OPTIONS={"options": owner["options"], "server_side_binding": True}
    )
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def _forget_connections() -> None:
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()


class Database:
    """What a test holds while it uses the database."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.app_url = cluster.prepared.app_url
        self.owner_url = cluster.prepared.owner_url

    def rows(
        self, query: str, parameters: Mapping[str, Any] | list[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """What a superuser sees, whatever tenant it belongs to."""
        with self.cluster.connect() as admin:
            return admin.execute(query.encode(), parameters).fetchall()

    def connect_as_app(self) -> psycopg.Connection[Any]:
        """A connection of its own for the app role, outside Django: for races and for what SQL may do."""
        return psycopg.connect(self.app_url, autocommit=True)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config, django_db_blocker: Any) -> Cluster:
    """The test process's server, started and migrated. For tests of crashes; others want `database`."""
    found = pytestconfig.stash[_CLUSTER]
    with django_db_blocker.unblock():
        assert found.prepared
    return found


@pytest.fixture
def database(cluster: Cluster, django_db_blocker: Any) -> Iterator[Database]:
    """An empty, migrated database, used as the app role; everything committed in it is gone afterwards."""
    from django.db import connections

    from holdfast.capabilities.tenants.queries import forget_tenants

    with django_db_blocker.unblock():
        cluster.clean()
        forget_tenants()
        yield Database(cluster)
        connections.close_all()


_CLUSTER = pytest.StashKey[Cluster]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before anything loads the settings, then let Django know its apps."""
    from django.conf import settings

    if settings.configured:
        raise pytest.UsageError("The settings are loaded already: unset DJANGO_SETTINGS_MODULE to run tests")
    _forget_services_of_the_machine()
    if not hasattr(config, "workerinput") and config.getoption("dist", "no") != "no":
        # This process only hands out tests, to others that inherit its environment and set up their own.
        return
    folder = Path(tempfile.mkdtemp(prefix="holdfast-tests-"))
    if len(str(folder)) > 80:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="holdfast-tests-", dir="/tmp"))  # Sockets have short names.
    cluster = config.stash[_CLUSTER] = Cluster(folder)
    os.environ.update(cluster.environment)
    import django

    django.setup()
    # Only of this process: those of a `Stack` hash as they do in life.
    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    with contextlib.suppress(KeyError):
        config.stash[_CLUSTER].stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse the mark whose rolled-back transaction would hide commits, policies and races."""
    for item in items:
        if item.get_closest_marker("django_db"):
            raise pytest.UsageError(f"{item.nodeid}: ask for the fixture `database` instead of django_db")


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports of 127.0.0.1 that nobody listens on.

    Below the range that the kernel takes for outgoing connections, which load tests open by the thousand.
    """
    while True:
        first = secrets.randbelow(11_000) + 20_000
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) != 0
