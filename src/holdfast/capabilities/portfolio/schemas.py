"""What the portfolio's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool

from holdfast.capabilities.portfolio.types import PictureStatus
from holdfast.platform.http.schemas import Input, Output

Version = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://", "mailto:", "tel:")):
        raise ValueError("must begin with https://, http://, mailto: or tel:")
    return url


def _plain(text: str) -> str:
    # PostgreSQL stores no NUL; bodies are searched for it before they come here, addresses are not.
    if "\x00" in text:
        raise ValueError("must not hold a NUL character")
    return text


Alt = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Caption = Annotated[str, Field(max_length=500), AfterValidator(_plain)]


class Texts(Input):
    """What the page says in one language."""

    headline: str = Field("", max_length=120)
    lede: str = Field("", max_length=300)
    about: str = Field("", max_length=4000)
    policy: str = Field("", max_length=2000)


class LinkIn(Input):
    """Where else the business is found."""

    label: str = Field(min_length=1, max_length=60)
    url: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_address)]


class PortfolioIn(Input):
    """What is to change; what is not sent stays."""

    texts: Annotated[dict[Language, Texts], Field(max_length=10)] | None = None
    links: Annotated[list[LinkIn], Field(max_length=12)] | None = None
    hero_picture_id: UUID | None = None
    version: Version | None = None


class PictureIn(Input):
    """What is to change of a picture."""

    alt: Alt = ""
    caption: Caption = ""
    album_id: UUID | None = None
    display_order: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    version: Version | None = None


class AlbumIn(Input):
    """A new album."""

    title: str = Field(min_length=1, max_length=120)
    is_published: StrictBool = True


class AlbumChange(Input):
    """What is to change of an album."""

    title: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    is_published: StrictBool | None = None
    display_order: Annotated[int, Field(strict=True, ge=0, le=100_000)] | None = None
    version: Version | None = None


class VariantOut(Output):
    """One file of a picture; what its address shows never changes."""

    format: Literal["avif", "webp"]
    width: int
    height: int
    bytes: int
    address: str


class PictureOut(Output):
    """A picture; `progress` goes from 0 to 1 while it is being made ready."""

    id: UUID
    album_id: UUID | None
    alt: str
    caption: str
    status: PictureStatus
    problem: str
    progress: float
    width: int
    height: int
    placeholder: str
    colour: str
    variants: list[VariantOut]
    display_order: int
    version: int
    created_at: datetime
    removed_at: datetime | None


class AlbumOut(Output):
    """An album."""

    id: UUID
    title: str
    is_published: bool
    display_order: int
    version: int


class LinkOut(Output):
    label: str
    url: str


class PortfolioOut(Output):
    """The public page: words by language, links, albums, pictures."""

    hero_picture_id: UUID | None
    texts: dict[str, dict[str, str]]
    links: list[LinkOut]
    albums: list[AlbumOut]
    pictures: list[PictureOut]
    version: int
