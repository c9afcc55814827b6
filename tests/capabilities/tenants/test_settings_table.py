"""Every name that is read is declared, the SQL keeps to the declared bounds, and the document says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.capabilities.bookings.settings import ARCHIVE_DAYS, COMPLETE_HOURS, NOTICE_MINUTES
from holdfast.capabilities.tenants.settings import Setting, Settings, declare, known_settings
from holdfast.main.demo.load import BUSINESSES

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "src/holdfast"
_READS = (
    # Python: of a mapping that is called settings (Django's own are attributes).
    r'settings(?:\.get\(|\[)"(\w+)"',
    r'\bvisit\.text\("(\w+)"',
    # SQL: out of the column.
    r"\bsettings (?:->>?|\?) '(\w+)'",
    r"then '(\w+)' else '\w+' end as name",
    r"then '\w+' else '(\w+)' end as name",
    # Templates.
    r"tenant\.settings\.(\w+)",
    r'own_text:"(\w+)"',
)


def _reads(text: str) -> Iterator[str]:
    # `tenant.settings.get(…)` is one of the first kind.
    for pattern in _READS:
        yield from (name for name in re.findall(pattern, text) if name != "get")


def test_every_name_that_is_read_is_declared_and_the_other_way_round() -> None:
    read = {
        name
        for kind in ("py", "sql", "html")
        for path in SOURCES.rglob(f"*.{kind}")
        for name in _reads(path.read_text(encoding="utf-8"))
    }
    # Looked up by a name that comes from elsewhere: words.py asks for all four.
    read |= set(re.findall(r'find\("(\w+)"', (SOURCES / "web/public/presenters/words.py").read_text()))
    assert read == set(known_settings())


@pytest.mark.parametrize(
    "unknown", ['settings.get("colour")', "settings -> 'colour'", "tenant.settings.colour"]
)
def test_a_read_of_another_name_would_be_seen(unknown: str) -> None:
    assert list(_reads(unknown)) == ["colour"]


def test_the_sql_of_the_moves_keeps_to_the_declared_bounds() -> None:
    sql = {path.name: path.read_text(encoding="utf-8") for path in SOURCES.rglob("bookings/sql/*.sql")}
    notice = f"greatest({NOTICE_MINUTES.least}, least({NOTICE_MINUTES.most},"
    assert notice in sql["cancel.sql"]
    assert notice in sql["customer_moves.sql"]
    assert f"'complete_after_hours' then {COMPLETE_HOURS.usual}\n" in sql["mark.sql"]
    assert f"greatest({COMPLETE_HOURS.least}, least({COMPLETE_HOURS.most}," in sql["mark.sql"]
    assert f"'archive_after_days' then {ARCHIVE_DAYS.usual}\n" in sql["archive.sql"]
    assert f"greatest({ARCHIVE_DAYS.least}, least({ARCHIVE_DAYS.most}," in sql["archive.sql"]


def test_defaults_are_values_that_could_be_set() -> None:
    for setting in known_settings().values():
        if setting.default is not None:
            assert setting.complete(setting.check(setting.default)) == setting.default, setting.name


def test_the_demo_businesses_set_what_can_be_set() -> None:
    for business in BUSINESSES:
        # Words of their own for "stylist" and "therapist" wait for pages that use them.
        for name, value in business.settings.items():
            if name != "words":
                known_settings()[name].check(value)


def test_a_name_is_declared_once() -> None:
    class Again(Settings):
        option_days: int = 1

    with pytest.raises(ValueError, match="declared twice"):
        declare(Again)


def _row(setting: Setting) -> str:
    bounds = setting.schema
    numbers = [side for side in (bounds, *bounds.get("anyOf", ())) if "minimum" in side]
    words = [word for side in (bounds, *bounds.get("anyOf", ())) for word in side.get("enum", ())]
    words += [side["const"] for side in bounds.get("anyOf", ()) if "const" in side]
    allowed = [f"{side['minimum']} to {side['maximum']}" for side in numbers] + words
    if not allowed:
        allowed = {"boolean": ["true, false"], "string": [f"text, {bounds.get('maxLength')}"]}.get(
            str(bounds.get("type")), ["below"]
        )
    return f"| `{setting.name}` | {', '.join(allowed)} | {_shown(setting.default)} | {setting.meaning} |"


def _shown(default: object) -> str:
    if isinstance(default, dict):
        return "below" if default else ""
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def test_the_document_has_the_table() -> None:
    page = (ROOT / "docs/howto/settings.md").read_text(encoding="utf-8")
    missing = [row for row in map(_row, known_settings().values()) if row not in page]
    assert not missing, "\n".join(missing)
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert named == set(known_settings())
