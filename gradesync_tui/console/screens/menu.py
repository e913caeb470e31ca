"""A short list to choose from: what can be done with a row, themes, columns to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from gradesync_tui.console.presenters.cells import Cell, Column, Span, cells
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose. key: the key that chooses it at once. why_not: why it cannot be chosen."""

    value: str
    label: str
    about: str = ""
    key: str = ""
    why_not: str | None = None


class ChoiceTable(LineTable[tuple[int, Choice]]):
    """The choices; a click chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", show=False)]

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self))  # type: ignore[arg-type]

    def on_click(self, event: events.Click) -> None:
        if "row" in event.style.meta:
            self.go(event.style.meta["row"])
            self.action_choose()


class MenuScreen(Dialog[str]):
    """Choices, one a line; answers the value of the one chosen."""

    def __init__(self, title: str, choices: Sequence[Choice], about: str = "") -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._choices = tuple(choices)
        columns: tuple[Column, ...] = (
            Column("key", "", 6, 6),
            Column("label", "", 18, 20),
            Column("about", "", 10, 90),
        )
        if not any(choice.key for choice in choices):
            columns = columns[1:]
        self.table: ChoiceTable = ChoiceTable(
            ListRows(lambda pair: pair[0], list(enumerate(self._choices))), columns, _present, header=False
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="menu"):
            yield Line(id="question")
            yield self.table
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cells((self._title, "strong"), ("  " + self._about, "muted")))
        self.query_one("#hint", Line).show(
            Cell((Span("Enter", "accent"), Span(" Choose   "), Span("Esc", "accent"), Span(" Cancel")))
        )
        self.table.styles.height = min(len(self._choices), max(3, self.app.size.height - 8))
        self.table.focus()

    def on_line_table_chosen(self) -> None:
        pair = self.table.row
        if pair is not None:
            self._choose(pair[1])

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if choice.key and event.character == choice.key:
                event.stop()
                self._choose(choice)

    def _choose(self, choice: Choice) -> None:
        if choice.why_not is not None:
            self.query_one("#hint", Line).show(cells((choice.why_not, "warn")))
        else:
            self.dismiss(choice.value)


def _present(pair: tuple[int, Choice]) -> dict[str, Cell]:
    choice = pair[1]
    off = choice.why_not is not None
    return {
        "key": cells((choice.key, "faint" if off else "accent")),
        "label": cells((choice.label, "button-off" if off else "text")),
        "about": cells((choice.why_not or choice.about, "faint" if off else "muted")),
    }
