import pytest

from holdfast.scheduling.day_parts import DayPart, part_of_hour


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (2, DayPart.MORNING),
        (6, DayPart.MORNING),
        (11, DayPart.MORNING),
        (12, DayPart.AFTERNOON),
        (16, DayPart.AFTERNOON),
        (17, DayPart.EVENING),
        (23, DayPart.EVENING),
        (0, DayPart.EVENING),
        (1, DayPart.EVENING),
    ],
)
def test_parts_meet_at_noon_five_and_two(hour: int, part: DayPart) -> None:
    assert part_of_hour(hour) is part


def test_parts_come_in_the_order_of_a_day() -> None:
    assert [part.value for part in DayPart] == ["morning", "afternoon", "evening"]
