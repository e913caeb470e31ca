"""The layers hold: nobody imports upward, and the command line stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_nobody_imports_upward() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_left_out_of_the_layers() -> None:
    """A new package must be given its place in the import contract."""
    packages = {path.name for path in (ROOT / "gradesync_tui").iterdir() if (path / "__init__.py").exists()}
    assert packages == {
        "cli", "console", "domain", "engine", "lms", "sandbox", "services", "sis", "store", "sync",
    }  # fmt: skip
