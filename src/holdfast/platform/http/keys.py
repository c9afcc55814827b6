"""Idempotency at the edge: the key of a request, and mutations that are not one SQL function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from holdfast.platform.http.answers import WithMeta, envelope, json_answer
from holdfast.platform.http.callers import Caller, caller_of
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.idempotency import Answer, IdempotencyKey, claim, read_key, remember
from holdfast.platform.tenancy import tenant_context


def key_header(request: HttpRequest) -> str | None:
    """Return the header's value; the quotes of a structured field (IETF draft) are not part of the key."""
    raw: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if raw is not None and len(raw) > 1 and raw[0] == raw[-1] == '"':
        return raw[1:-1]
    return raw


def key_of(
    request: HttpRequest, caller: Caller, *, variant: bytes = b"", body: bytes | None = None
) -> IdempotencyKey | None:
    """Return the request's key on its canonical route, tied to its bytes.

    Every surface leads to one path, so a retry through another prefix finds the first try. `variant` is
    what makes equal bytes mean something else (a hold instead of a booking); `body` is what was read of a
    body that came as a stream.
    """
    route = f"{request.method} {request.path_info.lower()}"
    return read_key(
        key_header(request),
        route=route,
        payload=variant + (request.body if body is None else body),
        is_required=caller.surface.requires_key,
    )


def change(
    request: HttpRequest, work: Callable[[Caller], Any], *, status: int = 200, body: bytes | None = None
) -> HttpResponse:
    """Run a mutation once a key: claim, work and answer in one transaction of the tenant.

    `work` returns the `data` of the answer, or it `WithMeta`. The operation must have said what it `Needs`,
    so that the permission is looked at before the kept answers are.
    """
    caller = caller_of(request)
    key = key_of(request, caller, body=body)

    def attempt() -> Answer:
        with tenant_context(caller.tenant_id, caller.actor.label):
            kept = claim(key) if key else None
            if kept is not None:
                return kept
            done = work(caller)
            answer = envelope(*done) if isinstance(done, WithMeta) else envelope(done)
            if key:
                remember(key, status, answer)
            return Answer(status, answer)

    found = retry_transient(attempt, has_key=key is not None)
    return json_answer(found.body, status=found.status, is_replay=found.is_replay)
