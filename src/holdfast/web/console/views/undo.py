"""Taking moves back: the button after a move, the list of a booking's moves, and all of a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.capabilities.bookings.commands.restoring import state_of
from holdfast.capabilities.bookings.commands.undo import undo_booking, undo_since
from holdfast.capabilities.bookings.queries.history import list_history
from holdfast.capabilities.bookings.queries.undo import Meant, read_pasts
from holdfast.capabilities.bookings.undo_types import Report, Undone
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date, resolve_local
from holdfast.web.console.forms import UndoDayForm, UndoForm
from holdfast.web.console.presenters.day import day_url
from holdfast.web.console.presenters.undo import present_moves, present_undone, write_reason
from holdfast.web.console.rows import read_names
from holdfast.web.console.staff import Staff, once, staff_page
from holdfast.web.console.views.moves import find_entry, way_back, who
from holdfast.web.design.form_keys import form_key, new_form_key


@require_POST
@staff_page
def undo(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """Take the last move back, or go to a version; and back to the list it was sent from."""
    booking, entry = find_entry(staff, booking_id)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return redirect(way_back(request, staff, booking))
    version, to_version = form.cleaned_data["version"], form.cleaned_data["to_version"]
    key = form_key(
        request.POST.get("key", ""), str(booking_id), str(version), str(to_version), route="console:undo"
    )

    def work() -> Undone:
        return undo_booking(
            actor=staff.actor,
            now=staff.now,
            booking_id=booking_id,
            expected_version=version,
            to_version=to_version,
        )

    try:
        once(staff, key, work)
    except Problem as problem:
        if problem.status not in (404, 409, 422):
            raise
        messages.warning(request, _why_not(staff, booking_id, problem, to_version))
        return redirect(way_back(request, staff, booking))
    _booking, entry = find_entry(staff, booking_id)
    said = {"client": who(entry), "day": entry.day, "time": entry.starts, "status": entry.status_name}
    messages.success(request, _("Taken back. %(client)s, %(day)s at %(time)s, is now: %(status)s.") % said)
    return redirect(way_back(request, staff, booking))


@require_safe
@staff_page
def history(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """All moves of a booking, the last one first, and the way back to each."""
    booking, entry = find_entry(staff, booking_id)
    with tenant_context(staff.tenant_id, staff.actor.label):
        (past,) = read_pasts([booking_id])
        names, moves = read_names(), list_history(booking_id)
    tree = past.tree
    may_undo = staff.actor.can("bookings:undo") and not booking.is_archived
    states = {each.version: state_of(each.data) for each in past.versions}
    page = {
        "staff": staff,
        "entry": entry,
        "lines": present_moves(moves, states, tree.here, set(tree.branch()), staff, names),
        "can_undo": may_undo and bool(tree.branch()),
        "can_go_back": may_undo,
        "form_key": new_form_key(),
        "back": way_back(request, staff, booking),
    }
    return render(request, "console/history.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def undo_day(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Say what would come back if all moves since a time were taken back; then do it."""
    if not staff.actor.can("bookings:undo"):
        raise PermissionDenied
    today = local_date(staff.now, ZoneInfo(staff.tenant.time_zone))
    sent = request.POST if request.method == "POST" else request.GET if "since" in request.GET else None
    usual = {"day": request.GET.get("day") or today, "since": _an_hour_ago(staff), "whose": "mine"}
    form = UndoDayForm(sent, initial=usual)
    report: Report | None = None
    if sent is not None and form.is_valid():
        meant = _meant(form, staff)
        if request.method == "POST" and _take_back_all(request, staff, meant):
            return redirect(day_url(form.cleaned_data["day"], today, None))
        try:
            with tenant_context(staff.tenant_id, staff.actor.label):
                report = undo_since(actor=staff.actor, now=staff.now, meant=meant, dry_run=True)
        except Problem as problem:
            is_future = problem.code == "IN_THE_FUTURE"
            form.add_error(
                "since",
                _("Name a time that has passed.")
                if is_future
                else _("That is more than can be taken back at once; name a later time."),
            )
    with tenant_context(staff.tenant_id, staff.actor.label):
        names = read_names()
    page = {
        "staff": staff,
        "form": form,
        "report": report,
        "previews": [present_undone(each, staff, names) for each in report.bookings] if report else [],
        "form_key": new_form_key(),
    }
    return render(request, "console/undo.html", page, status=409 if request.method == "POST" else 200)


def _take_back_all(request: HttpRequest, staff: Staff, meant: Meant) -> bool:
    """Do it; False where it cannot be, which the page then shows."""
    key = form_key(request.POST.get("key", ""), repr(meant), route="console:undo-day")
    try:
        once(staff, key, lambda: undo_since(actor=staff.actor, now=staff.now, meant=meant))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return False
    messages.success(request, _("All of it was taken back."))
    return True


def _why_not(staff: Staff, booking_id: UUID, problem: Problem, to_version: int | None) -> str:
    nothing = _("Nothing was changed.")
    if problem.code == "NOTHING_TO_UNDO":
        return _("Nothing was changed. There is nothing left to take back.")
    if problem.code != "UNDO_REFUSED":
        _booking, entry = find_entry(staff, booking_id)
        said = {"client": who(entry), "day": entry.day, "time": entry.starts, "status": entry.status_name}
        return _("Nothing was changed. %(client)s, %(day)s at %(time)s, is now: %(status)s.") % said
    with tenant_context(staff.tenant_id, staff.actor.label):
        names = read_names()
        try:
            undone = undo_booking(
                actor=staff.actor, now=staff.now, booking_id=booking_id, to_version=to_version, dry_run=True
            )
        except Problem:
            return nothing
    zone = ZoneInfo(staff.tenant.time_zone)
    return " ".join((nothing, *(write_reason(each, zone, staff, names) for each in undone.reasons)))


def _meant(form: UndoDayForm, staff: Staff) -> Meant:
    data = form.cleaned_data
    # Django takes what is typed for UTC; it is wall time of the business.
    wall, zone = data["since"].replace(tzinfo=None), ZoneInfo(staff.tenant.time_zone)
    # Where the clocks go back there are two such times: from the earlier on. Where they jump, the one after.
    since = next(iter(resolve_local(wall, zone)), wall.replace(tzinfo=zone))
    return Meant(since, day=data["day"], made_by=staff.actor.label if data["whose"] == "mine" else None)


def _an_hour_ago(staff: Staff) -> datetime:
    local = staff.now.astimezone(ZoneInfo(staff.tenant.time_zone)) - timedelta(hours=1)
    return local.replace(tzinfo=None, second=0, microsecond=0)
