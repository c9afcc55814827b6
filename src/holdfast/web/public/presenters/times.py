"""How instants stand in addresses and on pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.scheduling.zones import offset_label, resolve_local, to_local
from holdfast.web.design.formats import Reader, city, clock_time, full_day, short_day

_COMPACT = "%Y%m%dT%H%MZ"


def start_code(at: datetime) -> str:
    """Write an instant as it stands in addresses and forms: `20261120T2130Z`, always UTC."""
    return at.astimezone(UTC).strftime(_COMPACT)


def read_start_code(code: str) -> datetime | None:
    """Read what `start_code` wrote; None for anything else."""
    try:
        at = datetime.strptime(code, _COMPACT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if start_code(at) == code else None


def read_date(text: str | None) -> date | None:
    """Read `2026-11-20`; None for anything else and for years that no calendar of ours shows."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def time_of_day(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """The clock on the wall at an instant, without the offset."""
    return clock_time(to_local(at, zone), reader)


def offset_note(at: datetime, zone: ZoneInfo) -> str:
    """The offset, where the wall clock alone would not say which instant is meant; else nothing."""
    return offset_label(at, zone) if len(resolve_local(to_local(at, zone), zone)) > 1 else ""


def labelled_time(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """The clock on the wall, with the offset where the hour comes twice that day."""
    note = offset_note(at, zone)
    return f"{time_of_day(at, zone, reader)} ({note})" if note else time_of_day(at, zone, reader)


def day_and_time(at: datetime, zone: ZoneInfo, reader: Reader, *, is_short: bool = False) -> str:
    """ "Friday, November 20, 4:30 PM", or the short day."""
    day = (short_day if is_short else full_day)(to_local(at, zone).date(), reader)
    return _("%(day)s, %(time)s") % {"day": day, "time": labelled_time(at, zone, reader)}


def time_range(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """ "16:30 – 17:30" on the wall's clock."""
    return f"{labelled_time(starts_at, zone, reader)} – {labelled_time(ends_at, zone, reader)}"


def relative_day(day: date, today: date, reader: Reader) -> str:
    """ "today", "tomorrow", else the short day."""
    if day == today:
        return _("today")
    if (day - today).days == 1:
        return _("tomorrow")
    return short_day(day, reader)


def zone_sentence(zone: ZoneInfo, now: datetime, reader: Reader) -> str:
    """ "Times in Dubai (GMT+4). It is 15:07 there now."""
    return _("Times in %(city)s (%(offset)s). It is %(time)s there now.") % {
        "city": city(zone.key, reader),
        "offset": offset_label(now, zone),
        "time": time_of_day(now, zone, reader),
    }
