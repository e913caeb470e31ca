"""A table that draws only the lines in sight, so that a million rows cost as much as ten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Generic

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Placed, fit, place, widths, wrap
from gradesync_tui.console.themes import Palette
from gradesync_tui.console.widgets.host import console_of, palette_of, shows_icons
from gradesync_tui.console.widgets.marks import RIGHT_BUTTON, Marks, MarkWanted, marks_row
from gradesync_tui.console.widgets.paint import GUTTER, RIGHT_MARGIN, header, segments
from gradesync_tui.console.widgets.rows import Row, Rows

_HEADER = 1
_REMEMBERED = 500
_AHEAD = 20
"""Rows beyond those in sight that are brought to hand with them."""

_PATIENCE = 0.1
"""Seconds that the cursor waits where it is for rows that must be read first; then it goes, and they follow."""
_MEASURED = 60
"""Rows by which the columns that hug their content are measured."""


ENDS: list[BindingType] = [
    Binding("home,g", "end(-1)", "First row", show=False),
    Binding("end,G", "end(1)", "Last row", show=False),
]
"""The keys to the ends of a table, for one that is in no list; a list has them from the registry."""


class LineTable(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """Rows from `Rows`, a fixed header, and a cursor that stays on its row whatever comes, goes or is sorted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        table: LineTable[object]

        @property
        def control(self) -> LineTable[object]:
            return self.table

    @dataclass
    class HeaderPressed(Message):
        """Somebody clicked a column's title."""

        table: LineTable[object]
        column: str

    def __init__(
        self,
        rows: Rows[Row],
        columns: Sequence[Column],
        present: Callable[[Row], Mapping[str, Cell]],
        *,
        id: str | None = None,
        classes: str | None = None,
        header: bool = True,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rows = rows
        self.columns = tuple(columns)
        self._present = present
        self._header = _HEADER if header else 0
        self.cursor = 0
        self._cursor_key: int | None = None
        self._bound_for: int | None = None
        self._wants_end = False
        self._loading: tuple[int, int] | None = None
        self.marks = Marks()
        self.sorted_by: tuple[str, bool] | None = None
        self.slid_to: int | None = None
        """The key of the row on which the cursor came to stand because its own row went away."""
        self.empty: Sequence[Cell] = ()
        self._placed: tuple[Placed, ...] = ()
        self._placed_for = -1
        self._needs: dict[str, int] | None = None
        self._drawn: dict[int, Mapping[str, Cell]] = {}

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows.at(self.cursor)

    @property
    def key(self) -> int | None:
        """The key of the row under the cursor."""
        row = self.row
        return None if row is None else self.rows.key(row)

    @property
    def is_live(self) -> bool:
        """Whether the keys move this table's cursor, which is then drawn so."""
        return self.has_focus

    @property
    def at_head(self) -> bool:
        """Whether the first row is in sight with the cursor on it: the table then follows what is new."""
        return self.cursor == 0 and round(self.scroll_y) == 0

    @property
    def visible_rows(self) -> int:
        return max(1, self.size.height - self._header)

    def rows_changed(self, *, keep: bool = True) -> None:
        """The rows were set anew: put the cursor back on its row (or the nearest) and draw.

        keep: False puts the cursor on the first row.
        """
        total = len(self.rows)
        line = self.cursor - round(self.scroll_y)
        self._bound_for = None
        if not keep:
            self.cursor = 0
        elif self._cursor_key is not None:
            found = self.rows.find(self._cursor_key)
            if found is not None:
                self.cursor = found
        self.cursor = max(0, min(self.cursor, total - 1))
        if keep and self._cursor_key not in (None, self.key):
            self.slid_to = self.key
        self._drawn.clear()
        self._fit_virtual_size()
        self._needs = None
        self._measure()
        if not keep:
            self.scroll_to(y=0, animate=False)
        elif 0 <= line < self.visible_rows and self.cursor - round(self.scroll_y) != line:
            # The cursor's row was in sight and has moved in the order: it stays on its line of the screen.
            self.scroll_to(y=max(0, self.cursor - line), animate=False)
        self._remember()
        self._ensure_loaded()
        self.refresh()
        self.post_message(self.Moved(self))  # type: ignore[arg-type]
        if self._wants_end:
            self.do_list_bottom()

    def rows_pushed(self, fresh: int) -> None:
        """New rows came in at the head. At the head they are followed; elsewhere the sight holds still."""
        if not fresh:
            return
        follows = self.at_head
        self._fit_virtual_size()
        if self._bound_for is not None:
            self._bound_for += fresh
        if not follows:
            self.cursor += fresh
            self.scroll_to(y=self.scroll_y + fresh, animate=False, immediate=True)
        self._remember()
        self.refresh()
        if follows:
            self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def rows_added(self) -> None:
        """More rows came at the end: nothing that is in sight moves."""
        self._fit_virtual_size()
        if self._wants_end:
            self.do_list_bottom()
        self._ensure_loaded()

    def row_changed(self, index: int | None) -> None:
        """One row has a newer self: draw only what differs."""
        if index is not None:
            self.draw_row(index)
            if index == self.cursor:
                self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def time_passed(self) -> None:
        """Draw what the time has changed in the rows in sight."""
        top = round(self.scroll_y)
        for index in range(top, min(len(self.rows), top + self.visible_rows)):
            self.draw_row(index)

    def draw_row(self, index: int) -> None:
        """Draw those cells of a row that are others than when it was drawn last."""
        row = self.rows.at(index)
        drawn = None if row is None else self._drawn.get(self.rows.key(row))
        if row is None or drawn is None:
            self._refresh_row(index)
            return
        y = index - round(self.scroll_y) + self._header
        if not self._header <= y < self.size.height:
            return
        fresh = self._present(row)
        x = GUTTER
        for placed in self.placed:
            if fresh.get(placed.key, EMPTY) != drawn.get(placed.key, EMPTY):
                self.refresh(Region(x, y, placed.width, 1))
            x += placed.width + placed.column.gap

    def redraw(self) -> None:
        """Draw all lines again, because time has passed or the looks have changed."""
        self.refresh()

    # --- moving ------------------------------------------------------------------------------------------------------

    @property
    def caret(self) -> Offset:
        """Where the row under the cursor begins."""
        return Offset(0, self.cursor - round(self.scroll_target_y) + self._header)

    def go(self, index: int) -> None:
        """Put the cursor on a row, and the row into sight; rows that must be read first are waited for a little."""
        index = max(0, min(index, len(self.rows) - 1))
        self.slid_to = None
        self._wants_end = False
        if not self.rows.lacks(index, index):
            self._bound_for = None
            self._arrive(index)
        elif index != self._bound_for:
            self._bound_for = index
            self._work(partial(self._fetch, index))

    async def _fetch(self, index: int) -> None:
        """Bring a row that is far away to hand, and what will be in sight with it; then go there: one picture."""
        waiting = self.set_timer(_PATIENCE, self._go_ahead)
        try:
            moved = await self._read(self._sight(self._top_for(index)))
        finally:
            waiting.stop()
        goes, self._bound_for = self._bound_for, None
        self._loaded(moved, goes)

    def _go_ahead(self) -> None:
        """The rows take long: go there without them."""
        if self._bound_for is not None:
            goes, self._bound_for = self._bound_for, None
            self._arrive(goes)

    def _top_for(self, index: int) -> int:
        """The first row in sight once the cursor has moved to a row."""
        top = round(self.scroll_y)
        return index if index < top else max(top, index - self.visible_rows + 1)

    def _arrive(self, index: int) -> None:
        if index != self.cursor:
            before, self.cursor = self.cursor, index
            self._refresh_row(before)
            self._refresh_row(index)
        self._remember()
        top = self._top_for(index)
        if top != round(self.scroll_y):
            self.scroll_to(y=top, animate=False, immediate=True)
        self._ensure_loaded()
        self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def go_to_key(self, key: int) -> bool:
        """Put the cursor on the row of a key, if it is at hand."""
        index = self.rows.find(key)
        if index is not None:
            self.go(index)
        return index is not None

    def action_move(self, by: int) -> None:
        self.go(self._heading + by)

    def action_page(self, by: int) -> None:
        self.go(self._heading + by * max(1, self.visible_rows - 1))

    @property
    def _heading(self) -> int:
        """Where the cursor is, or will be once its row is at hand: keys pressed meanwhile count from there."""
        return self.cursor if self._bound_for is None else self._bound_for

    def action_end(self, side: int) -> None:
        if side < 0:
            self.do_list_top()
        else:
            self.do_list_bottom()

    def do_list_top(self) -> None:
        self.go(0)

    def do_list_bottom(self) -> None:
        """To the last row; where they are still counted, to the last one seen and on from there when that is done."""
        self.go(len(self.rows) - 1)
        self._wants_end = not self.rows.counted

    def mark(self) -> None:
        """Mark the row under the cursor, or take its mark off."""
        key = self.key
        if key is not None:
            self.marks.toggle(key)
            self._refresh_row(self.cursor)

    def step(self) -> None:
        """One row down."""
        self.go(self.cursor + 1)

    def mark_range(self) -> bool:
        """Mark the rows from the last one marked to the one under the cursor. False where that one is not at hand."""
        marked = self.key is None or self.marks.add_span(self.key, self.rows.find, self._key_at)
        self.refresh()
        return marked

    async def mark_all(self) -> None:
        """Mark all rows, or none; those that are not at hand are read."""
        await self.rows.load(0, len(self.rows) - 1)
        keys = (self._key_at(index) for index in range(len(self.rows)))
        self.marks.toggle_all(key for key in keys if key is not None)
        self.refresh()

    def _key_at(self, index: int) -> int | None:
        row = self.rows.at(index)
        return None if row is None else self.rows.key(row)

    # --- drawing -----------------------------------------------------------------------------------------------------

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The columns that fit, with their widths."""
        width = self.size.width
        if width != self._placed_for:
            self._placed_for = width
            self._placed = place(self.columns, width - GUTTER - RIGHT_MARGIN, self._needs)
        return self._placed

    def render_line(self, y: int) -> Strip:
        palette = palette_of(self)
        width = self.scrollable_content_region.width
        if y < self._header and (len(self.rows) or not self.empty):
            line = header(self.placed, self.sorted_by, palette, self.rich_style, icons=shows_icons(self))
            return Strip(line).adjust_cell_length(width, self.rich_style)
        index = y - self._header + round(self.scroll_y)
        base = self.rich_style
        if not 0 <= index < len(self.rows):
            line = self._empty_line(y - self._header, palette, width)
            return (
                Strip([*line, Segment(" " * max(0, width), base)]).crop(0, width) if line else Strip.blank(width, base)
            )
        row = self.rows.at(index)
        on_cursor = index == self.cursor
        if on_cursor:
            base = base + (palette.cursor if self.is_live else palette.blurred)
        if row is None:
            return Strip([Segment("  …".ljust(width), base + palette["faint"])], width)
        line = [self._gutter(palette, on_cursor, self.rows.key(row), base)]
        shown = self._present(row)
        if len(self._drawn) > _REMEMBERED:
            self._drawn.clear()
        self._drawn[self.rows.key(row)] = shown
        for placed, room in self._rooms(shown):
            line += segments(fit(shown.get(placed.key, EMPTY), room, placed.column.align), palette, base)
            line.append(Segment(" " * placed.column.gap, base))
        return Strip(line).adjust_cell_length(width, base).apply_meta({"row": index})

    def _rooms(self, shown: Mapping[str, Cell]) -> list[tuple[Placed, int]]:
        """The columns with the width that each may fill. In a list without titles, text runs on over empty columns."""
        rooms = [(placed, placed.width) for placed in self.placed]
        if self._header:
            return rooms
        while len(rooms) > 1 and not shown.get(rooms[-1][0].key, EMPTY).spans:
            _, freed = rooms.pop()
            placed, width = rooms[-1]
            rooms[-1] = (placed, width + placed.column.gap + freed)
        return rooms

    def _gutter(self, palette: Palette, on_cursor: bool, key: int, base: Style) -> Segment:
        icons = shows_icons(self)
        if key in self.marks:
            return Segment("◆ " if icons else "* ", base + palette["accent"])
        if on_cursor and self.is_live:
            return Segment("▌ " if icons else "> ", base + palette.bar)
        if on_cursor:
            return Segment("│ " if icons else "| ", base + palette["faint"])
        return Segment("  ", base)

    def _empty_line(self, y: int, palette: Palette, width: int) -> list[Segment]:
        if len(self.rows) or not self.empty:
            return []
        lines = [line for text in self.empty for line in wrap(text, width - GUTTER - RIGHT_MARGIN)]
        if not 1 <= y <= len(lines):
            return []
        return [Segment(" " * GUTTER, self.rich_style), *segments(lines[y - 1].spans, palette, self.rich_style)]

    def _refresh_row(self, index: int) -> None:
        y = index - round(self.scroll_y) + self._header
        if self._header <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _measure(self) -> None:
        """Let the columns that hug their content have what the rows in sight need; what they had they keep."""
        if not any(column.hugs for column in self.columns):
            return
        # Where fewer rows are left than were scrolled past, the sight will be on the last of them.
        top = max(0, min(round(self.scroll_target_y), len(self.rows) - self.visible_rows))
        rows = (self.rows.at(index) for index in range(top, min(len(self.rows), top + _MEASURED)))
        needs = widths(self.columns, [self._present(row) for row in rows if row is not None])
        before = self._needs or {}
        self._needs = {key: max(need, before.get(key, 0)) for key, need in needs.items()}
        self._placed_for = -1

    def _fit_virtual_size(self) -> None:
        size = Size(0, len(self.rows) + self._header)
        if self.virtual_size != size:
            self.virtual_size = size

    def _remember(self) -> None:
        self._cursor_key = self.key

    # --- loading -----------------------------------------------------------------------------------------------------

    def _sight(self, top: int) -> tuple[int, int]:
        """The first and last row to have at hand when `top` is the first in sight."""
        return max(0, top - _AHEAD), top + self.visible_rows + _AHEAD

    def _ensure_loaded(self) -> None:
        sight = self._sight(round(self.scroll_target_y))
        if self._bound_for is None and sight != self._loading and self.rows.lacks(*sight):
            self._work(partial(self._load, sight))

    async def _load(self, sight: tuple[int, int]) -> None:
        self._loaded(await self._read(sight))

    async def _read(self, sight: tuple[int, int]) -> int:
        self._loading = sight
        try:
            return await self.rows.load(*sight)
        finally:
            if self._loading == sight:
                self._loading = None

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        """Read in the background; a newer wish replaces an older one."""

        async def guarded() -> None:
            await console_of(self).guarded(work())

        # A function, not a coroutine: it may be replaced before it ever starts.
        self.run_worker(guarded, group=f"load-{id(self)}", exclusive=True)  # type: ignore[arg-type]

    def _loaded(self, moved: int, goes: int | None = None) -> None:
        """Rows have come to hand; all indexes were wrong by `moved`. goes: where the cursor goes now, if it does."""
        self._fit_virtual_size()
        self._measure()
        self.refresh()
        if goes is not None:
            self._arrive(max(0, min(goes + moved, len(self.rows) - 1)))
            return
        if moved:
            self.cursor += moved
            self.scroll_to(y=max(0, self.scroll_y + moved), animate=False, immediate=True)
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        self._remember()
        self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._ensure_loaded()

    # --- events ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        super().on_mount()  # type: ignore[no-untyped-call]
        self._fit_virtual_size()

    def on_resize(self) -> None:
        self._placed_for = -1
        self._ensure_loaded()

    def on_focus(self, event: events.Focus) -> None:
        # The toolkit would draw the whole table again; only the cursor's line looks different.
        event.prevent_default()
        self.has_focus = True
        self._refresh_row(self.cursor)
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        self._refresh_row(self.cursor)
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        if "column" in meta:
            self.post_message(self.HeaderPressed(self, meta["column"]))  # type: ignore[arg-type]
        elif "row" in meta:
            again = meta["row"] == self.cursor
            self.go(meta["row"])
            if event.button == RIGHT_BUTTON or (again and event.chain == 2):
                self.post_message(self.Chosen(self))  # type: ignore[arg-type]
            elif marks_row(event):
                self.post_message(MarkWanted())

    @dataclass
    class Chosen(Message):
        """Somebody clicked a row twice, or with the right button; Enter does the same through the registry."""

        table: LineTable[object]
