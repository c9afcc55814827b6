"""The order of pictures, changed one step at a time."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from holdfast.capabilities.portfolio.commands.turns import one_at_a_time
from holdfast.capabilities.portfolio.queries import list_pictures
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import NotFound
from holdfast.platform.tenancy import current_context

_PLACED = (
    "update picture p set display_order = w.place, version = p.version + 1, updated_at = clock_timestamp()"
    " from unnest(%s::uuid[]) with ordinality w (id, place)"
    " where p.tenant_id = %s and p.id = w.id and p.display_order <> w.place"
)


def move_picture(*, actor: Actor, picture_id: UUID, way: Literal["up", "down"]) -> bool:
    """Let a picture change places with the one before or after it in its album; False where there is none.

    Raises `Unauthenticated`, `Forbidden`, `NotFound`.
    """
    require(actor, "portfolio:manage")
    one_at_a_time()
    pictures = list_pictures(ready_only=False)
    mine = next((each for each in pictures if each.id == picture_id), None)
    if mine is None:
        raise NotFound("There is no such picture.")
    album = [each for each in pictures if each.album_id == mine.album_id]
    place = album.index(mine) + (-1 if way == "up" else 1)
    if not 0 <= place < len(album):
        return False
    here, there = pictures.index(mine), pictures.index(album[place])
    pictures[here], pictures[there] = pictures[there], pictures[here]
    execute(_PLACED, ([each.id for each in pictures], current_context().tenant_id))
    return True
