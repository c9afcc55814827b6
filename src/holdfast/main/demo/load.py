"""Loads the demo businesses, once, into an installation that has no business yet."""

from __future__ import annotations

import random
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from holdfast.capabilities.tenants.queries import list_tenants
from holdfast.main.demo.build import build_business
from holdfast.main.demo.fill import fill_calendars
from holdfast.main.demo.glow import GLOW
from holdfast.main.demo.luma import LUMA
from holdfast.main.demo.north import NORTH
from holdfast.main.demo.pictures import show_portfolio
from holdfast.main.demo.sol import SOL
from holdfast.platform import clock
from holdfast.platform.access import system_actor
from holdfast.platform.config import BadConfiguration
from holdfast.platform.events import nobody_listening
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date

BUSINESSES = (GLOW, LUMA, SOL, NORTH)
DEMO_PASSWORD = "holdfast-demo"
_SEED = 20


def load_demo() -> bool:
    """Create the four businesses with their bookings around today; tell whether that was done.

    Does nothing where a business exists already. All or nothing: one transaction, so an interrupted load
    leaves an empty installation, which the next start fills. Raises `BadConfiguration` in production,
    where accounts with a known password must never be.
    """
    if settings.HOLDFAST.is_production:
        raise BadConfiguration("The demo businesses have a known password; they are for development only.")
    with transaction.atomic(), nobody_listening():
        if list_tenants():
            return False
        now = clock.now()
        actor = system_actor("demo")
        for business in BUSINESSES:
            today = local_date(now, ZoneInfo(business.time_zone))
            built = build_business(business, actor=actor, today=today, password=DEMO_PASSWORD)
            chance = random.Random(_SEED)
            fill_calendars(built, business, actor=actor, today=today, chance=chance)
            with tenant_context(built.tenant_id, actor.label):
                show_portfolio(business.slug)
    return True
