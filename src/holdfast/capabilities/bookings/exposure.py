"""Exposure: where a business wishes it, guests are shown few of many free starts, by a fair lot (S1).

The lot itself is arithmetic (`holdfast.scheduling.exposure`). Here is whose policy counts, what is shown
stays for seven minutes, and what was shown anew is noted for the report.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest

from holdfast.capabilities.bookings.commands.offers import Offer, note_offers
from holdfast.capabilities.bookings.types import Day, Start, Wanted
from holdfast.capabilities.catalog.types import Service
from holdfast.platform.cache import shared_cache
from holdfast.platform.crypto import derive_token
from holdfast.platform.http.visitors import visitor_of
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.exposure import (
    CONTROL,
    Candidate,
    Exposure,
    Variant,
    Viewing,
    expose,
    exposure_seed,
    find_variant,
    rotation_hour,
    sticky_key,
)
from holdfast.scheduling.intervals import epoch

log = structlog.get_logger("holdfast.exposure")

VARIANT_HEADER = "X-Exposure-Variant"
STICKY_SECONDS = 420
"""S1: what somebody was shown stays for seven minutes, whatever the hour does."""
_NUMBER = struct.Struct(">q")


@dataclass(frozen=True, slots=True)
class Policy:
    """What guests are shown: all starts, or few; and with `only_exposed` they may book no other."""

    is_curated: bool
    only_exposed: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """A guest who is shown few: who it is (a hash), by which rule, and whether it may book the others."""

    name: str
    variant: Variant
    only_exposed: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The starts of a date that a viewer is shown, of how many, and by which rule."""

    starts: tuple[Start, ...]
    total: int
    variant: str

    @property
    def has_more(self) -> bool:
        """Whether there are free starts that are not shown."""
        return len({start.starts_at for start in self.starts}) < self.total


@dataclass(frozen=True, slots=True)
class _Sticky:
    """What is remembered of a look: the hour of its lot, until when, and what was shown."""

    hour: int
    until: int
    picks: tuple[int, ...] = ()


def policy_of(settings: Mapping[str, Any], service: Service) -> Policy:
    """Return the policy that counts for a service: its own, else the business's, else `all`."""
    own = settings.get("exposure")
    exposure: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
    is_curated = (service.exposure or exposure.get("policy")) == "curated"
    return Policy(is_curated, is_curated and exposure.get("only_exposed") is True)


def find_viewer(
    request: HttpRequest,
    *,
    tenant_id: UUID,
    settings: Mapping[str, Any],
    service: Service | None,
    is_guest: bool = True,
) -> Viewer | None:
    """Return who looks, or None for whoever is shown all: staff always, guests where the policy says so.

    Where no other start may be booked, a header chooses no other rule: it would choose other starts.
    """
    policy = policy_of(settings, service) if service is not None else None
    if not is_guest or policy is None or not policy.is_curated:
        return None
    variant = CONTROL if policy.only_exposed else find_variant(request.headers.get(VARIANT_HEADER))
    return Viewer(visitor_of(request, tenant_id), variant, policy.only_exposed)


def show_days(
    viewer: Viewer, wanted: Wanted, days: Sequence[Day], *, now: datetime, is_offer: bool = True
) -> list[Shown]:
    """Choose what the viewer is shown of each day; inside the tenant's context.

    What was shown within seven minutes is shown again while it is free; a start taken meanwhile makes room
    for the next one of the lot, of a part of the day that has none first. With `is_offer` this is remembered,
    and what is shown for the first time is noted for the report.
    """
    salt = exposure_salt()
    shown: list[Shown] = []
    offers: list[Offer] = []
    for day in days:
        viewing = viewing_of(viewer, wanted, day.date)
        look = sticky_key(viewing, variant=viewer.variant, salt=salt)
        key = f"expose:{current_context().tenant_id}:{look}:{_digest(wanted)}"
        kept = _read(shared_cache().get(key), now) if day.starts else None
        sticky = kept or _Sticky(rotation_hour(now), epoch(now) + STICKY_SECONDS)
        drawn = expose(
            candidates(day.starts),
            seed=exposure_seed(viewing, hour=sticky.hour, salt=salt),
            variant=viewer.variant,
            shown=sticky.picks,
        )
        shown.append(Shown(_starts(day.starts, drawn), drawn.total, drawn.variant))
        fresh = set(drawn.picks) - set(sticky.picks)
        if is_offer and fresh:
            sticky = _Sticky(sticky.hour, sticky.until, drawn.picks)
            shared_cache().set(key, _write(sticky), sticky.until - epoch(now))
            new = [start for start in shown[-1].starts if epoch(start.starts_at) in fresh]
            offers.append(
                Offer(
                    viewing.service_id,
                    wanted.resource_id,
                    wanted.location_id,
                    day.date,
                    drawn.variant,
                    kept is None,
                    drawn.total,
                    new,
                )
            )
    _note(offers, now)
    return shown


def viewing_of(viewer: Viewer, wanted: Wanted, local_date: date) -> Viewing:
    """Return what goes into the lot: who, the date, the (first) service and the person asked for."""
    return Viewing(viewer.name, local_date, wanted.service_ids[0], wanted.resource_id)


def candidates(starts: Iterable[Start]) -> list[Candidate]:
    """Return each free start once, as the lot knows it."""
    hours = {epoch(start.starts_at): start.local_start.hour for start in starts}
    return [Candidate(start, hour) for start, hour in hours.items()]


def exposure_salt() -> bytes:
    """Return the secret of the context's tenant that goes into each lot."""
    return derive_token(current_context().tenant_id, "exposure").encode()


def _digest(wanted: Wanted) -> str:
    """Tell apart questions with one lot but other starts: another place, more services, a bigger party."""
    return hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]


def _starts(starts: Iterable[Start], drawn: Exposure) -> tuple[Start, ...]:
    picks = set(drawn.picks)
    return tuple(start for start in starts if epoch(start.starts_at) in picks)


def _note(offers: Sequence[Offer], now: datetime) -> None:
    """Note what is offered, in the request's transaction; the answer is worth more than the note."""
    if not offers:
        return
    try:
        with transaction.atomic():
            note_offers(offers, now=now)
    except DatabaseError as failure:
        log.warning("offer_not_noted", error=type(failure).__name__)


def _write(sticky: _Sticky) -> bytes:
    return b"".join(_NUMBER.pack(number) for number in (sticky.hour, sticky.until, *sticky.picks))


def _read(kept: bytes | None, now: datetime) -> _Sticky | None:
    """Read what was remembered; None for nothing, for what is over, and for what is not ours."""
    if not kept or len(kept) % _NUMBER.size or len(kept) < 2 * _NUMBER.size:
        return None
    hour, until, *picks = (number for (number,) in _NUMBER.iter_unpack(kept))
    return _Sticky(hour, until, tuple(picks)) if until > epoch(now) else None
