"""Template tags of the public pages."""

from __future__ import annotations

from django import template

from holdfast.web.public.visit import Visit

register = template.Library()


@register.filter
def own_text(visit: Visit, key: str) -> str:
    """A text that the business wrote about itself: `{{ visit|own_text:"about" }}`."""
    return visit.text(key)
