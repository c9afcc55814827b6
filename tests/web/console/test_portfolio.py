"""The portfolio as its managers see it: sent, described, ordered, taken off and put back; and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from holdfast.capabilities.portfolio.queries import get_portfolio, list_pictures
from holdfast.capabilities.portfolio.types import Picture, Portfolio
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business
from tests.capabilities.portfolio.hung import hang_picture
from tests.capabilities.portfolio.pictures import as_bytes, photograph, png_that_claims
from tests.cluster import Database
from tests.web.console.conftest import Member

PATH = "/console/portfolio/"
UPLOAD = f"{PATH}upload/"


@pytest.fixture(autouse=True)
def media_folder(tmp_path: Path, settings: Any) -> Path:
    """A store of each test's own, as files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "portfolio": {**settings.STORAGES["portfolio"], "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


def pictures_of(business: Business) -> list[Picture]:
    with tenant_context(business.tenant_id, TESTER.label):
        return list_pictures(ready_only=False)


def portfolio_of(business: Business) -> Portfolio:
    with tenant_context(business.tenant_id, TESTER.label):
        return get_portfolio()


def photo(name: str = "window.jpg", width: int = 60) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, as_bytes(photograph(width, 80)), "image/jpeg")


def send(member: Member, *files: SimpleUploadedFile, **headers: str) -> Any:
    member.get(PATH)
    sent = {**member.form(UPLOAD), "pictures": list(files)}
    return member.client.post(UPLOAD, sent, headers={**member.headers, **headers})


def act(member: Member, picture_id: UUID, what: str, **fields: str) -> str:
    """Press a button of a picture's form, with what the form holds."""
    path = f"{PATH}pictures/{picture_id}/change/"
    body = next(
        each
        for each in re.findall(r"<form.*?</form>", member.get(PATH), re.DOTALL)
        if f'action="{path}"' in each
    )
    held = dict(re.findall(r'name="(alt|caption)"[^>]*? value="([^"]*)"', body))
    held |= dict(re.findall(r'name="(album_id)".*?value="([^"]*)" selected', body, re.DOTALL))
    return member.post(path, {**held, **member.form(path), "act": what, **fields})


def test_pictures_are_sent_and_what_is_wrong_is_said_file_by_file(
    owner: Member, salon: Business, database: Database, media_folder: Path
) -> None:
    answer = send(
        owner,
        photo(),
        photo("door.jpg", 64),
        SimpleUploadedFile("notes.txt", b"no picture at all", "image/jpeg"),
        SimpleUploadedFile("bomb.png", png_that_claims(30_000, 30_000), "image/png"),
    )
    assert (answer.status_code, answer["Location"]) == (302, PATH)
    owner.get(PATH)
    said = owner.text()
    assert "notes.txt: This is no picture that we can read." in said
    assert "bomb.png: It is too large" in said
    assert "2 pictures are there and being made ready." in said
    assert [each.status for each in pictures_of(salon)] == ["processing", "processing"]
    assert len([each for each in media_folder.rglob("*") if each.is_file()]) == 2
    assert len(database.rows("select 1 from procrastinate_jobs")) == 2
    assert "Being made ready" in said and '<noscript><meta http-equiv="refresh"' in owner.page
    assert owner.page.count('hx-trigger="every 2s"') == 2
    send(owner, photo())
    assert len(pictures_of(salon)) == 2


def test_a_script_that_sends_in_place_finds_the_messages_on_the_page(owner: Member) -> None:
    answer = send(owner, photo(), X_Upload="in-place")
    assert answer.status_code == 204
    owner.get(PATH)
    assert "1 picture is there and being made ready." in owner.text()


def test_without_the_token_or_with_too_much_nothing_is_taken_in(
    owner: Member, salon: Business, media_folder: Path
) -> None:
    answer = owner.client.post(UPLOAD, {"pictures": photo()}, headers=owner.headers)
    assert answer.status_code == 403
    owner.get(PATH)
    fields = {**owner.form(UPLOAD), "pictures": photo()}
    owner.client.post(UPLOAD, fields, headers=owner.headers, CONTENT_LENGTH=str(10**9))
    owner.get(PATH)
    assert "too much at once" in owner.text()
    assert pictures_of(salon) == [] and list(media_folder.iterdir()) == []


def test_no_other_form_takes_files(owner: Member, salon: Business) -> None:
    owner.get(PATH)
    form = owner.form(f"{PATH}albums/")
    sent = {**form, "title": "With a file", "file": photo()}
    answer = owner.client.post(f"{PATH}albums/", sent, headers=owner.headers)
    assert answer.status_code == 302
    large = {**form, "title": "Large", "file": SimpleUploadedFile("x.jpg", b"x" * 1_100_000)}
    answer = owner.client.post(f"{PATH}albums/", large, headers=owner.headers)
    assert answer.status_code in (400, 413)
    owner.get(PATH)
    assert 'value="With a file"' in owner.page and 'value="Large"' not in owner.page


@pytest.mark.parametrize("role", ["artist", "frontdesk"])
def test_who_may_not_manage_it_does_not_see_it(
    work_as: Callable[..., Member], salon: Business, role: str
) -> None:
    member = work_as(role)
    hung = hang_picture(salon)
    assert "Portfolio" not in member.get("/console/")
    for path in (PATH, f"{PATH}words/", f"{PATH}pictures/{hung}/"):
        member.get(path)
        assert member.status == 403, path
    member.get("/console/")
    token = {"csrfmiddlewaretoken": member.client.cookies["csrf"].value}
    for path in ("upload/", "albums/", f"pictures/{hung}/change/", f"pictures/{hung}/restore/", "words/"):
        member.post(f"{PATH}{path}", {**token, "title": "x", "version": "1", "act": "remove"})
        assert member.status == 403, path
    assert [each.removed_at for each in pictures_of(salon)] == [None]


def test_a_picture_is_described_ordered_and_made_the_first(owner: Member, salon: Business) -> None:
    one, two, three = (hang_picture(salon, alt=f"Number {place}", place=0) for place in range(3))
    act(owner, two, "save", alt="A door", caption="By hand")
    assert "Saved." in owner.text()
    assert [(each.alt, each.caption) for each in pictures_of(salon)][1] == ("A door", "By hand")
    act(owner, three, "up")
    assert [each.id for each in pictures_of(salon)] == [one, three, two]
    act(owner, one, "down")
    assert [each.id for each in pictures_of(salon)] == [three, one, two]
    act(owner, two, "down")
    assert [each.id for each in pictures_of(salon)] == [three, one, two]
    act(owner, one, "hero", alt="Typed before the button")
    assert portfolio_of(salon).hero_picture_id == one
    assert pictures_of(salon)[1].alt == "Typed before the button"
    assert "First picture" in owner.page
    act(owner, one, "no_hero")
    assert portfolio_of(salon).hero_picture_id is None


def test_albums_gather_pictures(owner: Member, salon: Business) -> None:
    loose, mine = hang_picture(salon, alt="Loose"), hang_picture(salon, alt="Mine", place=1)
    owner.get(PATH)
    owner.send(f"{PATH}albums/", title="Brides", is_published="on")
    (album_id,) = re.findall(rf'action="{PATH}albums/([0-9a-f-]+)/"', owner.page)
    act(owner, mine, "save", album_id=album_id)
    assert [each.album_id for each in pictures_of(salon)] == [None, UUID(album_id)]
    assert owner.page.index("Loose") < owner.page.index('value="Brides"') < owner.page.index("Mine")
    owner.send(f"{PATH}albums/{album_id}/", title="Weddings")
    assert 'value="Weddings"' in owner.page
    assert "Mine" not in owner.client.get("/", headers=owner.headers).content.decode()
    owner.send(f"{PATH}albums/", title="")
    assert "An album needs a title." in owner.text()
    assert pictures_of(salon)[0].id == loose


def test_what_is_taken_off_can_be_put_back(owner: Member, salon: Business) -> None:
    hung = hang_picture(salon, alt="A window")
    act(owner, hung, "remove")
    assert owner.url == f"{PATH}?removed={hung}"
    assert pictures_of(salon) == [] and "Taken off" in owner.text()
    assert "The picture is off your page. Put back" in owner.text()
    owner.send(f"{PATH}pictures/{hung}/restore/")
    assert "The picture is back." in owner.text()
    assert [each.id for each in pictures_of(salon)] == [hung]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(owner: Member, salon: Business) -> None:
    hung = hang_picture(salon, alt="A window")
    owner.get(PATH)
    path = f"{PATH}pictures/{hung}/change/"
    form = owner.form(path)
    act(owner, hung, "save", alt="Theirs")
    owner.post(path, {**form, "alt": "Mine", "act": "save"})
    assert "Somebody else has changed this picture meanwhile" in owner.text()
    assert pictures_of(salon)[0].alt == "Theirs"


def test_a_card_says_how_far_it_is_and_then_stops_asking(owner: Member, salon: Business) -> None:
    making, made = hang_picture(salon, status="processing"), hang_picture(salon, alt="Made")
    failed = hang_picture(salon, status="failed")
    assert 'hx-trigger="every 2s"' in owner.get(f"{PATH}pictures/{making}/")
    card = owner.get(f"{PATH}pictures/{made}/")
    assert "hx-trigger" not in card and 'value="Made"' in card and card.startswith("<li")
    assert "could not be made ready" in owner.get(f"{PATH}pictures/{failed}/")


def test_words_and_links_are_saved_in_each_language(owner: Member, salon: Business) -> None:
    path = f"{PATH}words/"
    owner.get(path)
    words = {
        **owner.form(path),
        "en-headline": "Hello",
        "ar-about": "مرحبا",
        "links": "Our Insta https://example.com/a\n\nCall tel:+1555",
    }
    owner.post(path, words)
    assert "Saved." in owner.text()
    saved = portfolio_of(salon)
    assert saved.texts["en"] == {"headline": "Hello"} and saved.texts["ar"] == {"about": "مرحبا"}
    assert [(each.label, each.url) for each in saved.links] == [
        ("Our Insta", "https://example.com/a"),
        ("Call", "tel:+1555"),
    ]
    owner.post(path, {**words, "en-headline": "Late"})
    assert owner.status == 422 and "Somebody else has changed the page" in owner.text()
    owner.get(path)
    owner.post(path, {**owner.form(path), "links": "Bad javascript:alert(1)", "en-headline": "x" * 121})
    assert owner.status == 422
    assert "This line is no name with an address: Bad javascript:alert(1)" in owner.text()
    assert portfolio_of(salon).texts["en"] == {"headline": "Hello"}
