"""What machines read: robots, the map of the site, the Markdown of pages, the picture beside a link."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from holdfast.capabilities.catalog.queries import list_changes
from holdfast.capabilities.portfolio.card import open_card
from holdfast.capabilities.portfolio.queries import portfolio_changed_at
from holdfast.platform.access import GUEST
from holdfast.platform.http.ratelimit import READS, count_request
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.face import Face, find_face
from holdfast.web.public.presenters.plain import write_business, write_service
from holdfast.web.public.views.tenant import show_tenant
from holdfast.web.public.visit import Visit, public_page

_MARKDOWN = "text/markdown"
# Read again and again by machines; what they see may be an hour old, and may be kept by them alone.
_AN_HOUR = "private, max-age=3600"
_A_WEEK = "private, max-age=604800"


@require_safe
def show_start(request: HttpRequest) -> HttpResponse:
    """The page of the business; its Markdown for those who ask for that."""
    wants_markdown = request.get_preferred_type(["text/html", _MARKDOWN]) == _MARKDOWN
    response = show_index(request) if wants_markdown else show_tenant(request)
    patch_vary_headers(response, ("Accept",))
    return response


@require_safe
@public_page
def show_index(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The business as Markdown."""
    face = _find_face(visit)
    return _markdown(write_business(face), face.url("tenant"))


@require_safe
@public_page
def show_service(request: HttpRequest, visit: Visit, service_id: UUID) -> HttpResponse:
    """One service as Markdown."""
    face = _find_face(visit)
    service = next((each for each in face.services if each.id == service_id), None)
    if service is None:
        raise Http404
    return _markdown(write_service(face, service), face.url("when", service.id))


@require_safe
@public_page
def show_robots(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What crawlers may read."""
    face = _find_face(visit)
    return _kept(render(request, "public/robots.txt", {"sitemap": face.url("sitemap")}), "text/plain")


@require_safe
@public_page
def show_sitemap(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The pages that can be found, and when what they show last changed."""
    with tenant_context(visit.tenant_id, GUEST.label):
        face, changes, words_at = find_face(visit), list_changes(), portfolio_changed_at()
    menu_at = max(changes.values(), default=None)
    start_at = max((at for at in (menu_at, words_at) if at), default=None)
    pages = [(face.url("tenant"), start_at), (face.url("services"), menu_at)]
    pages += [(face.url("when", each.id), changes.get(each.id)) for each in face.services]
    dated = [(url, at.isoformat(timespec="seconds") if at else "") for url, at in pages]
    return _kept(render(request, "public/sitemap.xml", {"pages": dated}), "application/xml")


@require_safe
def show_no_icon(request: HttpRequest) -> HttpResponse:
    """Nothing, said cheaply: pages name their icon themselves, yet browsers ask here for it."""
    response = HttpResponse(status=204)
    response["Cache-Control"] = _A_WEEK
    return response


@require_safe
def serve_card(request: HttpRequest, picture_id: UUID, name: str) -> FileResponse:
    """The picture beside a link; made when it is asked for first, and never changed."""
    count_request(request, request.tenant.id, READS)
    with tenant_context(request.tenant.id, GUEST.label):
        file = open_card(picture_id, name)
    if file is None:
        raise Http404
    response = FileResponse(file, content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _find_face(visit: Visit) -> Face:
    with tenant_context(visit.tenant_id, GUEST.label):
        return find_face(visit)


def _markdown(text: str, page: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{_MARKDOWN}; charset=utf-8")
    # Search engines show people the page, not this.
    response["Link"] = f'<{page}>; rel="canonical"'
    response["Cache-Control"] = "private, max-age=60"
    return response


def _kept(response: HttpResponse, content_type: str) -> HttpResponse:
    response["Content-Type"] = f"{content_type}; charset=utf-8"
    response["Cache-Control"] = _AN_HOUR
    return response
