"""Addresses of signing in and out. The views are django-allauth's; only what staff need is open.

There is no way to sign up: accounts are made by a business for its people. allauth looks up some of
these names itself, so the ones that are closed exist and say that there is nothing.
"""

from __future__ import annotations

from allauth.account import views
from django.urls import include, path, re_path

from holdfast.web.account.closed import nothing_here

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("two-factor/", include("allauth.mfa.urls")),
    path("signup/", nothing_here, name="account_signup"),
    path("email/", nothing_here, name="account_email"),
    path("email/sent/", nothing_here, name="account_email_verification_sent"),
    path("password/set/", nothing_here, name="account_set_password"),
]
