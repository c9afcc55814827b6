"""Why not, in plain words: a sentence for each reason, without anybody's name."""

from __future__ import annotations

from holdfast.capabilities.bookings.slot_types import SlotInstance
from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.catalog.types import Role
from holdfast.capabilities.people.types import Resource
from holdfast.scheduling.reasons import Missing
from holdfast.scheduling.slots import WhyNot

GROUP_HOURS = "In these hours groups meet; they start at their published times only."
ONE_SEAT = "This is for one customer at a time, and more seats are wanted."
_DAY, _HOUR = 1440, 60


def tell(missing: Missing, plan: VisitPlan) -> str:
    """Return the sentence for a start, or a stretch, that is missing."""
    sentence = _sentence(missing, plan)
    if missing.role is None or missing.role == plan.lead.name:
        return sentence
    return f"For {missing.role}: {sentence}"


def tell_instance(instance: SlotInstance, why_not: WhyNot, plan: VisitPlan) -> str:
    """Return the sentence for the published start of a group."""
    if why_not is WhyNot.CAPACITY:
        left = instance.capacity - instance.booked - instance.held
        if left <= 0:
            return f"All {instance.capacity} seats are taken."
        return (
            f"Of {instance.capacity} seats {left} {'is' if left == 1 else 'are'} left, and more are wanted."
        )
    if why_not is WhyNot.CLOSED:
        if "staff" in instance.blocked_by:
            return "The staff has closed this start to new bookings."
        return "The opening hours no longer have this start; whoever has a seat keeps it."
    return tell(Missing(instance.starts_at, None, why_not), plan)


def tell_unsuitable(resource: Resource, role: Role) -> str:
    """Return why somebody cannot fill a role at all."""
    if resource.kind != role.kind:
        return f"{resource.name} is a {resource.kind}, and this needs a {role.kind}."
    lacking = sorted(set(role.required_skills) - set(resource.skills))
    if lacking:
        return f"{resource.name} lacks what this needs: {', '.join(lacking)}."
    return f"{resource.name} does not give this here."


def _sentence(missing: Missing, plan: VisitPlan) -> str:
    visit = plan.visit
    match missing.why_not:
        case WhyNot.PAST:
            return "This time has passed."
        case WhyNot.NOTICE:
            return f"This is booked at least {_length(visit.notice_minutes)} ahead."
        case WhyNot.HORIZON:
            return f"This is booked at most {_length((visit.horizon_days or 0) * _DAY)} ahead."
        case WhyNot.CLOSED if missing.ends_at is not None:
            return "These hours are outside the opening hours."
        case WhyNot.CLOSED:
            return f"It takes {_length(visit.length_minutes)}, which does not fit into the opening hours."
        case WhyNot.OFF_GRID:
            return "Starts come at fixed minutes, counted from opening, and this is none of them."
        case WhyNot.BLACKOUT:
            return "A closed time falls into it."
        case WhyNot.LIMIT:
            return f"Only {_limits(plan)} are taken in, and that many are booked."
        case WhyNot.TAKEN:
            return "Something is booked then."
        case WhyNot.BUFFER:
            return (
                f"The time itself is free, but not the {visit.buffer_before_minutes} minutes before it and"
                f" {visit.buffer_after_minutes} after it that this needs."
            )
        case WhyNot.SKILL:
            return "Nobody here can do this."
    return "Everybody who is needed is there, but not all at once."


def _limits(plan: VisitPlan) -> str:
    limits = [
        words
        for service in (*plan.services, *plan.add_ons)
        for words in (
            f"{service.most_per_day} a day" if service.most_per_day else "",
            f"{service.most_per_week} a week" if service.most_per_week else "",
        )
        if words
    ]
    return " or ".join(dict.fromkeys(limits))


def _length(minutes: int) -> str:
    """Return a length as people say it: 90 minutes, 2 hours, 1 day."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (1, "minute")):
        if minutes % size == 0 and minutes >= size:
            return f"{minutes // size} {unit}{'' if minutes == size else 's'}"
    return "0 minutes"
