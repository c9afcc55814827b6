"""Why not, of a visit: for want of which role a start is missing, and what is in the way of whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from holdfast.scheduling.intervals import Period, Span, epoch, epoch_up, instant, share_a_moment
from holdfast.scheduling.reasons import Missing, list_missing
from holdfast.scheduling.runs import runs_between
from holdfast.scheduling.segments import Visit
from holdfast.scheduling.slots import Busy, Calendar, WhyNot
from holdfast.scheduling.visits import Candidates, check_role, check_visit


def list_missing_visits(
    visit: Visit, candidates: Candidates, *, now: datetime, within: Period
) -> dict[UUID, list[Missing]]:
    """Every start that is missing within a period, and every closed stretch, of each who could lead.

    As `reasons.list_missing`, but each start of the grid is asked for itself: for a day, not for a year.
    """
    return {
        lead_id: sorted(
            _missing_with(lead_id, calendar, visit, candidates, now, within),
            key=lambda missing: missing.starts_at,
        )
        for lead_id, calendar in candidates.get(visit.lead, {}).items()
    }


def why_missing(
    starts_at: datetime, visit: Visit, candidates: Candidates, *, now: datetime
) -> Missing | None:
    """Why the visit cannot start then and what is in the way, or None when it can; as `check_visit`."""
    refusal = check_visit(starts_at, visit, candidates, now=now)
    if refusal is None:
        return None
    calendars = candidates.get(refusal.role, {}) if refusal.role else {}
    return _because(starts_at, visit, refusal.role, calendars.values(), refusal.why_not)


def why_unable(starts_at: datetime, visit: Visit, role: str, calendar: Calendar) -> Missing | None:
    """Why somebody cannot fill a role when the visit starts then, or None; whatever the time is now."""
    why_not = check_role(epoch(starts_at), visit, role, calendar)
    return _because(starts_at, visit, role, (calendar,), why_not) if why_not else None


def _missing_with(
    lead_id: UUID, calendar: Calendar, visit: Visit, candidates: Candidates, now: datetime, within: Period
) -> Iterator[Missing]:
    """What is missing when one resource leads."""
    team = {**candidates, visit.lead: {lead_id: calendar}}
    for missing in list_missing(Calendar(calendar.windows), visit.terms(), now=now, within=within):
        if missing.ends_at is not None:
            yield missing
    for start in sorted(set(_grid(visit, calendar, within))):
        found = why_missing(instant(start), visit, team, now=now)
        if found is not None:
            yield found


def _grid(visit: Visit, calendar: Calendar, within: Period) -> Iterator[int]:
    """The points of the lead's grids in a period."""
    begin, end = epoch_up(within.starts_at), epoch_up(within.ends_at)
    for window in calendar.windows:
        step = (visit.granularity_minutes or window.granularity_minutes) * 60
        hours = max(window.start, begin), min(window.end, end)
        for first, size, its_step in runs_between(window.start, step, *hours):
            yield from range(first, first + size * its_step, its_step)


def _because(
    starts_at: datetime, visit: Visit, role: str | None, calendars: Iterable[Calendar], why_not: WhyNot
) -> Missing:
    missing = Missing(starts_at, None, why_not, role=role)
    if role is None or why_not not in (WhyNot.BLACKOUT, WhyNot.TAKEN, WhyNot.BUFFER):
        return missing
    start = epoch(starts_at)
    spans = visit.claimed_spans(role) if why_not is WhyNot.BUFFER else visit.active_spans(role)
    wanted = [(start + begin, start + end) for begin, end in spans]
    # Of several, only those for whom this is the reason.
    concerned = [each for each in calendars if check_role(start, visit, role, each) is why_not]
    if why_not is WhyNot.BLACKOUT:
        met = (each for calendar in concerned for each in calendar.blackouts)
        return missing._replace(blackouts=tuple(each for each in met if _meets(each.span, wanted)))
    return missing._replace(
        busy=tuple(
            Busy(lane, instant(taken[0]), instant(taken[1]))
            for calendar in concerned
            for lane, spans in enumerate(calendar.taken_lanes())
            for taken in spans
            if _meets(taken, wanted)
        )
    )


def _meets(span: Span, wanted: Iterable[Span]) -> bool:
    return any(share_a_moment(span, each) for each in wanted)
