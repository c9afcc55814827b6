"""Schedules over HTTP: parse, one call, answer."""

from ninja import Router

from holdfast.capabilities.schedules.api import blackouts

router = Router()
router.add_router("", blackouts.router)

__all__ = ["router"]
