"""The state line: whether what is shown is live, and which engine ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from gradesync_tui.console.presenters.cells import Cell, Span, shorten_all
from gradesync_tui.domain.clock import SECOND, Instant
from gradesync_tui.domain.records import Engine
from gradesync_tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class Link:
    """What the console knows of its connection to the database, and of the engines.

    heard: when the database last answered. lost: why it does not answer, in one line. still: the person wants to
    follow nothing. can_run: this process could run an engine. engine_troubled: it runs one that cannot work.
    """

    heard: Instant
    engines: Sequence[Engine] = ()
    lost: str = ""
    still: bool = False
    can_run: bool = False
    engine_troubled: bool = False
    read_only: bool = False


def state(link: Link, now: Instant, *, stale_after: int, icons: bool = True, wide: bool = True) -> Cell:
    """The state line, for the top right."""
    spans: list[Span] = []
    if link.read_only:
        spans += [Span("read-only", "warn"), Span("  ")]
    age = now - link.heard
    if link.still:
        spans.append(Span("‖ paused by you" if icons else "|| paused by you", "warn"))
    elif link.lost or age > stale_after:
        spans.append(Span(f"{'○' if icons else 'o'} stale {max(0, age) // SECOND} s", "bad"))
        if link.lost:
            spans.append(Span(" · the database does not answer, M says why" if wide else " · no database", "bad"))
    else:
        spans.append(Span("● live" if icons else "* live", "ok"))
    if not link.lost:
        spans += engine_spans(link, now, stale_after=stale_after, wide=wide)
    return Cell(tuple(spans))


def fit_crumbs(crumbs: Sequence[str], width: int, apart: int) -> list[str]:
    """The path in a width, with `apart` cells between two; what is above gives way to the place where one is."""
    *above, here = crumbs
    return [*shorten_all(above, width - cell_len(here) - apart * len(above)), here]


def engine_spans(link: Link, now: Instant, *, stale_after: int, wide: bool) -> list[Span]:
    """Which engine works, how old its last tick is where that is too long, or how to get one."""
    if link.engine_troubled:
        words = "the engine here cannot work, M says why" if wide else "engine here fails, see M"
        return [Span(" · ", "faint"), Span(words, "bad")]
    working = next((engine for engine in link.engines if engine.working), None)
    if working is None:
        if link.can_run:
            tail = ": press E to run one here" if wide else ", E runs one"
            return [
                Span(" · ", "faint"),
                Span("no engine", "warn", ("engine.run", 0)),
                Span(tail, "warn", ("engine.run", 0)),
            ]
        return [Span(" · ", "faint"), Span("no engine", "warn")]
    spans = [Span(" · ", "faint")]
    if wide:
        spans.append(Span("engine ", "muted"))
    spans.append(Span(clean(working.host, limit=24 if wide else 14), "muted"))
    age = now - working.last_tick
    if age > stale_after:
        spans.append(Span(f" · tick {age // SECOND} s ago", "warn"))
    elif wide:
        spans.append(Span(" · ticking", "muted"))
    return spans
