"""Where a request came from (TRUST G21, T27): nothing that a client writes itself counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings

from holdfast.platform.http.addresses import address_group, client_address


@pytest.fixture
def behind(request: pytest.FixtureRequest) -> Iterator[None]:
    with override_settings(HOLDFAST=replace(settings.HOLDFAST, trusted_proxies=request.param)):
        yield


def seen(forwarded: str) -> str:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    return client_address(request)


@pytest.mark.parametrize("behind", [0], indirect=True)
@pytest.mark.usefixtures("behind")
def test_without_proxies_the_header_means_nothing() -> None:
    assert seen("1.2.3.4") == seen("") == seen("1.2.3.4, 5.6.7.8") == "10.0.0.1"


@pytest.mark.parametrize("behind", [1], indirect=True)
@pytest.mark.usefixtures("behind")
def test_one_proxy_says_who_asked_it() -> None:
    assert seen("1.2.3.4") == "1.2.3.4"
    assert seen("9.9.9.9, 8.8.8.8, 1.2.3.4") == "1.2.3.4"
    assert seen("nonsense") == seen("") == "10.0.0.1"


@pytest.mark.parametrize("behind", [2], indirect=True)
@pytest.mark.usefixtures("behind")
def test_two_proxies() -> None:
    assert seen("spoofed, 1.2.3.4, 10.0.0.2") == "1.2.3.4"
    assert seen("10.0.0.2") == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_what_limits_count(address: str, group: str) -> None:
    assert address_group(address) == group
