"""The time step: days, months and times; where a service is held while somebody checks out, the hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from holdfast.capabilities.bookings.commands.offered import book_offered
from holdfast.capabilities.bookings.exposure import Viewer
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.bookings.waitlist_types import WaitlistTerms
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.http.visitors import remember_visitor
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.face import find_face
from holdfast.web.public.free import FreeTime, find_free_time
from holdfast.web.public.presenters.choices import present_people, present_places
from holdfast.web.public.presenters.found import Head, present_service_page
from holdfast.web.public.presenters.refusals import Refusal, present_refusal
from holdfast.web.public.presenters.services import present_service
from holdfast.web.public.presenters.times import read_date, read_start_code, zone_sentence
from holdfast.web.public.presenters.when import Few, When, present_few, present_when
from holdfast.web.public.visit import Visit, public_page
from holdfast.web.public.wish import Wish, read_wish


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request-Type")
@public_page
def choose_time(request: HttpRequest, visit: Visit, service_id: UUID) -> HttpResponse:
    """Show free days and times; a POST takes the chosen one to the details."""
    wish = _find_wish(request, visit, service_id)
    if request.method == "POST":
        return _take(request, visit, wish)
    return _render(request, visit, wish)


def _find_wish(request: HttpRequest, visit: Visit, service_id: UUID) -> Wish:
    with tenant_context(visit.tenant_id, GUEST.label):
        wish = read_wish(current_schedule(), service_id, request.POST or request.GET)
    if wish is None:
        raise Http404
    return wish


def _take(request: HttpRequest, visit: Visit, wish: Wish) -> HttpResponse:
    """Go on with the chosen time: hold it where the service is sold so, else ask for the details first."""
    code = request.POST.get("start", "")
    starts_at = read_start_code(code)
    if starts_at is None:
        return _render(request, visit, wish, refusal=Refusal(_("Please choose a time first."), [], 422))
    if wish.service.flow != "hold":
        return redirect(wish.details_url(starts_at))
    key = form_key(request.POST.get("key", ""), code, str(wish.resource_id), route="page:hold")
    try:
        held = book_offered(
            tenant_id=visit.tenant_id,
            actor=GUEST,
            now=visit.now,
            request=BookingRequest(
                service_id=wish.service.id,
                starts_at=starts_at,
                resource_id=wish.resource_id,
                location_id=wish.location.id,
                source="page",
            ),
            key=key,
            viewer=visit.viewer_of(wish.service),
        )
    except Problem as problem:
        refusal = present_refusal(problem, visit, wish, starts_at)
        return _render(
            request, visit, wish, refusal=refusal, day=local_date(starts_at, wish.zone).isoformat()
        )
    # The address keeps who was asked for, should the hold run out.
    return redirect(reverse("public:complete", args=[held.token]) + wish.person_query())


def _render(
    request: HttpRequest,
    visit: Visit,
    wish: Wish,
    *,
    refusal: Refusal | None = None,
    day: str | None = None,
) -> HttpResponse:
    day = day or request.POST.get("date") or request.GET.get("date")
    asked = read_date(day)
    month = read_date(f"{request.GET.get('month', '')}-01")
    viewer = visit.viewer_of(wish.service)
    # Whoever asks for all times gets them, where others than those offered may be booked.
    sees_all = viewer is None or (not viewer.only_exposed and _asks_for_all(request))
    more = {"all": "1"} if viewer is not None and sees_all else {}
    page = {
        "visit": visit,
        "wish": wish,
        "when": _find_when(visit, wish, asked, month, viewer if not sees_all else None, more=more),
        "sees_all": bool(more),
        "wait_url": wish.wait_url(asked) if WaitlistTerms.of(visit.tenant.settings).is_open else "",
        "zone_sentence": zone_sentence(wish.zone, visit.now, visit.reader),
        "service": present_service(wish.service, visit.reader),
        "people": present_people(wish, asked),
        "places": present_places(wish),
        "policy": visit.text("policy"),
        "summary": wish.summary(visit),
        "refusal": refusal,
        "form_key": new_form_key(),
    }
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    if not is_partial:
        page["head"] = _find_head(visit, wish)
    template = "public/when.html#when" if is_partial else "public/when.html"
    response = render(request, template, page, status=refusal.status if refusal else 200)
    if viewer is not None:
        remember_visitor(request, response, visit.tenant_id, viewer.name)
    return response


def _find_head(visit: Visit, wish: Wish) -> Head:
    with tenant_context(visit.tenant_id, GUEST.label):
        return present_service_page(find_face(visit), wish.service, title=_("Choose a time"))


def _asks_for_all(request: HttpRequest) -> bool:
    return (request.POST.get("all") or request.GET.get("all")) == "1"


def _find_when(
    visit: Visit,
    wish: Wish,
    asked: date | None,
    month: date | None,
    viewer: Viewer | None,
    *,
    more: Mapping[str, str],
) -> When:
    with tenant_context(visit.tenant_id, GUEST.label):
        free = find_free_time(visit, wish, asked=asked, month=month, viewer=viewer)

    def day_url(day: date) -> str:
        return wish.when_url(date=day.isoformat(), **more)

    return present_when(
        counts=free.counts,
        starts=free.starts,
        chosen=free.chosen,
        month=free.month,
        is_month_open=month is not None,
        last_day=free.last_day,
        now=visit.now,
        zone=wish.zone,
        reader=visit.reader,
        day_url=day_url,
        month_url=lambda first: wish.when_url(
            month=f"{first:%Y-%m}", **({"date": free.chosen.isoformat()} if free.chosen else {}), **more
        ),
        verb=_hold_label if wish.service.flow == "hold" else _continue_label,
        few=_present_few(visit, wish, viewer, free),
    )


def _present_few(visit: Visit, wish: Wish, viewer: Viewer | None, free: FreeTime) -> Few | None:
    """Say that there are more times, where there are."""
    if viewer is None or free.shown is None or free.chosen is None or not free.shown.has_more:
        return None
    url = "" if viewer.only_exposed else wish.when_url(date=free.chosen.isoformat(), all="1")
    return present_few(free.shown.total, url, visit.reader)


def _hold_label(time: str) -> str:
    return _("Hold %(time)s") % {"time": time}


def _continue_label(time: str) -> str:
    return _("Continue with %(time)s") % {"time": time}
