"""The secrets of one installation. In development they are made once and kept in a file only we may read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.main.up.terminal import Stop

_SECRET, _MASTER = "HOLDFAST_SECRET_KEY", "HOLDFAST_MASTER_KEY"
_APP, _BACKUP = "HOLDFAST_APP_PASSWORD", "HOLDFAST_BACKUP_PASSWORD"


@dataclass(frozen=True)
class Keys:
    """What the processes are given, and what the database roles log in with."""

    secret_key: str
    master_key: str
    """32 bytes in base64; everything sealed is lost with it."""
    app_password: str
    backup_password: str


def load_keys(data_folder: Path, environ: Mapping[str, str], *, is_production: bool) -> Keys:
    """From the environment; in development, what is missing comes from `secrets.json`, made when absent."""
    if is_production:
        missing = [name for name in (_SECRET, _MASTER) if not environ.get(name)]
        if missing:
            raise Stop(
                f"In production {' and '.join(missing)} must be set in the environment.",
                "Make each once with `openssl rand -base64 32`, and keep it where the backups are not.",
            )
        # Every machine derives the same passwords, so that none has to be passed around.
        return Keys(
            secret_key=environ[_SECRET],
            master_key=environ[_MASTER],
            app_password=environ.get(_APP) or _derived(environ[_MASTER], "app"),
            backup_password=environ.get(_BACKUP) or _derived(environ[_MASTER], "backup"),
        )
    stored = _stored(data_folder / "secrets.json")
    chosen = {name: environ.get(name) or stored[name] for name in (_SECRET, _MASTER, _APP, _BACKUP)}
    return Keys(chosen[_SECRET], chosen[_MASTER], chosen[_APP], chosen[_BACKUP])


def _stored(path: Path) -> dict[str, str]:
    with suppress(FileNotFoundError):
        return _parsed(path)
    made = {
        _SECRET: secrets.token_urlsafe(48),
        _MASTER: base64.b64encode(secrets.token_bytes(32)).decode(),
        _APP: secrets.token_urlsafe(24),
        _BACKUP: secrets.token_urlsafe(24),
    }
    # Written under another name first: half a file of keys would be worse than none.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
    return _parsed(path)


def _parsed(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(stored[name]) for name in (_SECRET, _MASTER, _APP, _BACKUP)}
    except PermissionError as refusal:
        raise Stop(
            f"{path} belongs to another user.", "Start as that user, or set HOLDFAST_DATA to another folder."
        ) from refusal
    except (ValueError, KeyError, TypeError) as problem:
        raise Stop(
            f"{path} is damaged: {problem!r}.",
            "Put it back from a backup: without its keys, contact data in the database stays unreadable.",
        ) from problem


def _derived(master_key: str, role: str) -> str:
    digest = hmac.new(master_key.encode(), f"holdfast database role {role}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
