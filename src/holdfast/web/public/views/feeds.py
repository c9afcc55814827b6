"""Calendars that others subscribe to, opened by their secret address alone."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from holdfast.capabilities.notifications.queries import feed_tag, find_feed, read_feed
from holdfast.capabilities.tenants.queries import home_host
from holdfast.platform.access import GUEST
from holdfast.platform.http.ratelimit import READS, count_request
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.visit import Visit, public_page


@require_safe
@public_page
def read_calendar(request: HttpRequest, visit: Visit, secret: str) -> HttpResponse:
    """Answer with the calendar, or with 304 where nothing has been booked or moved since."""
    count_request(request, visit.tenant_id, READS)
    with tenant_context(visit.tenant_id, GUEST.label):
        feed = find_feed(secret)
        if feed is None:
            raise Http404
        tag = f'"{feed_tag(feed, visit.now)}"'
        response = get_conditional_response(request, etag=tag)
        if response is None:
            host = home_host(visit.tenant, base_domain=settings.HOLDFAST.base_domain)
            calendar = read_feed(feed, tenant=visit.tenant, host=host, now=visit.now)
            response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
            response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["ETag"] = tag
    # Kept by the subscriber, never by anybody on the way; asked for anew each time.
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
