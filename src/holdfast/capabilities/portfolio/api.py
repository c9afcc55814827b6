"""The portfolio over HTTP: everybody reads it, managers change it."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from holdfast.capabilities.portfolio.commands import (
    add_picture,
    change_picture,
    create_album,
    remove_picture,
    restore_picture,
    save_portfolio,
    update_album,
)
from holdfast.capabilities.portfolio.pictures import MOST_BYTES
from holdfast.capabilities.portfolio.queries import (
    get_picture,
    get_portfolio,
    list_albums,
    list_pictures,
)
from holdfast.capabilities.portfolio.schemas import (
    AlbumChange,
    AlbumIn,
    AlbumOut,
    Alt,
    Caption,
    LinkOut,
    PictureIn,
    PictureOut,
    PortfolioIn,
    PortfolioOut,
)
from holdfast.capabilities.portfolio.types import Link, Picture, Portfolio
from holdfast.platform.access import Actor
from holdfast.platform.errors import NotFound
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.bodies import read_picture
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context

router = Router(tags=["portfolio"])
_MANAGE = Needs("portfolio:manage")


@router.get("/portfolio", response=Envelope[PortfolioOut], operation_id="get_portfolio")
def get_page(request: HttpRequest) -> HttpResponse:
    """Show the public page's words, albums and pictures; to managers also what is not published yet."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        page = get_portfolio()
        shown = _present(page, caller.actor)
    return with_version(answer(shown), page.version)


@router.patch("/portfolio", response=Envelope[PortfolioOut], operation_id="change_portfolio", auth=_MANAGE)
def patch_page(request: HttpRequest, page: PortfolioIn) -> HttpResponse:
    """Change words, links or the first picture."""
    version = expected_version(request, page.version)

    def work(caller: Caller) -> PortfolioOut:
        saved = save_portfolio(
            actor=caller.actor,
            texts=None
            if page.texts is None
            else {name: each.model_dump(exclude_defaults=True) for name, each in page.texts.items()},
            links=None if page.links is None else [Link(each.label, each.url) for each in page.links],
            hero_picture_id=page.hero_picture_id,
            keep_hero="hero_picture_id" not in page.model_fields_set,
            expected_version=version,
        )
        return _present(saved, caller.actor)

    return change(request, work)


@router.post(
    "/portfolio/pictures",
    response={201: Envelope[PictureOut]},
    operation_id="create_picture",
    auth=_MANAGE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def post_picture(
    request: HttpRequest,
    alt: Alt = "",
    caption: Caption = "",
    album_id: UUID | None = None,
) -> HttpResponse:
    """Send a picture as the body: JPEG, PNG, WebP or AVIF, 25 MB at most. It is made ready in a while."""
    content = read_picture(request, most_bytes=MOST_BYTES)

    def work(caller: Caller) -> PictureOut:
        return _picture(
            add_picture(actor=caller.actor, content=content, alt=alt, caption=caption, album_id=album_id)
        )

    return change(request, work, status=201, body=content)


@router.get(
    "/portfolio/pictures/{picture_id}",
    response=Envelope[PictureOut],
    operation_id="get_picture",
    auth=_MANAGE,
)
def get_one_picture(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Show one picture, and how much of it is made."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        picture = get_picture(picture_id, with_removed=True)
    if picture is None:
        raise NotFound("There is no such picture.")
    return with_version(answer(_picture(picture)), picture.version)


@router.patch(
    "/portfolio/pictures/{picture_id}",
    response=Envelope[PictureOut],
    operation_id="change_picture",
    auth=_MANAGE,
)
def patch_picture(request: HttpRequest, picture_id: UUID, picture: PictureIn) -> HttpResponse:
    """Change what is said of a picture, its album or its place."""
    version = expected_version(request, picture.version)
    changes = picture.model_dump(include=picture.model_fields_set - {"version"})
    return change(
        request,
        lambda caller: _picture(
            change_picture(
                actor=caller.actor, picture_id=picture_id, changes=changes, expected_version=version
            )
        ),
    )


@router.delete(
    "/portfolio/pictures/{picture_id}",
    response=Envelope[PictureOut],
    operation_id="remove_picture",
    auth=_MANAGE,
)
def delete_picture(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Take a picture off the pages; for thirty days it can be restored."""
    version = expected_version(request, None)
    return change(
        request,
        lambda caller: _picture(
            remove_picture(actor=caller.actor, picture_id=picture_id, expected_version=version)
        ),
    )


@router.post(
    "/portfolio/pictures/{picture_id}/restore",
    response=Envelope[PictureOut],
    operation_id="restore_picture",
    auth=_MANAGE,
)
def post_restore(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Put a picture back that was taken off."""
    return change(
        request, lambda caller: _picture(restore_picture(actor=caller.actor, picture_id=picture_id))
    )


@router.post(
    "/portfolio/albums", response={201: Envelope[AlbumOut]}, operation_id="create_album", auth=_MANAGE
)
def post_album(request: HttpRequest, album: AlbumIn) -> HttpResponse:
    """Add an album."""

    def work(caller: Caller) -> AlbumOut:
        made = create_album(actor=caller.actor, title=album.title, is_published=album.is_published)
        return AlbumOut(**asdict(made))

    return change(request, work, status=201)


@router.patch(
    "/portfolio/albums/{album_id}", response=Envelope[AlbumOut], operation_id="change_album", auth=_MANAGE
)
def patch_album(request: HttpRequest, album_id: UUID, album: AlbumChange) -> HttpResponse:
    """Change an album's title, whether it is published, or its place."""
    version = expected_version(request, album.version)
    changes = album.model_dump(include=album.model_fields_set - {"version"})

    def work(caller: Caller) -> AlbumOut:
        changed = update_album(
            actor=caller.actor, album_id=album_id, changes=changes, expected_version=version
        )
        return AlbumOut(**asdict(changed))

    return change(request, work)


def _present(page: Portfolio, actor: Actor) -> PortfolioOut:
    is_public = not actor.can("portfolio:manage")
    return PortfolioOut(
        hero_picture_id=page.hero_picture_id,
        texts={name: dict(each) for name, each in page.texts.items()},
        links=[LinkOut(label=each.label, url=each.url) for each in page.links],
        albums=[AlbumOut(**asdict(each)) for each in list_albums(published_only=is_public)],
        pictures=[_picture(each) for each in list_pictures(ready_only=is_public)],
        version=page.version,
    )


def _picture(picture: Picture) -> PictureOut:
    known = asdict(picture)
    known.pop("variants_wanted")
    return PictureOut(**known, progress=round(picture.progress, 2))
