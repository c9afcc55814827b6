"""Times as clients write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from holdfast.platform.errors import Invalid
from holdfast.platform.http.instants import (
    Date,
    Month,
    Time,
    TimeOrDate,
    Zone,
    end_of,
    last_of_month,
    start_of,
    to_instant,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2027-03-01T09:00:00Z", datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("2027-03-01t09:00z", datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("2027-03-01 09:00+01:00", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("2027-03-01T09:00:00.250-0330", datetime(2027, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)),
        ("2027-03-01T09:00", datetime.fromisoformat("2027-03-01T09:00")),
    ],
)
def test_times(sent: str, meant: datetime) -> None:
    assert TypeAdapter(Time).validate_python(sent) == meant


@pytest.mark.parametrize(
    "sent", ["2027-03-01", "20270301T090000Z", "2027-03-01T24:00Z", "1", 1, None, "x" * 99]
)
def test_no_times(sent: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Time).validate_python(sent)


@pytest.mark.parametrize(
    "sent", ["1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]
)
def test_years_that_cannot_be_used(sent: str) -> None:
    with pytest.raises(ValidationError, match="1970 to 2200"):
        TypeAdapter(Time).validate_python(sent)


def test_dates_months_and_zones() -> None:
    assert TypeAdapter(Date).validate_python("2028-02-29") == date(2028, 2, 29)
    assert TypeAdapter(TimeOrDate).validate_python("2028-02-29") == date(2028, 2, 29)
    assert TypeAdapter(Month).validate_python("2028-02") == date(2028, 2, 1)
    assert TypeAdapter(Zone).validate_python("Asia/Dubai").key == "Asia/Dubai"
    for kind, wrong in ((Date, "2027-02-29"), (Month, "2027-13"), (Zone, "../etc"), (Zone, "asia/dubai")):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(wrong)


def test_wall_time_becomes_an_instant() -> None:
    def wall(text: str) -> datetime:
        return TypeAdapter(Time).validate_python(text)

    assert to_instant(wall("2027-07-01T09:00"), BERLIN, field="x") == datetime(2027, 7, 1, 7, tzinfo=UTC)
    with pytest.raises(Invalid) as gap:
        to_instant(wall("2027-03-28T02:30"), BERLIN, field="start_time")
    assert (gap.value.code, gap.value.field) == ("NON_EXISTENT_TIME", "start_time")
    with pytest.raises(Invalid) as twice:
        to_instant(wall("2027-10-31T02:30"), BERLIN, field="start_time")
    assert twice.value.code == "AMBIGUOUS_TIME"
    assert twice.value.extra["instants"] == [
        {"starts_at": "2027-10-31T00:30:00Z", "offset": "GMT+2"},
        {"starts_at": "2027-10-31T01:30:00Z", "offset": "GMT+1"},
    ]


def test_a_date_is_the_whole_local_day() -> None:
    day = date(2027, 3, 28)
    assert start_of(day, BERLIN, field="x") == datetime(2027, 3, 27, 23, tzinfo=UTC)
    # 23 hours: the clocks go forward.
    assert end_of(day, BERLIN, field="x") == datetime(2027, 3, 28, 22, tzinfo=UTC)
    # Cairo's day of the change begins at 01:00.
    assert start_of(date(2027, 4, 30), ZoneInfo("Africa/Cairo"), field="x") == datetime(
        2027, 4, 29, 22, tzinfo=UTC
    )


def test_the_last_day_of_a_month() -> None:
    assert [last_of_month(date(2028, month, 1)).day for month in (1, 2, 4, 12)] == [31, 29, 30, 31]
