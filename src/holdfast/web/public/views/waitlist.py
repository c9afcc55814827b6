"""The waiting list: join it, see why it takes so long, leave; take an offered time, or let it go."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.commands.waitlist import (
    decline_offer,
    join_waitlist_once,
    leave_waitlist,
    waitlist_token,
)
from holdfast.capabilities.bookings.queries.waitlist import find_entry_of_offer, get_entry_by_token
from holdfast.capabilities.bookings.queries.waitlist_openings import explain_entry
from holdfast.capabilities.bookings.waitlist_types import NewEntry, WaitlistTerms, WaitlistWish
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Conflict, Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.owned import Owned, find_owned
from holdfast.web.public.presenters.refusals import Refusal, present_alternatives
from holdfast.web.public.presenters.services import present_service
from holdfast.web.public.presenters.times import day_and_time, read_date
from holdfast.web.public.presenters.waitlist import present_entry, present_offer
from holdfast.web.public.private import private_page
from holdfast.web.public.visit import Visit, public_page
from holdfast.web.public.waitlist_form import ANYONE, WaitlistForm
from holdfast.web.public.wish import Wish, read_wish


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def join(request: HttpRequest, visit: Visit, service_id: UUID) -> HttpResponse:
    """Ask for which days and hours to wait, and for whom to tell."""
    if not WaitlistTerms.of(visit.tenant.settings).is_open:
        raise Http404
    with tenant_context(visit.tenant_id, GUEST.label):
        wish = read_wish(current_schedule(), service_id, request.POST or request.GET)
    if wish is None:
        raise Http404
    today = local_date(visit.now, wish.zone)
    ask = partial(
        WaitlistForm,
        people=[(ANYONE, _("Anyone")), *((str(each.id), each.name) for each in wish.people)],
        most_seats=wish.service.capacity,
        today=today,
    )
    if request.method != "POST":
        day = max(read_date(request.GET.get("date")) or today, today)
        first = {"from_date": day, "to_date": read_date(request.GET.get("to"))}
        form = ask(initial=first | {"person": str(wish.resource_id or ANYONE)})
        return _render(request, visit, wish, form)
    form = ask(request.POST)
    if not form.is_valid():
        return _render(request, visit, wish, form, status=422)
    try:
        token = _join(request, visit, wish, form)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return _render(request, visit, wish, form, refusal=_explain(problem, visit, wish))
    return redirect("public:waiting", token=token)


@require_safe
@private_page
def show(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """The page that somebody who waits keeps."""
    with tenant_context(visit.tenant_id, GUEST.label):
        entry = get_entry_by_token(token)
        if entry is None:
            raise Http404
        schedule = current_schedule()
        reasons = explain_entry(entry, now=visit.now)
    offer = manage_token(visit.tenant_id, entry.offer.booking_id) if entry.offer else ""
    page = {
        "visit": visit,
        "waiting": present_entry(entry, reasons, schedule, visit, offer_token=offer),
        "token": token,
    }
    return render(request, "public/waiting.html", page)


@require_POST
@private_page
def leave(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Leave the list; what is held is given back."""
    try:
        with tenant_context(visit.tenant_id, GUEST.label):
            entry = get_entry_by_token(token)
            if entry is None:
                raise Http404
            leave_waitlist(actor=GUEST, now=visit.now, entry_id=entry.id, token=token)
    except Conflict:
        pass  # It ended some other way in between; the page then says how.
    return redirect("public:waiting", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def show_offer(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """An offered time with its countdown; a POST takes it."""
    owned = _find_offer(visit, token)
    booking = owned.booking
    if booking.status != "held" or owned.is_over(visit.now) or booking.hold_expires_at is None:
        return redirect("public:booking", token=token)
    if request.method == "POST":
        try:
            confirm_booking(
                tenant_id=visit.tenant_id,
                actor=GUEST,
                now=visit.now,
                booking_id=booking.id,
                token=token,
                key=form_key(request.POST.get("key", ""), token, route="page:offer"),
            )
        except Problem as problem:
            # It ended some other way in between; the page then says how.
            if problem.status != 409:
                raise
        return redirect("public:booking", token=token)
    page = {
        "visit": visit,
        "when": day_and_time(booking.starts_at, owned.zone, visit.reader),
        "summary": owned.summary(visit),
        "hold": present_offer(
            booking.starts_at, booking.hold_expires_at, booking.created_at, owned.zone, visit
        ),
        "token": token,
        "is_request": owned.wish is not None and owned.wish.service.flow == "approval",
        "policy": visit.text("policy"),
        "form_key": new_form_key(),
    }
    return render(request, "public/offer.html", page)


@require_POST
@private_page
def decline(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Let an offered time go to the next; whoever does stays on the list."""
    owned = _find_offer(visit, token)
    with tenant_context(visit.tenant_id, GUEST.label):
        entry_id = find_entry_of_offer(owned.booking.id)
        try:
            decline_offer(actor=GUEST, now=visit.now, booking_id=owned.booking.id)
        except Conflict:
            return redirect("public:booking", token=token)
    if entry_id is None:
        return redirect("public:booking", token=token)
    return redirect("public:waiting", token=waitlist_token(visit.tenant_id, entry_id))


def _find_offer(visit: Visit, token: str) -> Owned:
    owned = find_owned(visit, token)
    if owned is None or owned.booking.source != "waitlist":
        raise Http404
    return owned


def _join(request: HttpRequest, visit: Visit, wish: Wish, form: WaitlistForm) -> str:
    contact, notes, window = form.contact(), form.cleaned_data["notes"], form.window()
    resource_id = form.resource_id()
    parts = (
        *map(str, (wish.service.id, window, resource_id, form.party())),
        contact.email,
        contact.name,
        notes,
    )
    return join_waitlist_once(
        tenant_id=visit.tenant_id,
        actor=GUEST,
        now=visit.now,
        new=NewEntry(
            WaitlistWish(
                (wish.service.id,),
                window,
                resource_id=resource_id,
                location_id=wish.location.id,
                party_size=form.party(),
            ),
            contact,
            notes=notes,
            source="page",
            language=visit.language,
        ),
        key=form_key(request.POST.get("key", ""), *parts, route="page:waitlist"),
    )


def _explain(problem: Problem, visit: Visit, wish: Wish) -> Refusal:
    sentences = {
        "WAITLIST_NOT_NEEDED": _(
            "There are free times in these days. Book one, or choose fewer days or hours."
        ),
        "TOO_MANY_WAITING": _("You wait for several times already. Leave one of them first."),
        "WINDOW_PAST": _("These days have passed."),
        "PARTY_TOO_LARGE": _("There is never room for so many together."),
        "RESOURCE_UNSUITABLE": _("This cannot be had with this person."),
    }
    if problem.code not in sentences:
        raise problem
    offered = problem.extra.get("alternatives", [])
    return Refusal(sentences[problem.code], present_alternatives(visit, wish, offered), problem.status)


def _render(
    request: HttpRequest,
    visit: Visit,
    wish: Wish,
    form: WaitlistForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    page = {
        "visit": visit,
        "wish": wish,
        "service": present_service(wish.service, visit.reader),
        "form": form,
        "refusal": refusal,
        "summary": wish.summary(visit),
        "back_url": wish.when_url(),
        "form_key": new_form_key(),
    }
    return render(request, "public/join.html", page, status=refusal.status if refusal else status)
