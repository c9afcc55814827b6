"""Shapes that all operations share."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

T = TypeVar("T")

Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]
RESOURCE_ID = AliasChoices("resource_id", "artist_id", "stylist_id", "provider_id")
"""The documents' words for whom a booking is with (DESIGN §1)."""


_MOST_IDS = 200


def _split(value: Any) -> Any:
    """Return what stands between the commas."""
    # A query's value may come as a list of itself.
    texts = value if isinstance(value, (list, tuple)) else [value]
    parts = [part.strip() for text in texts for part in str(text).split(",")]
    return tuple(part for part in parts if part)


Ids = Annotated[
    tuple[UUID, ...],
    BeforeValidator(_split),
    Field(max_length=_MOST_IDS),
    WithJsonSchema({"type": "string", "description": "Ids with commas between."}),
]
"""Several ids in one value of a query."""


class Input(BaseModel):
    """What a client sends: a field that is not listed is refused, never ignored (TRUST T13)."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """What a client gets, read from a capability's types."""

    model_config = ConfigDict(from_attributes=True)


class Envelope(BaseModel, Generic[T]):
    """Every success."""

    data: T
    meta: dict[str, Any]


class ProblemOut(BaseModel):
    """Every refusal (RFC 9457), with a code that never changes its meaning."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    error: str = Field(description="The stable code: SLOT_FULL, HOLD_EXPIRED, VERSION_CONFLICT, …")
    field: str | None = Field(None, description="The part of the request that is wrong.")
    request_id: str


class Deleted(BaseModel):
    """What is gone."""

    id: UUID
    is_deleted: bool
