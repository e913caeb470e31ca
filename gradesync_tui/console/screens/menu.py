"""A short list to choose from: what can be done with a row, themes, columns to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, cells, place, wrap
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import ENDS, LineTable
from gradesync_tui.console.widgets.paint import GUTTER, RIGHT_MARGIN
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.text import clean


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

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", show=False), *ENDS]

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self))  # type: ignore[arg-type]

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        if "row" in event.style.meta:
            self.go(event.style.meta["row"])
            self.action_choose()


class MenuScreen(Dialog[str]):
    """Choices, one a line; answers the value of the one chosen.

    current: the value that counts now; it is marked, and the cursor begins there.
    """

    HINTS = (("Enter", "Choose"), ("Esc", "Cancel"))

    def __init__(self, title: str, choices: Sequence[Choice], about: str = "", *, current: str | None = None) -> None:
        super().__init__(title, about)
        self._choices = tuple(choices)
        self._current = current
        self._whole = Line(id="whole")
        label = max((cell_len(clean(choice.label)) for choice in choices), default=1)
        columns = [
            Column("mark", "", 1, 1, gap=1),
            Column("key", "", 3, 3),
            Column("label", "", min(label, 24), min(label, 44)),
            Column("about", "", 10, 90, rank=1),
        ]
        needed = {
            "mark": current is not None,
            "key": any(choice.key for choice in choices),
            "about": any(choice.about or choice.why_not for choice in choices),
        }
        about_width = max((cell_len(clean(choice.why_not or choice.about)) for choice in choices), default=0)
        self.panel_width = max(44, cell_len(title) + cell_len(about) + 10, min(80, label + about_width + 20))
        self.table: ChoiceTable = ChoiceTable(
            ListRows(lambda pair: pair[0], list(enumerate(self._choices))),
            [column for column in columns if needed.get(column.key, True)],
            self._present,
            header=False,
        )

    def body(self) -> ComposeResult:
        yield self.table
        yield self._whole

    def on_mount(self) -> None:
        self.table.focus()
        values = [choice.value for choice in self._choices]
        if self._current in values:
            self.call_after_refresh(self.table.go, values.index(self._current))

    def fit(self) -> None:
        width = self.room - GUTTER - RIGHT_MARGIN - 1
        longest = max((len(wrap(self._words(choice), self.room)) for choice in self._choices), default=1)
        # What a row has to cut stands below the list, whole, for the row under the cursor.
        cut = any(self._too_long(choice, width) for choice in self._choices)
        self._whole.display = cut
        self._whole.styles.height = longest
        self.table.styles.height = min(len(self._choices), self.rows_left(longest + 1 if cut else 0))
        self._show_whole()

    def _too_long(self, choice: Choice, width: int) -> bool:
        placed = {each.key: each.width for each in place(self.table.columns, width)}
        shown = self._present((0, choice))
        return any(shown[key].width > placed.get(key, 0) for key in ("label", "about") if shown[key].spans)

    def _show_whole(self) -> None:
        pair = self.table.row
        if pair is not None:
            self._whole.show_lines([(line, EMPTY) for line in wrap(self._words(pair[1]), self.room)])

    @staticmethod
    def _words(choice: Choice) -> Cell:
        return cells((choice.why_not or choice.about or choice.label, "warn" if choice.why_not else "muted"))

    def on_line_table_moved(self) -> None:
        self._show_whole()

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
            self.table.go(self._choices.index(choice))
            self._whole.display = True
            self._show_whole()
        else:
            self.dismiss(choice.value)

    def _present(self, pair: tuple[int, Choice]) -> dict[str, Cell]:
        choice = pair[1]
        off = choice.why_not is not None
        is_current = choice.value == self._current
        return {
            "mark": cells(("•" if self.program.options.icons else "*", "accent")) if is_current else EMPTY,
            "key": cells((choice.key, "button-off" if off else "accent")),
            "label": cells((choice.label, "button-off" if off else "text")),
            "about": cells((choice.why_not or choice.about, "muted")),
        }
