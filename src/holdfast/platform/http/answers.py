"""Successful answers: `{data, meta}` as bytes, made once and kept as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel

CONTENT_TYPE = "application/json"


class WithMeta(NamedTuple):
    """What a mutation answers when it has something to say beside its data: warnings, counts."""

    data: Any
    meta: Mapping[str, Any]


def instant_text(at: datetime) -> str:
    """Return an instant as the API writes it: UTC, ISO 8601, to the second."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{in_utc.isoformat()[:19]}Z"


def envelope(data: Any, meta: Mapping[str, Any] | None = None) -> bytes:
    """Return the bytes of `{data, meta}`. Schemas, ids and instants are written as JSON."""
    document = {"data": data, "meta": dict(meta or {})}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def json_answer(body: bytes, *, status: int = 200, is_replay: bool = False) -> HttpResponse:
    """Wrap finished bytes; a replay is marked so that a client can tell."""
    response = HttpResponse(body, status=status, content_type=CONTENT_TYPE)
    if is_replay:
        response["Idempotency-Replayed"] = "true"
    return response


def answer(data: Any, meta: Mapping[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """Answer with `{data, meta}`."""
    return json_answer(envelope(data, meta), status=status)


def with_version(response: HttpResponse, version: int) -> HttpResponse:
    """Say which version the answer shows, for a later If-Match."""
    response["ETag"] = f'"{version}"'
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, UUID):
        return str(value)
    return str(value)
