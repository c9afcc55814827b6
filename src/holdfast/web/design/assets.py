"""Finds the files that the front-end build made, by the names their sources have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

MANIFEST = Path(__file__).resolve().parent.parent / "static" / "dist" / "manifest.json"


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file and the chunks that it loads: both as addresses."""

    url: str
    imports: tuple[str, ...]


def find_asset(name: str) -> Asset:
    """Return the asset built from the source file `name`, such as `public.css` or `public.ts`.

    Raises `ImproperlyConfigured` with the command to run when it has not been built.
    """
    try:
        entry = _read_manifest(MANIFEST, MANIFEST.stat().st_mtime_ns)[name]
    except (FileNotFoundError, KeyError) as missing:
        raise ImproperlyConfigured(
            f"The front end has no {name!r}. Build it with: python hatch_build.py"
        ) from missing
    return entry


@lru_cache(maxsize=2)
def _read_manifest(path: Path, changed_at: int) -> dict[str, Asset]:
    """Read the manifest once for each time that it was written (`changed_at` is part of the cache key)."""
    entries = json.loads(path.read_text())
    return {
        name: Asset(_address(entry["file"]), tuple(_address(file) for file in entry["imports"]))
        for name, entry in entries.items()
    }


def _address(file: str) -> str:
    return static(f"dist/{file}")
