"""What a business can set of its mail."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from holdfast.capabilities.people.contacts import is_email
from holdfast.capabilities.tenants.settings import Part, Settings, Whole

LEAD_MINUTES = Whole(1440, 5, 60 * 24 * 30)
MOST_REMINDERS = 5


def _address(text: str) -> str:
    if text and not is_email(text):
        raise ValueError("this does not look like an e-mail address")
    return text


_Lead = Annotated[int, Field(ge=LEAD_MINUTES.least, le=LEAD_MINUTES.most)]


class Reminders(Part):
    """The parts of `reminders`."""

    lead_minutes: Annotated[list[_Lead], Field(max_length=MOST_REMINDERS)] = Field(
        [LEAD_MINUTES.usual], description="How many minutes before the start; none for an empty list."
    )


class MailSettings(Settings):
    """Where answers go, and when customers are reminded."""

    group: ClassVar[str] = "mail"

    email: Annotated[str, AfterValidator(_address)] = Field(
        "", max_length=254, description="Where answers to your mails go; nowhere without."
    )
    reminders: Reminders = Field(
        Reminders(), description="How many minutes before the start customers are reminded: up to five times."
    )
