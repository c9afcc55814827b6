"""Let a booking come round again: choose how often, look at every date, book what was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from holdfast.capabilities.bookings.commands.series import make_series
from holdfast.capabilities.bookings.queries.series import preview_series, repeat_of
from holdfast.capabilities.bookings.series_types import SeriesPreview, SeriesRequest
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.presenters.series import present_series
from holdfast.web.console.rows import read_names
from holdfast.web.console.series_forms import RepeatForm
from holdfast.web.console.staff import Staff, staff_page
from holdfast.web.console.views.moves import find_entry, tell_what_it_is, way_back, who
from holdfast.web.console.views.series_parts import once
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.design.formats import whole_number

_PREFIX = "at-"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def repeat(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """Ask how often; show every date; make the series. Nothing is booked that was not on the page."""
    booking, entry = find_entry(staff, booking_id)
    back = way_back(request, staff, booking)
    if not entry.can_repeat:
        tell_what_it_is(request, staff, booking_id)
        return redirect(back)
    sent = request.POST if request.method == "POST" else request.GET
    form = RepeatForm(sent) if "interval" in sent else RepeatForm()
    choices = _choices(sent)
    found: SeriesPreview | None = None
    was_taken = False
    if form.is_bound and form.is_valid():
        wish = _wish(staff, booking_id, form)
        try:
            if request.method == "POST":
                count = _make(request, staff, replace(wish, **choices), booking.version)
                messages.success(request, _said(count, staff, who(entry)))
                return redirect(back)
            found = _look(staff, wish)
        except Problem as problem:
            if problem.code == "SERIES_CONFLICT":
                was_taken = True
                found = _look(staff, wish)
            elif problem.status == 409:
                tell_what_it_is(request, staff, booking_id)
                return redirect(back)
            elif problem.status == 422:
                form.add_error(None, problem.detail)
            else:
                raise
    with tenant_context(staff.tenant_id, staff.actor.label):
        names = read_names()
    page = {
        "staff": staff,
        "entry": entry,
        "form": form,
        "was_taken": was_taken,
        "form_key": new_form_key(),
        "back": back,
        "series": present_series(found, staff, names, usual=booking.resource_id, **choices)
        if found
        else None,
    }
    return render(request, "console/repeat.html", page, status=409 if was_taken else 200)


def _wish(staff: Staff, booking_id: UUID, form: RepeatForm) -> SeriesRequest:
    with tenant_context(staff.tenant_id, staff.actor.label):
        return SeriesRequest(**(repeat_of(actor=staff.actor, booking_id=booking_id) or {}), rrule=form.rrule)


def _look(staff: Staff, wish: SeriesRequest) -> SeriesPreview:
    with tenant_context(staff.tenant_id, staff.actor.label):
        return preview_series(actor=staff.actor, now=staff.now, request=wish)


def _make(request: HttpRequest, staff: Staff, wish: SeriesRequest, version: int) -> int:
    """Make the series; return how many bookings it has, the first included."""
    booking = wish.first_booking
    key = form_key(
        request.POST.get("key", ""),
        str(booking.id if booking else ""),
        wish.rrule,
        *sorted(day.isoformat() for day in wish.left_out),
        *sorted(f"{day}={at}" for day, at in wish.moved.items()),
        route="console:repeat",
    )
    return once(
        staff,
        key,
        lambda: len(
            make_series(actor=staff.actor, now=staff.now, request=wish, expected_version=version).bookings
        ),
    )


def _choices(sent: QueryDict) -> dict[str, Any]:
    """What was chosen for single dates: those left out, and those moved to another start."""
    left_out = {day for day in map(_date, sent.getlist("skip")) if day}
    moved: dict[date, datetime] = {}
    for name, value in _others(sent).items():
        day, at = _date(name), _time(value)
        if day is not None and day not in left_out:
            if at is None:
                left_out.add(day)
            else:
                moved[day] = at
    return {"left_out": frozenset(left_out), "moved": moved}


def _others(sent: QueryDict) -> Mapping[str, str]:
    return {name.removeprefix(_PREFIX): str(sent[name]) for name in sent if name.startswith(_PREFIX)}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo else at


def _said(count: int, staff: Staff, client: str) -> str:
    return ngettext("%(client)s comes %(count)s time.", "%(client)s comes %(count)s times.", count) % {
        "client": client,
        "count": whole_number(count, staff.reader),
    }
