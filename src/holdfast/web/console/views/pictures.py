"""What is done to pictures: sent, described, moved, taken off and put back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from holdfast.capabilities.portfolio.commands import (
    MOST_BYTES,
    add_picture,
    change_picture,
    move_picture,
    remove_picture,
    restore_picture,
    save_portfolio,
)
from holdfast.capabilities.portfolio.queries import get_picture, get_portfolio, list_albums
from holdfast.platform.access import require
from holdfast.platform.errors import Conflict, Invalid
from holdfast.platform.http.uploads import accept_files
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.portfolio_forms import PictureForm
from holdfast.web.console.presenters.portfolio import PROBLEMS, present_card
from holdfast.web.console.staff import Staff, staff_page
from holdfast.web.design.formats import whole_number

_MOST_AT_ONCE = 8 * MOST_BYTES
_MOST_FILES = 30


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take in one or more pictures; what is wrong with one is said of that one, the others are kept.

    The token is checked by the inner function: reading it reads the files, which may then come.
    """
    if int(request.headers.get("Content-Length") or 0) > _MOST_AT_ONCE:
        messages.warning(request, _("That is too much at once. Send a few pictures at a time."))
        return _answer(request)
    if request.user.is_authenticated:
        accept_files(request)
    return _take_in(request)


@csrf_protect
@staff_page
def _take_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    require(staff.actor, "portfolio:manage")
    taken = 0
    files = request.FILES.getlist("pictures")
    for file in files[:_MOST_FILES]:
        problem = _add(file, staff)
        taken += not problem
        if problem:
            messages.warning(request, f"{file.name}: {PROBLEMS.get(problem, _('This did not work.'))}")
    if taken:
        said = ngettext(
            "%(count)s picture is there and being made ready.",
            "%(count)s pictures are there and being made ready.",
            taken,
        )
        messages.success(request, said % {"count": whole_number(taken, staff.reader)})
    if not files:
        messages.warning(request, _("Choose a picture first."))
    elif len(files) > _MOST_FILES:
        messages.warning(request, _("That is too much at once. Send a few pictures at a time."))
    return _answer(request)


@require_safe
@staff_page
def show_card(request: HttpRequest, staff: Staff, picture_id: UUID) -> HttpResponse:
    """One picture, for a page that waits until it is made."""
    require(staff.actor, "portfolio:manage")
    with tenant_context(staff.tenant_id, staff.actor.label):
        picture, albums = get_picture(picture_id), list_albums(published_only=False)
        hero_id = get_portfolio().hero_picture_id
    if picture is None:
        raise Http404
    card = present_card(picture, albums, hero_id)
    return render(request, "console/picture_card.html", {"card": card, "staff": staff})


@require_POST
@staff_page
def change(request: HttpRequest, staff: Staff, picture_id: UUID) -> HttpResponse:
    """Keep what is typed, and do what the button says: move it, make it the first one, take it off."""
    act = request.POST.get("act", "save")
    with tenant_context(staff.tenant_id, staff.actor.label):
        albums = list_albums(published_only=False)
    form = PictureForm(request.POST, albums=albums)
    if not form.is_valid():
        require(staff.actor, "portfolio:manage")
        messages.warning(request, _("That is too long to be kept."))
        return _back(picture_id)
    changes = {name: form.cleaned_data[name] for name in ("alt", "caption")}
    changes["album_id"] = UUID(form.cleaned_data["album_id"]) if form.cleaned_data["album_id"] else None
    try:
        with tenant_context(staff.tenant_id, staff.actor.label):
            known = change_picture(
                actor=staff.actor,
                picture_id=picture_id,
                changes=changes,
                expected_version=form.cleaned_data["version"],
            )
            if act in ("up", "down"):
                move_picture(actor=staff.actor, picture_id=known.id, way="up" if act == "up" else "down")
            elif act == "hero":
                save_portfolio(actor=staff.actor, hero_picture_id=known.id, keep_hero=False)
            elif act == "no_hero":
                save_portfolio(actor=staff.actor, hero_picture_id=None, keep_hero=False)
            elif act == "remove":
                remove_picture(actor=staff.actor, picture_id=known.id)
    except Conflict:
        messages.warning(
            request, _("Somebody else has changed this picture meanwhile; this is how it is now.")
        )
        return _back(picture_id)
    if act == "remove":
        return redirect(f"{reverse('console:portfolio')}?removed={picture_id}")
    if act == "save":
        messages.success(request, _("Saved."))
    return _back(picture_id)


@require_POST
@staff_page
def restore(request: HttpRequest, staff: Staff, picture_id: UUID) -> HttpResponse:
    """Put a picture back that was taken off."""
    try:
        with tenant_context(staff.tenant_id, staff.actor.label):
            restore_picture(actor=staff.actor, picture_id=picture_id)
    except Conflict:
        messages.warning(request, _("This picture was sent again meanwhile and is there already."))
    else:
        messages.success(request, _("The picture is back."))
    return _back(picture_id)


def _add(file: UploadedFile, staff: Staff) -> str:
    """Take in one file; the answer is the code of what is wrong with it, or nothing."""
    if (file.size or 0) > MOST_BYTES:
        return "PICTURE_TOO_BIG"
    try:
        with tenant_context(staff.tenant_id, staff.actor.label):
            add_picture(actor=staff.actor, content=file.read())
    except Invalid as problem:
        return problem.code
    return ""


def _answer(request: HttpRequest) -> HttpResponse:
    # frontend/src/islands/upload-progress.ts loads the page anew by itself, and finds the messages there.
    if request.headers.get("X-Upload") == "in-place":
        return HttpResponse(status=204)
    return redirect("console:portfolio")


def _back(picture_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('console:portfolio')}#p-{picture_id}")
