"""The toolkit's DataTable, made quiet: one changed cell repaints one cell, and the cursor stays on its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import CellDoesNotExist, ColumnKey, RowKey

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Placed, fit, least_width, place, widths
from gradesync_tui.console.widgets.host import palette_of, shows_icons
from gradesync_tui.console.widgets.marks import Marks
from gradesync_tui.console.widgets.paint import GUTTER, text


class DrawnWhenSeen:
    """A cell of a row: of hundreds only those in sight are ever drawn."""

    __slots__ = ("_draw", "_width")

    def __init__(self, draw: Callable[[], Text], width: int) -> None:
        self._draw = draw
        self._width = width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._draw()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(self._width, self._width)


class LiveTable(DataTable[DrawnWhenSeen]):
    """Rows by key. `show` takes all rows as they should be and changes only what differs.

    DataTable.update_cell asks for a repaint of the whole widget; here the request is narrowed to the cell's region.
    """

    # The toolkit refreshes while it constructs itself, before our own fields are there.
    _is_narrowing = False
    _narrowed: Region | None = None

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", cell_padding=0, zebra_stripes=False)
        self.all_columns = tuple(columns)
        self.marks = Marks()
        self.sorted_by: tuple[str, bool] | None = None
        self.slid_to: int | None = None
        """The key of the row on which the cursor came to stand because its own row went away."""
        self._placed: tuple[Placed, ...] = ()
        self._needs: dict[str, int] = {}
        self._shown: dict[int, Mapping[str, Cell]] = {}
        self._order: list[int] = []

    # --- rows --------------------------------------------------------------------------------------------------------

    @property
    def row_key(self) -> int | None:
        """The key of the row under the cursor."""
        return self._order[self.cursor_row] if 0 <= self.cursor_row < len(self._order) else None

    @property
    def caret(self) -> Offset:
        """Where the row under the cursor begins, below the header."""
        return Offset(0, self.cursor_row - self.scroll_offset.y + 1)

    @property
    def keys(self) -> Sequence[int]:
        """The keys of all rows, in the order shown."""
        return self._order

    @property
    def shown_whole(self) -> Sequence[str]:
        """The keys of the columns in which nothing of the row under the cursor is cut."""
        key = self.row_key
        cells = {} if key is None else self._shown.get(key, {})
        return [placed.key for placed in self._placed if least_width(cells.get(placed.key, EMPTY)) <= placed.width]

    def show(self, rows: Sequence[tuple[int, Mapping[str, Cell]]]) -> None:
        """Make the table show these rows, in this order; the cursor stays on its row, or on the nearest one."""
        order = [key for key, _ in rows]
        if order != self._order:
            self._needs = {}
        for name, need in widths(self.all_columns, (cells for _, cells in rows)).items():
            # It only grows while the rows stay the same: columns must not jump with every word that changes.
            self._needs[name] = max(need, self._needs.get(name, 0))
        placed = place(self.all_columns, max(1, self._room()), self._needs)
        if placed != self._placed or order != self._order:
            self._rebuild(placed, rows)
            return
        for key, cells in rows:
            self.show_row(key, cells)

    def show_row(self, key: int, cells: Mapping[str, Cell]) -> None:
        """Make one row that is there show these cells; what differs is drawn."""
        before = self._shown.get(key)
        if before is None or before is cells:
            return
        for column in self._placed:
            if cells.get(column.key, EMPTY) != before.get(column.key, EMPTY):
                self.update_cell(str(key), column.key, self._drawn(key, cells, column))
        self._shown[key] = cells

    def repaint_row(self, key: int) -> None:
        """Draw a row's cells again, because its mark or its pressed button has changed."""
        cells = self._shown.get(key)
        if cells is not None and self._placed:
            self.update_cell(str(key), self._placed[0].key, self._drawn(key, cells, self._placed[0]))

    def go_to_key(self, key: int) -> bool:
        """Put the cursor on a row; False if it is not shown."""
        if key not in self._order:
            return False
        self.slid_to = None
        self.move_cursor(row=self._order.index(key), animate=False)
        return True

    def look_again(self) -> None:
        """Draw everything again: the theme or the signs have changed."""
        rows = [(key, self._shown[key]) for key in self._order]
        self._placed = ()
        self.show(rows)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns of the same rows."""
        self.all_columns = tuple(columns)
        self.look_again()

    def _room(self) -> int:
        return self.size.width - GUTTER - 1

    def _rebuild(self, placed: tuple[Placed, ...], rows: Sequence[tuple[int, Mapping[str, Cell]]]) -> None:
        key, index = self.row_key, self.cursor_row
        scroll = self.scroll_offset.y
        with self.app.batch_update():
            columns_differ = placed != self._placed or not self.columns
            self._placed = placed
            self.clear(columns=columns_differ)
            if columns_differ:
                for number, column in enumerate(placed):
                    self.add_column(self._title(number, column), width=self._width(number, column), key=column.key)
            self._shown = dict(rows)
            self._order = [row_key for row_key, _ in rows]
            for row_key, cells in rows:
                self.add_row(*(self._drawn(row_key, cells, column) for column in placed), key=str(row_key))
            if key is not None and key not in self._shown:
                self.slid_to = None if not self._order else self._order[min(index, len(self._order) - 1)]
            if self._order:
                at = self._order.index(key) if key in self._order else min(index, len(self._order) - 1)
                self.move_cursor(row=max(0, at), animate=False, scroll=False)
                line = index - scroll
                in_sight = 0 <= line < max(1, self.size.height - self.header_height)
                # A row that was in sight and has moved in the order stays on its line of the screen.
                self.scroll_to(y=max(0, at - line) if in_sight else scroll, animate=False)

    def _width(self, number: int, column: Placed) -> int:
        last = number == len(self._placed) - 1
        return column.width + (GUTTER if number == 0 else 0) + (0 if last else column.column.gap)

    def _title(self, number: int, column: Placed) -> Text:
        palette = palette_of(self)
        title, style = column.column.title, palette.header
        if self.sorted_by is not None and self.sorted_by[0] == column.key:
            arrow = ("▾" if self.sorted_by[1] else "▴") if shows_icons(self) else ("v" if self.sorted_by[1] else "^")
            title, style = f"{title} {arrow}", palette.sorted_header
        return Text(" " * (GUTTER if number == 0 else 0) + title, style, no_wrap=True, end="")

    def _drawn(self, key: int, cells: Mapping[str, Cell], column: Placed) -> DrawnWhenSeen:
        return DrawnWhenSeen(lambda: self._text(key, cells, column), column.width)

    def _text(self, key: int, cells: Mapping[str, Cell], column: Placed) -> Text:
        palette = palette_of(self)
        prefix = ""
        if column.key == self._placed[0].key:
            prefix = ("◆ " if shows_icons(self) else "* ") if key in self.marks else "  "
        return text(
            fit(cells.get(column.key, EMPTY), column.width, column.column.align), palette, prefix, palette["accent"]
        )

    # --- marks -------------------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Mark the row under the cursor, or take its mark off."""
        key = self.row_key
        if key is not None:
            self.marks.toggle(key)
            self.repaint_row(key)

    def step(self) -> None:
        """One row down."""
        self.move_cursor(row=self.cursor_row + 1)

    def mark_range(self) -> bool:
        """Mark the rows from the last one marked to the one under the cursor. False where that one is not in sight."""
        if self.row_key is None:
            return True
        places = {key: place for place, key in enumerate(self.keys)}
        marked = self.marks.add_span(self.row_key, places.get, self.keys.__getitem__)
        self.repaint_marks()
        return marked

    async def mark_all(self) -> None:
        """Mark all rows in sight, or none."""
        self.marks.toggle_all(self.keys)
        self.repaint_marks()

    def repaint_marks(self) -> None:
        for key in self.keys:
            self.repaint_row(key)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def update_cell(
        self, row_key: RowKey | str, column_key: ColumnKey | str, value: Any, *, update_width: bool = False
    ) -> None:
        if update_width:
            super().update_cell(row_key, column_key, value, update_width=True)
            return
        self._narrowed = self._region_of(str(getattr(row_key, "value", row_key)), column_key)
        self._is_narrowing = True
        try:
            super().update_cell(row_key, column_key, value)
        finally:
            self._is_narrowing = False

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> LiveTable:
        if self._is_narrowing and not regions and not layout and not recompose:
            if self._narrowed is not None:
                super().refresh(self._narrowed, repaint=repaint)
            return self
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def _region_of(self, row_key: str, column_key: ColumnKey | str) -> Region | None:
        """Where a cell is on the widget; None if it is scrolled out of sight."""
        try:
            row, column = self.get_row_index(row_key), self.get_column_index(column_key)
        except CellDoesNotExist:
            return None
        header = self.header_height if self.show_header else 0
        y = header + row - self.scroll_offset.y
        if not header <= y < self.size.height:
            return None
        widths = [each.get_render_width(self) for each in self.ordered_columns[: column + 1]]
        return Region(sum(widths[:-1]) - self.scroll_offset.x, y, widths[-1], 1)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        row = y - (self.header_height if self.show_header else 0) + self.scroll_offset.y
        if not self.has_focus or row != self.cursor_row or y == 0 or row >= len(self._order):
            return strip
        if self._order[row] in self.marks:
            return strip
        first = next(iter(strip), None)
        style = palette_of(self).bar if first is None or first.style is None else first.style + palette_of(self).bar
        bar = Strip([Segment("▌" if shows_icons(self) else ">", style)], 1)
        return Strip.join([bar, strip.crop(1)])
