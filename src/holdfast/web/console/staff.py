"""One visit of somebody who works here: who, in which business, at what time, in whose language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from holdfast.capabilities.people.sessions import actor_for
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Forbidden, NotFound
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.idempotency import IdempotencyKey, claim, remember
from holdfast.platform.tenancy import tenant_context
from holdfast.web.design.formats import Reader, reader_for

_ROLES = {
    "owner": _("Owner"),
    "admin": _("Administrator"),
    "manager": _("Manager"),
    "frontdesk": _("Front desk"),
    "artist": _("Own calendar"),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """What every staff page needs to know of its request."""

    tenant: Tenant
    actor: Actor
    reader: Reader
    now: datetime
    name: str

    @property
    def tenant_id(self) -> UUID:
        return self.tenant.id

    @property
    def role(self) -> str:
        return str(_ROLES.get(self.actor.role, self.actor.role))

    @property
    def sees_contacts(self) -> bool:
        """Whether phone numbers and addresses of customers are for these eyes."""
        return self.actor.can("customers:read")

    @property
    def sees_waitlist(self) -> bool:
        """Whether who waits is for these eyes."""
        return self.actor.can("waitlist:read")

    @property
    def sees_portfolio(self) -> bool:
        """Whether pictures and words of the public page are in these hands."""
        return self.actor.can("portfolio:manage")

    @property
    def sees_settings(self) -> bool:
        """Whether what the business sets is in these hands."""
        return self.actor.can("tenant:manage")


View = Callable[..., HttpResponse]


def staff_page(view: View) -> View:
    """Make a view of `(request, staff, …)`: strangers are asked to sign in, others are told why not."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tenant: Tenant | None = getattr(request, "tenant", None)
        if tenant is None:
            raise Http404
        actor = actor_for(request, tenant)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not actor.can("console:open"):
            return render(request, "console/no_place.html", {"tenant": tenant}, status=403)
        try:
            return view(request, _staff(request, tenant, actor), *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing
        except Forbidden as refused:
            raise PermissionDenied from refused

    return opened


def _staff(request: HttpRequest, tenant: Tenant, actor: Actor) -> Staff:
    reader = reader_for(
        (get_language() or "en").split("-")[0],
        tenant.locale,
        tenant.time_zone,
        tenant.settings.get("digits", "auto"),
        tenant.settings.get("clock", "auto"),
    )
    name = request.user.get_full_name() or request.user.email
    return Staff(tenant, actor, reader, clock.now(), name)


def once(staff: Staff, key: IdempotencyKey | None, work: Callable[[], object]) -> None:
    """Do the work of a form once a key, in one transaction."""

    def attempt() -> None:
        with tenant_context(staff.tenant_id, staff.actor.label):
            if key is not None and claim(key) is not None:
                return
            work()
            if key is not None:
                remember(key, 200, b"{}")

    retry_transient(attempt, has_key=key is not None)
