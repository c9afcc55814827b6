import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.money import (
    EXPONENTS,
    LARGEST_MINOR,
    Money,
    MoneyError,
    exponent_of,
    format_amount,
    parse_amount,
)


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("USD", 2), ("AED", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4)],
)
def test_decimals_are_those_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.5", "USD", 1250),
        ("12", "AED", 1200),
        ("0", "EUR", 0),
        ("007.01", "EUR", 701),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
    ],
)
def test_decimals_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        ".",
        ".5",
        "5.",
        "1e3",
        "1E308",
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "+1",
        "1,50",
        "1 000",
        "1_000",
        " 1",
        "1\n",
        "1\x00",
        "0x10",
        "١٢",
        "１２",
        "12.345",
        "0.001",
        "-1",
        "-0",
        "9" * 25,
        "9" * 16,
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        parse_amount(text, "USD")


def test_more_decimals_than_the_currency_has_are_refused_even_zeros() -> None:
    with pytest.raises(MoneyError, match="JPY has 0 decimals"):
        parse_amount("100.00", "JPY")
    with pytest.raises(MoneyError, match="KWD has 3 decimals"):
        parse_amount("1.0000", "KWD")


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "US", "USDX", "€", "\x00"])
def test_unknown_currencies_are_refused(currency: str) -> None:
    with pytest.raises(MoneyError, match="not a currency"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (1250, "JPY", "1250"),
        (1, "KWD", "0.001"),
        (0, "EUR", "0.00"),
    ],
)
def test_amounts_are_written_with_all_decimals(minor: int, currency: str, text: str) -> None:
    assert format_amount(Money(minor, currency)) == text


def test_a_negative_amount_must_be_asked_for() -> None:
    assert parse_amount("-3.20", "EUR", allow_negative=True) == Money(-320, "EUR")


def test_sums_stay_in_one_currency() -> None:
    cut, tip = Money(4500, "AED"), Money(500, "AED")
    assert cut + tip - tip * 2 == Money(4000, "AED")
    assert str(cut) == "45.00 AED"
    with pytest.raises(MoneyError, match="AED and USD"):
        cut + Money(1, "USD")


def test_giant_amounts_are_refused() -> None:
    with pytest.raises(MoneyError, match="too large"):
        Money(LARGEST_MINOR, "USD")
    with pytest.raises(MoneyError, match="too large"):
        Money(LARGEST_MINOR - 1, "USD") * 2


@given(st.integers(1 - LARGEST_MINOR, LARGEST_MINOR - 1), st.sampled_from(sorted(EXPONENTS)))
def test_writing_and_reading_give_the_amount_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_amount(format_amount(money), currency, allow_negative=True) == money


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        money = parse_amount(text, "USD")
    except MoneyError:
        return
    assert money.minor >= 0
    assert text.isascii()
