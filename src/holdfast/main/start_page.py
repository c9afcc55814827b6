"""The bare development host: which businesses there are to try."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from holdfast.capabilities.tenants.queries import list_tenants


@require_safe
def show_start_page(request: HttpRequest) -> HttpResponse:
    """List the businesses with their addresses; in production a host that is nobody's has no page."""
    config = settings.HOLDFAST
    if config.is_production:
        raise Http404
    # As the visitor wrote it: a proxy may listen on another port than we do.
    port = request.get_host().rpartition(":")[2]
    suffix = f".{config.base_domain}:{port}/" if port.isdecimal() else f".{config.base_domain}/"
    businesses = [
        (tenant, f"{request.scheme}://{tenant.slug}{suffix}") for tenant in list_tenants() if tenant.is_active
    ]
    return render(request, "main/start_page.html", {"businesses": businesses})
