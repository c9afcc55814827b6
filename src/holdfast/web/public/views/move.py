"""A customer moves its own booking: a day, a time, "from … to …", and done. Looking changes nothing."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound, Problem
from holdfast.platform.http.visitors import remember_visitor
from holdfast.scheduling.zones import local_date
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.moving import FreeMoves
from holdfast.web.public.owned import Owned, find_owned
from holdfast.web.public.presenters.mine import can_move
from holdfast.web.public.presenters.move import present_not_free, spot_of, why_not_movable
from holdfast.web.public.presenters.refusals import Refusal
from holdfast.web.public.presenters.times import read_date, read_start_code, start_code, zone_sentence
from holdfast.web.public.presenters.when import present_few, present_when
from holdfast.web.public.private import private_page, show_ended
from holdfast.web.public.visit import Visit

_MOST_VERSION = 2**31


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request-Type")
@private_page
def move(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Move the booking of a private link."""
    owned = find_owned(visit, token)
    if owned is None:
        return show_ended(request, visit)
    here, back = reverse("public:move", args=[token]), reverse("public:booking", args=[token])
    return serve_move(request, visit, owned, here=here, back=back)


def serve_move(
    request: HttpRequest, visit: Visit, owned: Owned, *, here: str, back: str, done: str = ""
) -> HttpResponse:
    """Show the days, or the step "from … to …" for a chosen start; a POST moves the booking.

    `here` is the address of these pages, `back` that of the booking (empty where the link opens none), and
    `done` where to go after the move; by default `back`.
    """
    if not can_move(owned, visit):
        return _show_closed(request, visit, owned, back)
    try:
        free = FreeMoves(visit, owned)
    except Problem as problem:
        if problem.status not in (404, 409, 422):
            raise
        return _show_closed(request, visit, owned, back)
    starts_at = read_start_code(request.POST.get("start") or request.GET.get("start") or "")
    if request.method == "POST" and starts_at is not None:
        return _move(request, visit, free, starts_at, here=here, back=back, done=done or f"{back}?moved=1")
    if starts_at is None or starts_at == owned.booking.starts_at:
        return _show_days(request, visit, free, here=here, back=back)
    if not free.is_free(starts_at):
        code = "IN_THE_PAST" if starts_at <= visit.now else "NOT_OFFERED" if free.viewer else "NOT_FREE"
        refusal = present_not_free(code, free, visit, starts_at, here)
        return _show_days(request, visit, free, here=here, back=back, refusal=refusal, wished=starts_at)
    return _show_step(request, visit, free, starts_at, here=here, back=back)


def _move(
    request: HttpRequest,
    visit: Visit,
    free: FreeMoves,
    starts_at: datetime,
    *,
    here: str,
    back: str,
    done: str,
) -> HttpResponse:
    owned, code = free.owned, start_code(starts_at)
    posted = request.POST.get("version", "")
    # Without the version that was seen nothing is moved: the page is shown again, with the one there is.
    version = int(posted) if posted.isascii() and posted.isdigit() and int(posted) < _MOST_VERSION else -1
    try:
        free.refuse_unoffered(starts_at)
        reschedule_booking(
            tenant_id=visit.tenant_id,
            actor=GUEST,
            now=visit.now,
            booking_id=owned.booking.id,
            starts_at=starts_at,
            token=owned.token,
            expected_version=version,
            key=form_key(request.POST.get("key", ""), owned.token, code, posted, route="page:move"),
        )
    except NotFound:
        # The link was used up in another window: its page says what became of it.
        return redirect(here)
    except Problem as problem:
        if problem.code == "VERSION_CONFLICT":
            return _show_changed(request, visit, free, starts_at, here=here, back=back)
        refusal = present_not_free(problem.code, free, visit, starts_at, here)
        if refusal is not None:
            return _show_days(request, visit, free, here=here, back=back, refusal=refusal, wished=starts_at)
        if problem.status != 409:
            raise
        return _show_closed(request, visit, _again(visit, owned), back)
    return redirect(done)


def _show_changed(
    request: HttpRequest, visit: Visit, free: FreeMoves, starts_at: datetime, *, here: str, back: str
) -> HttpResponse:
    """Another window, or the business, was faster: say how it is now, and let the customer choose again."""
    owned = _again(visit, free.owned)
    if owned.booking.starts_at == starts_at and owned.booking.status == free.owned.booking.status:
        return redirect(back or here)
    if not can_move(owned, visit):
        return _show_closed(request, visit, owned, back)
    now = spot_of(owned, visit, owned.booking.starts_at, owned.zone)
    sentence = _("This booking has changed since you opened the page. It is now on %(day)s, %(time)s.") % {
        "day": now.day,
        "time": now.time,
    }
    refusal = Refusal(sentence, [], 409)
    return _show_days(request, visit, FreeMoves(visit, owned), here=here, back=back, refusal=refusal)


def _again(visit: Visit, owned: Owned) -> Owned:
    """The booking as it is by now, for a link that has just been seen to open it."""
    return find_owned(visit, owned.token, action="reschedule") or owned


def _show_days(
    request: HttpRequest,
    visit: Visit,
    free: FreeMoves,
    *,
    here: str,
    back: str,
    refusal: Refusal | None = None,
    wished: datetime | None = None,
) -> HttpResponse:
    owned = free.owned
    asked = read_date(request.GET.get("date")) or (local_date(wished, free.zone) if wished else None)
    month = read_date(f"{request.GET.get('month', '')}-01")
    found = free.search(asked, month)
    chosen = {"date": found.chosen.isoformat()} if found.chosen else {}

    def month_url(first: date) -> str:
        return f"{here}?{urlencode({'month': f'{first:%Y-%m}', **chosen})}"

    when = present_when(
        counts=found.counts,
        starts=found.starts,
        chosen=found.chosen,
        month=found.month,
        is_month_open=month is not None,
        last_day=found.last_day,
        now=visit.now,
        zone=free.zone,
        reader=visit.reader,
        day_url=lambda day: f"{here}?{urlencode({'date': day.isoformat()})}",
        month_url=month_url,
        verb=lambda time: _("Continue with %(time)s") % {"time": time},
        few=present_few(0, "", visit.reader) if free.viewer and found.chosen else None,
    )
    page = {
        **_common(visit, owned, back),
        "here": here,
        "when": when,
        "zone_sentence": zone_sentence(free.zone, visit.now, visit.reader),
        "refusal": refusal,
    }
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    template = "public/when.html#when" if is_partial else "public/move.html"
    response = render(request, template, page, status=refusal.status if refusal else 200)
    if free.viewer is not None:
        remember_visitor(request, response, visit.tenant_id, free.viewer.name)
    return response


def _show_step(
    request: HttpRequest, visit: Visit, free: FreeMoves, starts_at: datetime, *, here: str, back: str
) -> HttpResponse:
    day = local_date(starts_at, free.zone).isoformat()
    page = {
        **_common(visit, free.owned, back),
        "here": here,
        "there": spot_of(free.owned, visit, starts_at, free.zone),
        "start": start_code(starts_at),
        "version": free.owned.booking.version,
        "form_key": new_form_key(),
        "other_url": f"{here}?{urlencode({'date': day})}",
        "zone_sentence": zone_sentence(free.zone, visit.now, visit.reader),
    }
    return render(request, "public/move_confirm.html", page)


def _show_closed(request: HttpRequest, visit: Visit, owned: Owned, back: str) -> HttpResponse:
    page = {**_common(visit, owned, back), "sentence": why_not_movable(owned, visit), "phone": owned.phone}
    return render(request, "public/move_closed.html", page, status=409 if request.method == "POST" else 200)


def _common(visit: Visit, owned: Owned, back: str) -> dict[str, object]:
    return {
        "visit": visit,
        "title": owned.title,
        "now": spot_of(owned, visit, owned.booking.starts_at, owned.zone),
        "summary": owned.summary(visit),
        "back": back,
        "policy": visit.text("policy"),
    }
