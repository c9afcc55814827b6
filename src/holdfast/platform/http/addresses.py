"""Where a request came from, as far as that can be believed; and where we are reached."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# One household or one server rents a /64; counting single addresses would count nothing.
_IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """Return the peer's address, or what our own proxies say of it.

    A forwarded address counts only from as many proxies as the operator runs (HOLDFAST_TRUSTED_PROXIES),
    counted from the right: whatever stands left of it was written by the client.
    """
    trusted: int = settings.HOLDFAST.trusted_proxies
    if trusted:
        header = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        forwarded = [part.strip() for part in header.split(",")]
        if len(forwarded) >= trusted and _parse(forwarded[-trusted]) is not None:
            return forwarded[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))


def address_group(address: str) -> str:
    """Return what limits count: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = _parse(address)
    if parsed is None:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(ip_network((int(parsed), _IPV6_PREFIX), strict=False))


def origin_of(host: str) -> str:
    """Return the address before the path under which `host` is reached by whoever is not on its pages."""
    config = settings.HOLDFAST
    return f"https://{host}" if config.is_production else f"http://{host}:{config.port}"


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: bare, `[v6]:port` or `v4:port`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].split("]", 1)[0]
    elif bare.count(":") == 1:
        bare = bare.split(":", 1)[0]
    try:
        return ip_address(bare.split("%", 1)[0])
    except ValueError:
        return None
