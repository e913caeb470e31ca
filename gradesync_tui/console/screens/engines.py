"""Which processes run the schedules."""

from __future__ import annotations

from gradesync_tui.console.presenters.link import Link
from gradesync_tui.console.screens.dialog import ReadingDialog
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.clock import SECOND, Instant
from gradesync_tui.domain.text import clean


class EnginesScreen(ReadingDialog):
    """The engine that works and those that stand by, as of the moment it was opened."""

    def __init__(self, link: Link, now: Instant, zone: str) -> None:
        text = TextScroll(facts(link, now, zone), id="text", label_width=16 if link.engines else 0)
        super().__init__("Engines", text)


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
