"""What `holdfast up` says when it is ready."""

from __future__ import annotations

from holdfast.main.up.terminal import Terminal
from holdfast.platform.config import Config

DEMO_TENANTS = (
    ("glow", "a make-up artist in New York"),
    ("luma", "a salon with two locations in Dubai"),
    ("sol", "a provider in Berlin who approves bookings"),
    ("north", "a studio of twelve artists in Paris"),
)
DEMO_LOGINS = (
    "owner@glow.test",
    "owner@luma.test",
    "desk@luma.test",
    "stylist@luma.test",
    "owner@sol.test",
    "owner@north.test",
)


def say_welcome(terminal: Terminal, config: Config, seconds: float) -> None:
    """Addresses and, in development, the demo's logins."""
    terminal.say(f"\nReady after {seconds:.1f} s.\n")
    if config.is_production:
        terminal.say(f"  Listening on {config.host}, port {config.port} (realtime: {config.port + 1}).")
    else:
        for slug, what in DEMO_TENANTS:
            terminal.say(f"  http://{slug}.{config.base_domain}:{config.port}".ljust(42) + what)
        terminal.say("\n  Staff sign in at /account/login/ with the password holdfast-demo:")
        terminal.say(f"  {', '.join(DEMO_LOGINS[:3])},\n  {', '.join(DEMO_LOGINS[3:])}")
    terminal.say(f"\n  Logs and mail are in {config.data_folder}. Ctrl-C stops everything.\n")
