"""Reads of a business's own mail texts."""

from __future__ import annotations

from holdfast.capabilities.notifications.types import Kind, Language, MailTemplate
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import fetch_all, fetch_one
from holdfast.platform.tenancy import current_context

_TEMPLATE = "select kind, locale, subject, body, version, updated_at from mail_template where tenant_id = %s"


def find_template(kind: Kind, locale: str) -> MailTemplate | None:
    """Return the context's own words for a mail, or None where the built-in ones are used."""
    return fetch_one(
        MailTemplate,
        f"{_TEMPLATE} and kind = %s and locale = %s",
        (current_context().tenant_id, kind, locale),
    )


def list_templates(*, actor: Actor) -> list[MailTemplate]:
    """Return all words of the context's own. Raises `Unauthenticated` or `Forbidden`."""
    require(actor, "tenant:manage")
    return fetch_all(MailTemplate, f"{_TEMPLATE} order by kind, locale", (current_context().tenant_id,))


def read_template(*, actor: Actor, kind: Kind, locale: Language) -> MailTemplate | None:
    """Return one text to somebody who may change it, or None. Raises `Unauthenticated` or `Forbidden`."""
    require(actor, "tenant:manage")
    return find_template(kind, locale)
