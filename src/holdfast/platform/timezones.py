"""Time zone data: the pinned `tzdata` package and nothing else, checked when a process starts.

The system's own data may be years older (Vancouver, Casablanca and others changed their rules), so
the search path is emptied before anything asks for a zone. See TRUST §4.5.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module

# A booking made under data older than this would be wrong in Vancouver by an hour.
OLDEST_TZDB = "2026f"


class WrongTimeZoneData(RuntimeError):
    """The time zone data in use is not the pinned one; the message says what to do."""


def use_pinned_zones() -> None:
    """Read zones from the `tzdata` package only, and prove it with a rule that changed in 2026.

    Raises `WrongTimeZoneData` when the package is too old or another source answers.
    """
    zoneinfo.reset_tzpath(to=[])
    version = tzdb_version()
    if version < OLDEST_TZDB:
        raise WrongTimeZoneData(
            f"The tzdata package holds {version}; at least {OLDEST_TZDB} is needed."
            " Reinstall the locked packages."
        )
    winter = datetime(2026, 12, 15, 17, tzinfo=UTC).astimezone(zoneinfo.ZoneInfo("America/Vancouver"))
    if (winter.hour, winter.minute) != (10, 0):
        raise WrongTimeZoneData(
            "Time zones are not read from the pinned tzdata package: Vancouver's rule of 2026 is missing."
        )


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every IANA name the pinned data knows."""
    return frozenset(zoneinfo.available_timezones())


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone by IANA name; raises `KeyError` for a name the pinned data does not know."""
    if name not in zone_names():
        raise KeyError(name)
    return zoneinfo.ZoneInfo(name)


@lru_cache(maxsize=1)
def tzdb_version() -> str:
    """Return the IANA release in use, stored beside what a person agreed to."""
    return str(import_module("tzdata").IANA_VERSION)
