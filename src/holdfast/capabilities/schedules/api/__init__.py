"""Schedules over HTTP: parse, one call, answer."""

from ninja import Router

from holdfast.capabilities.schedules.api import blackouts, rules

router = Router()
router.add_router("", blackouts.router)
router.add_router("", rules.router)

__all__ = ["router"]
