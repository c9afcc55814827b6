"""A customer's own bookings, found by e-mail address: asked for here, opened by the link in the mail."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.capabilities.bookings.commands.customer_links import ask_for_link, index_of, revoke_links
from holdfast.capabilities.bookings.queries.customer_links import find_link, list_own_bookings
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound
from holdfast.platform.http.ratelimit import may_mail_link
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.forms import EmailForm
from holdfast.web.public.presenters.my_bookings import present_my_bookings
from holdfast.web.public.private import private_page, show_ended
from holdfast.web.public.visit import Visit

_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def ask(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the address, and let the link be mailed: said in the same words whether it is known or not."""
    form = EmailForm(request.POST) if request.method == "POST" else EmailForm()
    if not form.is_bound or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "public/my_ask.html", {"visit": visit, "form": form}, status=status)
    index = index_of(visit.tenant_id, form.cleaned_data["email"])
    if may_mail_link(request, visit.tenant_id, index):
        ask_for_link(tenant_id=visit.tenant_id, email_index=index, language=visit.language, now=visit.now)
    return redirect("public:my_asked")


@require_safe
@private_page
def say_asked(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that a mail is on its way, if it is."""
    return render(request, "public/my_asked.html", {"visit": visit})


@require_safe
@private_page
def show_bookings(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """The list that the link opens."""
    with tenant_context(visit.tenant_id, GUEST.label):
        index = find_link(token)
        if index is None:
            return show_ended(request, visit)
        found = list_own_bookings(index, limit=_SHOWN, after=_read_id(request.GET.get("after", "")))
        schedule = current_schedule()
    here = reverse("public:my_bookings", args=[token])
    page = {
        "visit": visit,
        "my": present_my_bookings(found, schedule, visit, here=here),
        "token": token,
        "here": here,
        "is_first": "after" not in request.GET,
    }
    return render(request, "public/my_bookings.html", page)


@require_POST
@private_page
def end_links(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Sign out everywhere: no link that was mailed to the address opens anything any more."""
    try:
        revoke_links(tenant_id=visit.tenant_id, token=token)
    except NotFound:
        return show_ended(request, visit)
    return render(request, "public/my_ended.html", {"visit": visit})


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
