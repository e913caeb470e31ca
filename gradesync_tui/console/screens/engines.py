"""Which processes run the schedules."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from gradesync_tui.console.presenters.cells import Cell, Span
from gradesync_tui.console.presenters.link import Link
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.clock import SECOND, Instant
from gradesync_tui.domain.text import clean


class EnginesScreen(Dialog[None]):
    """The engine that works and those that stand by, as of the moment it was opened."""

    def __init__(self, link: Link, now: Instant, zone: str) -> None:
        super().__init__()
        self._facts = facts(link, now, zone)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Line(id="question")
            yield TextScroll(self._facts, id="text")
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(Cell((Span("Engines", "strong"),)))
        self.query_one("#hint", Line).show(Cell((Span("Esc", "accent"), Span(" Close"))))
        self.query_one(TextScroll).focus()


def facts(link: Link, now: Instant, zone: str) -> list[tuple[str, str]]:
    """Each engine in words."""
    from gradesync_tui.domain import when

    if not link.engines:
        how = "Press E to run one in this console, or start one with: gradesync engine"
        return [
            ("", f"No engine is running, so no schedule runs. {how if link.can_run else 'Start: gradesync engine'}")
        ]
    listed = []
    for engine in link.engines:
        role = "works" if engine.working else "stands by, and takes over if the other one dies"
        age = f"{max(0, now - engine.last_tick) / SECOND:.1f} s"
        since = when.moment(engine.started_at, now, zone)
        about = f"{role}; {engine.kind}, process {engine.pid}, since {since}, last tick {age} ago"
        listed.append((clean(engine.host, limit=15), about))
    return listed
