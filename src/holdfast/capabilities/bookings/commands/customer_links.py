"""Links by which customers find all of their bookings: asked for by e-mail address, opened from its mailbox.

Asking tells nobody whether an address is known: nothing is looked up until the mail is made.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.settings import LINK_HOURS
from holdfast.capabilities.people.contacts import is_email, normalise_email
from holdfast.platform.access import GUEST
from holdfast.platform.crypto import blind_index, token_hash
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.events import Event, publish
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context, tenant_context

LINK_ASKED = "customer.link_asked"
# 256 bits, twice what is asked for.
_RANDOM_BYTES = 32
_KEPT_DAYS = 30


def index_of(tenant_id: UUID, email: str) -> bytes:
    """Return the blind index of an address as somebody typed it. Raises `Invalid` for what is no address."""
    email = email.strip()
    if not is_email(email):
        raise Invalid("This does not look like an e-mail address.", field="email")
    return blind_index(tenant_id, "email", normalise_email(email))


def ask_for_link(*, tenant_id: UUID, email_index: bytes, language: str, now: datetime) -> None:
    """Let a link be mailed to the address, if it is a customer's: the same work for any address.

    May be called in an open transaction of the tenant.
    """
    data = {"email_index": email_index.hex(), "language": language}
    with tenant_context(tenant_id, GUEST.label):
        publish(Event(LINK_ASKED, tenant_id, new_id(), now, data))


def make_link(*, email_index: bytes, settings: Mapping[str, Any]) -> tuple[str, datetime]:
    """Make a link's token, told once and stored as a hash, and when it ends; others stay as they are.

    The business's setting `customer_link_hours` says how long it opens: 24 by default, a week at most.
    """
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    expires_at: datetime = fetch_value(
        "insert into customer_link (tenant_id, token_hash, email_index, created_at, expires_at)"
        " select %s, %s, %s, clock.at, clock.at + %s from (select clock_timestamp() as at) clock"
        " returning expires_at",
        (current_context().tenant_id, token_hash(token), email_index, _lifetime(settings)),
    )
    return token, expires_at


def revoke_links(*, tenant_id: UUID, token: str) -> int:
    """End every link of the address whose mailbox this one came from, on all devices; return how many.

    Raises `NotFound` for a token that opens nothing.
    """
    with tenant_context(tenant_id, GUEST.label):
        count = execute(
            "update customer_link set revoked_at = clock_timestamp() where tenant_id = %(tenant)s"
            " and revoked_at is null and expires_at > clock_timestamp() and email_index = ("
            "select email_index from customer_link where tenant_id = %(tenant)s and token_hash = %(hash)s"
            " and revoked_at is null and expires_at > clock_timestamp())",
            {"tenant": tenant_id, "hash": token_hash(token)},
        )
    if not count:
        raise NotFound("There is no such link, or it has ended.")
    return count


def forget_old_links() -> int:
    """Delete the context's links that ended a month ago, a few thousand; return how many."""
    tenant_id = current_context().tenant_id
    return execute(
        "delete from customer_link where tenant_id = %s and token_hash in ("
        "select token_hash from customer_link where tenant_id = %s"
        " and expires_at < clock_timestamp() - make_interval(days => %s) order by expires_at limit 5000)",
        (tenant_id, tenant_id, _KEPT_DAYS),
    )


def _lifetime(settings: Mapping[str, Any]) -> timedelta:
    hours = settings.get("customer_link_hours")
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not math.isfinite(hours):
        hours = LINK_HOURS.usual
    return timedelta(hours=min(LINK_HOURS.most, max(LINK_HOURS.least, hours)))
