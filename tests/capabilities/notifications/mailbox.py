"""A mail server of a few lines: keeps what it gets, and fails on request."""

from __future__ import annotations

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any


@dataclass
class Mailbox:
    """What arrived, and what the server answers: `recipient_answer` to RCPT, `data_answer` after DATA."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    recipient_answer: str = "250 ok"
    data_answer: str = "250 ok"
    greeting_delay: float = 0.0


@contextmanager
def mail_server(port: int = 0) -> Iterator[Mailbox]:
    """Listen on 127.0.0.1, on `port` or any free one, for the body of the block."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            time.sleep(box.greeting_delay)
            self.say("220 test")
            while line := self.rfile.readline().decode("latin-1").strip():
                verb = line[:4].upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if verb == "RCPT":
                    box.recipients.append(line[8:])
                    self.say(box.recipient_answer)
                elif verb == "DATA":
                    self.say("354 go on")
                    self.take()
                else:
                    self.say("250 test")

        def take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            if box.data_answer.startswith("250"):
                box.raw.append(b"".join(lines))
                mail = email.message_from_bytes(b"".join(lines), policy=default)
                assert isinstance(mail, EmailMessage)
                box.mails.append(mail)
            self.say(box.data_answer)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", port), Session) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def receiving(settings: Any, folder: Path) -> Iterator[Mailbox]:
    """A real SMTP server on this machine, which the settings name."""
    with mail_server() as box:
        settings.HOLDFAST = replace(
            settings.HOLDFAST, data_folder=folder, smtp_url=f"smtp://127.0.0.1:{box.port}", port=8000
        )
        yield box
