"""Every sentence of the mails is there in each language, with the same placeholders."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from holdfast.capabilities import notifications
from holdfast.capabilities.notifications.types import LANGUAGES

HERE = Path(notifications.__file__).parent
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def messages() -> Iterator[str]:
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".html", ".txt"):
            source = templatize(path.read_text(), origin=str(path))
        elif path.suffix == ".py":
            source = path.read_text()
        else:
            continue
        for _, message, _, _ in extract(
            "python", io.BytesIO(source.encode()), keywords={"_": None, "gettext": None}
        ):
            assert isinstance(message, str)
            yield message


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_sentence_is_translated(language: str) -> None:
    with (HERE / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as lines:
        catalog = read_po(lines, locale=language, abort_invalid=True)
    found = set(messages())
    assert len(found) > 30
    for message in found:
        translated = catalog.get(message)
        assert translated is not None and translated.string, message
        assert sorted(PLACEHOLDER.findall(str(translated.string))) == sorted(PLACEHOLDER.findall(message))
    unused = {str(each.id) for each in catalog if each.id} - found
    assert unused == set()


def test_arabic_keeps_its_direction() -> None:
    """Sentences begin in Arabic, and no mark of another direction hides in one."""
    with (HERE / "locale/ar/LC_MESSAGES/django.po").open("rb") as lines:
        catalog = read_po(lines, locale="ar", abort_invalid=True)
    for each in catalog:
        if each.id:
            first = str(each.string)[0]
            assert "\u0600" <= first <= "\u06ff", each.string
            assert not re.search("[\u200e\u202a\u202d\u2066]", str(each.string))
    assert catalog.num_plurals == 6
