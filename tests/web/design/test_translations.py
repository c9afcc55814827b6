"""Every sentence of the pages is there in Arabic, with the same placeholders."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

WEB = Path(__file__).parents[3] / "src" / "holdfast" / "web"
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def messages() -> Iterator[tuple[str, ...]]:
    """Each message of the design and of all pages: one text, or singular and plural."""
    faces = ("account", "console", "design", "public")
    for path in sorted(path for face in faces for path in (WEB / face).rglob("*")):
        if path.suffix == ".html":
            source = templatize(path.read_text(), origin=str(path))
        elif path.suffix == ".py":
            source = path.read_text()
        else:
            continue
        for _, message, _, _ in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            yield (message,) if isinstance(message, str) else tuple(message)


def test_arabic_has_every_message() -> None:
    with (WEB / "locale/ar/LC_MESSAGES/django.po").open("rb") as lines:
        catalog = read_po(lines, locale="ar", abort_invalid=True)
    for message in messages():
        translated = catalog.get(message[0])
        assert translated is not None, message
        assert translated.string, message
        strings = (translated.string,) if isinstance(translated.string, str) else translated.string
        for string in strings:
            assert string, message
            # A plural form may leave the number out ("two minutes" is one word in Arabic).
            extra = set(PLACEHOLDER.findall(string)) - set(PLACEHOLDER.findall(message[-1]))
            assert not extra, message
        if len(message) == 1:
            assert set(PLACEHOLDER.findall(strings[0])) == set(PLACEHOLDER.findall(message[0])), message
