"""Trying a connection over HTTP before it is kept, so that a wrong one is found at once and not by the next run."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from gradesync_tui.domain.causes import explain
from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.profiles import ProfileError, load_profile
from gradesync_tui.domain.records import CanvasConnection, SisConnection
from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import Invalid, Unreachable
from gradesync_tui.sync.connections import open_canvas, open_sis, profile_folder
from gradesync_tui.sync.secrets import SecretError

if TYPE_CHECKING:
    from gradesync_tui.sis import Sis
    from gradesync_tui.sis.errors import SisError

_REACH_SECONDS = 6
_TRIAL_SECONDS = 45
_BEARABLE = frozenset(("include parameters",))
"""What a sync goes without, so that it is said and refuses nothing."""


async def try_canvas(connection: CanvasConnection, clock: Clock) -> list[str]:
    """What Canvas's account and permissions look like, one line each; Invalid or Unreachable where it will not do."""
    from gradesync_tui.lms.errors import CanvasError, Throttled, Unavailable

    await _reach((connection.url, "Canvas"))
    try:
        canvas = open_canvas(connection, clock=clock)
    except (SecretError, CanvasError) as problem:
        raise Invalid(str(problem)) from None
    try:
        async with asyncio.timeout(_TRIAL_SECONDS):
            # Asked first by itself, because its failure says whether trying again may help.
            await canvas.account(connection.account)
            findings = await canvas.check(connection.account)
    except CanvasError as problem:
        raise Unreachable(clean(problem.message), worth_retrying=isinstance(problem, Throttled | Unavailable)) from None
    except TimeoutError:
        raise Unreachable(f"Canvas at {clean(connection.url)} is too slow. Try again.", worth_retrying=True) from None
    finally:
        await canvas.close()
    return _read(findings)


async def try_sis(connection: SisConnection, clock: Clock) -> list[str]:
    """What the SIS offers, one line each; Invalid or Unreachable where it will not do."""
    from gradesync_tui.sis.errors import SisError

    try:
        profile = load_profile(connection.profile, profile_folder())
    except ProfileError as problem:
        raise Invalid(str(problem)) from None
    if not connection.version.startswith("csv"):
        asks_tokens = connection.token_url and connection.auth == "oauth2"
        tokens = [(connection.token_url or "", "the SIS's tokens")] if asks_tokens else []
        await _reach((connection.url, "the SIS"), *tokens)
    try:
        sis = open_sis(connection, profile=profile, clock=clock)
    except (SecretError, SisError) as problem:
        raise Invalid(str(problem)) from None
    try:
        async with asyncio.timeout(_TRIAL_SECONDS):
            await _first_answer(sis)
            findings = await sis.check()
    except SisError as problem:
        raise _sis_trouble(problem) from None
    except TimeoutError:
        raise Unreachable(f"The SIS at {clean(connection.url)} is too slow. Try again.", worth_retrying=True) from None
    finally:
        await sis.close()
    return _read(findings)


async def _first_answer(sis: Sis) -> None:
    """Ask for something small, because the failure says whether trying again may help; SisError if all is in vain."""
    from gradesync_tui.sis.errors import SisError

    try:
        await sis.categories()
    except SisError as problem:
        # What is only not allowed says nothing of the rest.
        if problem.http_status != 403:
            raise


def _sis_trouble(problem: SisError) -> Unreachable:
    """What the SIS said, and what the failure catalogue advises."""
    words = explain(problem.cause, problem.details)
    # A run may find a 404 gone later; somebody who has just typed the address should look at it first.
    is_passing = problem.http_status is None or problem.http_status in (408, 429) or problem.http_status >= 500
    said = clean(problem.message).rstrip(".")
    if problem.http_status in (404, 405):
        return Unreachable(f"{said}. Check the SIS's address: it ends in the path of its OneRoster version.")
    return Unreachable(f"{words.title}: {said}. {words.do}", worth_retrying=problem.retryable and is_passing)


class _Finding(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def what(self) -> str: ...
    @property
    def do(self) -> str: ...


def _read(findings: Sequence[_Finding]) -> list[str]:
    """The findings as lines; Unreachable with all that are bad, and with what works beside them."""
    lines, bad = [], []
    for finding in findings:
        words = clean(f"{finding.name}: {finding.what if finding.ok else _with_advice(finding)}")
        if finding.ok:
            lines.append(words)
        elif finding.name in _BEARABLE:
            lines.append(f"Warning: {words}")
        else:
            bad.append(words)
    if bad:
        raise Unreachable(*bad, worked=lines)
    return lines


def _with_advice(finding: _Finding) -> str:
    return f"{finding.what.rstrip('.')}. {finding.do}"


async def _reach(*addresses: tuple[str, str]) -> None:
    """Unreachable with each address at which nothing listens; an address is a URL and whose it is.

    The clients try again for a long time, as a run should; a person who mistyped a name should be told at once.
    """
    problems = [problem for url, of in addresses if (problem := await _out_of_reach(url, of))]
    if problems:
        raise Unreachable(*problems)


async def _out_of_reach(url: str, of: str) -> str:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_REACH_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"Nobody answers at {clean(host)}:{port}. Check the address of {of}."
    except socket.gaierror:
        return f"No machine is named {clean(host)}. Check the address of {of}."
    except OSError as problem:
        # Its own words would be Python's, with the address as a tuple.
        why = os.strerror(problem.errno).lower() if problem.errno else "there is no connection"
        return f"{clean(host)}:{port} cannot be reached: {why}. Check the address of {of}."
    writer.close()
    return ""
