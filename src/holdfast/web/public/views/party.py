"""A group books: by when, how many, the plan, and for whom."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.bookings.commands.parties import PlanIsGoneError, book_party
from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyRequest
from holdfast.capabilities.bookings.queries.parties import find_party_plan, list_party_services
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.forms import DetailsForm
from holdfast.web.public.party_form import PartyForm
from holdfast.web.public.presenters.party import present_plan, present_why_not
from holdfast.web.public.visit import Visit, public_page

_NOT_TO_BE_HAD = (404, 409, 422)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def plan_group(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the group, show the plan, and book it; all on one page, by its address until it is booked."""
    if not visit.tenant.settings.get("parties"):
        raise Http404
    with tenant_context(visit.tenant_id, GUEST.label):
        schedule = current_schedule()
    sent = request.POST if request.method == "POST" else request.GET
    form = PartyForm(
        sent if "date" in sent else None,
        services=list_party_services(schedule),
        places=list(schedule.locations.values()),
    )
    if not form.is_bound or not form.is_valid():
        return _render(request, visit, form, status=422 if form.is_bound else 200)
    if request.method != "POST":
        return _show(request, visit, schedule, form, DetailsForm())
    details = DetailsForm(request.POST)
    if not details.is_valid():
        return _show(request, visit, schedule, form, details, status=422)
    try:
        token = _book(request, visit, form, details)
    except PlanIsGoneError as gone:
        said = _("Somebody has just taken some of this time. Here is the next best plan.")
        return _show(request, visit, schedule, form, details, answer=gone.answer, note=said, status=409)
    except Problem as problem:
        if problem.status not in _NOT_TO_BE_HAD:
            raise
        return _render(request, visit, form, why_not=[_reason(problem)], status=problem.status)
    return redirect("public:booking", token=token)


def _book(request: HttpRequest, visit: Visit, form: PartyForm, details: DetailsForm) -> str:
    """Take the plan, and confirm it where it is only held; returns the token of the booking."""
    contact, notes = details.contact(), details.cleaned_data["notes"]
    plan_id = request.POST.get("plan", "")
    parts = (plan_id, contact.name, contact.email, contact.phone, notes, repr(form.chosen()))
    made = book_party(
        tenant_id=visit.tenant_id,
        actor=GUEST,
        now=visit.now,
        request=PartyRequest(form.wish(), plan_id=plan_id, contact=contact, notes=notes, source="page"),
        key=form_key(request.POST.get("key", ""), *parts, route="page:party"),
    )
    if made.status_name == "held" and made.booking_id is not None:
        confirm_booking(
            tenant_id=visit.tenant_id,
            actor=GUEST,
            now=visit.now,
            booking_id=made.booking_id,
            token=made.token,
            key=form_key(request.POST.get("key", ""), *parts, route="page:party:confirm"),
        )
    return made.token


def _show(
    request: HttpRequest,
    visit: Visit,
    schedule: Schedule,
    form: PartyForm,
    details: DetailsForm,
    *,
    answer: PartyAnswer | None = None,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    if answer is None:
        try:
            with tenant_context(visit.tenant_id, GUEST.label):
                answer = find_party_plan(form.wish(), visit.now)
        except Problem as problem:
            if problem.status not in _NOT_TO_BE_HAD:
                raise
            return _render(request, visit, form, why_not=[_reason(problem)], status=problem.status)
    if answer.plan is None:
        reasons = present_why_not(answer.why_not, visit) if answer.why_not else []
        return _render(request, visit, form, why_not=reasons, status=status)
    page = {
        "plan": present_plan(answer, answer.plan, schedule, visit),
        "details": details,
        "note": note,
        "chosen": form.chosen(),
    }
    return _render(request, visit, form, status=status, **page)


def _reason(problem: Problem) -> str:
    said = {
        "IN_THE_PAST": _("This time has passed."),
        "TOO_SOON": _("This needs more notice. Choose a later day."),
        "TOO_FAR": _("Bookings do not open that far ahead yet."),
        "RESOURCE_UNSUITABLE": _("Not all of this can be had at one place."),
    }
    return said.get(problem.code) or _("Choose a later time, fewer guests, or another day.")


def _render(
    request: HttpRequest, visit: Visit, form: PartyForm, *, status: int = 200, **more: object
) -> HttpResponse:
    page = {"visit": visit, "form": form, "policy": visit.text("policy"), "form_key": new_form_key(), **more}
    return render(request, "public/party.html", page, status=status)
