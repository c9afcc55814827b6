"""The command `holdfast`: one entry for whoever runs an installation."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

import psycopg

from holdfast.main.up import command, database
from holdfast.main.up.terminal import Stop, Terminal
from holdfast.platform.db.roles import UnsafeRole, refuse_unsafe_role


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; the answer is the exit status."""
    chosen = _parser().parse_args(arguments)
    # Being told to end is an interruption like Ctrl-C: what was started is stopped first. Both are set,
    # because shells start background commands with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if chosen.command == "up":
        return command.up(os.environ, with_demo=chosen.demo)
    terminal = Terminal()
    try:
        return _with_database(chosen, terminal)
    except Stop as stop:
        terminal.problem(stop)
        return 1
    except UnsafeRole as refusal:
        terminal.problem(Stop(str(refusal)))
        return 1


def _with_database(chosen: argparse.Namespace, terminal: Terminal) -> int:
    config, keys = command.read_configuration(os.environ)
    with database.reachable_database(config.data_folder, os.environ, keys) as prepared:
        environment = command.child_environment(os.environ, config, keys, prepared.app_url)
        match chosen.command:
            case "migrate":
                with terminal.step("tables are up to date"):
                    command.migrate(prepared, environment, config)
            case "check":
                with psycopg.connect(prepared.app_url) as app:
                    refuse_unsafe_role(app)
                return _django(["check", "--database", "default"], environment)
            case "check-log":
                return _module("holdfast.main.check_log", chosen.businesses, environment)
            case "demo":
                command.migrate(prepared, environment, config)
                with terminal.step("demo businesses are loaded"):
                    command.load_demo(environment, config)
            case "manage":
                return _django(chosen.arguments, environment)
    return 0


def _django(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    return _module("django", arguments, environment)


def _module(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    program = [sys.executable, "-m", name, *arguments]
    return subprocess.run(program, env=dict(environment), check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="holdfast", description="Booking for businesses that sell people's time."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start everything and keep it running")
    up.add_argument("--no-demo", dest="demo", action="store_false", help="do not load the demo businesses")
    commands.add_parser("migrate", help="prepare the database and bring its tables up to date")
    commands.add_parser("check", help="check the settings and the database")
    check_log = commands.add_parser(
        "check-log", help="replay the event log and say where the tables differ from it"
    )
    check_log.add_argument("businesses", nargs="*", metavar="slug", help="which ones; all if none is named")
    commands.add_parser("demo", help="load the demo businesses")
    manage = commands.add_parser("manage", help="run a Django management command as the app role")
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
