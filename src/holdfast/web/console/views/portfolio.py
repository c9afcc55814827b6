"""The public page for whoever manages it: pictures and albums, and on a page of its own the words."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.capabilities.portfolio.commands import create_album, save_portfolio, update_album
from holdfast.capabilities.portfolio.queries import (
    get_portfolio,
    list_albums,
    list_pictures,
    list_removed_pictures,
)
from holdfast.platform.access import require
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.portfolio_forms import AlbumForm, links_form, words_forms
from holdfast.web.console.presenters.portfolio import present_portfolio
from holdfast.web.console.staff import Staff, staff_page


@require_safe
@staff_page
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """All pictures, those in the making and those taken off."""
    require(staff.actor, "portfolio:manage")
    with tenant_context(staff.tenant_id, staff.actor.label):
        portfolio = get_portfolio()
        pictures, albums = list_pictures(ready_only=False), list_albums(published_only=False)
        removed = list_removed_pictures()
    page = {
        "staff": staff,
        "page": present_portfolio(pictures, albums, removed, portfolio.hero_picture_id),
        "album_form": AlbumForm(auto_id="new-%s"),
        "just_removed": request.GET.get("removed", ""),
    }
    return render(request, "console/portfolio.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit_words(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The page's words in each language, and its links."""
    require(staff.actor, "portfolio:manage")
    sent = request.POST if request.method == "POST" else None
    with tenant_context(staff.tenant_id, staff.actor.label):
        portfolio = get_portfolio()
    forms, links = words_forms(portfolio, sent), links_form(portfolio, sent)
    # Each is asked, so that each says what is wrong with it.
    answers = [form.is_valid() for form in (*forms.values(), links)]
    if sent is not None and all(answers):
        written = {language: form.cleaned_data for language, form in forms.items()}
        texts = {
            language: {name: text for name, text in words.items() if text}
            for language, words in written.items()
        }
        try:
            with tenant_context(staff.tenant_id, staff.actor.label):
                save_portfolio(
                    actor=staff.actor,
                    texts={**portfolio.texts, **texts},
                    links=links.cleaned_data["links"],
                    expected_version=links.cleaned_data["version"],
                )
        except Conflict:
            links.add_error(
                None, _("Somebody else has changed the page meanwhile. Look at it before you save.")
            )
        else:
            messages.success(request, _("Saved. This is what customers read now."))
            return redirect("console:words")
    page = {
        "staff": staff,
        "page": {"is_portfolio": True},
        "languages": [(code, name, forms[code]) for code, name in settings.LANGUAGES],
        "links": links,
    }
    return render(request, "console/words.html", page, status=200 if sent is None else 422)


@require_POST
@staff_page
def add_album(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Add an album after the others."""
    form = AlbumForm(request.POST)
    if form.is_valid():
        with tenant_context(staff.tenant_id, staff.actor.label):
            create_album(actor=staff.actor, **form.cleaned_data)
        messages.success(request, _("The album is there. Choose it at the pictures that belong to it."))
    else:
        require(staff.actor, "portfolio:manage")
        messages.warning(request, _("An album needs a title."))
    return redirect("console:portfolio")


@require_POST
@staff_page
def change_album(request: HttpRequest, staff: Staff, album_id: UUID) -> HttpResponse:
    """Change an album's title, or whether customers see it."""
    form = AlbumForm(request.POST)
    if form.is_valid():
        with tenant_context(staff.tenant_id, staff.actor.label):
            update_album(actor=staff.actor, album_id=album_id, changes=form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        require(staff.actor, "portfolio:manage")
        messages.warning(request, _("An album needs a title."))
    return redirect("console:portfolio")
