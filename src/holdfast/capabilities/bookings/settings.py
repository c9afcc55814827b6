"""What a business can set of bookings, the waiting list, options and exposure.

The SQL of the moves reads some of these by itself and keeps to the same bounds and defaults.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from holdfast.capabilities.tenants.settings import Part, Settings, Whole

NOTICE_MINUTES = Whole(0, 0, 525_600)
COMPLETE_HOURS = Whole(24, 0, 8784)
ARCHIVE_DAYS = Whole(183, 30, 36_525)
LINK_HOURS = Whole(24, 1, 168)
OFFER_MINUTES = Whole(120, 5, 7 * 24 * 60)
CHALLENGE_HOURS = Whole(24, 1, 240)
OPTION_DAYS = Whole(14, 1, 365)


def _never(value: Any) -> Any:
    # So it was said before there was a word for it.
    return "never" if value is None else value


_CompleteHours = Annotated[int, Field(ge=COMPLETE_HOURS.least, le=COMPLETE_HOURS.most)]
_ArchiveDays = Annotated[int, Field(ge=ARCHIVE_DAYS.least, le=ARCHIVE_DAYS.most)]


class BookingSettings(Settings):
    """Until when customers change bookings, and what happens to those that are over."""

    group: ClassVar[str] = "bookings"

    cancellation_notice_minutes: int = NOTICE_MINUTES.field(
        "So long before the start customers may cancel what is confirmed; later they are told whom to call."
    )
    reschedule_notice_minutes: int | None = Field(
        None,
        ge=NOTICE_MINUTES.least,
        le=NOTICE_MINUTES.most,
        description="So long before the start customers may move what is confirmed, else as for cancelling.",
    )
    complete_after_hours: Annotated[_CompleteHours | Literal["never"], BeforeValidator(_never)] = Field(
        COMPLETE_HOURS.usual, description="So long after its end a booking is completed by itself, or never."
    )
    archive_after_days: Annotated[_ArchiveDays | Literal["never"], BeforeValidator(_never)] = Field(
        ARCHIVE_DAYS.usual, description="So long after its end a booking is put away, or never."
    )
    customer_link_hours: int = LINK_HOURS.field("So long a mailed link to all bookings of an address opens.")
    parties: bool = Field(
        False, description="Whether your pages plan parties: several people, ready by a time."
    )


class Waitlist(Part):
    """The parts of `waitlist`."""

    is_open: bool = Field(True, description="Whether customers may join by themselves.")
    offer_minutes: int = OFFER_MINUTES.field("So long a time that came free is held for whoever waits.")


class WaitlistSettings(Settings):
    """What a business wants of its waiting list."""

    group: ClassVar[str] = "waitlist"

    waitlist: Waitlist = Field(
        Waitlist(),
        description="Whether customers may join the waiting list, and how many minutes an offer is held.",
    )


class OptionSettings(Settings):
    """The terms of options on a studio's people."""

    group: ClassVar[str] = "options"

    challenge_hours: int = CHALLENGE_HOURS.field(
        "So many business hours the holder of an option has to answer."
    )
    option_days: int = OPTION_DAYS.field("So many days an option stands unless it says otherwise.")


class Exposure(Part):
    """The parts of `exposure`."""

    policy: Literal["all", "curated"] = Field(
        "all", description="Whether guests are shown all free times, or few."
    )
    only_exposed: bool = Field(False, description="With few: whether they may book no others.")


class ExposureSettings(Settings):
    """How many of the free times guests are shown."""

    group: ClassVar[str] = "page"

    exposure: Exposure = Field(
        Exposure(),
        description="Whether guests are shown all free times or few, and whether they may book others.",
    )
