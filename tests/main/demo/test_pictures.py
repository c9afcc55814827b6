"""The demo's pictures: the same bytes each time, one row each, words in the languages of the business."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from PIL import Image

from holdfast.capabilities.portfolio.pictures import impression
from holdfast.capabilities.portfolio.queries import get_portfolio, list_albums, list_pictures
from holdfast.main.demo import pictures
from holdfast.main.demo.pictures import make_picture, paint, show_portfolio
from holdfast.main.demo.portfolios import PORTFOLIOS
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, make_business
from tests.cluster import Database

SMALL = {
    slug: replace(portfolio, paintings=tuple(replace(each, size=(64, 80)) for each in portfolio.paintings))
    for slug, portfolio in PORTFOLIOS.items()
}


@pytest.fixture(autouse=True)
def _small_and_apart(tmp_path: Path, settings: Any, database: Database) -> Iterator[None]:
    """Paint thumbnails, into a folder of the test's own."""
    store = {**settings.STORAGES["portfolio"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "portfolio": store}
    with patch.object(pictures, "PORTFOLIOS", SMALL):
        yield


def test_every_business_shows_six_pictures_or_more_with_words_for_whoever_cannot_see_them() -> None:
    for slug, portfolio in PORTFOLIOS.items():
        assert 6 <= len(portfolio.paintings) <= 9, slug
        assert all(max(each.size) in range(1200, 1601) for each in portfolio.paintings)
        assert all(len(each.alt) > 20 for each in portfolio.paintings), slug
        assert {each.album for each in portfolio.paintings} == {"", *portfolio.albums}
        assert len({each.alt for each in portfolio.paintings}) == len(portfolio.paintings)
    assert {slug: set(portfolio.texts) for slug, portfolio in PORTFOLIOS.items()} == {
        "glow": {"en", "ar"},
        "luma": {"en", "ar"},
        "sol": {"en", "de"},
        "north": {"en", "fr"},
    }


def test_the_same_picture_is_the_same_bytes_and_no_two_are_alike() -> None:
    seen = set()
    for portfolio in SMALL.values():
        for painting in portfolio.paintings:
            content = paint(painting)
            seen.add(content)
            with Image.open(io.BytesIO(content)) as picture:
                assert picture.size == (64, 80)
                # A photograph has light and dark; a motif that came out flat would have neither.
                low, high = picture.convert("L").getextrema()
                assert high - low > 60, painting.alt
                assert impression(picture).colour
    assert len(seen) == sum(len(portfolio.paintings) for portfolio in SMALL.values())
    first = SMALL["luma"].paintings[0]
    assert paint(first) == paint(first)


def test_pictures_are_asked_for_one_after_another_and_painted_twice_are_one(
    database: Database,
) -> None:
    glow = make_business("glow")
    with tenant_context(glow.tenant_id, TESTER.label):
        show_portfolio("glow")
    jobs = database.rows("select args, lock from procrastinate_jobs order by id")
    assert len(jobs) == len(SMALL["glow"].paintings)
    assert {lock for _arguments, lock in jobs} == {"demo.pictures"}
    for _time in range(2):
        for arguments, _lock in jobs:
            make_picture(**arguments)
    with tenant_context(glow.tenant_id, TESTER.label):
        made, portfolio, albums = list_pictures(ready_only=False), get_portfolio(), list_albums()
    assert [each.alt for each in made] == [each.alt for each in SMALL["glow"].paintings]
    assert portfolio.hero_picture_id == made[0].id
    assert [each.title for each in albums] == ["Colour", "Backstage"]
    assert {each.album_id for each in made} == {None, *(album.id for album in albums)}
    assert portfolio.text("headline", "ar") == "البشرة أولاً، ثم اللون."
