"""How instants and private links stand in addresses."""

from __future__ import annotations

from datetime import datetime

from holdfast.web.public.presenters.times import read_start_code, start_code


class StartConverter:
    """An instant in UTC: `20261120T2130Z`."""

    regex = r"\d{8}T\d{4}Z"

    def to_python(self, value: str) -> datetime:
        """Read the instant; what is no date at all is no address either."""
        starts_at = read_start_code(value)
        if starts_at is None:
            raise ValueError("not an instant")
        return starts_at

    def to_url(self, value: datetime) -> str:
        return start_code(value)


class TokenConverter:
    """The token of a private link: 43 characters of base64url, which is 256 bits."""

    regex = r"[A-Za-z0-9_-]{43}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
