"""Where the style sheets lie: in the package when installed, beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import gradesync_tui


@cache
def folder() -> Path:
    """The folder of the style sheets; FileNotFoundError if the installation lacks them."""
    package = Path(gradesync_tui.__file__).parent
    for candidate in (package / "styles", package.parent / "styles"):
        if (candidate / "tokens.tcss").is_file():
            return candidate
    raise FileNotFoundError("The style sheets of the console are missing. Install gradesync-tui again.")


def sheet(name: str) -> Path:
    """The style sheet of a screen."""
    return folder() / f"{name}.tcss"
