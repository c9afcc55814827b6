from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from holdfast.scheduling.day_parts import DayPart, day_part

DUBAI = ZoneInfo("Asia/Dubai")


@pytest.mark.parametrize(
    ("clock", "part"),
    [
        ("02:00", DayPart.MORNING),
        ("06:00", DayPart.MORNING),
        ("11:59", DayPart.MORNING),
        ("12:00", DayPart.AFTERNOON),
        ("16:59", DayPart.AFTERNOON),
        ("17:00", DayPart.EVENING),
        ("23:59", DayPart.EVENING),
        ("00:00", DayPart.EVENING),
        ("01:59", DayPart.EVENING),
    ],
)
def test_parts_meet_at_noon_five_and_two(clock: str, part: DayPart) -> None:
    at = datetime.combine(datetime(2027, 3, 1, tzinfo=UTC), time.fromisoformat(clock), ZoneInfo("UTC"))
    assert day_part(at, ZoneInfo("UTC")) is part


def test_the_wall_clock_of_the_zone_decides() -> None:
    assert day_part(datetime(2027, 3, 1, 8, tzinfo=UTC), DUBAI) is DayPart.AFTERNOON
    assert day_part(datetime(2027, 3, 1, 7, 59, tzinfo=UTC), DUBAI) is DayPart.MORNING


def test_parts_come_in_the_order_of_a_day() -> None:
    assert [part.value for part in DayPart] == ["morning", "afternoon", "evening"]
