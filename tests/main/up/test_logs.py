"""Logs stay bounded, and what went wrong in them reaches the terminal."""

from pathlib import Path

import pytest

from holdfast.main.up import logs
from holdfast.main.up.logs import LogFollower, is_trouble, start_anew_when_large


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"level": "error", "event": "it broke"}', True),
        ('{"level": "critical", "event": "it broke"}', True),
        ('{"level": "info", "event": "an ERROR was asked about"}', False),
        ("{not json but ERROR", False),
        ("[1]", False),
        ("2026-11-20 19:00:11.163 UTC [6002] FATAL:  no more connections", True),
        ("Traceback (most recent call last):", True),
        ("TERROR in the streets", False),
        ("all is well", False),
    ],
)
def test_errors_are_told_from_news(line: str, expected: bool) -> None:
    assert is_trouble(line) is expected


def test_only_new_whole_lines_are_read_and_a_flood_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_text("ERROR before the follower came\n")
    follower = LogFollower(path)
    assert list(follower.trouble()) == []
    with path.open("a") as log:
        log.write("fine\nERROR one\nERROR t")
    assert list(follower.trouble()) == ["ERROR one"]
    with path.open("a") as log:
        log.write("wo\n" + "ERROR again\n" * 9)
    assert list(follower.trouble(limit=2)) == [
        "ERROR two",
        "ERROR again",
        f"… and 8 more in {path}",
    ]


def test_a_large_log_starts_anew_under_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 10)
    path = tmp_path / "web.log"
    with path.open("a") as writer:
        writer.write("x" * 20 + "\n")
        writer.flush()
        follower = LogFollower(path)
        start_anew_when_large(path)
        writer.write("ERROR after\n")
    assert path.read_text() == "ERROR after\n"
    assert (tmp_path / "web.log.1").read_text() == "x" * 20 + "\n"
    assert list(follower.trouble()) == ["ERROR after"]
