"""A section with a list in it: title, filter, sort order, marks, copy and export, the same everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from gradesync_tui.console.actions import BY_ID, Section
from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell
from gradesync_tui.console.presenters.exported import Record
from gradesync_tui.console.screens.base import Place, bindings
from gradesync_tui.console.widgets.bars import SectionTitle
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.live_table import LiveTable
from gradesync_tui.console.widgets.marks import MarkWanted
from gradesync_tui.console.widgets.rows import MOST_HELD, Rows
from gradesync_tui.domain.text import count

if TYPE_CHECKING:
    from textual.widgets import Input

    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.services import Services

_LONG = 0.3
"""Seconds that a list is read before its title says so."""


class ListSection(Vertical):
    """One list. `apply` shows what there is under the filter and in the order chosen."""

    SECTION: ClassVar[Section] = "list"
    TITLE: ClassVar[str] = ""
    READS: ClassVar[bool] = False
    """Whether a filter reads the rows anew, which may take a while: words typed meanwhile then replace it."""
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.filter_text = ""
        self.sorted_by: tuple[str, bool] | None = None
        self._applying: Worker[None] | None = None
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

    def record(self, row: Any) -> Record:
        """What copy and export write of a row."""
        raise NotImplementedError

    def every_row(self) -> AsyncIterator[Sequence[Any]]:
        """All rows under the filter, in the order shown and in pages, for export."""
        raise NotImplementedError

    def about(self) -> None:
        """Say beside the title how many there are, by `say`."""

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
        """The place that the list is on; known for as long as the list is, also while the screen is taken down."""
        return self._place

    def on_mount(self) -> None:
        self._place = cast(Place, self.screen)
        session = self.program.session
        self.filter_text = self.filter_text or session.filters.get(self._filtered_as, "")
        self.sorted_by = session.sorts.get(self.id or "")
        self.table.sorted_by = self.sorted_by

    @property
    def _filtered_as(self) -> str:
        """What the filter is remembered by: words for one account or run would hide the rows of another."""
        return f"{self.id} {self.place.remembered_as}".strip()

    def say(self, counted: str, *right: Span) -> None:
        """Beside the title how many there are; at the right what is marked, what narrows the list, and `right`."""
        parts: list[Span] = []
        if len(self.table.marks):
            sign = "◆" if self.program.options.icons else "*"
            parts += [Span(f"{sign} {len(self.table.marks):,} marked", "accent"), Span("   ")]
        if self.filter_text and self.filter_input is None:
            parts += [Span("/ ", "faint"), Span(cell(self.filter_text).plain, "accent"), Span("   ")]
        parts += right
        if parts and not parts[-1].text.strip():
            parts.pop()
        self.title.say(counted, Cell(tuple(parts)))

    def remember_row(self, key: int | None) -> None:
        """Keep the row under the cursor for the next session; None: there is none to come back to."""
        self.program.session.rows.pop(self.id or "", None)
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
        from gradesync_tui.console.widgets.fields import TextField

        field = self.filter_input
        if field is None:
            field = TextField(self.filter_text, hint="words to look for", id="filter")
            field.compact = True
            head = next(child for child in self.children if child is self.title or self.title in child.children)
            await self.mount(field, after=head)
        field.focus()

    async def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter" and event.value != self.filter_text:
            event.stop()
            if not self.READS:
                await self.set_filter(event.value)
                return
            self.filter_text = event.value
            self._soon(partial(self.set_filter, event.value))

    async def on_key(self, event: events.Key) -> None:
        """While words are typed: Enter is done with them, and the arrows already move through what is found."""
        field = self.filter_input
        if field is None or not field.has_focus:
            return
        if event.key == "enter":
            event.stop()
            await self._settled()
            await self.close_filter()
        elif event.key in ("up", "down", "pageup", "pagedown"):
            event.stop()
            await self._settled()
            self.table.focus()

    async def set_filter(self, text: str) -> None:
        """Show only rows with these words."""
        self.filter_text = text
        filters = self.program.session.filters
        filters.pop(self._filtered_as, None)
        if text:
            filters[self._filtered_as] = text
        await self.apply(keep=True)
        # The person's own words took the row away; nothing has slid below the cursor unseen.
        self.table.slid_to = None

    def apply_soon(self) -> None:
        """As `apply`, without waiting for it; what is still being read for an older wish is given up."""
        self._soon(self.apply)

    def _soon(self, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            await self.program.guarded(work())

        # A function, not a coroutine: it may be replaced before it ever starts.
        self._applying = self.run_worker(guarded, group="apply", exclusive=True)

    async def _settled(self) -> None:
        """Wait until the words typed so far are what is shown: the keys after them mean the rows that they find."""
        while self._applying is not None and not self._applying.is_finished:
            with suppress(WorkerCancelled, WorkerFailed):
                await self._applying.wait()

    async def waiting_for(self, reading: Awaitable[None]) -> None:
        """Wait for a list to be read; where that takes long the title says so, and the old rows stay."""
        says = self.set_timer(_LONG, lambda: self.say("looking…"))
        try:
            await reading
        finally:
            says.stop()

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
            self.about()
        else:
            self.place.do_go_back()

    def reason_against(self, action: str) -> str | None:
        """Why an action of this list cannot be done now; None if it can. For footer, menu, palette and the key."""
        if action == "list.sort" and not any(column.sorts for column in self.columns):
            return "This list has one order, that of time."
        if action == "list.copy" and self.current() is None:
            return "There is no row to copy."
        if action == "list.mark-all" and isinstance(self.table, LineTable):
            return self._against_marking_all(self.table.rows)
        return None

    def _against_marking_all(self, rows: Rows[Any]) -> str | None:
        if not rows.counted:
            return "The rows are still being counted."
        if len(rows) <= MOST_HELD or not rows.lacks(0, len(rows) - 1):
            return None
        filter_key, export_key = (self.program.key_of(BY_ID[one]) for one in ("list.filter", "list.export"))
        return (
            f"Of {len(rows):,} rows at most {MOST_HELD:,} can be marked at once: {filter_key} finds fewer, "
            f"{export_key} saves all."
        )

    # --- marks -------------------------------------------------------------------------------------------------------

    def do_list_mark(self) -> None:
        """Mark the row, or take the mark off, and go on to the next."""
        self.table.mark()
        self.table.step()
        self.about()

    def on_mark_wanted(self, event: MarkWanted) -> None:
        event.stop()
        self.table.mark()
        self.about()

    def do_list_mark_range(self) -> None:
        if not self.table.mark_range():
            self.program.tell(
                "The row marked last is too far away, or not in the list now: mark one nearer.", "warning"
            )
        self.about()

    async def do_list_mark_all(self) -> None:
        await self.table.mark_all()
        self.about()

    def row_slid(self) -> str | None:
        """What is under the cursor now, where the row that was there has gone by itself; said once only."""
        key = self.table.row_key if isinstance(self.table, LiveTable) else self.table.key
        slid, self.table.slid_to = self.table.slid_to, None
        cells = self.current()
        if slid is None or slid != key or cells is None:
            return None
        words = (cells[column.key].plain for column in self.columns if column.key in cells)
        return ", ".join([each for each in words if each][:2])

    # --- order -------------------------------------------------------------------------------------------------------

    def do_list_sort(self) -> None:
        """Ask by which column to sort."""
        from gradesync_tui.console.screens.menu import Choice, MenuScreen

        current = self.sorted_by
        choices = [
            Choice(
                column.key,
                column.title,
                ("descending" if current[1] else "ascending") if current and current[0] == column.key else "",
            )
            for column in self.columns
            if column.sorts
        ]
        if current is not None:
            choices.append(Choice("", "As it was", "the list's own order"))
        about = "the same again turns the order round"
        now = current[0] if current else None
        self.program.push_screen(MenuScreen("Sort by", choices, about, current=now), self._sort_chosen)

    def _sort_chosen(self, column: str | None) -> None:
        if column is not None:
            self.place.act(self.sort_by(column))

    async def sort_by(self, column: str) -> None:
        """Sort by a column, by the same one again the other way round, a third time (or by none) in its own order."""
        by = next((each for each in self.columns if each.key == column), None)
        first = by is not None and by.most_first
        if by is None or self.sorted_by == (column, not first):
            self.sorted_by = None
        else:
            self.sorted_by = (column, not first if self.sorted_by == (column, first) else first)
        self.table.sorted_by = self.sorted_by
        sorts = self.program.session.sorts
        sorts.pop(self.id or "", None)
        if self.sorted_by is not None:
            sorts[self.id or ""] = self.sorted_by
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

    async def do_list_copy(self) -> None:
        """Copy the marked rows, or else the one under the cursor: a line for each, its values parted by tabs."""
        from gradesync_tui.console.clipboard import copy

        lines = [self.copied(row) for row in await self.rows_to_copy()]
        if not lines:
            self.program.tell("There is no row to copy.", "warning")
            return
        await copy(self.program, "\n".join(lines), count(len(lines), "row"))

    def copied(self, row: Any) -> str:
        """A row as it is copied."""
        from gradesync_tui.console.exports import as_line

        return as_line(self.record(row))

    def key_of_row(self, row: Any) -> int:
        """What tells a row from all others."""
        return self.table.rows.key(row)  # type: ignore[union-attr]

    def row_under_cursor(self) -> Any | None:
        """The row under the cursor itself."""
        return self.table.row  # type: ignore[union-attr]

    async def rows_to_copy(self) -> list[Any]:
        """The marked rows, or the one under the cursor."""
        marks = self.table.marks
        if not len(marks):
            row = self.row_under_cursor()
            return [] if row is None else [row]
        if isinstance(self.table, LineTable):
            at_hand = (self.table.rows.find(key) for key in marks)
            places = sorted(place for place in at_hand if place is not None)
            if len(places) == len(marks):
                return [self.table.rows.at(place) for place in places]
        found: list[Any] = []
        async for page in self.every_row():
            found += [row for row in page if self.key_of_row(row) in marks]
            if len(found) == len(marks):
                break
        return found

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
        from gradesync_tui.console.exports import export_rows, hand_over

        records = ([self.record(row) for row in page] async for page in self.every_row())
        saved = await export_rows(self.exported_as(), form, records)
        if saved is None:
            self.program.tell("There is no row to export.", "warning")
            return
        path, rows = saved
        self.program.tell(f"Saved {count(rows, 'row')} {hand_over(self.program, path)}")

    def exported_as(self) -> str:
        """What the file of an export is named after."""
        return self.TITLE
