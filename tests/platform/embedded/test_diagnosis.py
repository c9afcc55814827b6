"""What a dead server's log is turned into."""

from pathlib import Path

from holdfast.platform.embedded.diagnosis import explain, last_lines
from holdfast.platform.embedded.errors import DiskFull, StartFailed


def test_a_full_disk_is_recognised_in_the_last_words(tmp_path: Path) -> None:
    lines = [
        'PANIC:  could not write to file "pg_wal/xlogtemp.60": No space left on device',
        "LOG:  startup process (PID 60) was terminated by signal 6: Aborted",
    ]
    found = explain(lines, folder=tmp_path, log_file=tmp_path / "log")
    assert isinstance(found, DiskFull)
    assert "because the disk is full" in found.happened
    assert "Make room" in found.remedy


def test_anything_else_is_quoted_with_the_place_of_the_log(tmp_path: Path) -> None:
    found = explain(["FATAL:  no such luck"], folder=tmp_path, log_file=tmp_path / "postgres.log")
    assert isinstance(found, StartFailed)
    assert "FATAL:  no such luck" in found.happened
    assert str(tmp_path / "postgres.log") in found.remedy


def test_only_what_was_written_since_the_start_counts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old: No space left on device\nnew one\nnew two\n")
    assert last_lines(log, since=len("old: No space left on device\n")) == ["new one", "new two"]
    assert last_lines(log, 1) == ["new two"]
    assert last_lines(tmp_path / "missing") == []
