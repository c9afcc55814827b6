"""Structured logs: one JSON object a line, with the request id, phones and e-mail addresses masked.

Everything goes through structlog, the standard library's loggers included, so that a library which
logs a whole request cannot leak a customer's contact data either.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from holdfast.platform.tenancy import request_id

# Letters of any script on both sides: addresses are international (RFC 6531).
_EMAIL = re.compile(r"[\w.%+\-'!#$&*/=?^`{|}~]+@[\w\-]+(?:\.[\w\-]+)*")
# Seven digits or more, with the separators people type, not inside a UUID or another word.
_PHONE = re.compile(r"(?<![\w\-.:])\+?\(?\d[\d\s().\-]{5,18}\d(?![\w\-:])")
# With a plus it is a phone wherever it stands: "tel:+49301234567".
_INTERNATIONAL = re.compile(r"\+\(?\d[\d\s().\-]{5,18}\d")
# The token of a private link: whoever reads it could cancel the booking, or subscribe to the calendar.
_LINK = re.compile(r"(?:(?<=/b/)|(?<=/a/)|(?<=/my/)|(?<=/w/)|(?<=/calendar/))[\w\-]{20,}")
# Instants and dates look like phones to a pattern; they are what an operator needs to read.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNMASKED = frozenset({"timestamp", "level", "logger", "request_id", "tenant", "status", "duration_ms"})


def mask(text: str) -> str:
    """Return `text` with e-mail addresses, phone numbers and private links made unreadable."""
    text = _LINK.sub("[link]", _EMAIL.sub("[email]", text))
    text = _INTERNATIONAL.sub("[phone]", text)
    return _PHONE.sub(lambda found: found[0] if _INSTANT.match(found[0]) else "[phone]", text)


def _mask_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key not in _UNMASKED and not isinstance(value, (int, float, bool, type(None))):
            event[key] = mask(value if isinstance(value, str) else str(value))
    return event


def _add_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    identifier = request_id()
    if identifier:
        event.setdefault("request_id", identifier)
    return event


def configure_logging(level: str) -> None:
    """Send structlog and the standard loggers to standard error as masked JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        _mask_values,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Django repeats what the request log already says.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)
    # A line for each job put in, begun and ended says less than the job's own.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
