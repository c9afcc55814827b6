"""The ground of a measurement: a PostgreSQL of its own, one business with a hundred chairs, web processes.

Started as `holdfast up` starts them, with the settings that are shipped; only rate limits are off. Nothing of
the machine's own databases is used, and the folder is removed afterwards.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import django
import psutil
import psycopg
from django.apps import apps
from django.db import connection
from psycopg import sql

from holdfast.main.up import command
from holdfast.main.up.children import Child
from holdfast.main.up.database import embedded_server
from holdfast.main.up.services import web
from holdfast.platform.config import load_config
from holdfast.platform.db.roles import PreparedDatabase, prepare_database
from holdfast.platform.embedded.postgres import EmbeddedPostgres

RESOURCES = 100
SLUG = "bench"
HOST = f"{SLUG}.localhost"
TENANT = "01890000-0000-7000-8000-0000000b0000"
LOCATION = "01890000-0000-7000-8000-0000000c0000"
SERVICE = "01890000-0000-7000-8000-0000000d0000"
LONG_SERVICE = "01890000-0000-7000-8000-0000000d0001"
_READY_SECONDS = 40.0

# A salon that never closes: each chair has 96 starts a day, so that no measurement runs out of them.
_BUSINESS = """
insert into tenant (id, slug, name, time_zone, currency)
    values (:tenant, 'bench', 'Bench', 'Europe/Berlin', 'EUR');
insert into location (tenant_id, id, name, time_zone) values (:tenant, :location, 'Here', 'Europe/Berlin');
insert into resource (tenant_id, id, location_id, name, display_order)
    select :tenant, ('01890000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, :location, 'Chair ' || n, n
    from generate_series(0, :last) n;
insert into service (tenant_id, id, name, duration_minutes, price_minor, currency, flow)
    values (:tenant, :service, 'Cut', 15, 4200, 'EUR', 'hold');
insert into opening_rule (tenant_id, id, location_id, rule_kind, days_of_week, start_time, end_time)
    values (:tenant, :tenant, :location, 'WEEKLY', '{1,2,3,4,5,6,7}', '00:00', '00:00');
-- For the month: an hour each, ten hours a day.
insert into service (tenant_id, id, name, duration_minutes, price_minor, currency, flow)
    values (:tenant, :long_service, 'Colour', 60, 9000, 'EUR', 'hold');
insert into opening_rule (tenant_id, id, location_id, service_id, rule_kind, days_of_week, start_time,
        end_time)
    values (:tenant, :long_service, :location, :long_service, 'WEEKLY', '{1,2,3,4,5,6,7}', '09:00', '19:00');
"""


def resource_id(number: int) -> str:
    """The id of a chair."""
    return f"01890000-0000-7000-8000-{number:012}"


@dataclass(frozen=True)
class Ground:
    """A prepared database with its business."""

    folder: Path
    server: EmbeddedPostgres
    prepared: PreparedDatabase
    environment: Mapping[str, str]

    @property
    def log_file(self) -> Path:
        """Where PostgreSQL writes."""
        return self.server.log_file

    def admin(self) -> psycopg.Connection:
        """A superuser's connection."""
        return psycopg.connect(self.server.admin_url(self.prepared.name), autocommit=True)

    @contextmanager
    def web(self, *, workers: int = 1, threads: int = 8, **variables: str) -> Iterator[WebProcesses]:
        """Web processes over the database, ready to answer; ended with the body."""
        port = free_port()
        environment = {
            **self.environment,
            "HOLDFAST_PORT": str(port),
            "HOLDFAST_WEB_WORKERS": str(workers),
            "HOLDFAST_WEB_THREADS": str(threads),
            **variables,
        }
        config = replace(load_config(environment), data_folder=self.folder)
        child = Child(web(config), self.folder / "logs" / "web.log", environment)
        child.start()
        try:
            deadline = time.monotonic() + _READY_SECONDS
            while not child.is_ready():
                if not child.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError("the web process does not start:\n" + "\n".join(child.last_words()))
                time.sleep(0.05)
            yield WebProcesses(port, child.pid or 0)
        except SystemExit:
            print("the web process last said:", *child.last_words(), sep="\n")
            raise
        finally:
            child.stop()

    def postgres_cpu(self) -> float:
        """CPU seconds that PostgreSQL and all of its living processes have used."""
        return _cpu_seconds(self.server.pid or 0)


@dataclass(frozen=True)
class WebProcesses:
    """Web processes that serve on a port of 127.0.0.1."""

    port: int
    pid: int

    def cpu(self) -> float:
        """CPU seconds that they have used together."""
        return _cpu_seconds(self.pid)


@contextmanager
def prepared_ground() -> Iterator[Ground]:
    """Start the server, migrate, insert the business; remove everything at the end."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
    server = embedded_server(folder)
    try:
        server.start()
        ground = _prepare(folder, server)
        with ground.admin() as admin:
            _insert_business(admin)
        _make_key(ground)
        yield ground
    finally:
        if apps.ready:
            leave_database()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def leave_database() -> None:
    """End the connections of Django in this process."""
    connection.close()
    connection.close_pool()


def _prepare(folder: Path, server: EmbeddedPostgres) -> Ground:
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HOLDFAST_", "PG")) and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    own |= {"HOLDFAST_DATA": str(folder), "HOLDFAST_RATE_LIMITS": "off"}
    config, keys = command.read_configuration(own)
    prepared = prepare_database(
        server.admin_url(),
        database="holdfast",
        app_password=keys.app_password,
        backup_password=keys.backup_password,
    )
    environment = command.child_environment(own, config, keys, prepared.app_url)
    command.migrate(prepared, environment, config)
    return Ground(folder, server, prepared, environment)


def _insert_business(admin: psycopg.Connection) -> None:
    values = {
        "tenant": TENANT,
        "location": LOCATION,
        "service": SERVICE,
        "long_service": LONG_SERVICE,
        "last": RESOURCES - 1,
    }
    text = _BUSINESS
    for name, value in values.items():
        text = text.replace(f":{name}", sql.Literal(value).as_string(admin))
    with admin.transaction():
        admin.execute("select set_config('app.tenant', %s, true)", [TENANT])
        admin.execute(text.encode())


def _make_key(ground: Ground) -> None:
    """Give the business its data key, by the code itself: from here on Django runs in this process too."""
    os.environ.update(ground.environment, HOLDFAST_LOG_LEVEL="WARNING")
    django.setup()
    # Only now: these read the settings.
    from holdfast.platform.crypto import create_tenant_key
    from holdfast.platform.tenancy import tenant_context

    with tenant_context(UUID(TENANT), "bench"):
        create_tenant_key(UUID(TENANT))


def _cpu_seconds(pid: int) -> float:
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        # Backends and workers that have ended count in their parent.
        total += used.user + used.system + used.children_user + used.children_system
    return total


def free_port() -> int:
    """A port below the range of outgoing connections that nobody listens on."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) != 0:
                return port
