"""Retries at the edge: only what the database undid, or what a key makes safe; a few times."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import IntegrityError, OperationalError
from psycopg import errors

from holdfast.platform.http import retries
from holdfast.platform.http.retries import MOST_TRIES, retry_transient
from tests.cluster import Database

pytestmark = pytest.mark.usefixtures("database")


class Move:
    """Fails as often as told, then succeeds."""

    def __init__(self, cause: Exception, failures: int, kind: type[Exception] = OperationalError) -> None:
        self.cause, self.failures, self.kind, self.calls = cause, failures, kind, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.kind("x") from self.cause
        return "done"


@pytest.mark.parametrize(
    "cause", [errors.DeadlockDetected(), errors.SerializationFailure(), errors.LockNotAvailable()]
)
@pytest.mark.parametrize("has_key", [True, False])
def test_what_was_rolled_back_is_tried_again(cause: psycopg.Error, has_key: bool) -> None:
    move = Move(cause, MOST_TRIES - 1)
    assert retry_transient(move, has_key=has_key) == "done"
    assert move.calls == 4


def test_four_times_at_most_and_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(retries.time, "sleep", pauses.append)
    move = Move(errors.DeadlockDetected(), 99)
    with pytest.raises(OperationalError):
        retry_transient(move, has_key=True)
    assert move.calls == 4
    assert len(pauses) == 3
    assert all(0.010 <= pause <= 0.200 for pause in pauses)


def test_a_lost_connection_needs_a_key() -> None:
    for cause in (errors.AdminShutdown(), psycopg.OperationalError("gone")):
        move = Move(cause, 1)
        with pytest.raises(OperationalError):
            retry_transient(move, has_key=False)
        assert move.calls == 1
        assert retry_transient(Move(cause, 1), has_key=True) == "done"


def test_everything_else_is_not_tried_again() -> None:
    for cause, kind in (
        (errors.UniqueViolation(), IntegrityError),
        (errors.QueryCanceled(), OperationalError),
    ):
        move = Move(cause, 1, kind)
        with pytest.raises(kind):
            retry_transient(move, has_key=True)
        assert move.calls == 1


def test_inside_a_transaction_there_is_nothing_to_retry(database: Database) -> None:
    from django.db import transaction

    move = Move(errors.DeadlockDetected(), 1)
    with pytest.raises(OperationalError), transaction.atomic():
        retry_transient(move, has_key=True)
    assert move.calls == 1


def test_a_real_lock_that_is_given_back(database: Database) -> None:
    """A move that waits longer than lock_timeout is tried again and then succeeds."""
    from threading import Thread

    from tests.api_client import ApiClient
    from tests.capabilities.business import make_business

    shop = make_business()
    guest = ApiClient(shop.slug)
    body = {
        "service_id": str(shop.services["book"]),
        "start_time": shop.start().isoformat(),
        "client_name": "Ann",
        "client_email": "a@b.co",
    }
    assert guest.get(f"/api/v1/availability?service_id={shop.services['book']}&month=2031-01").status == 200
    with database.cluster.connect() as holder:
        holder.autocommit = False
        holder.execute("select 1 from resource for update")
        release = Thread(target=lambda: (time.sleep(2.3), holder.rollback()))
        release.start()
        answer = guest.post("/api/v1/bookings", body)
        release.join()
    assert answer.status == 201
