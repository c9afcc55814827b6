"""Writes of what the public page says, and of its albums."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from holdfast.capabilities.portfolio.commands.turns import one_at_a_time
from holdfast.capabilities.portfolio.queries import get_picture, get_portfolio
from holdfast.capabilities.portfolio.types import Album, Link, Portfolio
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_one, fetch_value
from holdfast.platform.errors import Conflict, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context

_MADE_ALBUM = (
    "insert into album (tenant_id, id, title, is_published, display_order) select %s, %s, %s, %s,"
    " coalesce(max(display_order), -1) + 1 from album where tenant_id = %s"
    " returning id, title, is_published, display_order, version"
)
_CHANGED_ALBUM = (
    "update album set title = coalesce(%s, title), is_published = coalesce(%s, is_published),"
    " display_order = coalesce(%s, display_order), version = version + 1, updated_at = clock_timestamp()"
    " where tenant_id = %s and id = %s returning id, title, is_published, display_order, version"
)


def save_portfolio(
    *,
    actor: Actor,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    links: Sequence[Link] | None = None,
    hero_picture_id: UUID | None = None,
    keep_hero: bool = True,
    expected_version: int | None = None,
) -> Portfolio:
    """Change the words, links and first picture of the public page; None leaves words or links as they are.

    With `keep_hero` the first picture stays. `expected_version` 0 is that of a business that has saved none.
    Raises `Unauthenticated`, `Forbidden`, `NotFound` (the picture), `Conflict` (VERSION_CONFLICT).
    """
    require(actor, "portfolio:manage")
    tenant_id = current_context().tenant_id
    one_at_a_time()
    known = get_portfolio()
    if expected_version is not None and known.version != expected_version:
        raise Conflict(
            "The page has changed since you looked.", code="VERSION_CONFLICT", current_version=known.version
        )
    hero = known.hero_picture_id if keep_hero else hero_picture_id
    if hero is not None and get_picture(hero) is None:
        raise NotFound("There is no such picture.", field="hero_picture_id")
    said = known.texts if texts is None else texts
    execute(
        "insert into portfolio (tenant_id, hero_picture_id, texts, links)"
        " values (%s, %s, %s::jsonb, %s::jsonb) on conflict (tenant_id) do update"
        " set hero_picture_id = excluded.hero_picture_id,"
        " texts = excluded.texts, links = excluded.links, version = portfolio.version + 1,"
        " updated_at = clock_timestamp()",
        (
            tenant_id,
            hero,
            json.dumps({name: dict(each) for name, each in said.items()}),
            json.dumps([asdict(each) for each in (known.links if links is None else links)]),
        ),
    )
    return get_portfolio()


def create_album(*, actor: Actor, title: str, is_published: bool = True) -> Album:
    """Add an album after the others."""
    require(actor, "portfolio:manage")
    made = fetch_one(
        Album,
        _MADE_ALBUM,
        (current_context().tenant_id, new_id(), title, is_published, current_context().tenant_id),
    )
    if made is None:
        raise RuntimeError("an insert returned nothing")
    return made


def update_album(
    *, actor: Actor, album_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None
) -> Album:
    """Change `title`, `is_published` or `display_order`. Raises `NotFound`, `Conflict` (VERSION_CONFLICT)."""
    require(actor, "portfolio:manage")
    where = (current_context().tenant_id, album_id)
    version = fetch_value("select version from album where tenant_id = %s and id = %s for update", where)
    if version is None:
        raise NotFound("There is no such album.")
    if expected_version is not None and version != expected_version:
        raise Conflict(
            "This album has changed since you looked.", code="VERSION_CONFLICT", current_version=version
        )
    changed = fetch_one(
        Album,
        _CHANGED_ALBUM,
        (changes.get("title"), changes.get("is_published"), changes.get("display_order"), *where),
    )
    if changed is None:
        raise NotFound("There is no such album.")
    return changed
