"""If-Match: the version that a client saw (RFC 9110, 13.1.1)."""

from __future__ import annotations

import re

from django.http import HttpRequest

from holdfast.platform.errors import Invalid

_VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?', re.ASCII)


def expected_version(request: HttpRequest, in_body: int | None = None) -> int | None:
    """Return the version from the header, else from the body; None when the client named none.

    Raises `Invalid` for a header that is not one version.
    """
    raw = request.META.get("HTTP_IF_MATCH", "").strip()
    if not raw or raw == "*":
        return in_body
    found = _VERSION.fullmatch(raw)
    if found is None:
        raise Invalid('Send the version as it came in ETag, for example "3".', field="If-Match")
    return int(found[1])
