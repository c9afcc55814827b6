"""Links for one action each: see a booking, confirm, cancel or move it. Only a click on a button acts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.queries.action_links import find_action_link
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound, Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.owned import Owned, own
from holdfast.web.public.presenters.actions import present_action
from holdfast.web.public.private import private_page, show_ended
from holdfast.web.public.views.move import serve_move
from holdfast.web.public.visit import Visit

_LONGEST_REASON = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request-Type")
@private_page
def open_link(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Show what the link is for, or what has been done with it; a POST does it, once."""
    with tenant_context(visit.tenant_id, GUEST.label):
        link = find_action_link(token)
        owned = own(link.booking, current_schedule(), token=token) if link else None
    if link is None or owned is None:
        return show_ended(request, visit)
    if link.action == "manage":
        return redirect("public:booking", token=token)
    if link.action == "reschedule" and link.used_at is None:
        here = reverse("public:action", args=[token])
        return serve_move(request, visit, owned, here=here, back="", done=here)
    if request.method == "POST" and link.used_at is None and link.action in ("confirm", "cancel"):
        _act(request, visit, owned, link.action)
        return redirect("public:action", token=token)
    page = {
        "visit": visit,
        "action": present_action(owned, visit, action=link.action, used_at=link.used_at),
        "policy": visit.text("policy"),
        "form_key": new_form_key(),
    }
    return render(request, "public/action.html", page)


def _act(request: HttpRequest, visit: Visit, owned: Owned, action: str) -> None:
    """Make the move. What refuses it is the state of the booking, which the page then shows."""
    key = form_key(request.POST.get("key", ""), owned.token, action, route="page:action")
    try:
        if action == "confirm":
            confirm_booking(
                tenant_id=visit.tenant_id,
                actor=GUEST,
                now=visit.now,
                booking_id=owned.booking.id,
                token=owned.token,
                key=key,
            )
        else:
            cancel_booking(
                tenant_id=visit.tenant_id,
                actor=GUEST,
                now=visit.now,
                booking_id=owned.booking.id,
                token=owned.token,
                reason=request.POST.get("reason", "").strip()[:_LONGEST_REASON],
                key=key,
            )
    except NotFound:
        return  # Used up in another window.
    except Problem as problem:
        if problem.status != 409:
            raise
