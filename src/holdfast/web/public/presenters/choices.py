"""Who and where: one link for each, "Anyone" first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from holdfast.web.design.templatetags.design import initials
from holdfast.web.public.wish import Wish


@dataclass(frozen=True, slots=True)
class Choice:
    """One person or place; `initials` are empty for "Anyone" and places."""

    name: str
    initials: str
    url: str
    is_chosen: bool


def present_people(wish: Wish, day: date | None) -> list[Choice]:
    """Those who can give the service there; nothing when there is nobody to choose between.

    The day stays chosen, so changing the person never loses it.
    """
    if len(wish.people) < 2:
        return []
    kept = {"date": day.isoformat()} if day else {}
    anyone = Choice(_("Anyone"), "", wish.by(None).when_url(**kept), wish.resource is None)
    return [anyone] + [
        Choice(
            name=person.name,
            initials=initials(person.name),
            url=wish.by(person).when_url(**kept),
            is_chosen=wish.resource is not None and wish.resource.id == person.id,
        )
        for person in wish.people
    ]


def present_places(wish: Wish) -> list[Choice]:
    """The places where the service is given; nothing when there is one."""
    if len(wish.places) < 2:
        return []
    return [
        Choice(place.name, "", wish.at_place(place).when_url(), place.id == wish.location.id)
        for place in wish.places
    ]
