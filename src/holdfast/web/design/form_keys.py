"""Forms that can be sent twice without harm: a hidden key for each rendering, tied to what is sent."""

from __future__ import annotations

import hashlib
from uuid import uuid4

from holdfast.platform.idempotency import IdempotencyKey, read_key


def new_form_key() -> str:
    """A fresh key for one rendering of a form; sending that form twice has one effect."""
    return uuid4().hex


def form_key(posted: str, *parts: str, route: str) -> IdempotencyKey | None:
    """Tie a form's hidden key to what was sent with it.

    What is sent is part of the key, so a form that was corrected and sent again is a new wish, not a misuse
    of the old key. Without a usable key (somebody wrote the request by hand) the move has no protection.
    """
    payload = "\x1f".join(parts).encode()
    if not (posted.isalnum() and posted.isascii() and 8 <= len(posted) <= 64):
        return None
    raw = f"{posted}.{hashlib.sha256(payload).hexdigest()[:24]}"
    return read_key(raw, route=route, payload=payload, is_required=False)
