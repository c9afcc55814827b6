"""Input that does not fit its schema: one problem, with the field that is wrong first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.platform.errors import Invalid

_MOST_ERRORS = 20
_SOURCES = ("body", "query", "path", "header", "cookie", "form", "file")


def invalid_input(errors: Sequence[Mapping[str, Any]]) -> Invalid:
    """Return the problem of what Pydantic found. What was sent is never repeated in it."""
    found = [
        {"field": _field(error), "detail": sentence(error), "kind": str(error.get("type", "invalid"))}
        for error in errors[:_MOST_ERRORS]
    ]
    if not found:
        return Invalid()
    return Invalid(found[0]["detail"], field=found[0]["field"], errors=found)


def sentence(error: Mapping[str, Any]) -> str:
    """Return what is wrong as a sentence for a person."""
    kind = error.get("type")
    if kind == "missing":
        return "This is missing."
    if kind == "extra_forbidden":
        return "There is no such field."
    message = str(error.get("msg", "")).removeprefix("Value error, ").strip()
    return f"{message[:1].upper()}{message[1:].rstrip('.')}." if message else "This is not right."


def _field(error: Mapping[str, Any]) -> str:
    """Return the dotted path of the field, without the parts that only the server knows."""
    location = [str(part) for part in error.get("loc", ())]
    if location and location[0] in _SOURCES:
        source = location.pop(0)
        # Django Ninja names a body, and a schema of a query, after the view's parameter.
        in_schema = source == "query" and len(location) > 1 and not location[1].isdigit()
        if (source in ("body", "form") and location) or in_schema:
            location.pop(0)
        if not location:
            location = [source]
    return safe_text(".".join(location) or "body")[:100]


def safe_text(text: str) -> str:
    """Return `text` as something that UTF-8 can carry: names of fields come from the client."""
    return text.encode("utf-8", "replace").decode()
