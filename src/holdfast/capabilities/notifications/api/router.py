"""Where the operations of notifications are registered."""

from ninja import Router

router = Router(tags=["notifications"])
