"""What a business can set of its menu."""

from __future__ import annotations

from typing import ClassVar

from holdfast.capabilities.tenants.settings import Settings, Whole

MINIMUM_MINUTES = Whole(15, 1, 10_080)


class MenuSettings(Settings):
    """What its services may be."""

    group: ClassVar[str] = "bookings"

    minimum_duration_minutes: int = MINIMUM_MINUTES.field("So many minutes a service takes at least.")
