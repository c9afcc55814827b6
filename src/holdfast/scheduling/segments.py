"""Services made of segments, and several services in one visit: what is taken from whom, and when.

A colour is applied for half an hour, sets for another, and is washed out: `ACTIVE` segments take somebody
who fills a role (a stylist, a chair), `PROCESSING` ones nobody, so the stylist may cut another customer's
hair meanwhile. A room that is needed throughout is a role with one active segment over the whole time.

Buffers go before the first active segments of a visit and after the last, not in between: between two
services of one visit the customer stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from holdfast.scheduling.intervals import Span, epoch, instant, normalise
from holdfast.scheduling.slots import Terms


class SegmentKind(StrEnum):
    """Whether a segment takes somebody's time."""

    ACTIVE = "active"
    PROCESSING = "processing"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a service: whom it takes, from how many minutes after the start, for how many.

    `role` is the name of what is needed, such as `stylist` or `room`; in a PROCESSING segment, of who is free
    meanwhile. Raises ValueError, with the field's name first, for a length below 1 or an offset below 0.
    """

    role: str
    offset_minutes: int
    duration_minutes: int
    kind: SegmentKind = SegmentKind.ACTIVE

    def __post_init__(self) -> None:
        if self.offset_minutes < 0:
            raise ValueError("offset_minutes must be at least 0")
        if self.duration_minutes < 1:
            raise ValueError("duration_minutes must be at least 1")

    @property
    def end_minutes(self) -> int:
        """When the segment ends, in minutes after the start of the visit."""
        return self.offset_minutes + self.duration_minutes


@dataclass(frozen=True, slots=True)
class Visit:
    """What one customer comes for, and on what terms: one service, of one segment or more, or several.

    Buffers, granularity, notice and horizon are as in `Terms`; the grid of starts is that of the lead's
    opening hours. Raises ValueError, with the field's name first, when nothing is active, when the first
    segment does not begin with the visit, or when a role is needed in two active segments at once.
    """

    segments: tuple[Segment, ...]
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    granularity_minutes: int | None = None
    notice_minutes: int = 0
    horizon_days: int | None = None

    def __post_init__(self) -> None:
        if not any(each.kind is SegmentKind.ACTIVE for each in self.segments):
            raise ValueError("segments must have an active one")
        if min(each.offset_minutes for each in self.segments) != 0:
            raise ValueError("segments must begin with the visit, at 0 minutes")
        for role in self.roles:
            for first, second in pairwise(sorted(self._active(role), key=lambda each: each.offset_minutes)):
                if second.offset_minutes < first.end_minutes:
                    raise ValueError(f"segments must not need {role} twice at once")
        # The other lengths are checked where they are understood.
        self.terms()

    @classmethod
    def of_terms(cls, terms: Terms, role: str) -> Visit:
        """The visit for a service of one segment, which takes one resource."""
        return cls(
            (Segment(role, 0, terms.duration_minutes),),
            terms.buffer_before_minutes,
            terms.buffer_after_minutes,
            terms.granularity_minutes,
            terms.notice_minutes,
            terms.horizon_days,
        )

    def terms(self) -> Terms:
        """The terms of the whole visit, as if it took one resource from beginning to end."""
        return Terms(
            self.length_minutes,
            self.buffer_before_minutes,
            self.buffer_after_minutes,
            self.granularity_minutes,
            self.notice_minutes,
            self.horizon_days,
        )

    @property
    def length_minutes(self) -> int:
        """From the customer's coming to their going."""
        return max(each.end_minutes for each in self.segments)

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that is taken, by the time of its first active segment."""
        active = [each for each in self.segments if each.kind is SegmentKind.ACTIVE]
        return tuple(
            dict.fromkeys(each.role for each in sorted(active, key=lambda each: each.offset_minutes))
        )

    @property
    def lead(self) -> str:
        """The role that begins, whose opening hours anchor the grid of starts."""
        return self.roles[0]

    def active_spans(self, role: str) -> list[Span]:
        """When the role is at work, in seconds from the start; what touches is one."""
        return normalise((each.offset_minutes * 60, each.end_minutes * 60) for each in self._active(role))

    def claimed_spans(self, role: str) -> list[Span]:
        """What is taken from whoever fills the role, in seconds from the start, buffers included."""
        active = [each for each in self.segments if each.kind is SegmentKind.ACTIVE]
        first = min(each.offset_minutes for each in active)
        last = max(each.end_minutes for each in active)
        return normalise(
            (
                (each.offset_minutes - (self.buffer_before_minutes if each.offset_minutes == first else 0))
                * 60,
                (each.end_minutes + (self.buffer_after_minutes if each.end_minutes == last else 0)) * 60,
            )
            for each in self._active(role)
        )

    def _active(self, role: str) -> list[Segment]:
        return [each for each in self.segments if each.role == role and each.kind is SegmentKind.ACTIVE]


class Claim(NamedTuple):
    """Time that a visit takes from one resource, buffers included: an allocation to be."""

    role: str
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime


def list_claims(visit: Visit, chosen: Mapping[str, UUID], *, starts_at: datetime) -> list[Claim]:
    """All that a visit takes when it starts at an instant and these resources fill its roles.

    Sorted by resource, then by time: the order in which to lock and write. All of it is had, or nothing.
    """
    start = epoch(starts_at)
    return sorted(
        (
            Claim(role, chosen[role], instant(start + begin), instant(start + end))
            for role in visit.roles
            for begin, end in visit.claimed_spans(role)
        ),
        key=lambda claim: (claim.resource_id, claim.starts_at),
    )


def rename_roles(visit: Visit, names: Mapping[str, str]) -> Visit:
    """The same visit with other names for its roles.

    So that two services of one visit may be given by two people: a role of one name is one resource.
    """
    return replace(
        visit,
        segments=tuple(replace(each, role=names.get(each.role, each.role)) for each in visit.segments),
    )


def in_sequence(visits: Sequence[Visit]) -> Visit:
    """Several services in one visit, each when the one before it is over; their times add up.

    The grid and the buffer before are those of the first, the buffer after that of the last; the longest
    notice and the nearest horizon count. Raises ValueError for no visit.
    """
    if not visits:
        raise ValueError("visits must not be empty")
    segments: list[Segment] = []
    offset = 0
    for visit in visits:
        segments += _moved(visit, offset)
        offset += visit.length_minutes
    return replace(
        _stricter(visits[0], visits),
        segments=tuple(segments),
        buffer_after_minutes=visits[-1].buffer_after_minutes,
    )


def with_add_on(visit: Visit, extra: Visit, *, at_minutes: int | None = None) -> Visit:
    """A visit with an addition, at its end or (a manicure while the colour sets) some minutes into it.

    The buffers and the grid stay those of the visit, whatever the add-on has. Raises ValueError when a role
    would be needed twice at once.
    """
    offset = visit.length_minutes if at_minutes is None else at_minutes
    return replace(_stricter(visit, (visit, extra)), segments=(*visit.segments, *_moved(extra, offset)))


def _moved(visit: Visit, offset: int) -> list[Segment]:
    return [replace(each, offset_minutes=each.offset_minutes + offset) for each in visit.segments]


def _stricter(visit: Visit, visits: Sequence[Visit]) -> Visit:
    """The visit with the longest notice and the nearest horizon of all."""
    horizons = [each.horizon_days for each in visits if each.horizon_days is not None]
    return replace(
        visit,
        notice_minutes=max(each.notice_minutes for each in visits),
        horizon_days=min(horizons, default=None),
    )
