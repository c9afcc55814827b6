"""The portfolio from the upload to the page: who may change it, what is kept, what everybody gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from holdfast.capabilities.portfolio.commands import forget_removed_pictures
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.capabilities.portfolio.pictures import as_bytes, photograph, png_that_claims, with_metadata
from tests.cluster import Database

PICTURES = "/api/v1/portfolio/pictures"
Run = Callable[[], int]


@pytest.fixture
def owner(database: Database) -> ApiClient:
    return staff_client(make_business("atelier"))


@pytest.fixture
def visitor(owner: ApiClient) -> ApiClient:
    return ApiClient("atelier")


def upload(client: ApiClient, content: bytes, path: str = PICTURES, **headers: str) -> Answer:
    return client.post(path, content, Content_Type="image/jpeg", **headers)


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_an_upload_becomes_files_that_browsers_keep(
    owner: ApiClient, visitor: ApiClient, run_jobs: Run, media_folder: Path
) -> None:
    content = with_metadata(photograph(700, 500))
    sent = upload(owner, content, f"{PICTURES}?alt=A+bride&caption=June")
    assert sent.status == 201
    assert (sent.data["status"], sent.data["progress"]) == ("processing", 0.0)
    assert (sent.data["alt"], sent.data["caption"]) == ("A bride", "June")
    assert visitor.get("/api/v1/portfolio").data["pictures"] == []

    assert run_jobs() == 1
    made = owner.get(f"{PICTURES}/{sent.data['id']}").data
    assert (made["status"], made["progress"], made["version"]) == ("ready", 1.0, 2)
    assert made["placeholder"].startswith("data:image/webp;base64,")
    assert [each["width"] for each in made["variants"]] == [320, 320, 480, 480, 640, 640, 700, 700]

    [shown] = visitor.get("/api/v1/portfolio").data["pictures"]
    for variant in shown["variants"]:
        answer = visitor.get(variant["address"])
        body = answer.body
        assert answer.status == 200
        assert len(body) == variant["bytes"]
        assert b"SecretCamera" not in body
        assert answer.headers["Content-Type"] == f"image/{variant['format']}"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # Of the upload itself, with what the camera wrote, nothing is left.
    assert not any(b"SecretCamera" in each.read_bytes() for each in files_in(media_folder))


def test_the_same_file_is_one_picture(owner: ApiClient, run_jobs: Run, database: Database) -> None:
    content = as_bytes(photograph(64, 48))
    key = new_key()
    first = upload(owner, content, Idempotency_Key=key)
    again = upload(owner, content, Idempotency_Key=key)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert upload(owner, content).data["id"] == first.data["id"]
    other = upload(owner, as_bytes(photograph(65, 48)), Idempotency_Key=key)
    assert (other.status, other.error) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert run_jobs() == 1
    assert database.rows("select count(*) from picture") == [(1,)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "PICTURE_UNREADABLE"),
        (png_that_claims(30_000, 30_000), "PICTURE_TOO_BIG"),
        (bytes(25 * 1024 * 1024 + 2), "PICTURE_TOO_BIG"),
        (as_bytes(photograph(10, 10)), "PICTURE_TOO_SMALL"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    owner: ApiClient, media_folder: Path, content: bytes, code: str
) -> None:
    answer = upload(owner, content)
    assert (answer.status, answer.error, answer.field) == (422, code, "picture")
    assert files_in(media_folder) == []


def test_what_breaks_later_says_so(owner: ApiClient, run_jobs: Run, media_folder: Path) -> None:
    whole = as_bytes(photograph(900, 700))
    sent = upload(owner, whole[: len(whole) // 2])
    assert sent.status == 201
    run_jobs()
    failed = owner.get(f"{PICTURES}/{sent.data['id']}").data
    assert (failed["status"], failed["problem"]) == ("failed", "PICTURE_UNREADABLE")
    assert files_in(media_folder) == []
    # Sent again it is tried again.
    assert upload(owner, whole[: len(whole) // 2]).data["id"] != sent.data["id"]


def test_only_pictures_are_taken_as_bodies(owner: ApiClient) -> None:
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/octet-stream"):
        answer = owner.post(PICTURES, as_bytes(photograph(64, 48)), Content_Type=kind)
        assert (answer.status, answer.error) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert owner.patch("/api/v1/portfolio", b"x", Content_Type="image/png").status == 415


def test_who_may_change_it(owner: ApiClient, visitor: ApiClient, business: Business) -> None:
    content = as_bytes(photograph(64, 48))
    assert upload(visitor, content).status == 401
    assert upload(staff_client(business, "frontdesk"), content).status == 403
    assert upload(staff_client(business, "manager"), content).status == 201
    assert visitor.get("/api/v1/portfolio").status == 200


@pytest.fixture
def business(owner: ApiClient) -> Business:
    return make_business("other")


def test_files_of_one_business_are_not_served_by_another(
    owner: ApiClient, business: Business, run_jobs: Run
) -> None:
    sent = upload(owner, as_bytes(photograph(64, 48)))
    run_jobs()
    [address, *_] = [each["address"] for each in owner.get(f"{PICTURES}/{sent.data['id']}").data["variants"]]
    assert owner.get(address).status == 200
    assert ApiClient(business.slug).get(address).status == 404
    picture = address.split("/")[2]
    for name in ("../../x", "64-0000000000000000.avif", "64-0000000000000000.svg", "%2e%2e%2fuploads"):
        assert owner.get(f"/media/{picture}/{name}").status == 404


def test_taken_off_and_put_back(
    owner: ApiClient, visitor: ApiClient, run_jobs: Run, media_folder: Path, database: Database
) -> None:
    content = as_bytes(photograph(64, 48))
    picture = upload(owner, content).data["id"]
    run_jobs()
    assert owner.patch("/api/v1/portfolio", {"hero_picture_id": picture}).data["hero_picture_id"] == picture
    assert owner.delete(f"{PICTURES}/{picture}", If_Match='"1"').error == "VERSION_CONFLICT"
    assert owner.delete(f"{PICTURES}/{picture}", If_Match='"2"').status == 200
    page = visitor.get("/api/v1/portfolio").data
    assert (page["pictures"], page["hero_picture_id"]) == ([], None)
    assert owner.post(f"{PICTURES}/{picture}/restore").data["removed_at"] is None
    assert len(visitor.get("/api/v1/portfolio").data["pictures"]) == 1

    owner.delete(f"{PICTURES}/{picture}")
    twin = upload(owner, content).data["id"]
    assert twin != picture
    refused = owner.post(f"{PICTURES}/{picture}/restore")
    assert (refused.status, refused.error, refused.json["picture_id"]) == (409, "PICTURE_EXISTS", twin)

    [(tenant_id,)] = database.rows("select tenant_id from picture where id = %s", [picture])
    run_jobs()
    for later, left in ((29, 2), (31, 1)):
        with tenant_context(tenant_id, "test"):
            forget_removed_pictures(now=clock.now() + timedelta(days=later))
        assert database.rows("select count(*) from picture") == [(left,)]
    assert {each.parent.name for each in files_in(media_folder)} == {twin.replace("-", "")}


def test_words_links_and_albums(owner: ApiClient, visitor: ApiClient, run_jobs: Run) -> None:
    page = owner.patch(
        "/api/v1/portfolio",
        {
            "texts": {"en": {"headline": "Faces, quietly."}, "ar": {"headline": "وجوه هادئة"}},
            "links": [{"label": "Elsewhere", "url": "https://example.org/me"}],
            "version": 0,
        },
    )
    assert page.status == 200
    shown = visitor.get("/api/v1/portfolio").data
    assert shown["texts"]["ar"]["headline"] == "وجوه هادئة"
    assert shown["links"] == [{"label": "Elsewhere", "url": "https://example.org/me"}]
    assert owner.patch("/api/v1/portfolio", {"links": [], "version": 0}).error == "VERSION_CONFLICT"
    bad = owner.patch("/api/v1/portfolio", {"links": [{"label": "x", "url": "javascript:alert(1)"}]})
    assert bad.status == 422

    album = owner.post("/api/v1/portfolio/albums", {"title": "Brides", "is_published": False}).data
    picture = upload(owner, as_bytes(photograph(64, 48)), f"{PICTURES}?album_id={album['id']}").data
    run_jobs()
    shown = visitor.get("/api/v1/portfolio").data
    assert (shown["albums"], shown["pictures"]) == ([], [])
    assert len(owner.get("/api/v1/portfolio").data["pictures"]) == 1
    owner.patch(f"/api/v1/portfolio/albums/{album['id']}", {"is_published": True, "version": 1})
    shown = visitor.get("/api/v1/portfolio").data
    assert [each["title"] for each in shown["albums"]] == ["Brides"]
    assert [each["id"] for each in shown["pictures"]] == [picture["id"]]
    changed = owner.patch(f"{PICTURES}/{picture['id']}", {"alt": "A bride", "album_id": None, "version": 2})
    assert (changed.data["alt"], changed.data["album_id"], changed.data["version"]) == ("A bride", None, 3)
