"""Commands typed at the prompt of the plain console: everything that it has no word of its own for."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from gradesync_tui.services.errors import Invalid

if TYPE_CHECKING:
    from gradesync_tui.cli.shell import Shell

_OFFERED = (
    *("accounts", "connect", "schedules", "rollovers", "categories", "history", "runs", "trace", "people", "audit"),
    *("support", "doctor", "config"),
)
_NOT_HERE = ("--follow", "--as")
_NOT_SHARED = ("doctor", "config")
"""What tells of the machine, which on a shared service is not the business of those who come in over SSH."""
_NOT_SHARED_OPTIONS = ("--database", "--output", "-o")
"""What would lead to files of the service's account."""


async def run(line: str, shell: Shell, *, read_only: bool) -> None:
    """Run `gradesync LINE` as whoever is at the prompt; it prints by itself. Invalid for what cannot be run here."""
    try:
        words = shlex.split(line)
    except ValueError as problem:
        raise Invalid(f"A quotation mark is missing ({problem}).") from None
    offered = [name for name in _OFFERED if shell.entrance is None or name not in _NOT_SHARED]
    if words and words[0] not in (*offered, "--help", "-h"):
        raise Invalid(f"{words[0]!r} cannot be run here. What can: {', '.join(offered)}.")
    closed = _NOT_HERE + (_NOT_SHARED_OPTIONS if shell.entrance is not None else ())
    for word in words:
        if word.startswith(closed):
            raise Invalid(f"{word.split('=')[0]} cannot be used here.")
    # On a thread: each command runs an event loop of its own.
    await asyncio.to_thread(_call, words or ["--help"], replace(shell, read_only=read_only, may_ask=False))


def _call(words: list[str], shell: Shell) -> None:
    from gradesync_tui.cli import gradesync
    from gradesync_tui.cli.failures import explain

    try:
        gradesync.main(words, prog_name="gradesync", standalone_mode=False, obj=shell)
    except BaseException as problem:  # whatever it is, the session goes on
        explain(problem)
