"""Visits whose every claim is given: a party, of which each guest has time around of their own."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.scheduling.intervals import Span, normalise
from holdfast.scheduling.segments import Visit


@dataclass(frozen=True, slots=True)
class ExactVisit(Visit):
    """A visit that takes exactly these claims, as (role, from second, until second) after its start.

    Its buffers say only how far the claims reach beyond it.
    """

    claims: tuple[tuple[str, int, int], ...] = ()

    def claimed_spans(self, role: str) -> list[Span]:
        """What is taken from whoever fills the role, in seconds from the start; what touches is one."""
        return normalise((start, end) for its_role, start, end in self.claims if its_role == role)
