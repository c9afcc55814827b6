"""Committed files that a change of the API shows up in. UPDATE_BASELINES=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent


def is_updating() -> bool:
    """Whether the files are to be written instead of compared."""
    return os.environ.get("UPDATE_BASELINES") == "1"


def baseline(name: str) -> Path:
    """The committed file."""
    return _FOLDER / name


def compare(name: str, text: str) -> None:
    """Fail when `text` is not what is committed, saying how to accept it."""
    path = baseline(name)
    if is_updating():
        path.write_text(text, encoding="utf-8")
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    assert text == known, f"{name} has changed; look at it, then run the test with UPDATE_BASELINES=1"
