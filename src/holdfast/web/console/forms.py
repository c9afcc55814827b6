"""What staff type."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.web.console.presenters.entry import MARK_NAMES


class MoveForm(forms.Form):
    """The hidden part of every move: the version of the booking that was on the screen."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class UndoForm(MoveForm):
    """Which state to go back to: the one before the last move, or that of a version."""

    to_version = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )


class UndoDayForm(forms.Form):
    """Since when, on which day, and whose moves are to be taken back."""

    day = forms.DateField(
        label=_("Appointments of"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    since = forms.DateTimeField(
        label=_("Everything done since"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    whose = forms.ChoiceField(
        label=_("By whom"),
        choices=[("all", _("By everybody, customers too")), ("mine", _("Only by me"))],
    )


class MarkForm(MoveForm):
    """What became of the booking."""

    move = forms.ChoiceField(choices=[(move.value, name) for move, name in MARK_NAMES.items()])


SCOPES = {
    "this": _("This one only"),
    "following": _("This one and all after it"),
    "all": _("All that are still to come"),
}
"""How much of a series is cancelled."""


class CancelForm(MoveForm):
    """Why, if somebody wants to say it; of a series, how much of it."""

    scope = forms.ChoiceField(
        label=_("What of the series?"),
        required=False,
        initial="this",
        choices=list(SCOPES.items()),
        widget=forms.Select,
    )

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("Kept with the booking, for your colleagues."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
