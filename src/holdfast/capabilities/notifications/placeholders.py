"""The language of mail texts: words, and placeholders in double braces. Nothing is ever executed.

    Hello {{name}},
    {{service}} with {{person}}
    {{link}}

A placeholder is replaced by a fact, once: what it brings in is never looked through again. A line whose
placeholders all have nothing to say (no person, no price) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from holdfast.capabilities.notifications.types import Kind
from holdfast.platform.errors import Invalid

PLACEHOLDERS = (
    "name", "business", "service", "day", "short_day", "time", "zone", "person", "place", "price", "link",
)  # fmt: skip
"""What every mail knows: facts of the booking, each on one line, written for the reader."""
MORE: Mapping[Kind, tuple[str, ...]] = {
    "changed": ("old_day", "old_time"),
    "declined": ("nearby",),
    "offer": ("until",),
}
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([A-Za-z0-9_.]{1,40})[ \t]*\}\}")
_BROKEN = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def known_to(kind: Kind) -> tuple[str, ...]:
    """Return the placeholders that a kind of mail knows."""
    return PLACEHOLDERS + MORE.get(kind, ())


def check_text(text: str, kind: Kind, *, field: str) -> str:
    """Return the text if it can be filled in for every mail of the kind.

    Raises `Invalid`: PLACEHOLDER_UNKNOWN with `unknown` and `known`, PLACEHOLDER_BROKEN for braces that are
    no placeholder (the tags of other template languages among them).
    """
    if not text:
        raise Invalid("Please write something.", field=field)
    known = known_to(kind)
    unknown = sorted(set(_PLACEHOLDER.findall(text)) - set(known))
    if unknown:
        raise Invalid(
            f"There is no such placeholder: {', '.join(unknown)}.",
            code="PLACEHOLDER_UNKNOWN",
            field=field,
            unknown=unknown,
            known=list(known),
        )
    if _BROKEN.search(_PLACEHOLDER.sub("", text)):
        raise Invalid(
            "Double braces are for placeholders only, such as {{name}}.",
            code="PLACEHOLDER_BROKEN",
            field=field,
        )
    return text


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Replace each placeholder by its fact, and leave out lines that have only empty ones."""
    lines = []
    for line in text.split("\n"):
        names = _PLACEHOLDER.findall(line)
        if names and not any(facts.get(name) for name in names):
            continue
        lines.append(_PLACEHOLDER.sub(lambda found: facts.get(found[1], ""), line))
    return "\n".join(lines)


def names_in(text: str) -> frozenset[str]:
    """Return the placeholders that a text uses."""
    return frozenset(_PLACEHOLDER.findall(text))
