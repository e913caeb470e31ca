"""Choosing which columns a list shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from gradesync_tui.console.presenters.cells import Cell, Column, Span, cells
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows


class ColumnsScreen(Dialog[tuple[str, ...]]):
    """Every column, with a mark at those that are shown; answers the keys of those, in the list's own order.

    least: columns that cannot be taken away.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Show or hide", show=False, priority=True),
        Binding("enter", "keep", "Keep", show=False, priority=True),
        Binding("d", "defaults", "As at first", show=False),
    ]

    def __init__(
        self, columns: Sequence[Column], shown: Collection[str], *, defaults: Collection[str], least: Collection[str]
    ) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._shown = set(shown)
        self._defaults = frozenset(defaults)
        self._least = frozenset(least)
        self.table: LineTable[tuple[int, Column]] = LineTable(
            ListRows(lambda pair: pair[0], list(enumerate(self._columns))),
            (Column("mark", "", 3, 3), Column("title", "", 20, 60)),
            self._present,
            header=False,
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="menu"):
            yield Line(id="question")
            yield self.table
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(
            cells(("Columns", "strong"), ("  of the schedules, as far as the screen has room", "muted"))
        )
        keys = (("Space", "Show or hide"), ("Enter", "Keep"), ("d", "As at first"), ("Esc", "Cancel"))
        self.query_one("#hint", Line).show(
            Cell(tuple(span for key, label in keys for span in (Span(key, "accent"), Span(f" {label}   "))))
        )
        self.table.styles.height = len(self._columns)
        self.table.focus()

    def _present(self, pair: tuple[int, Column]) -> dict[str, Cell]:
        column = pair[1]
        is_fixed = column.key in self._least
        mark = "x" if column.key in self._shown else " "
        about = "  always shown" if is_fixed else "" if column.key in self._defaults else "  as newer Canvas has it"
        return {
            "mark": cells((f"[{mark}]", "muted" if is_fixed else "accent")),
            "title": cells((column.title, "text"), (about, "faint")),
        }

    def action_turn(self) -> None:
        pair = self.table.row
        if pair is not None and pair[1].key not in self._least:
            self._shown ^= {pair[1].key}
            self.table.redraw()

    def action_defaults(self) -> None:
        self._shown = set(self._defaults)
        self.table.redraw()

    def action_keep(self) -> None:
        self.dismiss(tuple(column.key for column in self._columns if column.key in self._shown | self._least))

    def on_line_table_chosen(self) -> None:
        self.action_turn()
