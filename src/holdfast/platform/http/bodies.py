"""Request bodies: UTF-8 JSON and nothing else, with every value one that can be stored."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from holdfast.platform.errors import Invalid, Malformed, Problem

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class JsonParser(Parser):
    """Reads bodies for Django Ninja. Raises `Malformed`, or `Invalid` for a NUL with its field."""

    def parse_body(self, request: HttpRequest) -> Any:
        return parse_json(request.body)


def parse_json(body: bytes) -> Any:
    """Return the parsed document; raises `Malformed` or `Invalid`."""
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed("The body is not valid JSON in UTF-8.", code="BROKEN_JSON") from None
    # PostgreSQL stores no NUL. The text is searched first, because walking every body would cost more.
    if b"\\u0000" in body:
        field = _find_nul(document, "")
        if field is not None:
            raise Invalid("A text holds a NUL character.", field=field or "body")
    return document


def refuse_foreign_content(request: HttpRequest, *, takes_pictures: bool = False) -> None:
    """Let a change go on only as JSON, or as a picture: what a plain HTML form can send is refused (T17)."""
    content_type = request.META.get("CONTENT_TYPE", "").split(";", 1)[0].strip().lower()
    if content_type == "application/json" or (takes_pictures and content_type.startswith("image/")):
        return
    if content_type in _FORMS or request.META.get("CONTENT_LENGTH", "0") not in ("", "0"):
        raise Problem(
            "Send the body as application/json.", code="UNSUPPORTED_MEDIA_TYPE", field="Content-Type"
        ).with_status(415)


def read_picture(request: HttpRequest, *, most_bytes: int) -> bytes:
    """Return the body as it was sent, of one that is too big the first byte too many as well."""
    try:
        content: bytes = request.read(most_bytes + 1)
    except OSError:
        raise Malformed("The picture did not arrive whole; please send it again.") from None
    return content


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _find_nul(value: Any, place: str) -> str | None:
    """Return the path of the first text (or key) with a NUL in it."""
    if isinstance(value, str):
        return place if "\x00" in value else None
    if isinstance(value, dict):
        for key, member in value.items():
            if "\x00" in key:
                return place
            found = _find_nul(member, f"{place}.{key}".lstrip("."))
            if found is not None:
                return found
    if isinstance(value, list):
        for number, member in enumerate(value):
            found = _find_nul(member, f"{place}.{number}".lstrip("."))
            if found is not None:
                return found
    return None
