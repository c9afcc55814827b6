"""Theme, hue and built files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from holdfast.web.design import assets
from holdfast.web.design.appearance import hue_digits
from holdfast.web.design.templatetags.design import initials

FRONTEND = Path(__file__).parents[3] / "frontend"


@pytest.mark.parametrize(
    ("hue", "digits"),
    [(0, "0-0-0"), (7, "0-0-7"), (168, "1-6-8"), (360, "0-0-0"), (-10, "3-5-0")],
)
def test_every_whole_hue_is_written_in_digits(hue: int, digits: str) -> None:
    assert hue_digits(hue) == digits


@pytest.mark.parametrize("hue", [None, "168", 12.5, '"><script>'])
def test_anything_else_is_the_usual_hue(hue: object) -> None:
    assert hue_digits(hue) == "1-6-8"


def test_the_stylesheet_reads_each_digit() -> None:
    rules = (FRONTEND / "src/styles/hue.css").read_text()
    hundreds = dict(re.findall(r'data-hue\^="(\d)-"\] \{ --hue-100: (\d+);', rules))
    tens = dict(re.findall(r'data-hue\*="-(\d)-"\] \{ --hue-10: (\d+);', rules))
    ones = dict(re.findall(r'data-hue\$="-(\d)"\] \{ --hue-1: (\d+);', rules))
    for hue in range(360):
        h, t, o = hue_digits(hue).split("-")
        assert int(hundreds.get(h, 0)) + int(tens.get(t, 0)) + int(ones.get(o, 0)) == hue


def test_built_files_are_found_by_the_names_of_their_sources() -> None:
    found = assets.find_asset("public.ts")
    assert re.fullmatch(r"/static/dist/public-[A-Z0-9]{8}\.js", found.url)
    assert all(url.endswith(".js") for url in found.imports)


def test_a_file_that_was_not_built_says_how_to_build_it() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"python hatch_build\.py"):
        assets.find_asset("nothing.css")


def test_the_lock_file_names_no_download_address() -> None:
    # Whoever installs asks their own registry; an address in the file would be somebody else's.
    lock = (FRONTEND / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "http" not in re.sub(r'"(url|homepage)": "https://[^"]+"', "", lock)


def test_initials_are_those_of_the_first_and_last_word() -> None:
    assert [initials(name) for name in ("Layla Haddad", "Zoë", "Ana de la Cruz", "")] == ["LH", "Z", "AC", ""]
