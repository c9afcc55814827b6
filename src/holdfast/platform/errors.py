"""Problems a caller can act on. Each becomes one RFC 9457 answer with a stable code.

A `Problem` is raised anywhere below the web faces and rendered once, at the edge
(`holdfast.platform.http.problems`). The `code` is part of the API: it never changes meaning.
"""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """Something the caller did, or met, that it can understand and act on.

    `detail` is a sentence for a person and never holds personal data, SQL or another tenant's ids;
    `field` names the offending input; `extra` adds members to the answer (alternatives, versions);
    `retry_after` is in seconds.
    """

    code = "PROBLEM"
    status = 400
    title = "The request could not be carried out"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        field: str | None = None,
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or self.code
        self.field = field
        self.retry_after = retry_after
        self.extra = extra

    def with_status(self, status: int) -> Problem:
        """Return the problem itself with another HTTP status."""
        self.status = status
        return self


class Invalid(Problem):
    """The input is well-formed but cannot be accepted; `field` says which part."""

    code = "VALIDATION_ERROR"
    status = 422
    title = "Something in the request is not right"


class Malformed(Problem):
    """The request cannot be read at all: broken JSON, a missing or unusable header."""

    code = "MALFORMED_REQUEST"
    status = 400
    title = "The request could not be read"


class NotFound(Problem):
    """There is no such thing here. Another tenant's thing gets exactly the same answer."""

    code = "NOT_FOUND"
    status = 404
    title = "There is nothing here by that name"


class Unauthenticated(Problem):
    """Nobody is signed in, and this needs somebody."""

    code = "UNAUTHENTICATED"
    status = 401
    title = "Please sign in first"


class Forbidden(Problem):
    """The person signed in may not do this."""

    code = "FORBIDDEN"
    status = 403
    title = "You may not do this"


class Conflict(Problem):
    """The world has moved: the answer carries what is true now."""

    code = "CONFLICT"
    status = 409
    title = "Somebody was faster"


class RateLimited(Problem):
    """Too many requests; `retry_after` says when to come back."""

    code = "RATE_LIMITED"
    status = 429
    title = "Too many requests, please wait a moment"


class Unavailable(Problem):
    """Something we need does not answer right now; trying again later is safe."""

    code = "UNAVAILABLE"
    status = 503
    title = "This is not available right now, please try again"
