"""Pictures made for tests: with metadata, sideways, broken, and larger inside than outside."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw


def photograph(width: int = 1200, height: int = 900) -> Image.Image:
    """Something with edges and gradients, the upper left corner red."""
    picture = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 3, height // 3), fill=(220, 20, 20))
    draw.ellipse((width // 2, height // 2, width - 1, height - 1), fill=(20, 120, 220))
    return picture


def as_bytes(picture: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **more)
    return buffer.getvalue()


def with_metadata(picture: Image.Image, *, orientation: int = 1) -> bytes:
    """A JPEG that says where, when and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = orientation
    exif[0x9286] = "a private remark"
    exif.get_ifd(0x8825)[2] = (25.0, 12.0, 17.0)
    return as_bytes(picture, exif=exif, comment=b"a private remark")


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes of PNG which say that they are enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1_000_000, 9))
        + chunk(b"IEND", b"")
    )
