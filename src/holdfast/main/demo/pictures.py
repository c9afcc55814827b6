"""Pictures of the demo businesses: painted by the worker, after the start, and taken in like uploads."""

from __future__ import annotations

import io
from random import Random
from uuid import UUID

from django.db import connections

from holdfast.capabilities.portfolio.commands import add_picture, create_album, save_portfolio
from holdfast.capabilities.portfolio.queries import get_portfolio, list_albums
from holdfast.capabilities.portfolio.types import Link
from holdfast.main.demo.paint import finished
from holdfast.main.demo.portfolios import PORTFOLIOS, Painting
from holdfast.platform.access import system_actor
from holdfast.platform.jobs import background, enqueue
from holdfast.platform.tenancy import current_context, tenant_context

_PAINTER = system_actor("demo")


def show_portfolio(slug: str) -> None:
    """Save the words and albums of a demo business; its pictures are painted later, one after another."""
    portfolio = PORTFOLIOS[slug]
    save_portfolio(
        actor=_PAINTER,
        texts=portfolio.texts,
        links=[Link(label, url) for label, url in portfolio.links],
    )
    for title in portfolio.albums:
        create_album(actor=_PAINTER, title=title)
    for number in range(len(portfolio.paintings)):
        enqueue(
            make_picture,
            one_after_another="demo.pictures",
            tenant_id=str(current_context().tenant_id),
            slug=slug,
            number=number,
        )


@background("demo.make_picture")
def make_picture(*, tenant_id: str, slug: str, number: int) -> None:
    """Paint a picture and take it in; the first one of a business stands beside its greeting.

    Run twice it paints the same bytes, which are the picture that is there already.
    """
    painting = PORTFOLIOS[slug].paintings[number]
    connections.close_all()  # Painting takes seconds, in which others may use the connection.
    content = paint(painting)
    with tenant_context(UUID(tenant_id), _PAINTER.label):
        albums = {album.title: album.id for album in list_albums(published_only=False)}
        picture = add_picture(
            actor=_PAINTER,
            content=content,
            alt=painting.alt,
            caption=painting.caption,
            album_id=albums.get(painting.album),
        )
        if number == 0 and get_portfolio().hero_picture_id is None:
            save_portfolio(actor=_PAINTER, hero_picture_id=picture.id, keep_hero=False)


def paint(painting: Painting) -> bytes:
    """Return the picture as a file, the same bytes whenever it is painted."""
    chance = Random(painting.seed)
    picture = finished(painting.motif(painting.size, painting.palette, chance), chance)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
