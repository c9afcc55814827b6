"""What a business can set, as a form: hours where minutes are stored, words where there are codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.capabilities.bookings.settings import (
    ARCHIVE_DAYS,
    CHALLENGE_HOURS,
    COMPLETE_HOURS,
    LINK_HOURS,
    NOTICE_MINUTES,
    OFFER_MINUTES,
    OPTION_DAYS,
)
from holdfast.capabilities.catalog.settings import MINIMUM_MINUTES
from holdfast.capabilities.notifications.settings import MOST_REMINDERS
from holdfast.capabilities.tenants.settings import Whole

_USUAL_LEADS = {
    60: _("An hour before"),
    120: _("Two hours before"),
    1440: _("A day before"),
    2880: _("Two days before"),
    10080: _("A week before"),
}
_CURATED_ONLY = "only"


_BOUNDS = {"min_value": _("At least %(limit_value)s."), "max_value": _("At most %(limit_value)s.")}


def _whole(bounds: Whole, label: Any, help_text: Any = "", *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=bounds.least,
        max_value=bounds.most,
        required=required,
        error_messages=_BOUNDS,
    )


def _hours(label: Any, help_text: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=NOTICE_MINUTES.most // 60,
        decimal_places=2,
        required=required,
        error_messages=_BOUNDS,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


class SettingsForm(forms.Form):
    """Everything that owners set on a page; what is not here is set over the API."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    cancellation_notice = _hours(
        _("Customers cancel until so many hours before"),
        _("0 is until the start. Later they are told whom to call."),
    )
    reschedule_notice = _hours(
        _("Customers move until so many hours before"), _("Empty: as for cancelling."), required=False
    )
    complete_after_hours = _whole(
        COMPLETE_HOURS,
        _("Completed by itself after so many hours"),
        _("Counted from the end. Empty: never."),
        required=False,
    )
    archive_after_days = _whole(
        ARCHIVE_DAYS,
        _("Put away after so many days"),
        _("You can still read what is put away. Empty: never."),
        required=False,
    )
    minimum_duration_minutes = _whole(MINIMUM_MINUTES, _("Shortest service, in minutes"))
    customer_link_hours = _whole(
        LINK_HOURS,
        _("A mailed link opens for so many hours"),
        _("The link by which customers find all their bookings."),
    )

    email = forms.EmailField(
        label=_("Answers to your mails go to"), required=False, help_text=_("Empty: customers cannot answer.")
    )
    reminders = forms.TypedMultipleChoiceField(
        label=_("Customers are reminded"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    waitlist_is_open = forms.BooleanField(label=_("Customers may join the waiting list"), required=False)
    waitlist_offer_minutes = _whole(
        OFFER_MINUTES,
        _("An offer is held for so many minutes"),
        _("Then the next one is asked."),
    )

    challenge_hours = _whole(
        CHALLENGE_HOURS,
        _("Business hours to answer a challenge"),
        _("So long whoever holds an option has to confirm or give way."),
    )
    option_days = _whole(OPTION_DAYS, _("An option stands for so many days"))

    exposure = forms.ChoiceField(
        label=_("Free times that customers see"),
        choices=[
            ("all", _("All")),
            ("curated", _("A few, and all when they ask")),
            (_CURATED_ONLY, _("A few, and no others")),
        ],
        help_text=_("A service can have its own rule."),
    )
    parties = forms.BooleanField(label=_("Groups can plan a party on your page"), required=False)
    tagline = forms.CharField(
        label=_("Line below your name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    policy = forms.CharField(
        label=_("About changes and payment"),
        required=False,
        max_length=2000,
        help_text=_("Shown to customers while they book."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    hue = forms.IntegerField(
        label=_("Colour"),
        min_value=0,
        max_value=359,
        error_messages=_BOUNDS,
        help_text=_("A place on the colour wheel: 0 is red, 120 green, 240 blue."),
    )
    chroma = forms.ChoiceField(
        label=_("Strength of the colour"),
        choices=[("quiet", _("Quiet")), ("clear", _("Clear")), ("bold", _("Bold"))],
    )
    digits = forms.ChoiceField(
        label=_("Numbers"),
        choices=[
            ("auto", _("As usual in the language")),
            ("latin", "0 1 2 3"),
            ("arabic", "٠ ١ ٢ ٣"),
        ],
    )
    clock = forms.ChoiceField(
        label=_("Clock"),
        choices=[("auto", _("As usual in the language")), ("12", _("12 hours")), ("24", _("24 hours"))],
    )

    groups = (
        (_("Bookings"), ("cancellation_notice", "reschedule_notice", "complete_after_hours",
                         "archive_after_days", "minimum_duration_minutes", "customer_link_hours")),
        (_("Mail and reminders"), ("email", "reminders")),
        (_("Waiting list"), ("waitlist_is_open", "waitlist_offer_minutes")),
        (_("Options"), ("challenge_hours", "option_days")),
        (_("What customers see"), ("exposure", "parties", "tagline", "policy", "hue", "chroma",
                                   "digits", "clock")),
    )  # fmt: skip

    def __init__(self, data: Any, *, values: Mapping[str, Any], version: int) -> None:
        """`values` are all settings as they count now; `version` is theirs."""
        super().__init__(data, initial={**_as_shown(values), "version": version})
        leads = dict(_USUAL_LEADS)
        for minutes in self.initial["reminders"]:
            leads.setdefault(minutes, _("%(minutes)s minutes before") % {"minutes": minutes})
        self.fields["reminders"].choices = sorted(leads.items())

    def fieldsets(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """The groups with their fields, in order."""
        for title, names in self.groups:
            yield title, [self[name] for name in names]

    def clean_reminders(self) -> list[int]:
        """So many reminders a booking can have."""
        chosen: list[int] = self.cleaned_data["reminders"]
        if len(chosen) > MOST_REMINDERS:
            raise forms.ValidationError(_("Choose five at most."))
        return sorted(chosen)

    def chosen(self) -> dict[str, Any]:
        """Return the settings that a valid form stands for, by name."""
        data = self.cleaned_data
        move = data["reschedule_notice"]
        return {
            **{name: data[name] for name in _AS_THEY_ARE},
            **{name: "never" if data[name] is None else data[name] for name in _OR_NEVER},
            "cancellation_notice_minutes": _minutes(data["cancellation_notice"]),
            "reschedule_notice_minutes": None if move is None else _minutes(move),
            "reminders": {"lead_minutes": data["reminders"]},
            "waitlist": {
                "is_open": data["waitlist_is_open"],
                "offer_minutes": data["waitlist_offer_minutes"],
            },
            "exposure": {
                "policy": "all" if data["exposure"] == "all" else "curated",
                "only_exposed": data["exposure"] == _CURATED_ONLY,
            },
        }


_AS_THEY_ARE = (
    "minimum_duration_minutes",
    "customer_link_hours",
    "email",
    "challenge_hours",
    "option_days",
    "parties",
    "tagline",
    "policy",
    "hue",
    "chroma",
    "digits",
    "clock",
)
_OR_NEVER = ("complete_after_hours", "archive_after_days")
_FIELDS = {
    "cancellation_notice_minutes": "cancellation_notice",
    "reschedule_notice_minutes": "reschedule_notice",
    "waitlist": "waitlist_offer_minutes",
}


def field_of(setting: str) -> str:
    """Return the field of the form at which to say what is wrong with a setting."""
    name = setting.partition(".")[0]
    return _FIELDS.get(name, name)


def _as_shown(values: Mapping[str, Any]) -> dict[str, Any]:
    waitlist, exposure = _parts(values["waitlist"]), _parts(values["exposure"])
    seen = "all" if exposure.get("policy") != "curated" else "curated"
    leads = _parts(values["reminders"]).get("lead_minutes")
    return {
        **{name: values[name] for name in _AS_THEY_ARE},
        **{name: None if values[name] == "never" else values[name] for name in _OR_NEVER},
        "cancellation_notice": _in_hours(values["cancellation_notice_minutes"]),
        "reschedule_notice": _in_hours(values["reschedule_notice_minutes"]),
        "reminders": [each for each in leads if type(each) is int] if isinstance(leads, list) else [],
        "waitlist_is_open": waitlist.get("is_open") is not False,
        "waitlist_offer_minutes": waitlist.get("offer_minutes"),
        "exposure": _CURATED_ONLY if seen == "curated" and exposure.get("only_exposed") is True else seen,
    }


def _parts(value: Any) -> Mapping[str, Any]:
    """What was written by hand may be anything."""
    return value if isinstance(value, Mapping) else {}


def _in_hours(minutes: Any) -> str:
    if type(minutes) not in (int, float):
        return ""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def _minutes(hours: Decimal) -> int:
    return round(hours * 60)
