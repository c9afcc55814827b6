"""The steps of `holdfast up`, in order."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from holdfast.main.up import database
from holdfast.main.up.children import Child
from holdfast.main.up.keys import Keys, load_keys
from holdfast.main.up.ports import refuse_taken_ports
from holdfast.main.up.services import PORT_NAMES, services
from holdfast.main.up.supervisor import Supervisor
from holdfast.main.up.terminal import Stop, Terminal
from holdfast.main.up.welcome import say_welcome
from holdfast.platform.config import BadConfiguration, Config, load_config
from holdfast.platform.db.roles import PreparedDatabase


def read_configuration(environ: Mapping[str, str]) -> tuple[Config, Keys]:
    """The settings and the keys; makes the data folder and, in development, the keys. Raises Stop."""
    try:
        # Twice, because the keys that it needs may have to be made first, in a folder that it names.
        is_production = environ.get("HOLDFAST_ENV") == "production"
        data_folder = Path(environ.get("HOLDFAST_DATA") or ".holdfast").resolve()
        try:
            data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (data_folder / "logs").mkdir(mode=0o700, exist_ok=True)
        except OSError as refusal:
            raise Stop(
                f"The data folder {data_folder} cannot be made: {refusal.strerror}.",
                "Set HOLDFAST_DATA to a folder of your own.",
            ) from refusal
        keys = load_keys(data_folder, environ, is_production=is_production)
        return load_config({**environ, **_key_variables(keys)}), keys
    except BadConfiguration as problem:
        raise Stop(str(problem)) from problem


def child_environment(
    environ: Mapping[str, str], config: Config, keys: Keys, database_url: str
) -> dict[str, str]:
    """What a process of ours is told. Never the operator's DATABASE_URL: only up and migrate hold that."""
    kept = {name: value for name, value in environ.items() if name != "DATABASE_URL" and name[:2] != "PG"}
    return {
        **kept,
        **_key_variables(keys),
        "DJANGO_SETTINGS_MODULE": "holdfast.main.settings",
        "HOLDFAST_DATA": str(config.data_folder),
        "HOLDFAST_APP_DATABASE_URL": database_url,
        "PYTHONTZPATH": "",
        "PYTHONUNBUFFERED": "1",
    }


def run_module(arguments: Sequence[str], environment: Mapping[str, str], log_file: Path) -> None:
    """Run a Python module in a process of its own; raise Stop with its last lines when it fails."""
    program = [sys.executable, "-m", *arguments]
    result = subprocess.run(program, env=dict(environment), capture_output=True, text=True, check=False)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("a", encoding="utf-8") as log:
        log.write(result.stdout + result.stderr)
    if result.returncode != 0:
        said = "".join(f"\n      {line}" for line in (result.stdout + result.stderr).splitlines()[-12:])
        raise Stop(f"{' '.join(arguments)} failed. It last said:{said}", f"The whole log is {log_file}.")


def migrate(prepared: PreparedDatabase, environment: Mapping[str, str], config: Config) -> bool:
    """Bring the schema up to date as its owner. Whether there was anything to do."""
    with database.one_at_a_time(prepared):
        if database.is_schema_current(prepared):
            return False
        as_owner = {**environment, "HOLDFAST_APP_DATABASE_URL": prepared.owner_url}
        run_module(
            ["django", "migrate", "--no-input", "--skip-checks"],
            as_owner,
            config.data_folder / "logs" / "migrate.log",
        )
        database.remember_schema(prepared)
    return True


def load_demo(environment: Mapping[str, str], config: Config) -> None:
    """Load the four demo businesses, as the app role."""
    run_module(["holdfast.main.up.demo"], environment, config.data_folder / "logs" / "demo.log")


def up(environ: Mapping[str, str], *, with_demo: bool = True) -> int:
    """Run everything until somebody asks us to stop. The answer is the exit status."""
    terminal = Terminal()
    began = time.monotonic()
    try:
        config, keys = read_configuration(environ)
        terminal.say(f"\nHoldfast in {config.data_folder}\n")
        _refuse_several_web_processes_without_redis(config, terminal)
        with ExitStack() as undo:
            _up(environ, config, keys, terminal, undo, began, with_demo=with_demo)
    except Stop as stop:
        terminal.problem(stop)
        return 1
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        terminal.problem(
            Stop("The disk is full.", "Make room, or move the data folder elsewhere with HOLDFAST_DATA.")
        )
        return 1
    except KeyboardInterrupt:
        terminal.say("\nStopped.")
        return 130
    return 0


def _up(
    environ: Mapping[str, str],
    config: Config,
    keys: Keys,
    terminal: Terminal,
    undo: ExitStack,
    began: float,
    *,
    with_demo: bool,
) -> None:
    server = None if environ.get("DATABASE_URL") else database.embedded_server(config.data_folder)
    if server is not None and server.is_run_elsewhere():
        database.start(server)
    refuse_taken_ports(config.host, config.port, PORT_NAMES)
    if server is not None:
        with terminal.step("PostgreSQL 18 runs, embedded"):
            database.start(server)
        undo.callback(server.stop)
        admin_url = server.admin_url()
    else:
        admin_url = environ["DATABASE_URL"]
    with terminal.step("database and roles are prepared"):
        prepared = database.prepare(admin_url, keys)
    for warning in prepared.warnings:
        terminal.warn(warning)
    environment = child_environment(environ, config, keys, prepared.app_url)
    with terminal.step("tables are up to date"):
        migrate(prepared, environment, config)
    if with_demo and not config.is_production and not database.has_tenants(prepared):
        with terminal.step("demo businesses are loaded"):
            load_demo(environment, config)
    children = [
        Child(service, config.data_folder / "logs" / f"{service.name}.log", environment)
        for service in services(config)
    ]
    supervisor = Supervisor(terminal, children, server)
    with supervisor.signals():
        undo.callback(supervisor.stop)
        supervisor.start_children()
        if not supervisor.is_stopping:
            say_welcome(terminal, config, time.monotonic() - began)
            supervisor.watch()
        terminal.say("\nStopping …")
        with terminal.step("everything is stopped"):
            undo.close()


def _refuse_several_web_processes_without_redis(config: Config, terminal: Terminal) -> None:
    if config.web_workers < 2 or config.redis_url:
        return
    if config.is_production:
        raise Stop(
            f"HOLDFAST_WEB_WORKERS={config.web_workers} needs a Redis, which shares rate limits and caches.",
            "Set REDIS_URL, or run one web process (HOLDFAST_WEB_WORKERS=1) with more HOLDFAST_WEB_THREADS.",
        )
    terminal.warn(
        f"{config.web_workers} web processes without REDIS_URL: each counts rate limits on its own. "
        "In production this is refused."
    )


def _key_variables(keys: Keys) -> dict[str, str]:
    return {"HOLDFAST_SECRET_KEY": keys.secret_key, "HOLDFAST_MASTER_KEY": keys.master_key}
