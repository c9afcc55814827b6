"""A business's own words for its mails."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StringConstraints

from holdfast.capabilities.notifications.api.router import router
from holdfast.capabilities.notifications.commands import remove_template, save_template
from holdfast.capabilities.notifications.placeholders import check_text, known_to
from holdfast.capabilities.notifications.queries import list_templates, read_template
from holdfast.capabilities.notifications.sample import built_in, direction_of, sample_mail
from holdfast.capabilities.notifications.types import Kind, Language, MailTemplate
from holdfast.capabilities.tenants.queries import get_tenant
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Input, Line, Output, Text
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context

_MANAGES = "tenant:manage"


class MailTemplateOut(Output):
    """The words of one kind of mail in one language. Built-in ones have version 0."""

    kind: Kind
    locale: Language
    subject: str
    body: str
    is_own: bool = Field(description="Whether these are the business's own words.")
    version: int
    direction: str
    placeholders: list[str] = Field(description="What may stand in double braces: {{name}}.")


class MailTemplateIn(Input):
    """Subject and body with placeholders in double braces; the body is plain text in paragraphs."""

    subject: Annotated[Line, StringConstraints(min_length=1)]
    body: Annotated[Text, StringConstraints(min_length=1)]


class PreviewIn(Input):
    """Words to look at; without them, those that are in use."""

    subject: Line | None = None
    body: Text | None = None


class PreviewOut(Output):
    """A mail as a customer would get it, about a booking that nobody made."""

    subject: str
    text: str
    html: str
    direction: str


@router.get(
    "/mail-templates",
    response=Envelope[list[MailTemplateOut]],
    operation_id="list_mail_templates",
    auth=Needs(_MANAGES),
)
def get_templates(request: HttpRequest) -> HttpResponse:
    """List the business's own words; for all else the built-in ones are used."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = [_present(each.kind, each.locale, each) for each in list_templates(actor=caller.actor)]
    return answer(found, {"total": len(found)})


@router.get(
    "/mail-templates/{kind}/{locale}",
    response=Envelope[MailTemplateOut],
    operation_id="get_mail_template",
    auth=Needs(_MANAGES),
)
def get_template(request: HttpRequest, kind: Kind, locale: Language) -> HttpResponse:
    """Show the words in use, own or built-in, and what may stand in them. The version is in ETag."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        shown = _present(kind, locale, read_template(actor=caller.actor, kind=kind, locale=locale))
    return with_version(answer(shown), shown.version)


@router.put(
    "/mail-templates/{kind}/{locale}",
    response=Envelope[MailTemplateOut],
    operation_id="put_mail_template",
    auth=Needs(_MANAGES),
)
def put_template(request: HttpRequest, kind: Kind, locale: Language, words: MailTemplateIn) -> HttpResponse:
    """Use these words from now on; a placeholder that the mail does not know is refused by name."""
    version = expected_version(request)

    def work(caller: Caller) -> MailTemplateOut:
        saved = save_template(
            actor=caller.actor,
            kind=kind,
            locale=locale,
            subject=words.subject,
            body=words.body,
            expected_version=version,
        )
        return _present(kind, locale, saved)

    return change(request, work)


@router.delete(
    "/mail-templates/{kind}/{locale}",
    response=Envelope[MailTemplateOut],
    operation_id="delete_mail_template",
    auth=Needs(_MANAGES),
)
def delete_template(request: HttpRequest, kind: Kind, locale: Language) -> HttpResponse:
    """Go back to the built-in words, which are the answer."""
    version = expected_version(request)

    def work(caller: Caller) -> MailTemplateOut:
        remove_template(actor=caller.actor, kind=kind, locale=locale, expected_version=version)
        return _present(kind, locale, None)

    return change(request, work)


@router.post(
    "/mail-templates/{kind}/{locale}/preview",
    response=Envelope[PreviewOut],
    operation_id="preview_mail_template",
    auth=Needs(_MANAGES),
)
def post_preview(request: HttpRequest, kind: Kind, locale: Language, words: PreviewIn) -> HttpResponse:
    """Show a mail in these words, or in those in use; nothing is saved and nothing sent."""
    if (words.subject is None) != (words.body is None):
        raise Invalid("Send subject and body, or neither.", field="body" if words.subject else "subject")

    def work(caller: Caller) -> PreviewOut:
        tenant = get_tenant(caller.tenant_id)
        if tenant is None:
            raise NotFound
        own = read_template(actor=caller.actor, kind=kind, locale=locale)
        if words.subject is not None and words.body is not None:
            subject = check_text(words.subject.strip(), kind, field="subject")
            body = check_text(words.body.replace("\r\n", "\n").strip(), kind, field="body")
            own = MailTemplate(kind, locale, subject, body, 0, clock.now())
        content = sample_mail(tenant, kind, locale, own, now=clock.now())
        return PreviewOut(
            subject=content.subject, text=content.text, html=content.html, direction=direction_of(locale)
        )

    return change(request, work)


def _present(kind: Kind, locale: Language, own: MailTemplate | None) -> MailTemplateOut:
    subject, body = (own.subject, own.body) if own else built_in(kind, locale)
    return MailTemplateOut(
        kind=kind,
        locale=locale,
        subject=subject,
        body=body,
        is_own=own is not None,
        version=own.version if own else 0,
        direction=direction_of(locale),
        placeholders=list(known_to(kind)),
    )
