"""Pictures as bytes: what they are, and what pages show of them. Nothing here knows of businesses or stores.

What a camera wrote beside the picture (place, time, its serial number) is never part of what is made.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from holdfast.platform.errors import Invalid

Format = Literal["avif", "webp"]

MOST_BYTES = 25 * 1024 * 1024
"""The largest upload; a phone's photograph has 2 to 12 MB."""
MOST_PIXELS = 50_000_000
MOST_SIDE = 16_384
LEAST_SIDE = 16
WIDTHS = (320, 480, 640, 960, 1280, 1920)
"""The widths that pages ask for, in pixels; a picture that is narrower keeps its own."""

FORMATS: tuple[Format, ...] = ("avif", "webp")
_READ = ("JPEG", "PNG", "WEBP", "AVIF")
_QUALITY: dict[Format, dict[str, int]] = {
    "avif": {"quality": 55, "speed": 8, "max_threads": 1},
    "webp": {"quality": 76, "method": 4},
}
_PLACEHOLDER_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file says of itself, before its pixels are read: `width` and `height` as it will be seen."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Made:
    """One variant of a picture, as bytes of an image file."""

    format: Format
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Impression:
    """What is shown until the picture is there: a blurred picture as a data address, and one colour."""

    placeholder: str
    colour: str


def look(content: bytes) -> Looked:
    """Return what an upload is, from its first bytes alone; nothing is decoded yet.

    Raises `Invalid`: PICTURE_TOO_BIG, PICTURE_TOO_SMALL, PICTURE_UNREADABLE (none of the formats, or broken).
    """
    if len(content) > MOST_BYTES:
        raise Invalid(
            f"A picture has {MOST_BYTES // 1024 // 1024} MB at most.", code="PICTURE_TOO_BIG", field="picture"
        )
    with _opened(content) as picture:
        width, height = picture.size
        if picture.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            width, height = height, width
        return Looked(picture.format or "", width, height)


def read(content: bytes) -> Image.Image:
    """Return the picture upright and in sRGB, and nothing of its metadata. Raises as `look`."""
    with _opened(content) as picture:
        # A JPEG is decoded at a fraction of its size where no variant needs more.
        picture.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))
        try:
            picture.load()
        except (OSError, SyntaxError, ValueError, MemoryError) as broken:
            raise _unreadable() from broken
        upright = ImageOps.exif_transpose(picture)
        has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        plain = _in_srgb(upright, "RGBA" if has_alpha else "RGB")
        bare = Image.new(plain.mode, plain.size)
        bare.paste(plain)
        return bare


def widths_of(width: int) -> tuple[int, ...]:
    """Return the widths at which a picture of this width is made."""
    return (*(each for each in WIDTHS if each < width), min(width, WIDTHS[-1]))[: len(WIDTHS)]


def make_variants(picture: Image.Image, formats: Sequence[Format] = FORMATS) -> Iterator[Made]:
    """Yield the picture at every width that it has, in every format, the narrowest first."""
    for width in widths_of(picture.width):
        size = (width, max(1, round(picture.height * width / picture.width)))
        scaled = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
        for name in formats:
            buffer = io.BytesIO()
            scaled.save(buffer, name.upper(), **_QUALITY[name])
            yield Made(name, *size, buffer.getvalue())


def impression(picture: Image.Image) -> Impression:
    """Return what to show until the picture is there."""
    flat = picture.convert("RGB")
    small = flat.resize(
        (_PLACEHOLDER_WIDTH, max(1, round(picture.height * _PLACEHOLDER_WIDTH / picture.width))),
        Image.Resampling.BOX,
    )
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=20, method=6)
    red, green, blue = flat.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return Impression(
        f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}",
        f"#{red:02x}{green:02x}{blue:02x}",
    )


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    formats = (*_READ, "HEIF") if _reads_heif() else _READ
    try:
        with warnings.catch_warnings():
            # Size is judged below, in words that help; and Pillow's own warning is no refusal.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as bomb:
        raise _too_big() from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as unknown:
        raise _unreadable() from unknown
    with picture:
        width, height = picture.size
        if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
            raise _too_big()
        if min(width, height) < LEAST_SIDE:
            raise Invalid(
                f"A picture is at least {LEAST_SIDE} pixels wide and high.",
                code="PICTURE_TOO_SMALL",
                field="picture",
            )
        yield picture


@cache
def _reads_heif() -> bool:
    """Whether the optional library for the photographs of iPhones is installed (the extra `heic`)."""
    with suppress(ImportError):
        import_module("pillow_heif").register_heif_opener()
        return True
    return False


def _in_srgb(picture: Image.Image, mode: str) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            converted = ImageCms.profileToProfile(
                picture if picture.mode != "RGBA" else picture.convert("RGB"),
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            if converted is not None:
                if picture.mode == "RGBA":
                    converted.putalpha(picture.getchannel("A"))
                return converted.convert(mode)
    return picture.convert(mode)


def _too_big() -> Invalid:
    return Invalid(
        f"A picture has {MOST_PIXELS // 1_000_000} million pixels at most, and {MOST_SIDE} to a side.",
        code="PICTURE_TOO_BIG",
        field="picture",
    )


def _unreadable() -> Invalid:
    return Invalid(
        "This is no picture that we can read. Send a JPEG, PNG, WebP or AVIF.",
        code="PICTURE_UNREADABLE",
        field="picture",
    )
