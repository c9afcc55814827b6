"""Signing in and out, as a browser without JavaScript does it, and what strangers learn by trying."""

from __future__ import annotations

import base64
import hmac
import re
import subprocess
import sys
import time
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from holdfast.capabilities.people.models import Account
from tests.capabilities.business import Business, make_business
from tests.capabilities.staff import PASSWORD, employ, host_of, make_account, signed_in
from tests.cluster import Database

LOGIN = "/account/login/"
WRONG = "This e-mail address and password do not belong together."


@pytest.fixture
def salon(database: Database) -> Business:
    cache.clear()
    return make_business("salon")


class Browser:
    """One host's pages, forms sent with the hidden fields that they carry."""

    def __init__(self, business: Business) -> None:
        self.headers = host_of(business)
        self.client = Client(enforce_csrf_checks=True)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def send(self, path: str, page: str = "", **fields: str) -> Any:
        """Send the form of `page`, or of the one that is at the path now."""
        page = page or self.get(path).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        return self.client.post(path, {"csrfmiddlewaretoken": token[1], **fields}, headers=self.headers)

    def sign_in(self, email: str, password: str = PASSWORD, path: str = LOGIN, **more: str) -> Any:
        return self.send(path, login=email, password=password, **more)


def test_staff_sign_in_land_on_today_and_sign_out(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    browser = Browser(salon)
    asked = browser.get("/console/")
    assert asked["Location"] == "/account/login/?next=/console/"
    answer = browser.sign_in("ada@example.com", next="/console/")
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    page = browser.get("/console/")
    assert page.status_code == 200
    assert "Ada Adler" in page.content.decode()
    assert browser.get("/account/logout/").status_code == 200
    assert browser.get("/console/").status_code == 200, "signing out by GET"
    assert browser.send("/account/logout/").status_code == 302
    assert browser.get("/console/").status_code == 302


def test_the_page_needs_no_script_and_labels_its_fields(salon: Business) -> None:
    page = Browser(salon).get(LOGIN).content.decode()
    assert "The salon" in page
    assert '<label for="id_login">E-mail' in page
    assert '<label for="id_password">Password' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "placeholder" not in page
    assert "data-needs-passkeys hidden" in page, "a passkey button that nothing would answer"


def test_a_form_without_its_csrf_token_signs_nobody_in(salon: Business, database: Database) -> None:
    employ(salon, "owner", account_id=make_account())
    client = Client(enforce_csrf_checks=True)
    answer = client.post(LOGIN, {"login": "ada@example.com", "password": PASSWORD}, headers=host_of(salon))
    assert answer.status_code == 403
    assert database.rows("select count(*) from django_session") == [(0,)]


def test_wrong_password_and_unknown_address_get_the_same_words_and_the_same_work(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    answers: dict[str, str] = {}
    for email in ("ada@example.com", "nobody@example.com"):
        with (
            patch.object(
                Argon2PasswordHasher, "encode", autospec=True, side_effect=Argon2PasswordHasher.encode
            ) as encode,
            patch.object(
                Argon2PasswordHasher, "verify", autospec=True, side_effect=Argon2PasswordHasher.verify
            ) as verify,
        ):
            answer = Browser(salon).sign_in(email, "not the password")
        assert answer.status_code == 200
        assert encode.call_count + verify.call_count == 1, email
        page = answer.content.decode()
        assert WRONG in page
        page = re.sub(r'value="\w+"', "", page.replace(email, "").replace(f'value="{email}"', ""))
        answers[email] = re.sub(r"<input[^>]*>", "", page)
    assert len(set(answers.values())) == 1


def test_an_account_that_is_switched_off_cannot_sign_in(salon: Business) -> None:
    account_id = employ(salon, "owner", account_id=make_account())
    client = signed_in(account_id)
    assert client.get("/console/", headers=host_of(salon)).status_code == 200
    Account.objects.update(is_active=False)
    assert client.get("/console/", headers=host_of(salon)).status_code == 302
    browser = Browser(salon)
    browser.sign_in("ada@example.com")
    assert browser.get("/console/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(salon: Business, target: str) -> None:
    employ(salon, "owner", account_id=make_account())
    answer = Browser(salon).sign_in("ada@example.com", next=target)
    assert (answer.status_code, answer["Location"]) == (302, "/console/")


def test_a_stranger_finds_no_way_to_sign_up(salon: Business, database: Database) -> None:
    browser = Browser(salon)
    assert "sign up" not in browser.get(LOGIN).content.decode().lower()
    fields = {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD}
    for path in ("/account/signup/", "/account/email/", "/account/password/set/"):
        assert browser.get(path).status_code == 404
        assert Client().post(path, fields, headers=host_of(salon)).status_code == 404
    answer = Client().post(
        "/_allauth/app/v1/auth/signup",
        {"email": "eve@example.com", "password": PASSWORD},
        content_type="application/json",
        headers=host_of(salon),
    )
    assert answer.status_code == 403
    assert database.rows("select count(*) from account") == [(0,)]


def test_a_session_of_one_business_is_a_strangers_in_another(salon: Business) -> None:
    client = signed_in(employ(salon, "owner"))
    other = make_business("other")
    assert client.get("/console/", headers=host_of(salon)).status_code == 200
    page = client.get("/console/", headers=host_of(other))
    assert page.status_code == 403
    assert "You do not work here." in page.content.decode()
    assert "salon" not in page.content.decode().replace("owner@salon.example.com", "")


def test_the_link_for_a_new_password_is_sent_and_nothing_is_told(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    pages = []
    for email in ("ada@example.com", "nobody@example.com"):
        answer = Browser(salon).send("/account/password/reset/", email=email)
        assert (answer.status_code, answer["Location"]) == (302, "/account/password/reset/done/")
        pages.append(answer.content)
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [["ada@example.com"], ["nobody@example.com"]]
    assert "http" not in str(mail.outbox[1].body)
    link = re.search(r"http://salon\.localhost(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    browser = Browser(salon)
    form = browser.get(link[1])
    assert form.status_code == 302, "the key must leave the address"
    changed = browser.send(form["Location"], password1="an even better one", password2="an even better one")
    assert changed.status_code == 302
    assert Browser(salon).get(link[1]).status_code == 200, "a link that was used"
    assert Browser(salon).sign_in("ada@example.com", "an even better one").status_code == 302


@pytest.mark.parametrize("password", ["short", "123456789012", "password1234", "ada@example.co"])
def test_a_password_that_is_easily_guessed_is_refused(salon: Business, password: str) -> None:
    browser = Browser(salon)
    employ(salon, "owner", account_id=make_account())
    browser.sign_in("ada@example.com")
    answer = browser.send(
        "/account/password/change/", oldpassword=PASSWORD, password1=password, password2=password
    )
    assert answer.status_code == 200
    assert "problem" in answer.content.decode()
    assert Browser(salon).sign_in("ada@example.com").status_code == 302


def test_guessing_is_slowed_down_for_the_account_that_is_guessed(salon: Business, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    employ(salon, "owner", account_id=make_account())
    for _ in range(5):
        assert WRONG in Browser(salon).sign_in("ada@example.com", "a guess").content.decode()
    sixth = Browser(salon).sign_in("ada@example.com").content.decode()
    assert "Too many attempts." in sixth
    assert Browser(salon).sign_in("eve@example.com", "a guess").status_code in (200, 429)


def test_a_forwarded_address_that_a_client_wrote_does_not_escape_the_limit(
    salon: Business, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    statuses = []
    for number in range(5):
        headers = {**host_of(salon), "x-forwarded-for": f"203.0.113.{number}"}
        statuses.append(Client().post(LOGIN, {"login": "a@b.co"}, headers=headers).status_code)
    assert statuses == [200, 200, 200, 429, 429]
    refused = Browser(salon).client.post(LOGIN, {"login": "a@b.co"}, headers=host_of(salon))
    assert refused.status_code == 403, "the CSRF check comes first"
    page = Client().post(LOGIN, {"login": "a@b.co"}, headers=host_of(salon)).content.decode()
    assert "That was a little fast." in page
    assert "The salon" in page


def test_cookies_of_a_session_are_for_this_host_and_no_script(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    answer = Browser(salon).sign_in("ada@example.com")
    session = answer.cookies["session"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert session["domain"] == ""
    assert session["path"] == "/"


def test_signing_in_changes_the_session(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    browser = Browser(salon)
    planted = browser.client.session
    planted["planted"] = True
    planted.save()
    before = browser.client.cookies["session"].value
    browser.sign_in("ada@example.com")
    assert browser.client.cookies["session"].value != before


def test_production_marks_its_cookies() -> None:
    """In a process of its own: settings are read once."""
    environment = {
        "PATH": "",
        "HOLDFAST_ENV": "production",
        "HOLDFAST_SECRET_KEY": "s" * 40,
        "HOLDFAST_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
    }
    program = (
        "from holdfast.main import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,"
        " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.ACCOUNT_RATE_LIMITS, s.MFA_RATE_LIMITS,"
        " s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["__Host-session", "__Host-csrf", "True", "True", "{}", "{}", "False"]


def code_now(secret: str) -> str:
    """The six digits that an authenticator app shows (RFC 6238 with its defaults)."""
    counter = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def test_an_authenticator_app_becomes_the_second_factor(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    browser = Browser(salon)
    browser.sign_in("ada@example.com")
    assert browser.get("/account/two-factor/").status_code == 200
    activate = "/account/two-factor/totp/activate/"
    asked_again = browser.get(activate)
    assert asked_again["Location"].startswith("/account/reauthenticate/")
    assert browser.send(asked_again["Location"], password=PASSWORD).status_code == 302
    page = browser.get(activate).content.decode()
    secret = re.search(r'id="authenticator_secret" value="([A-Z2-7]+)"', page)
    assert secret, page
    assert "data:image/svg+xml" in page
    assert browser.send(activate, page, code="000000").status_code == 200
    assert browser.send(activate, page, code=code_now(secret[1])).status_code == 302

    again = Browser(salon)
    step = again.sign_in("ada@example.com")
    assert step["Location"].startswith("/account/two-factor/authenticate/")
    assert again.get("/console/").status_code == 302, "let in with half of what is needed"
    assert again.get(step["Location"]).status_code == 200


def test_a_passkey_is_added_after_the_password_once_more(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account())
    browser = Browser(salon)
    browser.sign_in("ada@example.com")
    add = "/account/two-factor/webauthn/add/"
    browser.send(browser.get(add)["Location"], password=PASSWORD)
    page = browser.get(add)
    assert page.status_code == 200
    for script in re.findall(r'<script src="([^"]+)"', page.content.decode()):
        assert browser.get(script).status_code == 200, script
