"""What customers type, and the keys of forms."""

from __future__ import annotations

import pytest

from holdfast.web.design.form_keys import form_key, new_form_key
from holdfast.web.public.forms import DetailsForm

GOOD = {"name": "Noor Haddad", "email": "noor@example.com", "phone": "", "notes": ""}


def errors(**changes: str) -> list[str]:
    form = DetailsForm({**GOOD, **changes})
    return [] if form.is_valid() else list(form.errors)


def test_one_way_to_reach_the_person_is_enough() -> None:
    assert errors() == []
    assert errors(email="", phone="+971 50 123 4567") == []
    assert errors(email="", phone="٠٥٠١٢٣٤٥٦٧") == []
    assert errors(email="") == ["email"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \t "}, "name"),
        ({"name": "N" * 201}, "name"),
        ({"name": "Noor\x00"}, "name"),
        ({"email": "noor"}, "email"),
        ({"email": "a@b@example.com"}, "email"),
        ({"email": "noor@example.com\r\nBcc: x@example.com"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"notes": "n" * 1001}, "notes"),
    ],
)
def test_each_refusal_names_its_field_once(changes: dict[str, str], field: str) -> None:
    assert errors(**changes) == [field]


def test_the_contact_is_tidied() -> None:
    form = DetailsForm({**GOOD, "name": "  Noor   Haddad ", "phone": "٠٥٠ ١٢٣ ٤٥٦٧"})
    assert form.is_valid()
    assert form.contact().name == "Noor Haddad"
    assert form.contact().phone == "050 123 4567"


def test_sending_the_same_form_twice_is_the_same_wish() -> None:
    posted = new_form_key()
    first, again = (form_key(posted, "10:00", "Noor", route="page:book") for _ in range(2))
    corrected = form_key(posted, "10:00", "Noora", route="page:book")
    assert first is not None and first == again
    assert corrected is not None and corrected.key != first.key


@pytest.mark.parametrize("posted", ["", "short", "a" * 65, "with space here", "ключключключ", "a\x00bcdefgh"])
def test_a_key_that_somebody_made_up_protects_nothing(posted: str) -> None:
    assert form_key(posted, "x", route="page:book") is None
