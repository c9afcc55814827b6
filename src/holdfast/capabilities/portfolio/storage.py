"""Where the files of pictures are: the data folder, or any store that django-storages knows.

A variant's name holds the hash of its content, so what an address shows never changes.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from datetime import datetime
from typing import IO
from uuid import UUID

from django.core.files.storage import Storage, storages

_ALIAS = "portfolio"


def store() -> Storage:
    """Return the store of the running settings."""
    return storages[_ALIAS]


def upload_name(tenant_id: UUID, picture_id: UUID) -> str:
    """Where an upload waits to be worked on; nobody is served it."""
    return f"uploads/{tenant_id.hex}/{picture_id.hex}"


def variant_name(content: bytes, *, width: int, suffix: str) -> str:
    """The last part of a variant's address."""
    return f"{width}-{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"


def variant_path(tenant_id: UUID, picture_id: UUID, name: str) -> str:
    """Where a variant is in the store."""
    return f"pictures/{tenant_id.hex}/{picture_id.hex}/{name}"


def variant_address(picture_id: UUID, name: str) -> str:
    """The path by which a variant is served on its business's host."""
    return f"/media/{picture_id}/{name}"


def put(path: str, content: bytes) -> None:
    """Write a file, unless it is there: the same path is the same content."""
    there = store()
    if not there.exists(path):
        there.save(path, io.BytesIO(content))


def get(path: str) -> bytes:
    """Return a file's content. Raises FileNotFoundError."""
    with store().open(path, "rb") as file:
        content: bytes = file.read()
    return content


def open_file(path: str) -> IO[bytes]:
    """Open a file to be read bit by bit. Raises FileNotFoundError."""
    file: IO[bytes] = store().open(path, "rb")
    return file


def list_uploads(tenant_id: UUID, *, before: datetime) -> list[UUID]:
    """Return the pictures whose uploads wait since before an instant."""
    there, folder, found = store(), f"uploads/{tenant_id.hex}", []
    with suppress(FileNotFoundError):
        for name in there.listdir(folder)[1]:
            if there.get_modified_time(f"{folder}/{name}") < before:
                found.append(UUID(name))
    return sorted(found)


def remove(path: str) -> None:
    """Remove a file; one that is not there is no error."""
    store().delete(path)
