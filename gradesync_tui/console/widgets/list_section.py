"""A section with a list in it: title, filter, sort order, marks, copy and export, the same everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.css.query import NoMatches

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters.cells import Cell, Column
from gradesync_tui.console.screens.base import Place, bindings
from gradesync_tui.console.widgets.bars import SectionTitle
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from textual.widgets import Input

    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.services import Services


class ListSection(Vertical):
    """One list. `apply` shows what there is under the filter and in the order chosen."""

    SECTION: ClassVar[Section] = "list"
    TITLE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.filter_text = ""
        self.sorted_by: tuple[str, bool] | None = None
        self.title = SectionTitle(self.TITLE, id=f"{id}-title")
        self.table: LineTable[Any] | LiveTable = self.make_table()

    # --- to be said by each list -------------------------------------------------------------------------------------

    def make_table(self) -> LineTable[Any] | LiveTable:
        """The table that the list is shown in."""
        raise NotImplementedError

    async def apply(self, *, keep: bool = True) -> None:
        """Show the rows under the filter, in the order chosen. keep: the cursor stays on its row."""
        raise NotImplementedError

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that copy, export and sorting know."""
        raise NotImplementedError

    def current(self) -> Mapping[str, Cell] | None:
        """The cells of the row under the cursor."""
        raise NotImplementedError

    def every_row(self) -> AsyncIterator[Sequence[Mapping[str, Cell]]]:
        """The cells of all rows under the filter, in pages, for export."""
        raise NotImplementedError

    def about(self) -> None:
        """Say beside the title how many there are."""

    # --- shared ------------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.title
        yield self.table

    @property
    def program(self) -> ConsoleApp:
        return console_of(self)

    @property
    def services(self) -> Services:
        return self.program.services

    @property
    def place(self) -> Place:
        return cast(Place, self.screen)

    def on_mount(self) -> None:
        session = self.program.session
        self.filter_text = session.filters.get(self.id or "", "")
        self.sorted_by = session.sorts.get(self.id or "")
        self.table.sorted_by = self.sorted_by

    def remember_row(self, key: int | None) -> None:
        """Keep the row under the cursor for the next session."""
        if key is not None:
            self.program.session.rows[self.id or ""] = key

    # --- filter ------------------------------------------------------------------------------------------------------

    @property
    def filter_input(self) -> Input | None:
        """The field of the filter while it is open."""
        from textual.widgets import Input

        try:
            return self.query_one("#filter", Input)
        except NoMatches:
            return None

    async def do_list_filter(self) -> None:
        """Open the filter's field; what is typed there acts at once."""
        from textual.widgets import Input

        field = self.filter_input
        if field is None:
            field = Input(self.filter_text, placeholder="words to look for", id="filter", compact=True)
            field.cursor_blink = False
            head = next(child for child in self.children if child is self.title or self.title in child.children)
            await self.mount(field, after=head)
        field.focus()

    async def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter" and event.value != self.filter_text:
            event.stop()
            await self.set_filter(event.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            event.stop()
            await self.close_filter()

    async def set_filter(self, text: str) -> None:
        """Show only rows with these words."""
        self.filter_text = text
        self.program.session.filters[self.id or ""] = text
        await self.apply(keep=True)

    async def close_filter(self) -> None:
        """Take the field away; the filter stays, and the title says so."""
        self.table.focus()
        field = self.filter_input
        if field is not None:
            await field.remove()
        self.about()

    async def do_go_back(self) -> None:
        """Esc: first the filter goes, then the marks, then the place."""
        if self.filter_input is not None or self.filter_text:
            await self.close_filter()
            await self.set_filter("")
        elif len(self.table.marks):
            self.table.marks.clear()
            self.look_again()
        else:
            self.place.do_go_back()

    # --- order -------------------------------------------------------------------------------------------------------

    def do_list_sort(self) -> None:
        """Ask by which column to sort."""
        from gradesync_tui.console.screens.menu import Choice, MenuScreen

        sortable = [column for column in self.columns if column.sorts]
        if not sortable:
            self.program.tell("This list has one order: the newest first.", "warning")
            return
        current = self.sorted_by
        choices = [
            Choice(
                column.key,
                column.title,
                ("descending" if current[1] else "ascending") if current and current[0] == column.key else "",
            )
            for column in sortable
        ]
        self.program.push_screen(
            MenuScreen("Sort by", choices, "the same again turns the order round"), self._sort_chosen
        )

    def _sort_chosen(self, column: str | None) -> None:
        if column is not None:
            self.place.act(self.sort_by(column))

    async def sort_by(self, column: str) -> None:
        """Sort by a column; by the same one again turns the order round."""
        turned = self.sorted_by is not None and self.sorted_by[0] == column and not self.sorted_by[1]
        self.sorted_by = (column, turned)
        self.table.sorted_by = self.sorted_by
        self.program.session.sorts[self.id or ""] = self.sorted_by
        await self.apply(keep=True)
        self.look_again()

    def on_line_table_header_pressed(self, event: LineTable.HeaderPressed) -> None:
        event.stop()
        self.place.act(self.sort_by(event.column))

    def look_again(self) -> None:
        """Draw all again: the theme, the marks or the order have changed."""
        if isinstance(self.table, LiveTable):
            self.table.look_again()
        else:
            self.table.redraw()

    # --- copy and export ---------------------------------------------------------------------------------------------

    def do_list_copy(self) -> Awaitable[None] | None:
        """Copy the row under the cursor, its cells parted by tabs."""
        from gradesync_tui.console.clipboard import copy

        cells = self.current()
        if cells is None:
            self.program.tell("There is no row to copy.", "warning")
            return None
        text = "\t".join(cells[column.key].plain for column in self.columns if column.key in cells)
        return copy(self.program, text)

    def do_list_export(self) -> None:
        """Ask in which form to save what is shown."""
        from gradesync_tui.console.screens.menu import Choice, MenuScreen

        choices = [
            Choice("csv", "CSV", "for a spreadsheet"),
            Choice("json", "JSON", "for a program"),
            Choice("svg", "SVG", "a picture of the screen"),
        ]
        self.program.push_screen(MenuScreen("Export what is shown", choices), self._export_chosen)

    def _export_chosen(self, form: str | None) -> None:
        if form == "svg":
            self.place.act(self.program.do_app_picture())
        elif form is not None:
            self.place.act(self._export(form))

    async def _export(self, form: str) -> None:
        from gradesync_tui.console.exports import export_rows

        where, rows = await export_rows(self.TITLE, form, self.columns, self.every_row())
        self.program.tell(f"Saved {rows:,} rows as {where}")
