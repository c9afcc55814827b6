"""Health for whoever runs the process: alive at all, and ready to serve."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse

from holdfast.platform.db.roles import UnsafeRole, refuse_unsafe_role
from holdfast.platform.errors import Unavailable
from holdfast.platform.http.problems import json_problem
from holdfast.platform.timezones import WrongTimeZoneData, use_pinned_zones

_known_good: set[str] = set()


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can answer anything."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when requests can be served: database, role, migrations and zones; else a 503 problem."""
    try:
        _check_database()
        _check_once("migrations", _check_migrations)
        _check_once("zones", use_pinned_zones)
    except (DatabaseError, InterfaceError):
        return json_problem(_not_ready("The database does not answer."))
    except (NotReady, UnsafeRole, WrongTimeZoneData) as reason:
        return json_problem(_not_ready(str(reason)))
    return JsonResponse({"status": "ready"})


class NotReady(RuntimeError):
    """Something is missing before requests can be served; the message says what."""


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    _check_once("role", lambda: refuse_unsafe_role(connection.connection))


def _check_migrations() -> None:
    loader = MigrationLoader(connection)
    missing = sorted(
        f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in loader.applied_migrations
    )
    if missing:
        raise NotReady(f"Migrations are missing: {', '.join(missing[:5])}. Run `holdfast migrate`.")


def _check_once(name: str, check: object) -> None:
    """Run a check whose good outcome lasts as long as the process."""
    if name not in _known_good and callable(check):
        check()
        _known_good.add(name)


def _not_ready(detail: str) -> Unavailable:
    return Unavailable(detail, code="NOT_READY", retry_after=1)
