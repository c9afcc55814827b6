"""Malformed and hostile requests (TRUST G17, T7, T13): a 4xx problem with code and field, nothing written.

Every value of every operation is replaced, one at a time, by everything its kind should not be. Each test
sends all of one operation; a failure lists every answer that was not as it should be.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api_client import Answer, ApiClient, new_key
from tests.cluster import Database
from tests.contract import menu
from tests.contract.operations import OPERATIONS, STAFF_ONLY, UNKNOWN_ID, World, requests, values
from tests.contract.party_requests import BAD_GUESTS
from tests.contract.problems import wrong
from tests.contract.rows import fingerprint

NUL = "a\x00b"
# What no text field may hold, and what a NUL or half a character does to any field.
_BAD_TEXT = [NUL, "\ud800", 7, [], {}, True]
_BAD_ID = [UNKNOWN_ID, "1", "", "x" * 5000, NUL, "../..", "'; drop table booking; --", 7, [], {}, True]
_BAD_TIME = [
    "",
    "now",
    "2031-01-01T25:00:00Z",
    "2031-02-30T10:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "2031-01-01T10:00:00+99:00",
    "2031-01-01T10:00:60Z",
    "10000-01-01T10:00:00Z",
    "-2031-01-01T10:00:00Z",
    "２０３１-01-01T10:00:00Z",
    "2031-W01-1T10:00:00Z",
    "1e999",
    NUL,
    "9" * 5000,
    1_900_000_000,
    1e308,
    [],
    {},
]
# A start that is well-formed but cannot be had.
_BAD_START = [
    "2020-01-01T10:00:00Z",
    "2031-01-01T10:00:00Z",
    "2199-01-01T10:00:00Z",
    "1970-01-01T00:00:00Z",
    "2027-03-28T02:30:00",
    "2027-10-31T02:30:00",
]
BAD: dict[str, list[Any]] = {
    "id": _BAD_ID,
    "filter": [each for each in _BAD_ID if each != UNKNOWN_ID],
    "line": ["x" * 201, "x" * 250_000, *_BAD_TEXT],
    "text": ["x" * 4001, *_BAD_TEXT],
    "word": ["x" * 5000, "nonsense", NUL, "", 7, [], {}],
    "flag": ["maybe", "true", 2, [], {}],
    "number": [-(10**9), 10**30, 2**63, 1.5, "7", "x", NUL, 1e308, [], {}, True],
    "amount": [-1, "-0.01", "1.005", "NaN", "Infinity", "1e5", 1e308, "x" * 30, NUL, "１２", True, [], {}],
    "time": _BAD_TIME,
    "start": [*_BAD_TIME, *_BAD_START, "2031-01-01"],
    "date": [*_BAD_TIME, "2031-13-01", "2031-02-29", "20310101", "1893456000"],
    "month": [
        "",
        "2031",
        "2031-13",
        "2031-00",
        "0001-01",
        "9999-12",
        "2031-1",
        "２０３１-01",
        NUL,
        "x" * 5000,
    ],
    "rule": [
        "",
        "x" * 501,
        "FREQ=HOURLY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=DAILY;COUNT=2;UNTIL=20320101",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=MO\nEXDATE:20320101",
        "FREQ=DAILY;COUNT=" + "9" * 400,
        "FREQ=YEARLY;UNTIL=19700101",
        *_BAD_TEXT,
    ],
    "dates": [
        "2032-01-01",
        ["2032-13-01"],
        [7],
        [None],
        [["2032-01-01"]],
        ["2032-01-01"] * 501,
        [NUL],
        {"0": "2032-01-01"},
        7,
        True,
    ],
    "decisions": [
        "keep",
        {},
        7,
        True,
        [7],
        [{}],
        [{"booking_id": UNKNOWN_ID, "action": "forget"}],
        [{"booking_id": "1", "action": "keep"}],
        [{"booking_id": UNKNOWN_ID, "action": "move"}],
        [{"booking_id": UNKNOWN_ID, "action": "keep", "starts_at": "2032-01-01T10:00:00Z"}],
        [{"booking_id": UNKNOWN_ID, "action": "keep", "tenant_id": UNKNOWN_ID}],
        [{"booking_id": UNKNOWN_ID, "action": "keep"}] * 2,
        [{"booking_id": UNKNOWN_ID, "action": "keep"}] * 501,
    ],
    "ids": [
        [UNKNOWN_ID],
        [UNKNOWN_ID] * 1000,
        ["1"],
        ["x" * 5000],
        [7],
        [None],
        [[]],
        [NUL],
        UNKNOWN_ID,
        {"0": UNKNOWN_ID},
        7,
        True,
    ],
    "people": [
        {"lead": UNKNOWN_ID},
        {"lead": "1"},
        {"lead": NUL},
        {"lead": None},
        {"lead": []},
        {"x" * 201: UNKNOWN_ID},
        {NUL: UNKNOWN_ID},
        {str(number): UNKNOWN_ID for number in range(1000)},
        [UNKNOWN_ID],
        UNKNOWN_ID,
        7,
        True,
    ],
    **menu.BAD,
    "guests": BAD_GUESTS,
    "zone": ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", NUL, "x" * 5000, "utc\n"],
}


def test_every_operation_is_tried(world: World) -> None:
    assert sorted(requests(world)) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_unspoilt_request_works(world: World, owner: ApiClient, name: str) -> None:
    request = requests(world)[name]
    client = ApiClient(world.shop.slug) if request.token or name == "create_booking" else owner
    answer = request.send(client)
    assert answer.status in (200, 201, 202), answer.body


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_value_is_checked(world: World, owner: ApiClient, database: Database, name: str) -> None:
    request = requests(world)[name]
    # Where a permission is needed, a guest is turned away before its input is looked at.
    clients = [owner] if name in STAFF_ONLY else [owner, ApiClient(world.shop.slug)]
    before = fingerprint(database)
    bad: list[str] = []
    for place, field, kind in values(request):
        for value in BAD[kind]:
            if place == "query" and not isinstance(value, str):
                continue
            if place == "query" and value == "\ud800":
                continue
            if place == "query" and kind == "number" and value == "7":
                continue
            for client in clients:
                # A day that is fine by itself may end before it starts: then the other one is named.
                fields = (field, "end", "to") if kind in ("time", "date") else (field,)
                said = wrong(request.spoilt(place, field, value).send(client), fields=fields)
                if said:
                    bad.append(f"{field}={str(value)[:40]!a}: {said}")
    assert bad == []
    assert fingerprint(database) == before


_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("half", b'{"name": '),
    ("list", b"[]"),
    ("text", b'"x"'),
    ("number", b"7"),
    ("null", b"null"),
    ("constant", b'{"price": NaN}'),
    ("infinite", b'{"price": Infinity}'),
    ("deep list", b"[" * 100_000),
    ("deep object", b'{"a":' * 50_000),
    ("many digits", b'{"duration_min": ' + b"9" * 5000 + b"}"),
    ("half a character", b'{"name": "\xff\xfe"}'),
    ("utf-16", '{"name": "x"}'.encode("utf-16")),
    ("byte order mark", b"\xef\xbb\xbf{}"),
    ("raw NUL", b'{"name": "a\x00b"}'),
    ("a NUL as name", b'{"a\\u0000": 1}'),
    ("half a pair as name", b'{"\\ud800": 1}'),
    ("long name", b'{"' + b"x" * 100_000 + b'": 1}'),
    ("many fields", json.dumps({f"f{n}": n for n in range(5000)}).encode()),
    ("unknown field", b'{"role": "owner", "tenant_id": "x", "is_staff": true}'),
]
MUTATIONS = [
    "create_service",
    "change_service",
    "create_booking",
    "confirm_booking",
    "change_booking",
    "cancel_booking",
    "create_availability",
    "change_availability",
    "create_blackout",
    "change_blackout",
]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_body_is_checked(world: World, owner: ApiClient, database: Database, name: str) -> None:
    request = requests(world)[name]
    before = fingerprint(database)
    bad = []
    optional = name in ("confirm_booking", "cancel_booking")
    for title, body in _BODIES:
        if optional and title in ("nothing", "null"):
            continue
        headers = {"Idempotency_Key": new_key(), "X_Booking_Token": request.token or "x"}
        answer = owner.send(request.method, request.path, body, Content_Type="application/json", **headers)
        said = wrong(answer)
        if said:
            bad.append(f"{title}: {said}")
    assert bad == []
    assert fingerprint(database) == before


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_body_is_json_and_not_too_large(
    world: World, owner: ApiClient, database: Database, name: str
) -> None:
    request = requests(world)[name]
    before = fingerprint(database)
    content = json.dumps(request.body).encode()

    def send(body: bytes, kind: str) -> Answer:
        return owner.send(
            request.method,
            request.path,
            body,
            Content_Type=kind,
            Idempotency_Key=new_key(),
            X_Booking_Token="x",
        )

    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "x",
    ):
        refused = send(content, kind)
        assert wrong(refused, fields=("Content-Type",), codes=("UNSUPPORTED_MEDIA_TYPE",)) == "", kind
        assert refused.status == 415
    huge = send(b'{"name": "' + b"x" * 1_000_000 + b'"}', "application/json")
    assert (huge.status, huge.error) == (413, "PAYLOAD_TOO_LARGE")
    assert fingerprint(database) == before


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_column_can_be_slipped_in(world: World, owner: ApiClient, database: Database, name: str) -> None:
    """T13: every column name of the database, added to the body, is refused by name."""
    request = requests(world)[name]
    before = fingerprint(database)
    columns = database.rows(
        "select distinct column_name from information_schema.columns where table_schema = 'public'"
    )
    taken = {
        *(request.body or {}),
        *("starts_at", "ends_at", "duration_minutes", "price_minor", "resource_id", "required_skills"),
        *(
            "buffer_after_minutes",
            "location_id",
            "version",
            "notes",
            "reason",
            "status",
            "token",
            "service_id",
        ),
    }
    bad = []
    for (column,) in columns:
        if column in taken:
            continue
        answer = request.spoilt("body", column, "1").send(owner, X_Booking_Token=request.token or "x")
        said = wrong(answer, fields=(column,), codes=("VALIDATION_ERROR",))
        if said:
            bad.append(f"{column}: {said}")
    assert bad == []
    assert fingerprint(database) == before


@pytest.mark.parametrize(
    "value", ["1", "x", "%00", "..", "%2e%2e", "x" * 3000, "%F0%9F%98%80", UNKNOWN_ID + "0"]
)
def test_ids_in_a_path(world: World, owner: ApiClient, value: str) -> None:
    for method, path, tail in (
        ("PATCH", "services", ""),
        ("GET", "bookings", ""),
        ("PATCH", "bookings", ""),
        ("DELETE", "bookings", ""),
        ("POST", "bookings", "/confirm"),
        ("GET", "blackouts", ""),
        ("PATCH", "blackouts", ""),
        ("DELETE", "blackouts", ""),
    ):
        for client in (owner, ApiClient(world.shop.slug)):
            answer = client.send(method, f"/api/v1/{path}/{value}{tail}", None if method == "GET" else {})
            assert wrong(answer) == "", (method, path)


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [
        ("If_Match", "x", "If-Match"),
        ("If_Match", '"1", "2"', "If-Match"),
        ("If_Match", "9" * 30, "If-Match"),
        ("X_Booking_Token", "x" * 10_000, ""),
        ("X_Booking_Token", "\xff\xfe", ""),
        ("Cookie", "holdfast_bookings=" + "." * 5000, ""),
        ("Cookie", "holdfast_bookings=\xff.\xfe", ""),
        ("Authorization", "Bearer " + "x" * 5000, ""),
        ("Authorization", "Bearer \xff", ""),
        ("Authorization", "Bearer a.b.c", ""),
        ("X_Request_Id", "x" * 10_000, ""),
    ],
)
def test_headers(
    world: World, owner: ApiClient, database: Database, header: str, value: str, field: str
) -> None:
    by_id = requests(world)["cancel_booking"].path
    before = fingerprint(database)
    for client in (owner, ApiClient(world.shop.slug)):
        if client is owner and header in ("X_Booking_Token", "Cookie", "X_Request_Id"):
            continue
        answer = client.delete(by_id, **{header: value})
        if client is owner or field == "":
            assert wrong(answer, fields=(field,) if field else ()) == ""
    assert fingerprint(database) == before


def test_an_unguarded_nul_would_be_seen(
    world: World, owner: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: PostgreSQL stores no NUL; without our check nobody knows which field held it."""
    monkeypatch.setattr("holdfast.platform.http.bodies._find_nul", lambda value, place: None)
    answer = requests(world)["create_service"].spoilt("body", "name", NUL).send(owner)
    assert wrong(answer, fields=("name",)).startswith("field ''")


def test_a_defect_would_be_seen(world: World, owner: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an operation that raises is a 5xx problem without a stack, and found."""
    monkeypatch.setattr("holdfast.capabilities.catalog.api.list_services", lambda **_: 1 / 0)
    answer = owner.get("/api/v1/services")
    assert (answer.status, answer.error) == (500, "INTERNAL_ERROR")
    assert "ZeroDivision" not in answer.body.decode()
    assert wrong(answer).startswith("status 500")
