"""Choosing which columns a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Span, cells, wrap
from gradesync_tui.console.presenters.columns import arranged
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows

_LEFT, _RIGHT, _TURN = "columns.left", "columns.right", "columns.turn"
_MARK, _TITLE, _ABOUT, _MOVE = "mark", "title", "about", "move"


class ColumnsScreen(Dialog[tuple[str, ...]]):
    """Every column, the leftmost on top, with a mark at those that are shown; answers the keys of those in order.

    shown, defaults: keys in the order of the columns. least: columns that cannot be taken away.
    """

    HINTS = (
        ("Space", "Show or hide"),
        ("← →", "Move"),
        ("d", "As at first"),
        ("Enter", "Keep"),
        ("Esc", "Cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Show or hide", show=False, priority=True),
        Binding("enter", "keep", "Keep", show=False, priority=True),
        Binding("left,less_than_sign", "move(-1)", "Further left", show=False),
        Binding("right,greater_than_sign", "move(1)", "Further right", show=False),
        Binding("d", "defaults", "As at first", show=False),
    ]

    def __init__(
        self, columns: Sequence[Column], shown: Sequence[str], *, defaults: Sequence[str], least: Collection[str]
    ) -> None:
        super().__init__("Columns", "the first stands leftmost")
        self._columns = tuple(columns)
        self._shown = set(shown)
        self._defaults = tuple(defaults)
        self._least = frozenset(least)
        self._rows: ListRows[Column] = ListRows(lambda column: self._columns.index(column), arranged(columns, shown))
        self.table: LineTable[Column] = LineTable(
            self._rows,
            (
                Column(_MARK, "", 3, 3),
                Column(_TITLE, "", 14, 20),
                Column(_ABOUT, "", 20, 60),
                Column(_MOVE, "", 4, 4, align="right"),
            ),
            self._present,
            header=False,
        )
        self._order = Line(id="whole")

    def body(self) -> ComposeResult:
        yield self.table
        yield self._order

    def on_mount(self) -> None:
        self.table.focus()

    def fit(self) -> None:
        titles = Cell(tuple(Span(f"{column.title} · ") for column in self._columns))
        self._order.styles.height = lines = len(wrap(titles, self.room - 7))
        self.table.styles.height = min(len(self._columns), self.rows_left(lines + 1))
        self._show_order()

    def _present(self, column: Column) -> dict[str, Cell]:
        is_fixed = column.key in self._least
        mark = "x" if column.key in self._shown else " "
        about = "always shown" if is_fixed else "" if column.key in self._defaults else "as newer Canvas has it"
        number = self._columns.index(column)
        left, right = ("◂", "▸") if self.program.options.icons else ("<", ">")
        return {
            _MARK: Cell((Span(f"[{mark}]", "muted" if is_fixed else "accent", (_TURN, number)),)),
            _TITLE: cells((column.title, "text")),
            _ABOUT: cells((about, "muted")),
            _MOVE: Cell((Span(left, "accent", (_LEFT, number)), Span("  "), Span(right, "accent", (_RIGHT, number)))),
        }

    @property
    def _listed(self) -> list[Column]:
        found = (self._rows.at(index) for index in range(len(self._rows)))
        return [column for column in found if column is not None]

    @property
    def _kept(self) -> list[Column]:
        return [column for column in self._listed if column.key in self._shown | self._least]

    def _show_order(self) -> None:
        """The titles as they will stand beside each other."""
        parts = [Span("Shown  ", "muted")]
        for number, column in enumerate(self._kept):
            parts += [Span(" · ", "faint")] * bool(number) + [Span(column.title)]
        self._order.show_lines([(line, EMPTY) for line in wrap(Cell(tuple(parts)), self.room)])

    def _changed(self, listed: Sequence[Column]) -> None:
        self._rows.set(listed)
        self.table.rows_changed()
        self._show_order()

    def action_turn(self) -> None:
        column = self.table.row
        if column is not None and column.key not in self._least:
            self._shown ^= {column.key}
            self._changed(self._listed)

    def action_move(self, by: int) -> None:
        """Put the column under the cursor further left or right; the cursor goes with it."""
        listed, at = self._listed, self.table.cursor
        if 0 <= at + by < len(listed):
            listed.insert(at + by, listed.pop(at))
            self._changed(listed)
            self.table.go(at + by)

    def action_press(self, action_id: str, number: int) -> None:
        """The mouse shows, hides or moves a column."""
        self.table.go(self._listed.index(self._columns[number]))
        if action_id == _TURN:
            self.action_turn()
        else:
            self.action_move(-1 if action_id == _LEFT else 1)

    def action_defaults(self) -> None:
        self._shown = set(self._defaults)
        self._changed(arranged(self._columns, self._defaults))

    def action_keep(self) -> None:
        self.dismiss(tuple(column.key for column in self._kept))

    def on_line_table_chosen(self) -> None:
        self.action_turn()
