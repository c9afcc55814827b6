"""Who looks: the same visitor gets the same name, another gets another, and no name gives anybody away."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from holdfast.platform.http.visitors import COOKIE, remember_visitor, visitor_of
from tests.capabilities.business import Business, make_business
from tests.cluster import Database


@pytest.fixture
def shop(database: Database) -> Business:
    return make_business()


def _request(cookie: str = "", **meta: Any) -> HttpRequest:
    request = RequestFactory().get("/", **meta)
    if cookie:
        request.META["HTTP_COOKIE"] = f"{COOKIE}={cookie}"
        request.COOKIES[COOKIE] = cookie
    return request


def _cookie(shop: Business, request: HttpRequest) -> SimpleCookie:
    response = HttpResponse()
    remember_visitor(request, response, shop.tenant_id, visitor_of(request, shop.tenant_id))
    return response.cookies


def test_an_address_and_a_browser_are_one_visitor(shop: Business) -> None:
    """Another window, or a cookie thrown away, is nobody new: asking again shows nothing more."""
    first = visitor_of(_request(), shop.tenant_id)
    assert visitor_of(_request(), shop.tenant_id) == first
    for other in (
        _request(REMOTE_ADDR="10.1.1.1"),
        _request(HTTP_USER_AGENT="another"),
        _request(HTTP_X_SESSION_ID="one"),
    ):
        assert visitor_of(other, shop.tenant_id) != first
    # A forwarded address is not believed without a proxy of ours, and a /64 is one household.
    assert visitor_of(_request(HTTP_X_FORWARDED_FOR="10.9.9.9"), shop.tenant_id) == first
    household = visitor_of(_request(REMOTE_ADDR="2001:db8::1"), shop.tenant_id)
    assert visitor_of(_request(REMOTE_ADDR="2001:db8::2"), shop.tenant_id) == household


def test_a_session_of_the_client_is_believed_wherever_it_is(shop: Business) -> None:
    first = visitor_of(_request(HTTP_X_SESSION_ID="one"), shop.tenant_id)
    assert visitor_of(_request(HTTP_X_SESSION_ID="one", REMOTE_ADDR="10.1.1.1"), shop.tenant_id) == first
    assert visitor_of(_request(HTTP_X_SESSION_ID="two"), shop.tenant_id) != first


def test_a_cookie_keeps_who_it_was(shop: Business) -> None:
    cookies = _cookie(shop, _request())
    first = visitor_of(_request(), shop.tenant_id)
    kept = cookies[COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/")
    elsewhere = _request(kept.value, REMOTE_ADDR="10.1.1.1", HTTP_X_SESSION_ID="one")
    assert visitor_of(elsewhere, shop.tenant_id) == first
    assert not _cookie(shop, elsewhere), "who has one gets no other"


@pytest.mark.parametrize("change", ["signature", "name", "none", "long"])
def test_a_name_that_we_did_not_give_is_none(shop: Business, change: str) -> None:
    value = _cookie(shop, _request())[COOKIE].value
    name, signature = value.split(".")
    forged = {
        "signature": f"{name}.{'A' * len(signature)}",
        "name": f"{'A' * len(name)}.{signature}",
        "none": "x",
        "long": value * 100,
    }[change]
    plain = visitor_of(_request(REMOTE_ADDR="10.1.1.1"), shop.tenant_id)
    assert visitor_of(_request(forged, REMOTE_ADDR="10.1.1.1"), shop.tenant_id) == plain


def test_a_cookie_of_another_business_counts_for_nothing(shop: Business) -> None:
    other = make_business("other")
    value = _cookie(other, _request())[COOKIE].value
    assert visitor_of(_request(value), shop.tenant_id) == visitor_of(_request(), shop.tenant_id)
    assert visitor_of(_request(), shop.tenant_id) != visitor_of(_request(), other.tenant_id)


def test_an_account_comes_first(shop: Business) -> None:
    signed_in = _request(_cookie(shop, _request())[COOKIE].value)
    store = SessionStore()
    store[SESSION_KEY] = "01890000-0000-7000-8000-000000000001"
    signed_in.session = store
    name = visitor_of(signed_in, shop.tenant_id)
    assert name != visitor_of(_request(), shop.tenant_id)
    there = _request(REMOTE_ADDR="10.1.1.1")
    there.session = store
    assert visitor_of(there, shop.tenant_id) == name


def test_names_give_nobody_away(shop: Business) -> None:
    for request in (_request(REMOTE_ADDR="10.1.2.3"), _request(HTTP_X_SESSION_ID="ann@example.com")):
        name = visitor_of(request, shop.tenant_id)
        assert len(name) == 43
        assert "10.1.2.3" not in name
        assert "ann" not in name
