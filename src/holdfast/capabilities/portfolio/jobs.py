"""Making pictures ready: every width and format, one after another, so that progress can be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import connections

from holdfast.capabilities.portfolio.pictures import impression, make_variants, read
from holdfast.capabilities.portfolio.storage import (
    get,
    put,
    remove,
    upload_name,
    variant_name,
    variant_path,
)
from holdfast.platform.access import system_actor
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Invalid
from holdfast.platform.jobs import background
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.portfolio")
_SEEN = "update picture set placeholder = %s, colour = %s where tenant_id = %s and id = %s"
_STEP = "update picture set variants = %s::jsonb where tenant_id = %s and id = %s"
_READY = (
    "update picture set status = 'ready', variants_wanted = %s, version = version + 1,"
    " updated_at = clock_timestamp() where tenant_id = %s and id = %s"
)
_FAILED = (
    "update picture set status = 'failed', problem = %s, version = version + 1,"
    " updated_at = clock_timestamp() where tenant_id = %s and id = %s"
)
_MAKER = system_actor("portfolio")


@dataclass(frozen=True, slots=True)
class _Work:
    """One picture of one business, written to in short transactions of its own."""

    tenant_id: UUID
    picture_id: UUID

    @contextmanager
    def step(self) -> Iterator[tuple[UUID, UUID]]:
        """A transaction of its own, with what names the picture."""
        with tenant_context(self.tenant_id, _MAKER.label):
            yield self.tenant_id, self.picture_id

    def status(self) -> str:
        with self.step() as which:
            found = fetch_value("select status from picture where tenant_id = %s and id = %s", which)
        return str(found or "")


@background("portfolio.make_picture")
def make_picture(*, tenant_id: str, picture_id: str) -> None:
    """Make the variants of an upload, then let go of the upload. Run twice it makes the same files."""
    work = _Work(UUID(tenant_id), UUID(picture_id))
    told = log.bind(tenant=tenant_id, picture=picture_id)
    upload = upload_name(work.tenant_id, work.picture_id)
    if work.status() != "processing":
        told.info("picture_not_wanted")
        return
    try:
        picture = read(get(upload))
    except (Invalid, FileNotFoundError) as failure:
        code = failure.code if isinstance(failure, Invalid) else "PICTURE_LOST"
        with work.step() as which:
            execute(_FAILED, (code, *which))
        remove(upload)
        told.warning("picture_failed", problem=code)
        return
    seen = impression(picture)
    with work.step() as which:
        execute(_SEEN, (seen.placeholder, seen.colour, *which))
    connections.close_all()  # Encoding takes seconds, in which others may use the connection.
    made: list[dict[str, object]] = []
    for variant in make_variants(picture):
        name = variant_name(variant.content, width=variant.width, suffix=variant.format)
        put(variant_path(work.tenant_id, work.picture_id, name), variant.content)
        made.append(
            {
                "format": variant.format,
                "width": variant.width,
                "height": variant.height,
                "name": name,
                "bytes": len(variant.content),
            }
        )
        with work.step() as which:
            execute(_STEP, (json.dumps(made), *which))
    with work.step() as which:
        execute(_READY, (len(made), *which))
    remove(upload)
    told.info("picture_ready", variants=len(made))
