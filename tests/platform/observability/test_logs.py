"""Logs hold nobody's contact data, whoever wrote the line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

import pytest

from holdfast.platform.observability.logs import mask
from tests.capabilities.business import make_business
from tests.cluster import Database
from tests.stack import Stack


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail to ann.lee+x@example.com failed", "mail to [email] failed"),
        ("<jörg@bücher.example>", "<[email]>"),
        ("root@localhost", "[email]"),
        ("call +49 (30) 123-45-67 now", "call [phone] now"),
        ("tel:+49301234567", "tel:[phone]"),
        ('{"phone": "030 1234567"}', '{"phone": "[phone]"}'),
        ("٠٥٠١٢٣٤٥٦٧", "[phone]"),
        ("/b/IB_IQTNxqr7SYhah7ylHV91TNTjxEI9N7zTHcXoOOtA/cancel/", "/b/[link]/cancel/"),
    ],
)
def test_what_nobody_needs_to_read_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "01a1fa8a-c3ca-7546-96ff-6e1c7fcbaf85",
        "2026-11-20T10:30:00Z",
        "2026-11-20 10:30:00",
        "took 12.5 ms",
        "port 8000",
        "/book/01a1fa8a-c3ca-7546-96ff-6e1c7fcbaf85/",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert mask(text) == text


def test_every_way_of_logging_is_masked() -> None:
    """In a process of its own: the test runner has handlers of its own."""
    script = (
        "import logging, structlog\n"
        "from holdfast.platform.observability.logs import configure_logging\n"
        "configure_logging('INFO')\n"
        "structlog.get_logger('a').info('one', contact={'email': 'ann@example.com'}, tel='+49 30 1234567')\n"
        "logging.getLogger('b').warning('two %s', 'ann@example.com')\n"
        "try:\n    raise ValueError('ann@example.com')\n"
        "except ValueError:\n    logging.getLogger('c').exception('three')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert "ann@" not in done.stderr
    assert "1234567" not in done.stderr
    assert done.stderr.count("[email]") == 3


def test_a_booking_from_the_api_to_the_mail_leaves_no_contact_data_in_any_log(
    database: Database, new_stack: Callable[..., Stack]
) -> None:
    stack = new_stack(environment={"HOLDFAST_LOG_LEVEL": "DEBUG"}, with_realtime=True)
    business = make_business()
    host = f"{business.slug}.localhost"

    def send(path: str, content: dict[str, object]) -> dict[str, str]:
        request = urllib.request.Request(
            f"{stack.base_url}{path}",
            data=json.dumps(content).encode(),
            headers={"Host": host, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, str] = json.load(answer)["data"]
        return found

    contact = {
        "client_name": "Zoë Canary",
        "client_email": "zoë@canary.example",
        "client_phone": "+49 30 7654321",
    }
    made = send(
        "/api/v1/bookings",
        {
            "service_id": str(business.services["cut"]),
            "starts_at": f"{business.start():%Y-%m-%dT%H:%M:%SZ}",
            **contact,
        },
    )
    send(f"/api/v1/bookings/{made['id']}/confirm?token={made['token']}", {})
    page = urllib.request.Request(f"{stack.base_url}/b/{made['token']}/", headers={"Host": host})
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert "Canary" in answer.read().decode()
    _wait_for_mail(database)
    said = "".join(child.log_file.read_text() for child in stack.children)
    assert "mail_sent" in said
    assert made["id"] in said
    for secret in ("Canary", "canary", "zoë", "7654321", made["token"]):
        assert secret not in said, secret


def _wait_for_mail(database: Database) -> None:
    deadline = time.monotonic() + 15
    while database.rows("select status from notification") != [("sent",)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
