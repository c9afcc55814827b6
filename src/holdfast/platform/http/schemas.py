"""Shapes that all operations share."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

T = TypeVar("T")

Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]
RESOURCE_ID = AliasChoices("resource_id", "artist_id", "stylist_id", "provider_id")
"""The documents' words for whom a booking is with (DESIGN §1)."""


_MOST_IDS = 200


def _parse_ids(value: Any) -> tuple[UUID, ...]:
    """Return the ids that stand between commas."""
    # Django Ninja gives a value of a query that may come several times as a list.
    texts = [
        part
        for text in (value if isinstance(value, (list, tuple)) else [value])
        for part in str(text).split(",")
    ]
    if len(texts) > _MOST_IDS:
        raise ValueError(f"at most {_MOST_IDS} ids can be given")
    try:
        return tuple(UUID(text.strip()) for text in texts)
    except ValueError:
        raise ValueError("write ids with commas between") from None


Ids = Annotated[
    tuple[UUID, ...],
    PlainValidator(_parse_ids),
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
