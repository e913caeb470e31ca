"""A letter on everything that can have the focus; one key goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from gradesync_tui.console import stylesheets
from gradesync_tui.console.presenters.cells import cells
from gradesync_tui.console.screens.sized import SizedScreen
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.console.widgets.host import palette_of
from gradesync_tui.console.widgets.tabs import TabLine

if TYPE_CHECKING:
    from gradesync_tui.console.screens.base import Place

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to go: where its letter stands, and what goes there."""

    at: Offset
    go: Callable[[], object]


class JumpLetter(Widget):
    """A letter in one cell, so that it covers a blank, a number or a bracket, and no word."""

    def __init__(self, letter: str) -> None:
        super().__init__(id=f"jump-{letter}", classes="jump")
        self._letter = letter

    def render_line(self, y: int) -> Strip:
        look = self.rich_style + palette_of(self)["accent"] + Style(reverse=True, bold=True)
        return Strip([Segment(self._letter, look)])


class JumpScreen(SizedScreen[Callable[[], object] | None], ModalScreen[Callable[[], object] | None]):
    """The letters over the place; any other key leaves."""

    CSS_PATH = stylesheets.sheet("dialogs")

    def __init__(self, targets: Iterable[Target]) -> None:
        super().__init__()
        self._targets = dict(zip(_LETTERS, targets, strict=False))
        self._hint = Line(id="jump-hint")

    def compose(self) -> ComposeResult:
        for letter, target in self._targets.items():
            label = JumpLetter(letter)
            label.styles.offset = target.at
            yield label
        yield self._hint

    def on_mount(self) -> None:
        self._hint.show(
            cells((" A letter", "accent"), (" goes there   ", "text"), ("Esc", "accent"), (" Stay", "text"))
        )

    def on_key(self, event: events.Key) -> None:
        event.stop()
        target = self._targets.get(event.character or "")
        self.dismiss(target.go if target is not None else None)


def targets(place: Place) -> list[Target]:
    """What can be gone to in a place, from the top: its tabs, its lists and its buttons."""
    found: list[Target] = []
    for widget in place.focus_chain:
        if not widget.region or not widget.is_on_screen:
            continue
        if isinstance(widget, TabLine):
            found += [_tab(widget, name, x) for name, x in widget.starts()]
        else:
            found.append(Target(_corner(widget), widget.focus))
    return sorted(found, key=lambda target: (target.at.y, target.at.x))


def _tab(line: TabLine, name: str, x: int) -> Target:
    return Target(line.region.offset + Offset(x, 0), lambda: line.choose(name))


def _corner(widget: Widget) -> Offset:
    """On the title of a list's section, where there is one; else on the widget itself."""
    if isinstance(widget, PressButton):
        return widget.region.offset
    title = getattr(widget.parent, "title", None)
    over = title if isinstance(title, Widget) and title.region else widget
    return over.region.offset
