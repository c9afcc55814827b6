"""Writes of pictures: taken in at once, made ready by the worker, taken off and put back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from holdfast.capabilities.portfolio.commands.turns import one_at_a_time
from holdfast.capabilities.portfolio.jobs import make_picture
from holdfast.capabilities.portfolio.pictures import FORMATS, look, widths_of
from holdfast.capabilities.portfolio.queries import get_picture
from holdfast.capabilities.portfolio.storage import put, upload_name
from holdfast.capabilities.portfolio.types import Picture
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.errors import Conflict, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.jobs import enqueue
from holdfast.platform.tenancy import current_context

MOST_PICTURES = 500


def add_picture(
    *, actor: Actor, content: bytes, alt: str = "", caption: str = "", album_id: UUID | None = None
) -> Picture:
    """Take in an upload; the worker makes its variants. The same file sent twice is the picture it was.

    Raises `Unauthenticated`, `Forbidden`, `Invalid` (PICTURE_TOO_BIG, PICTURE_TOO_SMALL, PICTURE_UNREADABLE,
    TOO_MANY_PICTURES), `NotFound` (the album).
    """
    require(actor, "portfolio:manage")
    looked = look(content)
    tenant_id = current_context().tenant_id
    _check_album(album_id)
    digest = hashlib.sha256(content).digest()
    # One at a time in a business: the count below is then right, and so are the places in the order.
    one_at_a_time()
    known = fetch_value(
        "select id from picture where tenant_id = %s and content_hash = %s and removed_at is null"
        " and status <> 'failed'",
        (tenant_id, digest),
    )
    if known is not None:
        return _existing(known)
    execute(
        "update picture set removed_at = clock_timestamp() where tenant_id = %s and content_hash = %s"
        " and removed_at is null",
        (tenant_id, digest),
    )
    ((count, last),) = fetch_tuples(
        "select count(*), coalesce(max(display_order), -1) from picture"
        " where tenant_id = %s and removed_at is null",
        (tenant_id,),
    )
    if count >= MOST_PICTURES:
        raise Invalid(
            f"A portfolio has {MOST_PICTURES} pictures at most; take some off first.",
            code="TOO_MANY_PICTURES",
            field="picture",
        )
    picture_id = new_id()
    # Before the row: a file without a row is tidied up, a row without its file would be a broken promise.
    put(upload_name(tenant_id, picture_id), content)
    execute(
        "insert into picture (tenant_id, id, album_id, alt, caption, width, height, variants_wanted,"
        " content_hash, display_order) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            picture_id,
            album_id,
            alt,
            caption,
            looked.width,
            looked.height,
            len(widths_of(looked.width)) * len(FORMATS),
            digest,
            last + 1,
        ),
    )
    enqueue(make_picture, tenant_id=str(tenant_id), picture_id=str(picture_id))
    return _existing(picture_id)


def change_picture(
    *, actor: Actor, picture_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None
) -> Picture:
    """Change `alt`, `caption`, `album_id` or `display_order`; what is not named stays.

    Raises `NotFound`, `Conflict` (VERSION_CONFLICT).
    """
    require(actor, "portfolio:manage")
    picture = _locked(picture_id, expected_version)
    if "album_id" in changes:
        _check_album(changes["album_id"])
    wanted = {name: changes.get(name, getattr(picture, name)) for name in _CHANGEABLE}
    execute(
        "update picture set alt = %s, caption = %s, album_id = %s, display_order = %s,"
        " version = version + 1, updated_at = clock_timestamp() where tenant_id = %s and id = %s",
        (*wanted.values(), current_context().tenant_id, picture_id),
    )
    return _existing(picture_id)


def remove_picture(*, actor: Actor, picture_id: UUID, expected_version: int | None = None) -> Picture:
    """Take a picture off the pages; for thirty days it can come back. Raises as `change_picture`."""
    require(actor, "portfolio:manage")
    _locked(picture_id, expected_version)
    execute(
        "update picture set removed_at = clock_timestamp(), version = version + 1,"
        " updated_at = clock_timestamp() where tenant_id = %s and id = %s",
        (current_context().tenant_id, picture_id),
    )
    execute(
        "update portfolio set hero_picture_id = null, version = version + 1 where tenant_id = %s"
        " and hero_picture_id = %s",
        (current_context().tenant_id, picture_id),
    )
    return _existing(picture_id, with_removed=True)


def restore_picture(*, actor: Actor, picture_id: UUID) -> Picture:
    """Put a picture back that was taken off.

    Raises `NotFound`, `Conflict` PICTURE_EXISTS where the same file was sent again meanwhile.
    """
    require(actor, "portfolio:manage")
    tenant_id = current_context().tenant_id
    one_at_a_time()
    picture = _existing(picture_id, with_removed=True)
    if picture.removed_at is None:
        return picture
    twin = fetch_value(
        "select t.id from picture t join picture p on p.tenant_id = t.tenant_id"
        " and p.content_hash = t.content_hash where p.tenant_id = %s and p.id = %s and t.removed_at is null",
        (tenant_id, picture_id),
    )
    if twin is not None:
        raise Conflict("This picture is there already.", code="PICTURE_EXISTS", picture_id=str(twin))
    execute(
        "update picture set removed_at = null, version = version + 1, updated_at = clock_timestamp()"
        " where tenant_id = %s and id = %s",
        (tenant_id, picture_id),
    )
    return _existing(picture_id)


_CHANGEABLE = ("alt", "caption", "album_id", "display_order")


def _existing(picture_id: UUID, *, with_removed: bool = False) -> Picture:
    picture = get_picture(picture_id, with_removed=with_removed)
    if picture is None:
        raise NotFound("There is no such picture.")
    return picture


def _locked(picture_id: UUID, expected_version: int | None) -> Picture:
    execute(
        "select 1 from picture where tenant_id = %s and id = %s for no key update",
        (current_context().tenant_id, picture_id),
    )
    picture = _existing(picture_id)
    if expected_version is not None and picture.version != expected_version:
        raise Conflict(
            "This picture has changed since you looked.",
            code="VERSION_CONFLICT",
            current_version=picture.version,
        )
    return picture


def _check_album(album_id: UUID | None) -> None:
    if album_id is not None and not fetch_value(
        "select true from album where tenant_id = %s and id = %s", (current_context().tenant_id, album_id)
    ):
        raise NotFound("There is no such album.", field="album_id")
