"""All keys that work here, from the registry."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.actions import SECTION_TITLES, Section, in_sections, shown_key
from gradesync_tui.console.presenters.cells import Cell, cells
from gradesync_tui.console.screens.dialog import ReadingDialog
from gradesync_tui.console.widgets.scroll import Text, TextScroll

_MOVING = (
    ("↑ ↓  j k", "Up and down"),
    ("PgUp PgDn", "A screenful, also Ctrl+U and Ctrl+D"),
    ("Tab", "To the next section; Shift+Tab back"),
    ("1 … 9", "To a tab by its number"),
    ("← →", "In Schedules, also h l: to the buttons of the row; Enter presses"),
)
_KEYS, _NAME = 13, 21
"""Columns for the keys, and for what they are called."""


class HelpScreen(ReadingDialog):
    """The keys of the focused section first, then those of every list, then those that work everywhere."""

    def __init__(self, section: Section, keymap: Mapping[str, str]) -> None:
        order: list[Section] = [section] if section not in ("everywhere", "list") else []
        if section in ("problems", "records", "log"):
            order.append("run")
        if section not in ("everywhere", "places", "first-start", "connection"):
            order.append("list")
        facts: list[tuple[Text, Text]] = []
        for each in (*order, "everywhere", "engine"):
            facts.append((SECTION_TITLES[each], ""))
            for action in in_sections(each):
                keys = keymap.get(action.id, action.keys).split(",")
                facts.append((_line("  ".join(shown_key(key) for key in keys), action.label), action.tooltip))
            facts.append(("", " "))
        facts += [("Moving", ""), *((_line(keys), words) for keys, words in _MOVING)]
        super().__init__(
            "Keys", TextScroll(facts, id="text", label_width=_KEYS + _NAME), f"in {SECTION_TITLES[section]}"
        )
        self.panel_width = 112


def _line(keys: str, name: str = "") -> Cell:
    return cells((f"{keys:<{_KEYS}}", "accent"), (name, "strong"))
