"""Template tags of the public pages."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from holdfast.web.public.presenters.pictures import PictureView
from holdfast.web.public.visit import Visit

register = template.Library()


@register.filter
def own_text(visit: Visit, key: str) -> str:
    """A text that the business wrote about itself: `{{ visit|own_text:"about" }}`."""
    return visit.text(key)


@register.simple_tag
def picture(view: PictureView, sizes: str, *, is_first: bool = False) -> SafeString:
    """One picture, as every file that a browser may choose; with `is_first` it is on the first screen."""
    return _picture(view, sizes, is_first)


@lru_cache(maxsize=1024)
def _picture(view: PictureView, sizes: str, is_first: bool) -> SafeString:
    # The same picture gives the same words in every language; writing them anew was a third of a page's time.
    return render_to_string("public/picture.html", {"picture": view, "sizes": sizes, "is_first": is_first})
