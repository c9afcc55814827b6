"""docs/seeds.md names only tests and files that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")
SOURCES = ("", "src/holdfast/", "src/holdfast/capabilities/", "tests/", "tests/seeds/")


def test_every_test_that_is_named_exists() -> None:
    """A name may be cut short with an ellipsis."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in texts for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
    named = re.findall(r"[`:](test_\w+)(…?)`", PAGE)
    missing = [
        name
        for name, is_short in named
        if not any(each.startswith(name) if is_short else each == name for each in there)
    ]
    assert len(named) > 60
    assert missing == []


def test_every_file_that_is_named_exists() -> None:
    """Files in backticks, and pages that are linked to."""
    named = re.findall(r"`(\w[\w/]*(?:/|\.py|\.sql|\.json))(?:::test_\w+…?)?`", PAGE)
    missing = [name for name in named if not any((ROOT / folder / name).exists() for folder in SOURCES)]
    links = re.findall(r"\]\(([\w./-]+\.(?:md|json))\)", PAGE)
    assert len(named) > 40
    assert missing == []
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
