"""Zones come from the pinned package (TRUST §7: the values in brackets there are what older data say)."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

import pytest

from holdfast.platform import timezones
from holdfast.platform.timezones import WrongTimeZoneData, tzdb_version, use_pinned_zones, zone, zone_names


@pytest.mark.parametrize(
    ("name", "local", "instant"),
    [
        ("America/Vancouver", "2026-12-15 10:00", "17:00"),
        ("America/Edmonton", "2026-12-15 10:00", "16:00"),
        ("America/Winnipeg", "2026-12-15 10:00", "15:00"),
        ("Africa/Casablanca", "2026-12-15 10:00", "10:00"),
        ("Africa/Casablanca", "2027-02-20 10:00", "10:00"),
        ("America/Havana", "2026-12-15 10:00", "14:00"),
        ("America/Asuncion", "2026-12-15 10:00", "13:00"),
        ("Asia/Almaty", "2026-12-15 10:00", "05:00"),
        ("Asia/Kathmandu", "2026-12-15 10:00", "04:15"),
        ("Asia/Dubai", "2026-12-15 10:00", "06:00"),
        ("Europe/Dublin", "2027-01-15 10:00", "10:00"),
    ],
)
def test_the_rules_are_todays(name: str, local: str, instant: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=zone(name)).astimezone(UTC)
    assert f"{at:%H:%M}" == instant


def test_only_the_package_answers() -> None:
    use_pinned_zones()
    assert zoneinfo.TZPATH == ()
    assert tzdb_version() >= "2026f"
    assert {"Europe/Berlin", "Asia/Dubai", "America/New_York"} <= zone_names()


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "europe/berlin", "../../etc/passwd", "Europe/Berlin\x00"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        zone(name)


def test_older_data_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezones, "tzdb_version", lambda: "2025b")
    with pytest.raises(WrongTimeZoneData, match="2025b"):
        use_pinned_zones()


def test_another_source_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Vancouver still changed its clocks: Los Angeles does."""
    monkeypatch.setattr(zoneinfo, "ZoneInfo", lambda name: _REAL("America/Los_Angeles"))
    with pytest.raises(WrongTimeZoneData, match="Vancouver"):
        use_pinned_zones()


_REAL = zoneinfo.ZoneInfo
