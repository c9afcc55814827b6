"""Files that stay small, SQL that says what it is for, values that are bound, commands that are listed."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, SOURCE, files, parsed, shown

LONGEST = 400
# Files that may be longer. Nothing is: split by behaviour before a file is big.
LONGER: dict[str, int] = {}
_WRITTEN = (".py", ".ts", ".mjs", ".css", ".html", ".sql", ".sh")


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    longer = {}
    for folder in ("src", "tests", "benchmarks", "frontend", "requirements"):
        for path in files(ROOT / folder, *_WRITTEN):
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > LONGEST:
                longer[shown(path)] = lines
    assert longer == LONGER


def test_every_sql_file_begins_with_its_purpose() -> None:
    paths = list(files(SOURCE, ".sql"))
    assert len(paths) > 10
    for path in paths:
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert re.fullmatch(r"-- [A-Z\"].{15,}", first), f"{shown(path)} begins with {first!r}"


_RUNNERS = {"execute", "executemany", "fetch_all", "fetch_one", "fetch_tuples", "fetch_value"}
# Where a statement is put together from a list of names in our own code.
_PUT_TOGETHER = {
    "src/holdfast/capabilities/catalog/commands.py": "the columns of CHANGEABLE that a change names",
    "src/holdfast/platform/tenancy.py": "the name of a function of ours and its placeholders",
    "src/holdfast/platform/db/rows.py": "hands on what it is given",
    "src/holdfast/platform/db/roles.py": "psycopg.sql, which quotes identifiers",
    "src/holdfast/main/up/database.py": "psycopg.sql, which quotes identifiers",
}


def _is_fixed(node: ast.expr) -> bool:
    """Whether the text of a statement is known when the module is loaded."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id.isupper() or node.id.lstrip("_").isupper()
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _is_fixed(node.left) and _is_fixed(node.right)
    if isinstance(node, ast.IfExp):
        return _is_fixed(node.body) and _is_fixed(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return all(_is_fixed(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _is_fixed(node.value)
    return False


def _loose_statements(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in _RUNNERS:
            continue
        statement = node.args[1 if name in {"fetch_all", "fetch_one"} else 0 :][:1]
        if statement and not _is_fixed(statement[0]):
            yield node.lineno


def test_statements_are_fixed_text_and_values_are_bound() -> None:
    loose = [
        shown(path, line)
        for path in files(SOURCE, ".py")
        if shown(path) not in _PUT_TOGETHER and "holdfast/main/up" not in shown(path)
        for line in _loose_statements(parsed(path))
    ]
    assert loose == []


@pytest.mark.parametrize(
    "planted",
    [
        'fetch_value(f"select * from booking where id = {wanted}")',
        'execute("delete from " + table)',
        'cursor.execute("select %s" % order)',
        'fetch_all(Tenant, "select {}".format(column))',
    ],
)
def test_a_loose_statement_would_be_seen(planted: str) -> None:
    assert list(_loose_statements(ast.parse(planted))) == [1]


def test_make_lists_every_command() -> None:
    listed = subprocess.run(
        [shutil.which("make") or "make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    commands = {line.split()[1] for line in listed}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert commands == set(phony[1].split())
    assert {"run", "test", "test-all", "check", "bench"} <= commands
    assert all(len(line.split(maxsplit=2)) == 3 for line in listed), "a command without a description"


def test_python_files_say_what_they_are() -> None:
    silent = [
        shown(path)
        for path in files(SOURCE, ".py")
        if path.stat().st_size and "migrations" not in path.parts and not ast.get_docstring(parsed(path))
    ]
    assert silent == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    for path in files(ROOT / "src", ".py", ".ts", ".html"):
        assert not re.search(r"/(home|root|Users)/", path.read_text(encoding="utf-8")), shown(path)


def test_the_walk_finds_what_it_must_count() -> None:
    found = {path.suffix for path in files(ROOT / "src", *_WRITTEN)}
    assert {".py", ".html", ".sql"} <= found
    assert shown(SOURCE / "capabilities" / "bookings" / "sql" / "hold.sql") in {
        shown(path) for path in files(SOURCE, ".sql")
    }
