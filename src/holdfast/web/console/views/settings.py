"""What the business can set, on one page; a change counts at once and can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.capabilities.tenants.commands import change_settings, undo_settings
from holdfast.capabilities.tenants.queries import read_settings
from holdfast.capabilities.tenants.settings import known_settings
from holdfast.capabilities.tenants.types import Chosen
from holdfast.platform.access import require
from holdfast.platform.errors import Conflict, Invalid
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.forms import MoveForm
from holdfast.web.console.settings_form import SettingsForm, field_of
from holdfast.web.console.staff import Staff, once, staff_page
from holdfast.web.console.templatetags.console import offer_settings_undo
from holdfast.web.design.form_keys import form_key, new_form_key


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show what is set, and save what is sent; what is wrong stands at its field."""
    require(staff.actor, "tenant:manage")
    with tenant_context(staff.tenant_id, staff.actor.label):
        chosen = read_settings()
    values = _values(chosen)
    sent = request.POST if request.method == "POST" else None
    form = SettingsForm(sent, values=values, version=chosen.version)
    status = 200 if sent is None else 422
    if sent is not None and form.is_valid():
        changes = _changes(form, values)
        if not changes:
            messages.success(request, _("Nothing was changed."))
            return redirect("console:settings")
        try:
            saved = _save(request, staff, form.cleaned_data["version"], changes)
        except Invalid as problem:
            form.add_error(field_of(problem.field or ""), _("This cannot be saved like this."))
        except Conflict:
            status = 409
            form = _again(form, changes, values, chosen.version)
        else:
            messages.success(
                request, _("Saved. It counts from now on."), extra_tags=offer_settings_undo(saved.version)
            )
            return redirect("console:settings")
    page = {"staff": staff, "page": {"is_settings": True}, "form": form, "form_key": new_form_key()}
    return render(request, "console/settings.html", page, status=status)


@require_POST
@staff_page
def undo(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Go back to what was set before the change that somebody has just made."""
    require(staff.actor, "tenant:manage")
    form = MoveForm(request.POST)
    if form.is_valid():
        version = form.cleaned_data["version"]
        key = form_key(request.POST.get("key", ""), str(version), route="console:settings-undo")
        try:
            once(staff, key, lambda: undo_settings(actor=staff.actor, expected_version=version))
        except Conflict:
            messages.warning(
                request,
                _("Nothing was changed. Others have changed the settings since; look at them first."),
            )
        else:
            messages.success(request, _("Taken back. The settings are as they were."))
    return redirect("console:settings")


def _values(chosen: Chosen) -> dict[str, Any]:
    """Every setting as it counts now."""
    return {name: setting.shown(chosen.values)[0] for name, setting in known_settings().items()}


def _changes(form: SettingsForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form asks for that is not so already; None where that is the default."""
    known = known_settings()
    return {
        name: None if value == known[name].default else value
        for name, value in form.chosen().items()
        if value != values[name]
    }


def _save(request: HttpRequest, staff: Staff, version: int, changes: Mapping[str, Any]) -> Chosen:
    key = form_key(request.POST.get("key", ""), str(version), repr(changes), route="console:settings")
    once(staff, key, lambda: change_settings(actor=staff.actor, changes=changes, expected_version=version))
    with tenant_context(staff.tenant_id, staff.actor.label):
        return read_settings()


def _again(
    form: SettingsForm, changes: Mapping[str, Any], values: Mapping[str, Any], version: int
) -> SettingsForm:
    """What was typed, with the version that is known now, and a word where it is not what is saved."""
    data = form.data.copy()
    data["version"] = str(version)
    again = SettingsForm(data, values=values, version=version)
    again.is_valid()
    again.add_error(
        None, _("Somebody has changed the settings meanwhile. Nothing was saved: look, and save again.")
    )
    for name in changes:
        again.add_error(field_of(name), _("This is not what is saved now."))
    return again
