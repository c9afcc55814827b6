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
from tests.concurrency.threads import together

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


# Each way of the workflow, and each that it has not.
WORKFLOW = [
    ("hold", (), "option"),
    ("hold", ("pencil",), "pencil"),
    ("hold", ("pencil", "confirm"), "confirmed"),
    ("hold", ("confirm",), "confirmed"),
    ("hold", ("release",), "cancelled"),
    ("hold", ("pencil", "release"), "cancelled"),
    ("hold", ("confirm", "release"), "cancelled"),
    ("pencil", ("confirm",), "confirmed"),
    ("pencil", ("release",), "cancelled"),
    ("confirmed", ("release",), "cancelled"),
    ("hold", ("release", "pencil"), "BOOKING_CANCELLED"),
    ("hold", ("release", "confirm"), "BOOKING_CANCELLED"),
    ("confirmed", ("pencil",), "MOVE_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("first", "moves", "after"), WORKFLOW)
def test_the_workflow_way_by_way(
    studio: Business, manager: ApiClient, database: Database, first: str, moves: tuple[str, ...], after: str
) -> None:
    """ "Hold/Pencil/Confirmed status workflow": only pencils and confirmed work take time."""
    path = f"/api/v1/options/{create(studio, manager, status=first).data['id']}"
    answers = [manager.post(f"{path}/{move}") for move in moves]
    last = answers[-1] if answers else manager.get(path)
    assert (last.data["status"] if last.status == 200 else last.error) == after
    stands = manager.get(path).data
    taken = stands["status"] in ("pencil", "confirmed")
    assert database.rows("select count(*) from allocation") == [(int(taken),)]
    trail = manager.get(f"{BOOKINGS}/{stands['id']}/history").data
    assert [each["version"] for each in trail] == list(range(1, stands["version"] + 1))


def test_a_hold_takes_no_time_and_a_pencil_does(studio: Business, manager: ApiClient) -> None:
    """ "Conflict-free scheduling": of everything that can be booked, services of the menu included."""
    wish = {
        "service_id": str(studio.services["book"]),
        "start_time": studio.start(hour=10).isoformat(),
        "customer_name": "Ann",
        "customer_email": "ann@example.com",
    }
    hold = create(studio, manager, status="hold").data
    made = ApiClient(studio.slug).post(BOOKINGS, wish)
    assert made.status == 201
    assert manager.post(f"/api/v1/options/{hold['id']}/pencil").error == "SLOT_FULL"
    assert manager.delete(f"{BOOKINGS}/{made.data['id']}").status == 200
    assert manager.post(f"/api/v1/options/{hold['id']}/pencil").status == 200
    assert ApiClient(studio.slug).post(BOOKINGS, wish).error == "SLOT_FULL"


def test_who_waits_behind_a_hold_moves_up(studio: Business, manager: ApiClient) -> None:
    """Holds queue by rank: the second cannot be pencilled before the first has given way."""
    first, second = (create(studio, manager, status="hold").data for _ in range(2))
    assert [each["option_rank"] for each in (first, second)] == [1, 2]
    path = f"/api/v1/options/{second['id']}"
    assert manager.post(f"{path}/pencil").error == "OPTION_NOT_FIRST"
    assert manager.post(f"/api/v1/options/{first['id']}/release").status == 200
    assert manager.get(path).data["option_rank"] == 1
    assert manager.post(f"{path}/pencil").data["status"] == "pencil"


def test_an_expired_hold_cannot_be_pencilled(
    studio: Business, manager: ApiClient, database: Database
) -> None:
    """ "Automatic hold expiration": in time or not at all, whoever has noticed."""
    hold = create(studio, manager, status="hold").data
    let_time_pass(database, "option_expires_at", "booking", hold["id"], by="id")
    for move in ("pencil", "confirm"):
        late = manager.post(f"/api/v1/options/{hold['id']}/{move}")
        assert (late.status, late.error) == (409, "OPTION_EXPIRED")
    assert manager.get(f"/api/v1/options/{hold['id']}").data["status"] == "expired"
    assert events(database, hold["id"]) == ["option", "expired"]


def test_of_two_managers_who_update_at_once_one_does(
    studio: Business, manager: ApiClient, database: Database
) -> None:
    """ "Optimistic locking for concurrent updates"."""
    hold = create(studio, manager, status="hold").data
    other = staff_client(studio, "owner")

    def send(client: ApiClient, move: str) -> str:
        answer = client.post(f"/api/v1/options/{hold['id']}/{move}", {"version": hold["version"]})
        return "ok" if answer.status == 200 else answer.error

    said = together([lambda: send(manager, "pencil"), lambda: send(other, "confirm")])
    assert sorted(said) == ["VERSION_CONFLICT", "ok"]
    # Who confirms a hold pencils it on the way.
    done = events(database, hold["id"])
    assert done == ["option", "pencil", "confirmed"][: 2 if said[0] == "ok" else 3]


def test_the_bookings_api_of_the_document(studio: Business, manager: ApiClient) -> None:
    """ "Resource-Based URLs": list, create, get, update and delete under `/api/v1/bookings`."""
    made = create(studio, manager, status="pencil").data
    path = f"{BOOKINGS}/{made['id']}"
    day = f"start={studio.start():%Y-%m-%d}&end={studio.start():%Y-%m-%d}"
    listed = manager.get(f"{BOOKINGS}?{day}&status=pencil&artist_id={studio.resource_ids[0]}").data
    assert [each["id"] for each in listed] == [made["id"]]
    assert manager.get(path).data["title"] == "Perfume film, day 1"
    assert manager.patch(path, {"status": "confirmed"}).data["status"] == "confirmed"
    assert manager.delete(path).data["status"] == "cancelled"
    assert manager.get(f"/api/v1/options/{made['id']}").data["status"] == "cancelled"
    assert ApiClient(studio.slug).get(f"{BOOKINGS}?{day}").status == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"artistId": "Ann"}, "artistId"),
        ({"startTime": "soon"}, "startTime"),
        ({"endTime": None}, "ends_at"),
        ({"title": "x" * 256}, "title"),
        ({"status": "maybe"}, "status"),
    ],
)
def test_a_booking_is_validated(
    studio: Business, manager: ApiClient, database: Database, wrong: dict[str, Any], field: str
) -> None:
    """`CreateBookingSchema`: `z.string().uuid()`, `.datetime()`, `.max(255)`."""
    sent = {**wrong}
    refused = create(studio, manager, **sent)
    assert (refused.status, refused.error) == (422, "VALIDATION_ERROR")
    assert refused.field.split(".")[-1] in (field, field.lower())
    assert create(studio, manager, title="x" * 255).status == 201
    assert database.rows("select count(*) from booking") == [(1,)]
