"""Bodies of services and opening hours that work, and what their kinds of values should not be."""

from __future__ import annotations

from typing import Any

_UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"
_NUL = "a\x00b"
_NO_LIST: list[Any] = ["x", {}, 7, True, [7], [None], [[]], [{}], [_NUL]]

STEPS = [
    {"role": "stylist", "offset_minutes": 0, "duration_minutes": 10, "kind": "active"},
    {"role": "stylist", "offset_minutes": 10, "duration_minutes": 10, "kind": "processing"},
    {"role": "stylist", "offset_minutes": 20, "duration_minutes": 10, "kind": "active"},
]
# Of a service of 30 minutes.
SERVICE: dict[str, Any] = {
    "capacity": 1,
    "most_per_day": 4,
    "most_per_week": 10,
    "roles": [{"name": "stylist", "kind": "person", "required_skills": ["cut"]}],
    "segments": STEPS,
    "requires_stylist": True,
    "is_add_on": False,
    "add_ons": [],
    "exposure": "curated",
    "publishes_slots": False,
}
SERVICE_KINDS = {
    "capacity": "number",
    "most_per_day": "number",
    "most_per_week": "number",
    "roles": "roles",
    "segments": "steps",
    "requires_stylist": "flag",
    "is_add_on": "flag",
    "add_ons": "add_ons",
    "exposure": "word",
    "publishes_slots": "flag",
}
# Friday is the fifth day of both ways to count.
HOURS: dict[str, Any] = {
    "rule_kind": "WEEKLY",
    "days_of_week": [5],
    "day_of_week": 5,
    "start_time": "21:00",
    "end_time": "22:30:00",
    "valid_from": "2031-01-01",
    "valid_to": "2031-12-31",
    "is_closed": False,
    "is_available": True,
    "slot_capacity": 3,
    "slot_granularity_minutes": 10,
}
HOURS_KINDS = {
    "rule_kind": "word",
    "days_of_week": "days",
    "day_of_week": "number",
    "start_time": "clock",
    "end_time": "clock",
    "valid_from": "day",
    "valid_to": "day",
    "is_closed": "flag",
    "is_available": "flag",
    "slot_capacity": "number",
    "slot_granularity_minutes": "number",
    "location_id": "id",
    "stylist_id": "id",
    "service_id": "id",
}
BAD: dict[str, list[Any]] = {
    "clock": [
        "",
        "9:00",
        "25:00",
        "24:01",
        "09:60",
        "09:00Z",
        "09:00:00.5",
        "09:00 ",
        "０９:00",
        "x" * 5000,
        _NUL,
        9,
        9.5,
        True,
        [],
        {},
    ],
    "day": [
        "",
        "2031-13-01",
        "2031-02-30",
        "0001-01-01",
        "9999-12-31",
        "2031-01-01T00:00:00Z",
        7,
        True,
        [],
        {},
    ],
    "days": [*_NO_LIST[:4], [0], [8], [1.5], ["1"], [True], [1] * 8],
    "moves": [
        [],
        7,
        True,
        "2031-01-01",
        {"x": "2031-01-01T10:00:00Z"},
        {"2031-01-01": "x"},
        {"2031-01-01": 7},
        {"2031-01-01": _NUL},
        {"2031-01-01": "2031-01-01T10:00:00Z"},
    ],
    "roles": [
        *_NO_LIST,
        [{"name": ""}],
        [{"name": _NUL}],
        [{"name": "x" * 61}],
        [{"name": "stylist", "kind": "robot"}],
        [{"name": "stylist", "required_skills": "cut"}],
        [{"name": "stylist", "tenant_id": _UNKNOWN_ID}],
        [{"name": "stylist"}] * 2,
        [{"name": "stylist"}, {"name": "idle"}],
        [{"name": "stylist"}] * 21,
    ],
    "steps": [
        *_NO_LIST,
        [{"duration_minutes": 0}],
        [{"duration_minutes": 29}],
        [{"duration_minutes": 10**9}],
        [{"duration_minutes": 30, "offset_minutes": -1}],
        [{"duration_minutes": 30, "role": "nobody"}],
        [{"duration_minutes": 30, "kind": "idle"}],
        [{"duration_minutes": 30, "kind": "processing"}],
        [{"duration_minutes": 30, "tenant_id": _UNKNOWN_ID}],
        [{"duration_minutes": 30}] * 2,
        [{"duration_minutes": 30}] * 51,
    ],
    "add_ons": [
        *_NO_LIST,
        [{"service_id": "1"}],
        [{"service_id": _UNKNOWN_ID}],
        [{"service_id": _UNKNOWN_ID, "at_minutes": -1}],
        [{"service_id": _UNKNOWN_ID, "tenant_id": _UNKNOWN_ID}],
        [{"service_id": _UNKNOWN_ID}] * 51,
    ],
}
