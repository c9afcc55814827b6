"""Pictures on the wall of a business, without the time it takes to make them: rows that say it is done."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from holdfast.capabilities.portfolio.pictures import WIDTHS
from holdfast.platform.db.rows import execute
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business

PLACEHOLDER = "data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA="


def hang_picture(
    business: Business,
    *,
    alt: str = "",
    caption: str = "",
    album_id: UUID | None = None,
    place: int = 0,
    size: tuple[int, int] = (1600, 2000),
    status: str = "ready",
) -> UUID:
    """Put a picture up as if the worker had made it: every width in both formats."""
    picture_id, (width, height) = new_id(), size
    variants = [
        {
            "format": name,
            "width": each,
            "height": round(each * height / width),
            "name": f"{each}-{hashlib.sha256(f'{picture_id}{each}{name}'.encode()).hexdigest()[:16]}.{name}",
            "bytes": each * 40,
        }
        for each in (*(known for known in WIDTHS if known < width), width)
        for name in ("avif", "webp")
    ]
    with tenant_context(business.tenant_id, TESTER.label):
        execute(
            "insert into picture (tenant_id, id, album_id, alt, caption, status, width, height, placeholder,"
            " colour, variants, variants_wanted, content_hash, display_order)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, '#b08070', %s::jsonb, %s, %s, %s)",
            (
                business.tenant_id,
                picture_id,
                album_id,
                alt,
                caption,
                status,
                width,
                height,
                PLACEHOLDER if status == "ready" else "",
                json.dumps(variants if status == "ready" else []),
                len(variants),
                picture_id.bytes,
                place,
            ),
        )
    return picture_id
