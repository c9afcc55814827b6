"""Template tags of the design system: addresses of built files, initials, alternatives to inline code."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from holdfast.web.design.assets import find_asset

register = template.Library()

_SERIF = "instrument-serif-latin-400-normal.woff2"
_ARABIC = "readex-pro-arabic-wght-normal.woff2"
_TEXT = "figtree-latin-wght-normal.woff2"


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, by the name of its source: `{% asset "public.css" %}`."""
    return find_asset(name).url


@register.simple_tag
def script(name: str) -> SafeString:
    """A module script and preloads of the chunks that it imports."""
    found = find_asset(name)
    preloads = format_html_join(
        "\n", '<link rel="modulepreload" href="{}">', ((url,) for url in found.imports)
    )
    return format_html('{}<script type="module" src="{}"></script>', preloads, found.url)


@register.simple_tag
def font_preload(language: str, surface: str = "public") -> SafeString:
    """Preload the one font that the first screen needs most: the serif of public titles, or Arabic."""
    name = _ARABIC if language.startswith("ar") else _SERIF if surface == "public" else _TEXT
    url = find_asset(name).url
    return format_html('<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>', url)


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and last word: "Layla Haddad" is "LH"."""
    words = name.split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper()
