"""Parts of the day, by which times are grouped on pages and offered fairly.

The three names are those of the salon document, "Slot Exposure", step 4.
"""

from __future__ import annotations

from enum import StrEnum

NOON = 12
FIVE_IN_THE_AFTERNOON = 17
MIDDLE_OF_THE_NIGHT = 2
"""Night is 22:00 to 06:00; before its middle the evening is nearer, from then on the morning."""


class DayPart(StrEnum):
    """Part of a day on the wall clock, in the order of a day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def part_of_hour(hour: int) -> DayPart:
    """The part of the day of an hour on the wall clock, 0 to 23.

    Morning until 12:00, afternoon until 17:00, then evening. Night goes to the nearer neighbour: until 02:00
    it is evening (of the day before), from 02:00 it is morning.
    """
    if MIDDLE_OF_THE_NIGHT <= hour < NOON:
        return DayPart.MORNING
    return DayPart.AFTERNOON if NOON <= hour < FIVE_IN_THE_AFTERNOON else DayPart.EVENING
