"""A customer's own booking: see it, put it into a calendar, cancel it. Opened by its private link alone."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.capabilities.bookings.calendar import booking_ics
from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.bookings.queries.action_links import find_action_link
from holdfast.capabilities.tenants.queries import home_host
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.owned import Owned, find_owned
from holdfast.web.public.presenters.mine import can_cancel, present_mine
from holdfast.web.public.presenters.party import present_booked
from holdfast.web.public.private import private_page, show_ended
from holdfast.web.public.visit import Visit


@require_safe
@private_page
def show_booking(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """The page a customer keeps."""
    owned = find_owned(visit, token)
    if owned is None:
        with tenant_context(visit.tenant_id, GUEST.label):
            is_action = find_action_link(token) is not None
        return redirect("public:action", token=token) if is_action else show_ended(request, visit)
    if owned.booking.status == "held" and not owned.is_over(visit.now):
        is_offer = owned.booking.source == "waitlist"
        return redirect("public:offer" if is_offer else "public:complete", token=token)
    link = request.build_absolute_uri(request.path)
    page = {
        "visit": visit,
        "mine": present_mine(owned, visit, link=link),
        "policy": visit.text("policy"),
        "is_moved": request.GET.get("moved") == "1",
        "artists": present_booked(owned.booking, visit),
    }
    return render(request, "public/booking.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def cancel(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Ask once, then cancel. Cancelling twice is cancelled."""
    owned = _owned(visit, token)
    if not can_cancel(owned, visit):
        return redirect("public:booking", token=token)
    if request.method == "POST":
        _cancel(request, visit, owned)
        return redirect("public:booking", token=token)
    page = {
        "visit": visit,
        "mine": present_mine(owned, visit),
        "policy": visit.text("policy"),
        "form_key": new_form_key(),
    }
    return render(request, "public/cancel.html", page)


@require_POST
@private_page
def release_hold(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Give a held time back and choose another."""
    owned = _owned(visit, token)
    if owned.booking.status == "held":
        _cancel(request, visit, owned)
    if owned.wish is None:
        return redirect("public:services")
    return redirect(owned.wish.day_url(owned.booking.starts_at.astimezone(owned.zone).date()))


@require_safe
@private_page
def download_calendar(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """The booking as an iCalendar file, the same entry as in the mail."""
    owned = _owned(visit, token)
    if owned.booking.status not in ("pending", "confirmed", "cancelled", "completed"):
        raise Http404
    calendar = booking_ics(
        owned.booking,
        business=visit.tenant.name,
        host=home_host(visit.tenant, base_domain=settings.HOLDFAST.base_domain),
        link=request.build_absolute_uri("./"),
        place=owned.place,
    )
    response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="booking.ics"'
    return response


def _owned(visit: Visit, token: str) -> Owned:
    owned = find_owned(visit, token)
    if owned is None:
        raise Http404
    return owned


def _cancel(request: HttpRequest, visit: Visit, owned: Owned) -> None:
    try:
        cancel_booking(
            tenant_id=visit.tenant_id,
            actor=GUEST,
            now=visit.now,
            booking_id=owned.booking.id,
            token=owned.token,
            key=form_key(request.POST.get("key", ""), owned.token, route="page:cancel"),
        )
    except Problem as problem:
        # It ended some other way in between; the page then says how.
        if problem.status != 409:
            raise
