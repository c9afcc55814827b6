"""What a page looks like before it says anything: theme, direction, the tenant's hue."""

from __future__ import annotations

from typing import Any, Literal, cast

from django.http import HttpRequest

Theme = Literal["light", "dark", "auto"]
THEME_COOKIE = "theme"
CHROMAS = ("quiet", "clear", "bold")
DEFAULT_HUE = 168


def appearance(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `theme`, and the `hue` and `chroma` of the tenant whose page this is."""
    settings = getattr(getattr(request, "tenant", None), "settings", None) or {}
    chroma = settings.get("chroma")
    return {
        "theme": chosen_theme(request),
        "hue": hue_digits(settings.get("hue", DEFAULT_HUE)),
        "chroma": chroma if chroma in CHROMAS else CHROMAS[0],
    }


def chosen_theme(request: HttpRequest) -> Theme:
    """Return what the visitor chose, or `auto`: as the device says."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    return cast(Theme, chosen) if chosen in ("light", "dark") else "auto"


def hue_digits(hue: object) -> str:
    """Write a hue as hundreds-tens-ones ("1-6-8"), the form that `styles/hue.css` can read.

    Any whole number is taken modulo 360; anything else is the default hue.
    """
    degrees = hue % 360 if isinstance(hue, int) else DEFAULT_HUE
    return "-".join(f"{degrees:03}")
