"""Writes of a business's own mail texts."""

from __future__ import annotations

from holdfast.capabilities.notifications.placeholders import check_text
from holdfast.capabilities.notifications.types import Kind, Language, MailTemplate
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_all, fetch_value
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import current_context


def save_template(
    *,
    actor: Actor,
    kind: Kind,
    locale: Language,
    subject: str,
    body: str,
    expected_version: int | None = None,
) -> MailTemplate:
    """Use these words for this kind of mail in this language from now on.

    `expected_version` is what the caller saw; 0 stands for the built-in words. Raises `Unauthenticated`,
    `Forbidden`, `Conflict` (VERSION_CONFLICT), and `Invalid` (PLACEHOLDER_UNKNOWN, PLACEHOLDER_BROKEN) for
    words that could not be filled in.
    """
    require(actor, "tenant:manage")
    _check_version(kind, locale, expected_version)
    subject = check_text(subject.strip(), kind, field="subject")
    body = check_text(body.replace("\r\n", "\n").strip(), kind, field="body")
    [saved] = fetch_all(
        MailTemplate,
        "insert into mail_template (tenant_id, kind, locale, subject, body) values (%s, %s, %s, %s, %s)"
        " on conflict (tenant_id, kind, locale) do update set subject = excluded.subject,"
        " body = excluded.body, version = mail_template.version + 1, updated_at = clock_timestamp()"
        " returning kind, locale, subject, body, version, updated_at",
        (current_context().tenant_id, kind, locale, subject, body),
    )
    return saved


def remove_template(
    *, actor: Actor, kind: Kind, locale: Language, expected_version: int | None = None
) -> bool:
    """Go back to the built-in words; return whether there were others. Raises as `save_template`."""
    require(actor, "tenant:manage")
    _check_version(kind, locale, expected_version)
    return bool(
        execute(
            "delete from mail_template where tenant_id = %s and kind = %s and locale = %s",
            (current_context().tenant_id, kind, locale),
        )
    )


def _check_version(kind: Kind, locale: Language, expected: int | None) -> None:
    found = fetch_value(
        "select version from mail_template where tenant_id = %s and kind = %s and locale = %s for update",
        (current_context().tenant_id, kind, locale),
    )
    current = int(found or 0)
    if expected is not None and current != expected:
        raise Conflict(
            "This text has changed since you looked.", code="VERSION_CONFLICT", current_version=current
        )
