"""What a group says of itself: by when, how many of each service, and who is ready last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.capabilities.bookings.party_types import MOST_GUESTS, PartyGuest, PartyWish
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.tenants.types import Location

_MOST_OF_ONE = 12


class HowManyField(forms.IntegerField):
    """A number that may stay empty as long as another is given, so it is not called optional."""

    is_one_of_several = True


class PartyForm(forms.Form):
    """A group's wish; of services that one person gives, each with a field for how many want it."""

    at = forms.ChoiceField(label=_("Where"))
    date = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Please choose a day."), "invalid": _("Please choose a day.")},
    )
    ready_by = forms.TimeField(
        label=_("Everybody ready by"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Please choose a time."), "invalid": _("Please choose a time.")},
    )
    last = forms.ChoiceField(
        label=_("Ready last"), required=False, help_text=_("At a wedding: whoever marries.")
    )

    def __init__(
        self, *args: Any, services: Sequence[Service], places: Sequence[Location], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._services = services
        self._places = places
        place, last = self.fields["at"], self.fields["last"]
        if isinstance(place, forms.ChoiceField) and isinstance(last, forms.ChoiceField):
            place.choices = [(str(each.id), each.name) for each in places]
            last.choices = [
                ("", _("Nobody in particular")),
                *((str(each.id), each.name) for each in services),
            ]
        # What there is no choice about is not asked.
        if len(places) < 2:
            del self.fields["at"]
        for service in services:
            self.fields[_field_of(service)] = HowManyField(
                label=service.name,
                required=False,
                min_value=0,
                max_value=_MOST_OF_ONE,
                initial=0,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.order_fields(["at", "date", "ready_by", *map(_field_of, services), "last"])

    def clean(self) -> dict[str, Any]:
        """Ask for at least one guest."""
        cleaned = super().clean() or self.cleaned_data
        total = sum(cleaned.get(_field_of(service)) or 0 for service in self._services)
        if not 1 <= total <= MOST_GUESTS and self._services:
            self.add_error(_field_of(self._services[0]), _("Please say how many of you there are."))
        return cleaned

    def wish(self) -> PartyWish:
        """Return the wish of a valid form; its times are those of the place."""
        data = self.cleaned_data
        place = next((each for each in self._places if str(each.id) == data.get("at")), self._places[0])
        last = data.get("last")
        guests: list[PartyGuest] = []
        for service in self._services:
            for number in range(data.get(_field_of(service)) or 0):
                guests.append(PartyGuest((service.id,), is_last=number == 0 and last == str(service.id)))
        guests.sort(key=lambda guest: not guest.is_last)
        return PartyWish(
            tuple(guests),
            datetime.combine(data["date"], data["ready_by"]),
            location_id=place.id,
        )

    def zone(self) -> ZoneInfo:
        """Return the zone of the place that is meant."""
        chosen = self.data.get("at") if self.is_bound else None
        place = next((each for each in self._places if str(each.id) == chosen), self._places[0])
        return ZoneInfo(place.time_zone)

    def chosen(self) -> list[tuple[str, str]]:
        """Return what was sent, for the form that books it."""
        return [(name, str(self.data.get(name, ""))) for name in self.fields]


def _field_of(service: Service) -> str:
    return f"n{service.id.hex}"
