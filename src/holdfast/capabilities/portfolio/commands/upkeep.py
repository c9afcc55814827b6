"""What is tidied up by and by: pictures that were taken off, and uploads that nobody knows of."""

from __future__ import annotations

from datetime import datetime, timedelta

from holdfast.capabilities.portfolio.card import card_path
from holdfast.capabilities.portfolio.storage import list_uploads, remove, upload_name, variant_path
from holdfast.platform.db.rows import execute, fetch_tuples
from holdfast.platform.tenancy import current_context

_KEPT_DAYS = 30
_LOST_AFTER = timedelta(days=1)


def forget_removed_pictures(*, now: datetime, limit: int = 100) -> int:
    """Remove the files and rows of what was taken off a month ago; return how many. A part of the upkeep."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select id, variants from picture where tenant_id = %s and removed_at < %s"
        " order by removed_at limit %s for update skip locked",
        (tenant_id, now - timedelta(days=_KEPT_DAYS), limit),
    )
    for picture_id, variants in rows:
        for each in variants:
            remove(variant_path(tenant_id, picture_id, each["name"]))
            remove(card_path(tenant_id, picture_id, each["name"]))
        remove(upload_name(tenant_id, picture_id))
        execute("delete from picture where tenant_id = %s and id = %s", (tenant_id, picture_id))
    return len(rows)


def forget_lost_uploads(*, now: datetime) -> int:
    """Remove uploads older than a day whose picture was never written or is made; return how many."""
    tenant_id = current_context().tenant_id
    waiting = list_uploads(tenant_id, before=now - _LOST_AFTER)
    if not waiting:
        return 0
    wanted = {
        picture_id
        for (picture_id,) in fetch_tuples(
            "select id from picture where tenant_id = %s and id = any(%s) and status = 'processing'",
            (tenant_id, waiting),
        )
    }
    lost = [picture_id for picture_id in waiting if picture_id not in wanted]
    for picture_id in lost:
        remove(upload_name(tenant_id, picture_id))
    return len(lost)
