"""How dates stand in addresses."""

from __future__ import annotations

from datetime import date


class DateConverter:
    """A date as 2026-11-20, in the years that calendars of ours show."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Read the date; what is none, like 31 February, is no address either."""
        day = date.fromisoformat(value)
        if not 2000 <= day.year <= 2200:
            raise ValueError("not a year of ours")
        return day

    def to_url(self, value: date) -> str:
        return value.isoformat()
