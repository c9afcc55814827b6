"""Capabilities meet at their doors only: types, commands, queries, settings; other doors are listed here."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, SOURCE, files, imports, module_of, shown

# Of a capability with many types, files of them by subject: `option_types`.
DOORS = {"types", "commands", "queries", "settings"}
# Doors beside the usual four, and who may use them.
MORE_DOORS = {
    "bookings.exposure": "who is shown only some of the free starts, and which, on pages as in the API",
    "bookings.calendar": "one calendar entry for a booking, in mails and on pages",
    "people.contacts": "checking and normalising contact data, for every capability and page that takes some",
    "people.sessions": "who is asking, for the faces and the APIs",
    "people.accounts": "logins, for the demo and the command line",
    "portfolio.card": "the picture that stands beside a link, for pages that say where it is",
    "notifications.delivery": "how a mail leaves, for those about accounts too",
}
# Files that only the wiring in `main` may import.
WIRED = {"api", "jobs", "apps", "adapters", "tokens"}


def _strangers() -> Iterator[str]:
    for path in files(SOURCE, ".py"):
        mine = module_of(path).split(".")
        for name, line in imports(path):
            parts = name.split(".")
            if parts[:2] != ["holdfast", "capabilities"] or len(parts) < 4:
                continue
            if parts[2:3] == mine[2:3] and mine[1] == "capabilities":
                continue
            if parts[3] in DOORS or parts[3].endswith("_types") or ".".join(parts[2:4]) in MORE_DOORS:
                continue
            if mine[1] == "main" and parts[3] in WIRED:
                continue
            yield f"{shown(path, line)} imports {name}"


def test_capabilities_are_entered_through_their_doors() -> None:
    assert list(_strangers()) == []


def test_a_side_door_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with fewer doors, those who use them are named."""
    monkeypatch.delitem(MORE_DOORS, "people.contacts")
    assert any("answers.py" in stranger and "people.contacts" in stranger for stranger in _strangers())


def test_capability_packages_hold_no_code() -> None:
    for folder in sorted((SOURCE / "capabilities").iterdir()):
        if not (folder / "apps.py").exists():
            continue
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{folder.name} does not say what it owns"
        assert len(tree.body) == 1, f"{folder.name}/__init__.py holds code"


def test_nothing_but_the_settings_reads_the_environment() -> None:
    """Everything below `main` is told its configuration."""
    readers = [
        shown(path, node.lineno)
        for name in ("scheduling", "platform", "capabilities", "web")
        for path in files(SOURCE / name, ".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        # Starting a server of our own hands the environment on to it.
        and "embedded" not in path.parts
    ]
    assert readers == []


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("scheduling/intervals.py", "import django", "The core is pure"),
        ("platform/ids.py", "import holdfast.capabilities.bookings.types", "main wires all"),
        ("capabilities/catalog/types.py", "import holdfast.capabilities.bookings.types", "form an order"),
        ("capabilities/bookings/plan.py", "import holdfast.web.public.apps", "main wires all"),
        ("capabilities/bookings/types.py", "import psycopg", "Only the platform speaks"),
    ],
)
def test_the_import_contracts_go_red(tmp_path: Path, file: str, line: str, contract: str) -> None:
    """Negative control of `.importlinter`: each planted import breaks its contract."""
    shutil.copytree(
        SOURCE, tmp_path / "holdfast", ignore=shutil.ignore_patterns("static", "locale", "__pycache__")
    )
    planted = tmp_path / "holdfast" / file
    planted.write_text(f"{planted.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", ROOT / ".importlinter", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    broken = [each for each in run.stdout.splitlines() if each.rstrip().endswith("BROKEN")]
    assert any(contract in each for each in broken), run.stdout
