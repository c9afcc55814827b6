"""Contact data as people type it: checked, tidied, and normalised for finding it again."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from uuid import UUID

from holdfast.capabilities.people.types import Contact
from holdfast.platform.crypto import blind_index
from holdfast.platform.errors import Invalid

_EMAIL = re.compile(
    r"[^\s@<>\"',;:\\()\[\]]{1,64}@[^\s@<>\"',;:\\()\[\]]{1,190}\.[^\s@<>\"',;:\\()\[\].]{2,63}"
)
_PHONE_PUNCTUATION = re.compile(r"[\s().\-/\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_NAME = 200


def tidy_contact(name: str, email: str, phone: str, *, prefix: str = "client_") -> Contact:
    """Return the contact with spaces and look-alike digits tidied.

    Raises `Invalid` naming the field: a name is needed, and one way to reach the person at least.
    """
    name = _clean_line(name)
    email = _clean_line(email)
    phone = _digits_to_ascii(_clean_line(phone))
    if not name or len(name) > MAX_NAME:
        raise Invalid(f"Please give a name of 1 to {MAX_NAME} characters.", field=f"{prefix}name")
    if email and not is_email(email):
        raise Invalid("This does not look like an e-mail address.", field=f"{prefix}email")
    if phone and not is_phone(phone):
        raise Invalid("This does not look like a phone number.", field=f"{prefix}phone")
    if not email and not phone:
        raise Invalid("Please give an e-mail address or a phone number.", field=f"{prefix}email")
    return Contact(name, email, phone)


def is_email(text: str) -> bool:
    """Tell whether `text` has the shape of an address; only a sent mail proves more."""
    return len(text) <= 254 and text.isprintable() and _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Tell whether `text` is a phone number: 6 to 15 digits (E.164), an optional plus."""
    bare = _PHONE_PUNCTUATION.sub("", text)
    digits = bare.removeprefix("+")
    return digits.isdecimal() and digits.isascii() and 6 <= len(digits) <= 15


def normalise_email(email: str) -> str:
    """Return the form under which equal addresses are found: NFC, lower case, IDNA domain."""
    local, _, domain = unicodedata.normalize("NFC", email).strip().lower().rpartition("@")
    with suppress(UnicodeError):  # Not a domain that IDNA knows: compared as it is.
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}"


def normalise_phone(phone: str) -> str:
    """Return digits with a leading plus where one was given; 00 counts as plus (E.164 in spirit)."""
    bare = _PHONE_PUNCTUATION.sub("", phone)
    return f"+{bare[2:]}" if bare.startswith("00") else bare


def contact_indexes(tenant_id: UUID, contact: Contact) -> tuple[bytes | None, bytes | None]:
    """Return the blind indexes of e-mail and phone, None for what was not given."""
    email = blind_index(tenant_id, "email", normalise_email(contact.email)) if contact.email else None
    phone = blind_index(tenant_id, "phone", normalise_phone(contact.phone)) if contact.phone else None
    return email, phone


def _clean_line(text: str) -> str:
    """Drop control characters (a name is one line; mail headers must stay whole) and outer spaces."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def _digits_to_ascii(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
