"""How often a booking is to come round again, as staff choose it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.scheduling.series import MOST_OCCURRENCES

_MOST_WEEKS = 52


class RepeatForm(forms.Form):
    """Every so many weeks, so often or until a date."""

    interval = forms.IntegerField(
        label=_("Every how many weeks"), min_value=1, max_value=_MOST_WEEKS, initial=1
    )
    ends = forms.ChoiceField(
        label=_("It ends"),
        choices=[("count", _("after a number of times")), ("until", _("on a date"))],
        initial="count",
    )
    count = forms.IntegerField(
        label=_("Times, this one included"),
        required=False,
        min_value=2,
        max_value=MOST_OCCURRENCES,
        initial=6,
    )
    until = forms.DateField(
        label=_("The last possible date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    # One of the two is needed: neither is optional by itself.
    count.is_one_of_several = until.is_one_of_several = True

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen end needs."""
        sent = super().clean() or {}
        needed = sent.get("ends", "count")
        if needed not in self.errors and not sent.get(needed):
            self.add_error(needed, _("This is missing."))
        return sent

    @property
    def rrule(self) -> str:
        """The rule of a form that is valid."""
        sent = self.cleaned_data
        rule = f"FREQ=WEEKLY;INTERVAL={sent['interval']}"
        if sent["ends"] == "count":
            return f"{rule};COUNT={sent['count']}"
        until: date = sent["until"]
        return f"{rule};UNTIL={until:%Y%m%d}"
