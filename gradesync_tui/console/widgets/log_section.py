"""The log of a run: follows while one is at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import records as presenter
from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell
from gradesync_tui.console.presenters.search import ordered
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.records import LogLine
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import Level

_PAGE = 1_000
_MOST = 20_000


class LogTable(LineTable[LogLine]):
    """Log lines."""


class LogSection(ListSection):
    """Every line of a run's log, oldest first."""

    SECTION: ClassVar[Section] = "log"
    TITLE = "Log"
    BINDINGS: ClassVar[list[BindingType]] = bindings("log")
    table: LogTable

    def __init__(self, run_id: int, zone: str, *, id: str = "log") -> None:
        self._run_id = run_id
        self._zone = zone
        self._lines: list[LogLine] = []
        self._only_bad = False
        self._rows: ListRows[LogLine] = ListRows(lambda line: line.id)
        super().__init__(id=id)

    def make_table(self) -> LogTable:
        return LogTable(self._rows, presenter.LOG, self._present, id="log-table")

    def _present(self, line: LogLine) -> Mapping[str, Cell]:
        return presenter.log_row(line, self._zone, self.program.options.icons)

    async def reload(self) -> None:
        """Read what is new."""
        at_end = self.table.cursor >= len(self._rows) - 1
        while page := await self.services.log(self._run_id, self._lines[-1].id if self._lines else 0, _PAGE):
            self._lines += page
            if len(page) < _PAGE or len(self._lines) >= _MOST:
                break
        await self.apply()
        if at_end and self.sorted_by is None:
            self.table.do_list_bottom()

    async def apply(self, *, keep: bool = True) -> None:
        words = self.filter_text.casefold().split()
        found = [
            line
            for line in self._lines
            if (not self._only_bad or line.level is not Level.INFO)
            and all(word in f"{line.text} {line.stage or ''}".casefold() for word in words)
        ]
        if self.sorted_by is not None:
            column, down = self.sorted_by
            found = ordered(found, lambda line: _sort_key(line, column), down=down)
        self._rows.set(found)
        self.table.empty = (cell("No line matches." if self._lines else "Nothing was logged yet.", "muted"),)
        self.table.rows_changed(keep=keep)
        self.about()

    def about(self) -> None:
        shown, total = len(self._rows), len(self._lines)
        said = count(total, "line") if shown == total and not self.filter_text else f"{shown:,} of {total:,}"
        self.say(said, *([Span("warnings and errors only", "accent")] if self._only_bad else []))

    @property
    def columns(self) -> Sequence[Column]:
        return presenter.LOG

    def current(self) -> Mapping[str, Cell] | None:
        row = self.table.row
        return None if row is None else self._present(row)

    def record(self, row: LogLine) -> exported.Record:
        return exported.log_line(row, self._zone)

    def exported_as(self) -> str:
        return f"run {self._run_id} log"

    async def every_row(self) -> AsyncIterator[Sequence[LogLine]]:
        yield [row for index in range(len(self._rows)) if (row := self._rows.at(index)) is not None]

    async def do_log_level(self) -> None:
        self._only_bad = not self._only_bad
        await self.apply()


def _sort_key(line: LogLine, column: str) -> int | str | None:
    """What a line is sorted by in a column; None for what has no value."""
    if column == "stage":
        return line.stage
    if column == "level":
        return line.level
    return line.text.casefold() if column == "text" else line.id
