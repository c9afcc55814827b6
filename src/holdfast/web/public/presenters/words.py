"""What a business says about itself: from its portfolio, else from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.capabilities.portfolio.types import Portfolio
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a business's page; empty ones are not shown. `about` is apart only where a `lede` is."""

    headline: str
    lede: str
    about: str
    policy: str


def present_words(portfolio: Portfolio, visit: Visit) -> Words:
    """Return the page's texts in its language: the portfolio's, the settings', then those of any language."""

    def find(name: str) -> str:
        translations = visit.tenant.settings.get("translations", {}).get(visit.language, {})
        return (
            portfolio.texts.get(visit.language, {}).get(name, "")
            or str(translations.get(name) or "")
            or portfolio.text(name, visit.language)
            or visit.text(name)
        )

    lede, about = find("lede"), find("about")
    return Words(find("headline"), lede or about, about if lede else "", find("policy"))
