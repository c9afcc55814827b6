"""What customers type: contact data and notes, with words of help instead of codes."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from holdfast.capabilities.people.contacts import MAX_NAME, is_email, is_phone, tidy_contact
from holdfast.capabilities.people.types import Contact

_LONGEST_NOTES = 1000


class OneOfSeveralField(forms.CharField):
    """A field that may stay empty as long as its sibling does not, so it is not called optional."""

    is_one_of_several = True


class EmailForm(forms.Form):
    """Whose bookings are asked for."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"required": _("Please enter your e-mail address.")},
    )

    def clean_email(self) -> str:
        """Check the shape only; a mail that arrives proves the rest."""
        return _checked_email(str(self.cleaned_data["email"]).strip())


class DetailsForm(forms.Form):
    """Who the booking is for. One way to reach the person is needed; either will do."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Please enter your name.")},
    )
    email = OneOfSeveralField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("For the confirmation and the link to change or cancel."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    phone = OneOfSeveralField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("Instead of the e-mail address, or as well."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    notes = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=_LONGEST_NOTES,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_email(self) -> str:
        """Check the shape only; a sent mail proves the rest."""
        return _checked_email(str(self.cleaned_data["email"]).strip())

    def clean_phone(self) -> str:
        """Accept a number as people write it, in any script's digits."""
        phone = str(self.cleaned_data["phone"]).strip()
        if phone and not is_phone("".join(_ascii_digit(character) for character in phone)):
            raise forms.ValidationError(
                _("This does not look like a phone number. It should read like +1 212 555 0100.")
            )
        return phone

    def clean(self) -> dict[str, Any]:
        """Ask for one way to reach the person."""
        cleaned = super().clean() or self.cleaned_data
        typed_something = any(self.data.get(self.add_prefix(name), "").strip() for name in ("email", "phone"))
        if not typed_something:
            self.add_error("email", _("Please enter an e-mail address or a phone number."))
        return cleaned

    def contact(self) -> Contact:
        """The tidied contact of a valid form."""
        data = self.cleaned_data
        return tidy_contact(data["name"], data["email"], data["phone"])


def _checked_email(email: str) -> str:
    if email and not is_email(email):
        raise forms.ValidationError(
            _("This does not look like an e-mail address. It should read like name@example.com.")
        )
    return email


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character
