"""Who waits for a time, and taking somebody off the list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from holdfast.capabilities.bookings.commands.waitlist import leave_waitlist
from holdfast.capabilities.bookings.queries.waitlist import list_entries
from holdfast.capabilities.bookings.queries.waitlist_openings import explain_entry
from holdfast.capabilities.bookings.waitlist_types import ExplainedEntry
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import require
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.presenters.waitlist import present_waitlist
from holdfast.web.console.staff import Staff, staff_page

_MOST_SHOWN = 100


@require_safe
@staff_page
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Everybody who waits, in the order of the queue, and why."""
    require(staff.actor, "waitlist:read")
    with tenant_context(staff.tenant_id, staff.actor.label):
        entries = list_entries(actor=staff.actor, limit=_MOST_SHOWN)
        found = [ExplainedEntry(each, tuple(explain_entry(each, now=staff.now))) for each in entries]
        schedule = current_schedule()
    page = {
        "staff": staff,
        "page": present_waitlist(staff, found, schedule),
        "can_remove": staff.actor.can("waitlist:manage"),
    }
    return render(request, "console/waitlist.html", page)


@require_POST
@staff_page
def remove(request: HttpRequest, staff: Staff, entry_id: UUID) -> HttpResponse:
    """Take somebody off the list who has called; a time that is held goes to the next."""
    try:
        with tenant_context(staff.tenant_id, staff.actor.label):
            leave_waitlist(actor=staff.actor, now=staff.now, entry_id=entry_id)
    except Conflict:
        messages.warning(request, _("This wish is not waiting any more."))
    else:
        messages.success(request, _("They are off the list."))
    return redirect("console:waitlist")
