"""The day's appointments."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from holdfast.scheduling.zones import local_date
from holdfast.web.console.converters import DateConverter
from holdfast.web.console.presenters.day import SHOWN, day_url, present_day
from holdfast.web.console.rows import read_week
from holdfast.web.console.staff import Staff, staff_page
from holdfast.web.design.form_keys import new_form_key


@require_safe
@staff_page
def show_today(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Today where the business is; `?date=` comes from the date field and leads to that day."""
    asked = _read_date(request.GET.get("date", ""))
    if asked is not None:
        today = local_date(staff.now, ZoneInfo(staff.tenant.time_zone))
        return redirect(day_url(asked, today, _read_uuid(request.GET.get("at", ""))))
    return _show(request, staff, local_date(staff.now, ZoneInfo(staff.tenant.time_zone)))


@require_safe
@staff_page
def show_day(request: HttpRequest, staff: Staff, day: date) -> HttpResponse:
    """Any day, past ones too."""
    return _show(request, staff, day)


def _show(request: HttpRequest, staff: Staff, day: date) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    asked = _read_uuid(request.GET.get("at", ""))
    week = read_week(staff, day, asked)
    location_id = asked if asked in week.names.places else None
    if asked != location_id:
        week = read_week(staff, day, None)
    page = {
        "staff": staff,
        "page": present_day(staff, week, day, location_id=location_id, show=show),
        "form_key": new_form_key(),
        "at": location_id or "",
        "can_undo": staff.actor.can("bookings:undo"),
    }
    return render(request, "console/day.html", page)


def _read_date(text: str) -> date | None:
    try:
        return DateConverter().to_python(text)
    except ValueError:
        return None


def _read_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
