"""One visit to a business's public pages: whose pages, in whose language, at what time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page

from holdfast.capabilities.bookings.exposure import Viewer, find_viewer
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform import clock
from holdfast.platform.http.ratelimit import BOOKING_WRITES, count_request
from holdfast.web.design.formats import Reader, reader_for


@dataclass(frozen=True, slots=True)
class Visit:
    """What every public view needs to know of its request."""

    tenant: Tenant
    reader: Reader
    language: str
    now: datetime
    request: HttpRequest

    @property
    def tenant_id(self) -> UUID:
        return self.tenant.id

    def text(self, key: str) -> str:
        """A text that the business wrote about itself, in the page's language where it has one."""
        translations = self.tenant.settings.get("translations", {})
        translated = translations.get(self.language, {}).get(key)
        return str(translated or self.tenant.settings.get(key) or "")

    def viewer_of(self, service: Service) -> Viewer | None:
        """Who looks at the times of a service, where it shows guests only some; None: all are shown."""
        return find_viewer(
            self.request, tenant_id=self.tenant.id, settings=self.tenant.settings, service=service
        )


View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """Make a view of `(request, visit, …)`; on a host that is nobody's there is no such page."""

    @gzip_page
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tenant: Tenant | None = getattr(request, "tenant", None)
        if tenant is None:
            raise Http404
        if request.method == "POST":
            count_request(request, tenant.id, BOOKING_WRITES)
        language = (get_language() or "en").split("-")[0]
        settings = tenant.settings
        reader = reader_for(
            language,
            tenant.locale,
            tenant.time_zone,
            settings.get("digits", "auto"),
            settings.get("clock", "auto"),
        )
        return view(request, Visit(tenant, reader, language, clock.now(), request), *args, **kwargs)

    return opened
