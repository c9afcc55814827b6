"""S3, the studio's architecture: its hold, pencil and confirmed bookings of artists, over HTTP.

Its `hold` takes no time and is an option here, because it is not in its own exclusion constraint either.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.bookings.studio import events, let_time_pass
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
def studio(database: Database) -> Business:
    return make_business("north", zone="Europe/Paris")


@pytest.fixture
def manager(studio: Business) -> ApiClient:
    """S3's `studio_manager`."""
    return staff_client(studio, "studio_manager")


def create(studio: Business, client: ApiClient, **more: Any) -> Answer:
    """S3's CreateBookingSchema."""
    body = {
        "artistId": str(studio.resource_ids[0]),
        "startTime": studio.start(hour=9).isoformat(),
        "endTime": studio.start(hour=17).isoformat(),
        "title": "Perfume film, day 1",
        "notes": "call at eight",
    }
    return client.post(BOOKINGS, body | more)


def test_a_hold_becomes_a_pencil_and_is_confirmed(
    studio: Business, manager: ApiClient, database: Database
) -> None:
    hold = create(studio, manager, status="hold")
    assert (hold.status, hold.data["status"], hold.data["option_rank"]) == (201, "option", 1)
    path = f"/api/v1/options/{hold.data['id']}"
    assert database.rows("select count(*) from allocation") == [(0,)]
    assert manager.post(f"{path}/pencil").data["status"] == "pencil"
    assert database.rows("select count(*) from allocation") == [(1,)]
    assert manager.post(f"{path}/confirm").data["status"] == "confirmed"
    assert events(database, hold.data["id"]) == ["option", "pencil", "confirmed"]


@pytest.mark.parametrize("first", ["pencil", "confirmed"])
@pytest.mark.parametrize("second", ["pencil", "confirmed"])
def test_pencils_and_confirmed_work_exclude_each_other(
    studio: Business, manager: ApiClient, database: Database, first: str, second: str
) -> None:
    """`EXCLUDE … WHERE (status IN ('confirmed', 'pencil'))`, half-open."""
    assert create(studio, manager, status=first).status == 201
    assert create(studio, manager, status=second).error == "SLOT_FULL"
    evening = {
        "startTime": studio.start(hour=17).isoformat(),
        "endTime": studio.start(hour=19).isoformat(),
    }
    assert create(studio, manager, status=second, **evening).status == 201
    assert database.rows("select count(*) from allocation") == [(2,)]


def test_holds_expire_by_themselves(studio: Business, manager: ApiClient, database: Database) -> None:
    """No trigger fires by time: whoever looks at the queue finds it ended, the sweeper only tidies."""
    one, two = (create(studio, manager).data["id"] for _ in range(2))
    let_time_pass(database, "option_expires_at", "booking", one, by="id")
    assert manager.get(f"/api/v1/options/{two}").data["option_rank"] == 1
    assert manager.get(f"/api/v1/options/{one}").data["status"] == "expired"


def test_updates_are_locked_by_version(studio: Business, manager: ApiClient) -> None:
    hold = create(studio, manager).data
    path = f"/api/v1/options/{hold['id']}"
    assert manager.post(f"{path}/pencil", {"version": hold["version"]}).status == 200
    late = manager.post(f"{path}/confirm", {"version": hold["version"]})
    assert (late.status, late.error) == (409, "VERSION_CONFLICT")
    assert late.json["current_version"] == hold["version"] + 1


def test_a_freelancer_looks_at_its_own_calendar_only(studio: Business, manager: ApiClient) -> None:
    hold = create(studio, manager).data
    own = staff_client(studio, "freelancer", resource_id=studio.resource_ids[0])
    assert own.get(f"/api/v1/options/{hold['id']}").data["title"] == "Perfume film, day 1"
    assert create(studio, own).status == 403
