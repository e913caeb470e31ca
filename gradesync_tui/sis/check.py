"""What `gradesync doctor` learns of a SIS: each thing tried, whether it works, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from gradesync_tui.domain.causes import explain
from gradesync_tui.domain.text import count
from gradesync_tui.sis.errors import SisError


class Finding(Struct, frozen=True, kw_only=True):
    """One thing tried: its name, whether it works, what was found, and what to do (empty where all is well)."""

    name: str
    ok: bool
    what: str
    do: str = ""


async def found(name: str, attempt: Callable[[], Awaitable[str | None]], *, said: str = "") -> Finding:
    """The finding of an attempt, which answers in words what it found; `said` where it has none."""
    try:
        return Finding(name=name, ok=True, what=await attempt() or said)
    except SisError as problem:
        words = explain(problem.cause, problem.details)
        return Finding(name=name, ok=False, what=f"{words.what} ({problem.message})", do=words.do)


def counted(number: int, singular: str, plural: str | None = None, *, none: str) -> str:
    """How many were found, or what it means that there are none."""
    return count(number, singular, plural) if number else none
