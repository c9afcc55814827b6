"""What somebody types who wants to wait for a time."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.capabilities.bookings.commands.waitlist import MOST_DAYS
from holdfast.scheduling.waitlist import Window
from holdfast.web.public.forms import DetailsForm

ANYONE = "anyone"
_NOON, _FIVE = time(12), time(17)
_PARTS: dict[str, tuple[time | None, time | None]] = {
    "any": (None, None),
    "morning": (None, _NOON),
    "afternoon": (_NOON, _FIVE),
    "evening": (_FIVE, None),
}
_PART_NAMES = (
    ("any", _("Any time of day")),
    ("morning", _("Morning")),
    ("afternoon", _("Afternoon")),
    ("evening", _("Evening")),
)


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WaitlistForm(DetailsForm):
    """When, with whom, how many, and whom to tell. An offer comes by e-mail, so that is needed here."""

    from_date = forms.DateField(label=_("First day"), widget=_day_input())
    to_date = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty to wait for the first day only."),
        widget=_day_input(),
    )
    part = forms.ChoiceField(label=_("Time of day"), choices=_PART_NAMES, initial="any")
    person = forms.ChoiceField(label=_("With"), initial=ANYONE)
    party_size = forms.IntegerField(label=_("How many people"), min_value=1, max_value=1000, initial=1)
    field_order = ("from_date", "to_date", "part", "person", "party_size", "name", "email", "phone", "notes")

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], most_seats: int, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self.fields["email"] = forms.CharField(
            label=_("E-mail"),
            max_length=254,
            help_text=_("We write to this address when a time comes free."),
            widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
            error_messages={"required": _("Please enter an e-mail address: that is how we tell you.")},
        )
        self.fields["phone"] = forms.CharField(
            label=_("Phone"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        )
        person = self.fields["person"]
        if isinstance(person, forms.ChoiceField):
            person.choices = people
        # What there is no choice about is not asked.
        if len(people) < 3:
            del self.fields["person"]
        if most_seats < 2:
            del self.fields["party_size"]
        for name in ("from_date", "to_date"):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Check that the days follow each other and are not over."""
        cleaned = forms.Form.clean(self) or self.cleaned_data
        first = cleaned.get("from_date")
        last = cleaned.get("to_date") or first
        if first is None or last is None:
            return cleaned
        if last < self._today:
            self.add_error("from_date", _("This day has passed."))
        elif last < first:
            self.add_error("to_date", _("The last day must not be before the first."))
        elif last - first >= timedelta(days=MOST_DAYS):
            self.add_error("to_date", _("These are too many days; please choose fewer."))
        return cleaned

    def window(self) -> Window:
        """The days and hours of a valid form."""
        data = self.cleaned_data
        from_time, to_time = _PARTS[data["part"]]
        return Window(data["from_date"], data["to_date"] or data["from_date"], from_time, to_time)

    def resource_id(self) -> UUID | None:
        """Who was named; None for anyone."""
        person = self.cleaned_data.get("person", ANYONE)
        return None if person == ANYONE else UUID(person)

    def party(self) -> int:
        """How many people come."""
        return int(self.cleaned_data.get("party_size") or 1)
