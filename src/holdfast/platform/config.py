"""Configuration: read once from the environment, refused when unsafe outside development."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadConfiguration(RuntimeError):
    """A setting is missing or cannot be used; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an operator can set. Secrets come from the environment, in development from a
    private file in the data folder that `holdfast up` writes."""

    is_production: bool
    data_folder: Path
    port: int
    host: str
    base_domain: str
    app_database_url: str
    redis_url: str
    secret_key: str
    master_key: bytes
    rate_limits_on: bool
    smtp_url: str
    web_workers: int
    web_threads: int
    log_level: str
    trusted_proxies: int
    s3_bucket: str = ""
    """Where pictures are kept instead of the data folder; credentials are found as boto3 finds them."""
    s3_endpoint: str = ""
    s3_region: str = ""


def load_config(environ: Mapping[str, str]) -> Config:
    """Build the configuration; raises `BadConfiguration` with one sentence that helps."""
    is_production = _choice(environ, "HOLDFAST_ENV", ("development", "production")) == "production"
    data_folder = Path(environ.get("HOLDFAST_DATA") or ".holdfast").resolve()
    secrets = {} if is_production else _stored_secrets(data_folder)
    rate_limits_on = environ.get("HOLDFAST_RATE_LIMITS", "on").lower() != "off"
    if is_production and not rate_limits_on:
        raise BadConfiguration("HOLDFAST_RATE_LIMITS=off is for development only; unset it.")
    return Config(
        is_production=is_production,
        data_folder=data_folder,
        port=_number(environ, "HOLDFAST_PORT", 8000),
        host=environ.get("HOLDFAST_HOST") or "127.0.0.1",
        base_domain=environ.get("HOLDFAST_BASE_DOMAIN") or "localhost",
        app_database_url=environ.get("HOLDFAST_APP_DATABASE_URL") or environ.get("DATABASE_URL", ""),
        redis_url=environ.get("REDIS_URL", ""),
        secret_key=_secret(environ, secrets, "HOLDFAST_SECRET_KEY", is_production),
        master_key=_master_key(_secret(environ, secrets, "HOLDFAST_MASTER_KEY", is_production)),
        rate_limits_on=rate_limits_on,
        smtp_url=environ.get("HOLDFAST_SMTP_URL", ""),
        web_workers=_number(environ, "HOLDFAST_WEB_WORKERS", 1),
        web_threads=_number(environ, "HOLDFAST_WEB_THREADS", 8),
        log_level=(environ.get("HOLDFAST_LOG_LEVEL") or "INFO").upper(),
        trusted_proxies=_number(environ, "HOLDFAST_TRUSTED_PROXIES", 0),
        s3_bucket=environ.get("HOLDFAST_S3_BUCKET", ""),
        s3_endpoint=environ.get("HOLDFAST_S3_ENDPOINT", ""),
        s3_region=environ.get("HOLDFAST_S3_REGION", ""),
    )


def _choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(name) or allowed[0]
    if value not in allowed:
        raise BadConfiguration(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    raw = environ.get(name) or str(default)
    if not raw.isdecimal():
        raise BadConfiguration(f"{name} must be a whole number, not {raw!r}.")
    return int(raw)


def _stored_secrets(data_folder: Path) -> dict[str, str]:
    try:
        stored = json.loads((data_folder / "secrets.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise BadConfiguration(f"{data_folder / 'secrets.json'} cannot be read: {problem}.") from problem
    return {str(name): str(value) for name, value in stored.items()}


def _secret(environ: Mapping[str, str], stored: Mapping[str, str], name: str, is_production: bool) -> str:
    value = environ.get(name) or stored.get(name) or ""
    if value:
        if is_production and len(value) < 32:
            raise BadConfiguration(f"{name} is too short to be a secret; use at least 32 random characters.")
        return value
    if is_production:
        raise BadConfiguration(f"{name} must be set in production.")
    # Tools such as the linter import the settings without a data folder; nothing is served with this.
    return base64.b64encode(hashlib.sha256(f"unset {name}".encode()).digest()).decode()


def _master_key(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise BadConfiguration("HOLDFAST_MASTER_KEY must be 32 random bytes in base64.")
    return key
