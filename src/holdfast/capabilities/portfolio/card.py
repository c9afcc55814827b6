"""The picture that others show beside a link to the business: a JPEG, which every reader of links knows.

It is made when it is first asked for and kept beside the variants; its address holds the hash of the variant
that it is made of, so what it shows never changes.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from PIL import Image, ImageOps

from holdfast.capabilities.portfolio.queries import get_picture
from holdfast.capabilities.portfolio.storage import get, open_file, put, variant_path
from holdfast.capabilities.portfolio.types import Picture, Variant
from holdfast.platform.tenancy import current_context

_WIDTH, _HEIGHT = 1200, 630
_MADE_OF = 1280
_LEAST = 320
_QUALITY = 82
_NAME = re.compile(r"[0-9a-f]{16}\.jpg", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """Where the picture is on the business's own host, and its size."""

    address: str
    width: int
    height: int


def find_card(picture: Picture) -> Card | None:
    """Return the card of a picture; None where it is not ready, or too small for one."""
    source = _source(picture)
    if source is None:
        return None
    return Card(f"/media/{picture.id}/card/{_hash(source)}.jpg", *_size(source))


def open_card(picture_id: UUID, name: str) -> IO[bytes] | None:
    """Open the card by the last part of its address; None where there is no such card (any more)."""
    picture = get_picture(picture_id) if _NAME.fullmatch(name) else None
    source = _source(picture) if picture else None
    if source is None or name != f"{_hash(source)}.jpg":
        return None
    tenant_id = current_context().tenant_id
    path = card_path(tenant_id, picture_id, source.address)
    try:
        return open_file(path)
    except FileNotFoundError:
        put(path, _make(get(variant_path(tenant_id, picture_id, _name(source.address))), _size(source)))
    return open_file(path)


def card_path(tenant_id: UUID, picture_id: UUID, variant: str) -> str:
    """Where the card made of a variant (its name or address) is in the store."""
    digest = variant.rpartition("-")[2].partition(".")[0]
    return variant_path(tenant_id, picture_id, f"card-{digest}.jpg")


def _source(picture: Picture) -> Variant | None:
    """The variant that it is made of: the first that is wide enough, else the widest."""
    if picture.status != "ready":
        return None
    files = [each for each in picture.of_format("webp") if each.width >= _LEAST]
    return next((each for each in files if each.width >= _MADE_OF), files[-1] if files else None)


def _size(source: Variant) -> tuple[int, int]:
    width = min(_WIDTH, source.width)
    return width, round(width * _HEIGHT / _WIDTH)


def _make(content: bytes, size: tuple[int, int]) -> bytes:
    with Image.open(io.BytesIO(content), formats=("WEBP",)) as picture:
        fitted = ImageOps.fit(picture.convert("RGBA"), size, Image.Resampling.LANCZOS)
        # JPEG knows no transparency; what was see-through stands on white, as it would on paper.
        card = Image.new("RGB", size, "white")
        card.paste(fitted, mask=fitted.getchannel("A"))
        buffer = io.BytesIO()
        card.save(buffer, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
        return buffer.getvalue()


def _name(address: str) -> str:
    return address.rpartition("/")[2]


def _hash(source: Variant) -> str:
    return _name(source.address).partition("-")[2].partition(".")[0]
