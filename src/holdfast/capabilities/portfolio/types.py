"""What the portfolio is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

PictureStatus = Literal["processing", "ready", "failed"]
TEXTS = ("headline", "lede", "about", "policy")
"""What the public page says in each language: a greeting, who they are, what holds for a booking."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One file of a picture: `address` is its path on the business's own host, and never shows another."""

    format: Literal["avif", "webp"]
    width: int
    height: int
    bytes: int
    address: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pages show it; `variants` by width. `done` of `wanted` files are made."""

    id: UUID
    album_id: UUID | None
    alt: str
    caption: str
    status: PictureStatus
    problem: str
    width: int
    height: int
    placeholder: str
    colour: str
    variants: tuple[Variant, ...]
    variants_wanted: int
    display_order: int
    version: int
    created_at: datetime
    removed_at: datetime | None

    @property
    def progress(self) -> float:
        """How much of it is made, from 0 to 1."""
        return 1.0 if self.status == "ready" else len(self.variants) / self.variants_wanted

    def of_format(self, name: str) -> tuple[Variant, ...]:
        return tuple(each for each in self.variants if each.format == name)


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures that belong together."""

    id: UUID
    title: str
    is_published: bool
    display_order: int
    version: int


@dataclass(frozen=True, slots=True)
class Link:
    """Where else the business is found."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What the public page says; `texts` by language and name of `TEXTS`."""

    hero_picture_id: UUID | None = None
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    version: int = 0

    def text(self, name: str, language: str, fallback: str = "en") -> str:
        """Return a text in the language, else in the fallback, else in any that has it."""
        for each in (language, fallback, *self.texts):
            found = self.texts.get(each, {}).get(name, "")
            if found:
                return found
        return ""
