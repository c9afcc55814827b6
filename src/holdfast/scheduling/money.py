"""Money as whole minor units of an ISO 4217 currency: exact, and never a float.

How many decimals a currency has is a fact of ISO 4217 (list one, column "Minor unit").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LARGEST_MINOR = 10**15
"""Amounts stay below this (in minor units): far above any price, far inside 64 bits also when summed."""

_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)

_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
        CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG
        HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
        MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
        SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED
        VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
"""Decimals by currency code."""


class MoneyError(ValueError):
    """An amount or currency that cannot be; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fils, yen).

    Raises MoneyError for an unknown currency or a giant amount.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if not -LARGEST_MINOR < self.minor < LARGEST_MINOR:
            raise MoneyError("the amount is too large")

    def __str__(self) -> str:
        return f"{format_amount(self)} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """The sum. Raises MoneyError for two currencies."""
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.minor + other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """The difference. Raises MoneyError for two currencies."""
        return self + -other

    def __mul__(self, count: int) -> Money:
        """The price of several."""
        return Money(self.minor * count, self.currency)


def exponent_of(currency: str) -> int:
    """How many decimals a currency has. Raises MoneyError for a code that ISO 4217 does not have."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise MoneyError(f"{currency[:8]!r} is not a currency code") from None


def parse_amount(text: str, currency: str, *, allow_negative: bool = False) -> Money:
    """The amount that a plain decimal such as `1250`, `12.5` or `12.50` writes.

    Raises MoneyError for everything else: signs, spaces, separators of thousands, exponents, NaN, infinity,
    other digits than 0 to 9, and more decimals than the currency has (`0.001` USD, `1.00` JPY), even zeros.
    """
    exponent = exponent_of(currency)
    found = _DECIMAL.fullmatch(text) if len(text) <= 24 else None
    if found is None:
        raise MoneyError("an amount is written as a plain decimal, such as 12.50")
    sign, whole, decimals = found[1], found[2], found[3] or ""
    if sign and not allow_negative:
        raise MoneyError("the amount must not be negative")
    if len(decimals) > exponent:
        raise MoneyError(f"{currency} has {exponent} decimals")
    minor = int(whole + decimals.ljust(exponent, "0"))
    return Money(-minor if sign else minor, currency)


def format_amount(money: Money) -> str:
    """The amount as a plain decimal with all decimals of its currency: `12.50`, `1250` yen, `-0.05`."""
    exponent = exponent_of(money.currency)
    digits = str(abs(money.minor)).rjust(exponent + 1, "0")
    sign = "-" if money.minor < 0 else ""
    return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)
