"""The pictures of a portfolio as the page shows them: an address for every width, and a blur before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from holdfast.capabilities.portfolio.types import Album, Picture, Variant

_GRID_WIDEST = 960
# Who does not read AVIF is rare by now, and gets two sizes to choose from instead of all.
_WEBP_IN_GRID = (320, 640)
_BOX_WIDTH = 20
_SIZES = "(min-width: 1200px) 376px, (min-width: 720px) 31vw, 46vw"
_SIZES_WIDE = "(min-width: 1200px) 376px, (min-width: 720px) 31vw, 92vw"


@dataclass(frozen=True, slots=True)
class PictureView:
    """One picture; `avif` and `webp` are values of `srcset`, `src` is for browsers that know neither.

    `large` is what a click opens. `placeholder` (a data address) over `colour`, in a box of `box_height`
    to 20, is seen until the picture is there.
    """

    id: UUID
    alt: str
    caption: str
    width: int
    height: int
    avif: str
    webp: str
    src: str
    large: str
    placeholder: str
    colour: str
    box_height: int
    is_wide: bool = False
    """On a phone it has a row of its own: where the number is odd nobody stands alone at the end."""

    @property
    def sizes(self) -> str:
        """How wide it is among the others, by the width of the screen."""
        return _SIZES_WIDE if self.is_wide else _SIZES


@dataclass(frozen=True, slots=True)
class WorkSection:
    """Pictures under one heading; without a title they belong to no album."""

    title: str
    pictures: list[PictureView]


def present_picture(picture: Picture, *, is_in_grid: bool = False) -> PictureView | None:
    """Write a picture that is ready; None for one that is not. In the grid the widest files are not named."""
    avif, webp = picture.of_format("avif"), picture.of_format("webp")
    if picture.status != "ready" or not avif or not webp:
        return None
    shown = _up_to(webp, _GRID_WIDEST)
    small = tuple(each for each in shown if each.width in _WEBP_IN_GRID) or shown[-1:]
    middle = shown[-1]
    return PictureView(
        id=picture.id,
        alt=picture.alt or picture.caption,
        caption=picture.caption,
        width=middle.width,
        height=middle.height,
        avif=_srcset(_up_to(avif, _GRID_WIDEST) if is_in_grid else avif),
        webp=_srcset(small if is_in_grid else webp),
        src=small[-1].address if is_in_grid else middle.address,
        large=avif[-1].address,
        placeholder=picture.placeholder,
        colour=picture.colour or "#888888",
        box_height=max(1, round(picture.height * _BOX_WIDTH / picture.width)),
    )


def present_work(
    albums: Sequence[Album], pictures: Iterable[Picture], *, without: UUID | None = None
) -> list[WorkSection]:
    """Put the pictures under their albums, in the albums' order; those of no album come first.

    `without` is the picture that the page shows elsewhere.
    """
    sections: dict[UUID | None, WorkSection] = {
        None: WorkSection("", []),
        **{album.id: WorkSection(album.title, []) for album in albums},
    }
    for picture in pictures:
        section = sections.get(picture.album_id)
        shown = present_picture(picture, is_in_grid=True)
        if section is not None and shown is not None and picture.id != without:
            section.pictures.append(shown)
    for section in sections.values():
        if len(section.pictures) % 2:
            section.pictures[0] = replace(section.pictures[0], is_wide=True)
    return [section for section in sections.values() if section.pictures]


def _up_to(variants: Sequence[Variant], width: int) -> tuple[Variant, ...]:
    return tuple(each for each in variants if each.width <= width) or tuple(variants[:1])


def _srcset(variants: Iterable[Variant]) -> str:
    return ", ".join(f"{each.address} {each.width}w" for each in variants)
