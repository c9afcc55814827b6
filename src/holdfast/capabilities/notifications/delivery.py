"""How a mail leaves: by SMTP, or as a file to look at when no server is set."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from holdfast.platform.config import BadConfiguration
from holdfast.platform.jobs import TryLater

TIMEOUT_SECONDS = 10


class Refused(Exception):
    """The mail will never be taken, for this address or in this form: trying again changes nothing."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `sender` is the address it comes from, or empty for the host's own."""

    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool
    sender: str


def read_mail_server(url: str) -> MailServer | None:
    """Read HOLDFAST_SMTP_URL; None for none. Raises `BadConfiguration`.

    `smtps://` speaks TLS from the start. `smtp://` starts it (STARTTLS) where a password is to be sent to
    another machine; `?starttls=yes` or `no` decides otherwise. `?from=` is the sender's address.
    """
    if not url:
        return None
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise BadConfiguration("HOLDFAST_SMTP_URL must look like smtp://user:password@host:port.")
    is_far = not _is_loopback(parts.hostname)
    starttls = options.get("starttls", "yes" if parts.password and is_far else "no")
    use_ssl = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=port or (465 if use_ssl else 587 if parts.username else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=starttls == "yes" and not use_ssl,
        use_ssl=use_ssl,
        sender=options.get("from", ""),
    )


def sender_for(host: str) -> str:
    """Return the address that mails of the business at `host` come from."""
    server = read_mail_server(settings.HOLDFAST.smtp_url)
    return server.sender if server and server.sender else f"bookings@{host}"


def deliver(mail: EmailMultiAlternatives, *, name: str) -> None:
    """Hand the mail over. `name` is its own, for the file; a second delivery of it replaces the first.

    Raises `Refused`, and `TryLater` where the server does not answer or says to come back. The text of both
    names no address: servers repeat them in their answers.
    """
    server = read_mail_server(settings.HOLDFAST.smtp_url)
    if server is None:
        _write(mail, settings.HOLDFAST.data_folder / "mail", name)
        return
    backend = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.use_tls,
        use_ssl=server.use_ssl,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        backend.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = sorted({code for code, _ in refusal.recipients.values()})
        if codes and codes[0] >= 500:
            raise Refused(f"the address was refused ({codes[0]})") from None
        raise TryLater(f"the address was put off ({codes})") from None
    except smtplib.SMTPDataError as refusal:
        if refusal.smtp_code >= 500:
            raise Refused(f"the mail was refused ({refusal.smtp_code})") from None
        raise TryLater(f"the mail was put off ({refusal.smtp_code})") from None
    except smtplib.SMTPResponseException as failure:
        raise TryLater(f"{type(failure).__name__} ({failure.smtp_code})") from None
    except (smtplib.SMTPException, OSError) as failure:
        raise TryLater(f"the mail server does not answer ({type(failure).__name__})") from None
    except ValueError as failure:
        # An address or header that cannot be written.
        raise Refused(f"the mail cannot be written ({type(failure).__name__})") from None


def _write(mail: EmailMultiAlternatives, folder: Path, name: str) -> None:
    """Write the file at once or not at all, for our own eyes only: it holds a customer's data."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f".{name}.part"
    try:
        content = mail.message().as_bytes()
    except ValueError as failure:
        raise Refused(f"the mail cannot be written ({type(failure).__name__})") from None
    try:
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(folder / f"{name}.eml")
    except OSError as failure:
        raise TryLater(f"the mail folder cannot be written ({failure.strerror})") from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
