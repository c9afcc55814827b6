"""Schedules over HTTP: parse, one call, answer."""

from ninja import Router

from holdfast.capabilities.schedules.api import rules

router = Router()
router.add_router("", rules.router)

__all__ = ["router"]
