"""Bodies: JSON in UTF-8, every text one that can be stored."""

from __future__ import annotations

import pytest

from holdfast.platform.errors import Invalid, Malformed
from holdfast.platform.http.bodies import parse_json


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[NaN]", b"[-Infinity]", b"[" * 200_000, b"9" * 5000, "{}".encode("utf-16")]
)
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_json(body)
    assert refused.value.code == "BROKEN_JSON"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'"\u0000"', "body"),
        (rb'{"a": {"b": ["x", "y\u0000"]}}', "a.b.1"),
        (rb'{"a": {"b\u0000": 1}}', "a"),
        (rb'{"\u0000": 1}', "body"),
    ],
)
def test_a_nul_is_named(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_json(body)
    assert refused.value.field == field


def test_what_only_looks_like_a_nul() -> None:
    assert parse_json(rb'{"a": "\\u0000"}') == {"a": "\\u0000"}
