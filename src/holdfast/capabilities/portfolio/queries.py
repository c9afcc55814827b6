"""What pages and the API show of a portfolio."""

from __future__ import annotations

import re
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from holdfast.capabilities.portfolio.storage import open_file, variant_address, variant_path
from holdfast.capabilities.portfolio.types import Album, Link, Picture, Portfolio, Variant
from holdfast.platform.db.rows import fetch_all, fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context

_VARIANT = re.compile(r"[0-9]{1,5}-[0-9a-f]{16}\.(avif|webp)", re.ASCII)
_PICTURE = (
    "select p.id, p.album_id, p.alt, p.caption, p.status, p.problem, p.width, p.height, p.placeholder,"
    " p.colour, p.variants, p.variants_wanted, p.display_order, p.version, p.created_at, p.removed_at"
    " from picture p where p.tenant_id = %s"
)


def get_portfolio() -> Portfolio:
    """Return the words and links of the context's business; empty ones where it has written none."""
    rows = fetch_tuples(
        "select hero_picture_id, texts, links, version from portfolio where tenant_id = %s",
        (current_context().tenant_id,),
    )
    if not rows:
        return Portfolio()
    hero, texts, links, version = rows[0]
    return Portfolio(hero, texts, tuple(Link(**each) for each in links), version)


def portfolio_changed_at() -> datetime | None:
    """Return when anything of it last changed: words, links, albums or pictures; None where there is none."""
    tenant_id = current_context().tenant_id
    changed_at: datetime | None = fetch_value(
        "select max(updated_at) from (select updated_at from portfolio where tenant_id = %s"
        " union all select updated_at from album where tenant_id = %s"
        " union all select updated_at from picture where tenant_id = %s) as changed",
        (tenant_id, tenant_id, tenant_id),
    )
    return changed_at


def get_picture(picture_id: UUID, *, with_removed: bool = False) -> Picture | None:
    """Return one picture of the context's business, whatever its status."""
    rows = fetch_tuples(f"{_PICTURE} and p.id = %s", (current_context().tenant_id, picture_id))
    found = _picture(rows[0]) if rows else None
    return None if found is None or (found.removed_at and not with_removed) else found


def list_pictures(
    *, ready_only: bool = True, album_id: UUID | None = None, limit: int | None = None
) -> list[Picture]:
    """Return the pictures in display order, oldest first; without `ready_only` those in the making too.

    What is in an unpublished album is for staff only, that is without `ready_only`.
    """
    rows = fetch_tuples(
        f"{_PICTURE} and p.removed_at is null and (%s::uuid is null or p.album_id = %s)"
        " and (not %s or (p.status = 'ready' and not exists (select from album a"
        " where a.tenant_id = p.tenant_id and a.id = p.album_id and not a.is_published)))"
        " order by p.display_order, p.id limit %s",
        (current_context().tenant_id, album_id, album_id, ready_only, limit),
    )
    return [_picture(row) for row in rows]


def list_removed_pictures(*, limit: int = 24) -> list[Picture]:
    """Return what was taken off and can still come back, the last one first."""
    rows = fetch_tuples(
        f"{_PICTURE} and p.removed_at is not null order by p.removed_at desc, p.id limit %s",
        (current_context().tenant_id, limit),
    )
    return [_picture(row) for row in rows]


def list_albums(*, published_only: bool = True) -> list[Album]:
    """Return the albums in display order."""
    return fetch_all(
        Album,
        "select id, title, is_published, display_order, version from album"
        " where tenant_id = %s and (is_published or not %s) order by display_order, id",
        (current_context().tenant_id, published_only),
    )


def open_variant(tenant_id: UUID, picture_id: UUID, name: str) -> IO[bytes] | None:
    """Open one file of a picture, or return None: only what a variant can be called is looked for."""
    if not _VARIANT.fullmatch(name):
        return None
    try:
        return open_file(variant_path(tenant_id, picture_id, name))
    except FileNotFoundError:
        return None


def _picture(row: tuple[Any, ...]) -> Picture:
    *before, variants, wanted, order, version, created_at, removed_at = row
    picture_id: UUID = row[0]
    return Picture(
        *before,
        tuple(
            Variant(
                each["format"],
                each["width"],
                each["height"],
                each["bytes"],
                variant_address(picture_id, each["name"]),
            )
            for each in variants
        ),
        wanted,
        order,
        version,
        created_at,
        removed_at,
    )
