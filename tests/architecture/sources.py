"""The files of the house, found once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "holdfast"
_NOT_OURS = {"node_modules", "dist", ".venv", "__pycache__", ".git", ".holdfast"}


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    """Every file below `folder` that people write, with one of these endings, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and path.is_file() and not _NOT_OURS & set(path.relative_to(ROOT).parts):
            yield path


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> str:
    """The dotted name under which a file of `src` is imported."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module or name that a file imports, as a dotted name, with its line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def shown(path: Path, line: int | None = None) -> str:
    """How a finding names its place."""
    place = path.relative_to(ROOT).as_posix()
    return place if line is None else f"{place}:{line}"
