"""How a command ends: its exit code, and the one line that says what happened and what to do."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

DONE = 0
FAILED = 1
USAGE = 2
TRY_AGAIN = 3
INTERRUPTED = 130


class WorkFailed(click.ClickException):
    """The command did what was asked, and the work itself failed; exit code 1."""

    exit_code = FAILED


class TryAgain(click.ClickException):
    """Nothing is wrong that a later attempt may not find right; exit code 3."""

    exit_code = TRY_AGAIN


def explain(problem: BaseException) -> int:
    """Say on stderr what went wrong, in one line, and return the exit code."""
    if isinstance(problem, SystemExit):
        return problem.code if isinstance(problem.code, int) else FAILED
    if isinstance(problem, BrokenPipeError):
        # Whoever read our output has had enough; Python must not try to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    if isinstance(problem, click.exceptions.Exit):
        return problem.exit_code
    from asyncio import CancelledError

    if isinstance(problem, click.Abort | KeyboardInterrupt | CancelledError):
        return INTERRUPTED
    if isinstance(problem, click.UsageError):
        where = problem.ctx.command_path if problem.ctx else "gradesync"
        say(f"{problem.format_message()} See: {where} --help")
        return USAGE
    if isinstance(problem, click.ClickException):
        say(problem.format_message())
        return problem.exit_code
    code = _known(problem)
    if code is not None:
        say(str(problem))
        return code
    say(_unexpected(problem))
    return FAILED


def say(text: str) -> None:
    """One line on stderr, safe for a terminal whatever it holds."""
    from gradesync_tui.domain.text import clean

    click.echo(f"gradesync: {clean(text, limit=1000)}", err=True)


def _known(problem: BaseException) -> int | None:
    """The exit code of a failure that our own layers foresee; None for any other."""
    from gradesync_tui.domain.recurrence import RecurrenceError
    from gradesync_tui.services.errors import ServiceError, Unreachable
    from gradesync_tui.services.settings import SettingsError
    from gradesync_tui.store.errors import Busy, Corrupt, DiskFull, Gone, RunInProgress, StaleClaim, StoreError

    if isinstance(problem, Unreachable):
        return TRY_AGAIN if problem.worth_retrying else USAGE
    if isinstance(problem, Busy | DiskFull | RunInProgress | StaleClaim):
        return TRY_AGAIN
    if isinstance(problem, Corrupt | Gone):
        return FAILED
    if isinstance(problem, ServiceError | SettingsError | StoreError | RecurrenceError):
        return USAGE
    return None


def _unexpected(problem: BaseException) -> str:
    """Keep the traceback, without the values of variables, where only the owner can read it."""
    what = f"Something unexpected went wrong ({type(problem).__name__})."
    try:
        path = _crash_file("".join(traceback.format_exception(problem)))
    except OSError:
        return f"{what} The report could not be written. Please tell SIS support."
    return f"{what} The report is in {path}. Please send it to SIS support."


def _crash_file(report: str) -> Path:
    import time

    from platformdirs import user_state_path

    folder = user_state_path("gradesync", appauthor=False) / "crashes"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(report)
    return path
