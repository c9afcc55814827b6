"""The details step: who the booking is for. With a hold it is confirmed, without one it is booked at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.bookings.commands.offered import book_offered
from holdfast.capabilities.bookings.types import Booking, BookingRequest
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.forms import DetailsForm
from holdfast.web.public.free import is_free
from holdfast.web.public.owned import Owned, find_owned
from holdfast.web.public.presenters.hold import HoldPanel, present_hold
from holdfast.web.public.presenters.refusals import Refusal, present_refusal, present_taken
from holdfast.web.public.presenters.times import day_and_time, read_start_code, start_code
from holdfast.web.public.visit import Visit, public_page
from holdfast.web.public.wish import Wish, read_wish


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def enter_details(request: HttpRequest, visit: Visit, service_id: UUID, starts_at: datetime) -> HttpResponse:
    """Ask for the details of a time that is not held, and book it."""
    with tenant_context(visit.tenant_id, GUEST.label):
        wish = read_wish(current_schedule(), service_id, request.POST or request.GET)
        if wish is None:
            raise Http404
        free = is_free(visit, wish, starts_at)
    if wish.service.flow == "hold":
        # This service is sold with a hold; the time step makes one.
        return redirect(wish.day_url(starts_at.astimezone(wish.zone).date()))
    if request.method != "POST":
        refusal = None if free else present_taken(visit, wish, starts_at)
        return _render(request, visit, wish, starts_at, DetailsForm(), refusal=refusal)
    return _book(request, visit, wish, read_start_code(request.POST.get("start", "")) or starts_at)


def _book(request: HttpRequest, visit: Visit, wish: Wish, starts_at: datetime) -> HttpResponse:
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _render(request, visit, wish, starts_at, form, status=422, instead=start_code(starts_at))
    try:
        booked = _create(request, visit, wish, starts_at, form)
    except Problem as problem:
        refusal = present_refusal(problem, visit, wish, starts_at)
        return _render(request, visit, wish, starts_at, form, refusal=refusal)
    return redirect("public:booking", token=booked)


def _create(request: HttpRequest, visit: Visit, wish: Wish, starts_at: datetime, form: DetailsForm) -> str:
    """Book (or, for a service with holds, hold) the start for the contact of the form; returns the token."""
    contact, notes = form.contact(), form.cleaned_data["notes"]
    parts = (start_code(starts_at), contact.name, contact.email, contact.phone, notes, str(wish.resource_id))
    return book_offered(
        tenant_id=visit.tenant_id,
        actor=GUEST,
        now=visit.now,
        request=BookingRequest(
            service_id=wish.service.id,
            starts_at=starts_at,
            resource_id=wish.resource_id,
            location_id=wish.location.id,
            contact=contact,
            notes=notes,
            source="page",
        ),
        key=form_key(request.POST.get("key", ""), *parts, route="page:book"),
        viewer=visit.viewer_of(wish.service),
    ).token


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def complete_hold(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Ask for the details of a held time while the hold runs, and confirm it."""
    owned = find_owned(visit, token, person=request.POST.get("with") or request.GET.get("with", ""))
    if owned is None:
        raise Http404
    booking, wish = owned.booking, owned.wish
    if booking.status not in ("held", "expired") or wish is None:
        return redirect("public:booking", token=token)
    if request.method == "POST":
        return _confirm(request, visit, owned, wish)
    refusal = None
    if owned.is_over(visit.now):
        problem = Problem(code="HOLD_EXPIRED").with_status(409)
        refusal = present_refusal(problem, visit, wish, booking.starts_at)
    return _render(
        request, visit, wish, booking.starts_at, DetailsForm(), refusal=refusal, held=booking, token=token
    )


def _confirm(request: HttpRequest, visit: Visit, owned: Owned, wish: Wish) -> HttpResponse:
    booking, token = owned.booking, owned.token
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _render(request, visit, wish, booking.starts_at, form, status=422, held=booking, token=token)
    instead = read_start_code(request.POST.get("start", ""))
    starts_at = instead or booking.starts_at
    try:
        if instead:
            # The hold was lost; another time (or the same, if still free) is taken and confirmed at once.
            token = _create(request, visit, wish, instead, form)
            found = find_owned(visit, token)
            booking = found.booking if found else booking
        contact, notes = form.contact(), form.cleaned_data["notes"]
        parts = (token, contact.name, contact.email, contact.phone, notes)
        confirm_booking(
            tenant_id=visit.tenant_id,
            actor=GUEST,
            now=visit.now,
            booking_id=booking.id,
            token=token,
            contact=contact,
            notes=notes,
            key=form_key(request.POST.get("key", ""), *parts, route="page:confirm"),
        )
    except Problem as problem:
        refusal = present_refusal(problem, visit, wish, starts_at)
        return _render(
            request, visit, wish, starts_at, form, refusal=refusal, held=owned.booking, token=owned.token
        )
    return redirect("public:booking", token=token)


def _render(
    request: HttpRequest,
    visit: Visit,
    wish: Wish,
    starts_at: datetime,
    form: DetailsForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
    held: Booking | None = None,
    token: str = "",
    instead: str = "",
) -> HttpResponse:
    panel: HoldPanel | None = present_hold(held, visit, wish.zone) if held and not refusal else None
    page = {
        "visit": visit,
        "wish": wish,
        "form": form,
        "refusal": refusal,
        "hold": panel,
        "token": token,
        # Set when the form is about another time than the address.
        "instead": "" if refusal else instead,
        "recap": day_and_time(starts_at, wish.zone, visit.reader),
        "summary": wish.summary(visit, starts_at),
        "back_url": wish.day_url(starts_at.astimezone(wish.zone).date()),
        "time_url": "" if panel else wish.day_url(starts_at.astimezone(wish.zone).date()),
        "policy": visit.text("policy"),
        "release_url": reverse("public:release", args=[token]) if panel else "",
        "form_key": new_form_key(),
    }
    return render(request, "public/details.html", page, status=refusal.status if refusal else status)
