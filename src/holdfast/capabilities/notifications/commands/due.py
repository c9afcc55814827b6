"""What falls due with time: reminders, and news of what expired by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from holdfast.capabilities.notifications.settings import LEAD_MINUTES, MOST_REMINDERS
from holdfast.capabilities.notifications.types import Due
from holdfast.platform.db.rows import fetch_tuples

USUAL_LEAD_MINUTES = (LEAD_MINUTES.usual,)


def take_due(*, settings: Mapping[str, Any], now: datetime) -> list[Due]:
    """Take, once, what has fallen due in the context's tenant since the last look; `settings` are its own.

    The caller enqueues it in the same transaction: what was taken is told, and what was not is taken again.
    """
    rows = fetch_tuples(
        "select told_booking, told_kind, told_version, told_lead"
        " from notification_take_due(%s::integer[], %s::timestamptz)",
        (list(lead_minutes_of(settings)), now),
    )
    return [Due(*row) for row in rows]


def lead_minutes_of(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Return how many minutes before the start a business reminds: `reminders.lead_minutes` of its settings.

    A day before, unless it says otherwise; none for an empty list. At most five, from 5 minutes to 30 days;
    what is not such a number is left out.
    """
    reminders = settings.get("reminders")
    wanted = reminders.get("lead_minutes") if isinstance(reminders, Mapping) else None
    if not isinstance(wanted, (list, tuple)):
        return USUAL_LEAD_MINUTES
    sound = {each for each in wanted if type(each) is int and LEAD_MINUTES.least <= each <= LEAD_MINUTES.most}
    return tuple(sorted(sound))[:MOST_REMINDERS]
