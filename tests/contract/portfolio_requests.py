"""Working requests to the operations on the portfolio: the parts of each, by operation id."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from holdfast.capabilities.portfolio.commands import add_picture, create_album, remove_picture
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business
from tests.capabilities.portfolio.pictures import as_bytes, photograph

_PICTURES = "/api/v1/portfolio/pictures"
_widths = count(20)
_ORDER = {"display_order": "number", "version": "number"}


def portfolio_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """The parts of a request for each operation id."""
    picture, removed, album = _picture_of(shop), _picture_of(shop, is_removed=True), _album_of(shop)
    words = {"title": "line", "is_published": "flag"}
    return {
        "get_portfolio": {"method": "GET", "path": "/api/v1/portfolio"},
        "change_portfolio": {
            "method": "PATCH",
            "path": "/api/v1/portfolio",
            "body": {"hero_picture_id": str(picture)},
            "kinds": {"hero_picture_id": "id"},
        },
        "create_picture": {
            "method": "POST",
            "path": _PICTURES,
            "query": {"alt": "A bride", "caption": "June", "album_id": str(album)},
            "kinds": {"alt": "line", "caption": "text", "album_id": "id"},
            "picture": as_bytes(photograph(next(_widths), 20), "PNG"),
        },
        "get_picture": {"method": "GET", "path": f"{_PICTURES}/{picture}"},
        "change_picture": {
            "method": "PATCH",
            "path": f"{_PICTURES}/{picture}",
            "body": {"alt": "A bride", "caption": "June", "album_id": str(album), "display_order": 2},
            "kinds": {"alt": "line", "caption": "text", "album_id": "id", "display_order": "number"},
        },
        "remove_picture": {"method": "DELETE", "path": f"{_PICTURES}/{_picture_of(shop)}"},
        "restore_picture": {"method": "POST", "path": f"{_PICTURES}/{removed}/restore"},
        "create_album": {
            "method": "POST",
            "path": "/api/v1/portfolio/albums",
            "body": {"title": "Brides", "is_published": True},
            "kinds": words,
        },
        "change_album": {
            "method": "PATCH",
            "path": f"/api/v1/portfolio/albums/{album}",
            "body": {"title": "Brides", "is_published": False, "display_order": 3, "version": 1},
            "kinds": words | _ORDER,
        },
    }


def _picture_of(shop: Business, *, is_removed: bool = False) -> UUID:
    with tenant_context(shop.tenant_id, TESTER.label):
        content = as_bytes(photograph(next(_widths), 20), "PNG")
        picture = add_picture(actor=TESTER, content=content)
        if is_removed:
            remove_picture(actor=TESTER, picture_id=picture.id)
    return picture.id


def _album_of(shop: Business) -> UUID:
    with tenant_context(shop.tenant_id, TESTER.label):
        return create_album(actor=TESTER, title="Brides").id
