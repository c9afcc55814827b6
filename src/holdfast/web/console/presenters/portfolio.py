"""The portfolio for whoever manages it: pictures by album, how far they are made, what was taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.capabilities.portfolio.types import Album, Picture
from holdfast.web.console.portfolio_forms import AlbumForm, PictureForm, picture_form

PROBLEMS = {
    "PICTURE_TOO_BIG": gettext_lazy("It is too large: 25 MB and 50 million pixels at most."),
    "PICTURE_TOO_SMALL": gettext_lazy("It is too small to be seen: 16 pixels at least."),
    "PICTURE_UNREADABLE": gettext_lazy(
        "This is no picture that we can read. Send a JPEG, PNG, WebP or AVIF."
    ),
    "PICTURE_LOST": gettext_lazy("The file was lost on its way. Please send it again."),
    "TOO_MANY_PICTURES": gettext_lazy("The portfolio is full; take some pictures off first."),
}


@dataclass(frozen=True, slots=True)
class PictureCard:
    """One picture with what can be done to it; `percent` of it is made."""

    id: UUID
    name: str
    status: str
    percent: int
    problem: str
    thumb: str
    width: int
    height: int
    placeholder: str
    is_hero: bool
    is_first: bool
    is_last: bool
    form: PictureForm


@dataclass(frozen=True, slots=True)
class AlbumSection:
    """The pictures of an album, or of none (`id` is None)."""

    id: UUID | None
    title: str
    is_published: bool
    form: AlbumForm | None
    cards: list[PictureCard]


@dataclass(frozen=True, slots=True)
class PortfolioPage:
    """Everything the page shows."""

    sections: list[AlbumSection]
    removed: list[PictureCard]
    is_making: bool
    is_empty: bool
    is_portfolio: bool = True
    is_today: bool = False


def present_portfolio(
    pictures: Sequence[Picture], albums: Sequence[Album], removed: Sequence[Picture], hero_id: UUID | None
) -> PortfolioPage:
    """Put the pictures under their albums; those of no album come first, as on the public page."""

    def cards(album_id: UUID | None) -> list[PictureCard]:
        mine = [each for each in pictures if each.album_id == album_id]
        return [
            present_card(each, albums, hero_id, is_first=each is mine[0], is_last=each is mine[-1])
            for each in mine
        ]

    sections = [
        AlbumSection(None, "", True, None, cards(None)),
        *(
            AlbumSection(each.id, each.title, each.is_published, _album_form(each), cards(each.id))
            for each in albums
        ),
    ]
    return PortfolioPage(
        sections=sections,
        removed=[present_card(each, albums, None) for each in removed],
        is_making=any(each.status == "processing" for each in pictures),
        is_empty=not pictures,
    )


def present_card(
    picture: Picture,
    albums: Sequence[Album],
    hero_id: UUID | None,
    *,
    is_first: bool = False,
    is_last: bool = False,
) -> PictureCard:
    """Write one picture; its smallest file is what the page shows."""
    small = next(iter(picture.of_format("webp")), None)
    return PictureCard(
        id=picture.id,
        name=picture.alt or picture.caption or _("Picture"),
        status=picture.status,
        percent=round(picture.progress * 100),
        problem=str(PROBLEMS.get(picture.problem, "")),
        thumb=small.address if small else "",
        width=small.width if small else picture.width,
        height=small.height if small else picture.height,
        placeholder=picture.placeholder,
        is_hero=picture.id == hero_id,
        is_first=is_first,
        is_last=is_last,
        form=picture_form(picture, albums),
    )


def _album_form(album: Album) -> AlbumForm:
    return AlbumForm(
        initial={"title": album.title, "is_published": album.is_published}, auto_id=f"{album.id.hex}-%s"
    )
