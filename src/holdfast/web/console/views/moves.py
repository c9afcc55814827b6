"""What staff do with one booking: approve a request, cancel after a second look, say what became of it."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking, mark_booking
from holdfast.capabilities.bookings.queries import get_booking
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from holdfast.scheduling.zones import local_date
from holdfast.web.console.forms import CancelForm, MarkForm, MoveForm
from holdfast.web.console.presenters.day import day_url
from holdfast.web.console.presenters.entry import STATUS_NAMES, Entry, present_entry
from holdfast.web.console.rows import dates_of, read_names, with_series
from holdfast.web.console.staff import Staff, staff_page
from holdfast.web.console.templatetags.console import offer_undo
from holdfast.web.console.views.series_parts import cancel_part
from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.design.formats import whole_number


@require_POST
@staff_page
def approve(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """Turn a request into a booking, and go back to the list it stood in."""
    booking, entry = find_entry(staff, booking_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return redirect(way_back(request, staff, booking))
    version = form.cleaned_data["version"]
    try:
        confirm_booking(
            tenant_id=staff.tenant_id,
            actor=staff.actor,
            now=staff.now,
            booking_id=booking_id,
            expected_version=version,
            key=form_key(request.POST.get("key", ""), str(booking_id), str(version), route="console:approve"),
            only="pending",
        )
    except Problem as problem:
        if problem.status != 409:
            raise
        tell_what_it_is(request, staff, booking_id)
    else:
        messages.success(
            request,
            _("%(client)s is confirmed for %(time)s.") % {"client": who(entry), "time": entry.starts},
            extra_tags=offer_undo(staff, booking_id, version + 1),
        )
    return redirect(way_back(request, staff, booking))


@require_POST
@staff_page
def mark(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """Say that it took place, that nobody came, or take that back; and go back to the list it stood in."""
    booking, entry = find_entry(staff, booking_id)
    form = MarkForm(request.POST)
    if not form.is_valid():
        return redirect(way_back(request, staff, booking))
    move, version = Move(form.cleaned_data["move"]), form.cleaned_data["version"]
    try:
        marked = mark_booking(
            tenant_id=staff.tenant_id,
            actor=staff.actor,
            now=staff.now,
            booking_id=booking_id,
            move=move,
            expected_version=version,
            key=form_key(
                request.POST.get("key", ""), str(booking_id), str(version), move, route="console:mark"
            ),
        )
    except Problem as problem:
        if problem.status not in (404, 409):
            raise
        tell_what_it_is(request, staff, booking_id)
    else:
        messages.success(
            request,
            _("%(client)s at %(time)s is now: %(status)s.")
            % {
                "client": who(entry),
                "time": entry.starts,
                "status": STATUS_NAMES[marked.status_name],
            },
            extra_tags=offer_undo(staff, booking_id, version + 1),
        )
    return redirect(way_back(request, staff, booking))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def cancel(request: HttpRequest, staff: Staff, booking_id: UUID) -> HttpResponse:
    """Show once more who, what and when; then give the time back."""
    booking, entry = find_entry(staff, booking_id)
    if not entry.can_cancel:
        tell_what_it_is(request, staff, booking_id)
        return redirect(way_back(request, staff, booking))
    form = CancelForm(request.POST or None)
    has_changed = False
    if request.method == "POST" and form.is_valid():
        scope = form.cleaned_data["scope"]
        count = (
            cancel_part(request, staff, booking, scope, form.cleaned_data)
            if booking.series_id and scope in ("following", "all")
            else int(_cancel(request, staff, booking_id, form))
        )
        has_changed = not count
        if not has_changed:
            messages.success(
                request,
                _("Cancelled: %(client)s at %(time)s. The time is free again.")
                % {"client": who(entry), "time": entry.starts}
                if count == 1
                else ngettext(
                    "%(count)s booking of the series is cancelled.",
                    "%(count)s bookings of the series are cancelled.",
                    count,
                )
                % {"count": whole_number(count, staff.reader)},
                extra_tags=offer_undo(staff, booking_id, form.cleaned_data["version"] + 1)
                if count == 1
                else "",
            )
            return redirect(way_back(request, staff, booking))
        booking, entry = find_entry(staff, booking_id)
        if not entry.can_cancel:
            tell_what_it_is(request, staff, booking_id)
            return redirect(way_back(request, staff, booking))
        form = CancelForm(initial={"reason": form.cleaned_data["reason"]})
    page = {
        "staff": staff,
        "entry": entry,
        "form": form,
        "has_changed": has_changed,
        "form_key": new_form_key(),
        "back": way_back(request, staff, booking),
        "is_told_by_mail": bool(booking.contact and booking.contact.email and booking.source != "demo"),
    }
    return render(request, "console/cancel.html", page, status=409 if has_changed else 200)


def _cancel(request: HttpRequest, staff: Staff, booking_id: UUID, form: CancelForm) -> bool:
    """Cancel; False when the booking is no longer what the form showed."""
    reason, version = form.cleaned_data["reason"].strip(), form.cleaned_data["version"]
    try:
        cancel_booking(
            tenant_id=staff.tenant_id,
            actor=staff.actor,
            now=staff.now,
            booking_id=booking_id,
            expected_version=version,
            reason=reason,
            key=form_key(
                request.POST.get("key", ""),
                str(booking_id),
                str(version),
                reason,
                route="console:cancel",
            ),
        )
    except Problem as problem:
        if problem.status != 409:
            raise
        return False
    return True


def find_entry(staff: Staff, booking_id: UUID) -> tuple[Booking, Entry]:
    """Return a booking that this member may see, and how it is shown. Raises Http404."""
    with tenant_context(staff.tenant_id, staff.actor.label):
        booking = get_booking(actor=staff.actor, booking_id=booking_id)
        names = with_series(read_names(), [booking] if booking else [])
    if booking is None:
        raise Http404
    return booking, present_entry(booking, staff, names)


def tell_what_it_is(request: HttpRequest, staff: Staff, booking_id: UUID) -> None:
    """Say what has become of a booking that cannot be moved any more."""
    _booking, entry = find_entry(staff, booking_id)
    messages.warning(
        request,
        _("Nothing was changed. %(client)s, %(day)s at %(time)s, is now: %(status)s.")
        % {"client": who(entry), "day": entry.day, "time": entry.starts, "status": entry.status_name},
    )


def who(entry: Entry) -> str:
    """Say whose booking it is."""
    return entry.client or entry.service


def way_back(request: HttpRequest, staff: Staff, booking: Booking) -> str:
    """The list that the move was made from, or the booking's day."""
    asked = request.POST.get("back") or request.GET.get("back") or ""
    if asked.startswith("/console/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    today = local_date(staff.now, ZoneInfo(staff.tenant.time_zone))
    return day_url(dates_of(booking)[0], today, None)
