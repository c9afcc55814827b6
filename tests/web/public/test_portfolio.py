"""The page of a business with pictures: what browsers are offered, what they never need, whose words."""

from __future__ import annotations

import gzip
import re
from uuid import UUID

import pytest

from holdfast.capabilities.portfolio.commands import create_album, save_portfolio
from holdfast.capabilities.portfolio.types import Link
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.assets import MANIFEST, find_asset
from tests.capabilities.business import TESTER, Business
from tests.capabilities.portfolio.hung import PLACEHOLDER, hang_picture
from tests.web.public.conftest import Visitor

WORDS = {
    "en": {"headline": "Work <b>we</b> like", "lede": "Slowly, with care.", "about": "First.\n\nSecond."},
    "ar": {"headline": "أعمال نحبها"},
}


def hero_of(salon: Business, picture_id: UUID | None = None, **more: object) -> None:
    with tenant_context(salon.tenant_id, TESTER.label):
        save_portfolio(actor=TESTER, hero_picture_id=picture_id, keep_hero=picture_id is None, **more)


def album(salon: Business, title: str, *, is_published: bool = True) -> UUID:
    with tenant_context(salon.tenant_id, TESTER.label):
        return create_album(actor=TESTER, title=title, is_published=is_published).id


def images(page: str) -> list[str]:
    return re.findall(r"<picture>.*?</picture>", page, re.DOTALL)


def widths(srcset: str) -> list[int]:
    return [int(each) for each in re.findall(r" (\d+)w", srcset)]


@pytest.fixture
def pictured(salon: Business) -> Business:
    """A first picture, one in an album, one in none."""
    hero_of(salon, hang_picture(salon, alt="A window", place=1))
    hang_picture(salon, alt="Red on paper", caption="Mixed by hand", album_id=album(salon, "Colour"), place=2)
    hang_picture(salon, caption="By the door", place=3, size=(700, 500))
    return salon


def test_the_first_picture_comes_first_and_the_others_when_they_are_near(
    visitor: Visitor, pictured: Business
) -> None:
    page = visitor.get("/")
    hero, loose, red = images(page)
    assert 'alt="A window"' in hero
    assert 'fetchpriority="high"' in hero and "loading=" not in hero
    for each in (loose, red):
        assert 'loading="lazy"' in each and 'decoding="async"' in each and "fetchpriority" not in each
    assert 'alt="By the door"' in loose and 'alt="Red on paper"' in red
    assert "<figcaption" in page and "Mixed by hand" in page
    assert page.index(">Work<") < page.index("By the door") < page.index(">Colour<") < page.index("Mixed by")


def test_browsers_choose_among_widths_and_formats(visitor: Visitor, pictured: Business) -> None:
    hero, loose, red = images(visitor.get("/"))
    avif, webp = re.findall(r'<source type="image/(avif|webp)" srcset="([^"]+)" sizes="([^"]+)">', hero)
    assert (avif[0], webp[0]) == ("avif", "webp")
    assert widths(avif[1]) == widths(webp[1]) == [320, 480, 640, 960, 1280, 1600]
    assert avif[2].startswith("(min-width: 1200px) 520px")
    assert widths(re.findall(r'srcset="([^"]+)"', red)[0]) == [320, 480, 640, 960]
    assert widths(re.findall(r'srcset="([^"]+)"', red)[1]) == [320, 640]
    assert 'width="960" height="1200"' in red
    assert widths(re.findall(r'srcset="([^"]+)"', loose)[0]) == [320, 480, 640, 700]
    assert 'width="700" height="500"' in loose
    for address in re.findall(r"/media/[^ \"]+", hero + red + loose):
        assert re.fullmatch(r"/media/[0-9a-f-]{36}/\d+-[0-9a-f]{16}\.(avif|webp)", address), address


def test_a_blur_and_a_colour_are_there_before_and_a_click_needs_no_script(
    visitor: Visitor, pictured: Business
) -> None:
    page = visitor.get("/")
    assert (
        page.count(f'<image width="100%" height="100%" preserveAspectRatio="none" href="{PLACEHOLDER}"/>')
        == 3
    )
    assert page.count('fill="#b08070"') == 3
    assert 'viewBox="0 0 20 25"' in page and 'viewBox="0 0 20 14"' in page
    large = re.findall(r'<a class="picture-link" href="([^"]+)"', page)
    assert [each.rsplit("/", 1)[1].split("-")[0] for each in large] == ["700", "1600"]
    assert all(each.endswith(".avif") for each in large)


def test_nothing_is_inline_and_nobody_else_is_asked(visitor: Visitor, pictured: Business) -> None:
    hero_of(pictured, links=[Link("Elsewhere & more", "https://example.com/us")])
    page = visitor.get("/")
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page)
    assert all(" src=" in each for each in re.findall(r"<script(?! type=\"application/ld)[^>]*>", page))
    asked = re.findall(r'(?:src|srcset|poster|action)="([^"]+)"', page)
    asked += re.findall(r'<link rel="(?:stylesheet|preload|modulepreload)" href="([^"]+)"', page)
    assert asked and all(each.startswith(("/", "data:")) and not each.startswith("//") for each in asked)
    assert '<a href="https://example.com/us" rel="noreferrer"><bdi>Elsewhere &amp; more</bdi></a>' in page


def test_what_is_not_ready_or_not_published_is_not_shown(visitor: Visitor, salon: Business) -> None:
    hang_picture(salon, alt="Half made", status="processing")
    hang_picture(salon, alt="Secret", album_id=album(salon, "Drafts", is_published=False))
    album(salon, "Empty")
    page = visitor.get("/")
    assert all(
        word not in page for word in ("Half made", "Secret", "Drafts", "Empty", "<picture", "<script s")
    )
    assert ">Work<" not in page


def test_the_portfolio_speaks_first_then_the_settings(visitor: Visitor, salon: Business) -> None:
    hero_of(salon, texts=WORDS)
    page = visitor.get("/")
    assert "Work &lt;b&gt;we&lt;/b&gt; like</h1>" in page
    assert '<p class="lede" dir="auto">Slowly, with care.</p>' in page
    assert "<p>First.</p>\n\n<p>Second.</p>" in page
    arabic = visitor.get("/", Accept_Language="ar")
    assert "أعمال نحبها</h1>" in arabic and "Slowly, with care." in arabic


def test_many_pictures_are_shown_in_two_goes_and_weigh_little(visitor: Visitor, salon: Business) -> None:
    for place in range(26):
        hang_picture(salon, alt=f"Picture number {place}", caption=f"Made by hand {place}", place=place)
    page = visitor.get("/")
    assert len(images(page)) == 24
    script = find_asset("portfolio.ts").url.rsplit("/", 1)[1]
    style = find_asset("public.css").url.rsplit("/", 1)[1]
    built = sum((MANIFEST.parent / f"{name}.gz").stat().st_size for name in (script, style))
    assert script in page
    assert len(gzip.compress(page.encode())) + built <= 40_000
    assert 'href="?work=all#work"' in page
    rest = visitor.get("/?work=all")
    assert len(images(rest)) == 26 and "See all the work" not in rest
