"""All keys that work here, from the registry."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical

from gradesync_tui.console.actions import SECTION_TITLES, Section, in_sections, shown_key
from gradesync_tui.console.presenters.cells import Cell, Span
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.scroll import TextScroll

_MOVING = (
    ("↑ ↓, j k", "Up and down"),
    ("PgUp PgDn", "A screenful, also Ctrl+U and Ctrl+D"),
    ("Tab", "To the next section; Shift+Tab back"),
    ("1 … 9", "To a tab by its number"),
    ("← →", "In Schedules: to the buttons of the row; Enter presses"),
)


class HelpScreen(Dialog[None]):
    """The keys of the focused section first, then those of every list, then those that work everywhere."""

    def __init__(self, section: Section, keymap: Mapping[str, str]) -> None:
        super().__init__()
        order: list[Section] = [section] if section not in ("everywhere", "list") else []
        if section in ("problems", "records", "log"):
            order.append("run")
        if section not in ("everywhere", "places"):
            order.append("list")
        facts: list[tuple[str, str]] = []
        for each in (*order, "everywhere", "engine"):
            facts.append((SECTION_TITLES[each], ""))
            for action in in_sections(each):
                keys = keymap.get(action.id, action.keys).split(",")
                facts.append((" ".join(shown_key(key) for key in keys), f"{action.label}: {action.tooltip}"))
            facts.append(("", " "))
        facts += [("Moving", ""), *_MOVING]
        self._facts = facts

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="tall"):
            yield Line(id="question")
            yield TextScroll(self._facts, id="text", label_width=14)
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(Cell((Span("Keys", "strong"),)))
        self.query_one("#hint", Line).show(
            Cell((Span("↑ ↓", "accent"), Span(" Scroll   "), Span("Esc", "accent"), Span(" Close")))
        )
        self.query_one(TextScroll).focus()
