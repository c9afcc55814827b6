"""django-allauth's forms, in our words: labels instead of placeholders, plain sentences."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils.translation import gettext_lazy as _


class _Labelled:
    """Takes placeholders away: they repeat the label and vanish when it is needed."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Labelled, allauth_forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("E-mail")
        login.error_messages["required"] = _("Please enter your e-mail address.")
        login.widget.attrs |= {"autocomplete": "username", "autofocus": True, "spellcheck": "false"}
        password.error_messages["required"] = _("Please enter your password.")
        password.help_text = ""
        self.fields["remember"].label = _("Stay signed in on this device")


class ResetPasswordForm(_Labelled, allauth_forms.ResetPasswordForm):
    """Where to send the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")


class ResetPasswordKeyForm(_Labelled, allauth_forms.ResetPasswordKeyForm):
    """A new password, by the link of a mail."""


class ChangePasswordForm(_Labelled, allauth_forms.ChangePasswordForm):
    """A new password, by somebody who knows the old one."""


class ReauthenticateForm(_Labelled, allauth_forms.ReauthenticateForm):
    """The password once more."""


class SecondStepForm(_Labelled, AuthenticateForm):
    """The code of an authenticator app, or one for recovery."""


class FirstCodeForm(_Labelled, ActivateTOTPForm):
    """The first code of an authenticator app, which shows that it has the secret."""
