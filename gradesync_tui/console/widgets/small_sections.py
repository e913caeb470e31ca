"""The smaller tabs of SIS Integration: rollovers, categories, connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic

from gradesync_tui.console.presenters.cells import Cell, Column, cell
from gradesync_tui.console.presenters.search import ordered
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import ListRows, Row
from gradesync_tui.domain.records import Account


class SmallSection(ListSection, Generic[Row]):
    """A list that is read whole."""

    COLUMNS: ClassVar[Sequence[Column]] = ()
    NOTHING: ClassVar[str] = ""

    def __init__(self, account: Account, key: Callable[[Row], int], *, id: str) -> None:
        self.account = account
        self.read: list[Row] = []
        self._rows: ListRows[Row] = ListRows(key)
        super().__init__(id=id)

    def make_table(self) -> LineTable[Any]:
        return LineTable(self._rows, self.COLUMNS, self.present, id=f"{type(self).__name__.lower()}-table")

    def present(self, row: Row) -> Mapping[str, Cell]:
        """The cells of a row."""
        raise NotImplementedError

    async def fetch(self) -> list[Row]:
        """All rows, as the services have them."""
        raise NotImplementedError

    async def reload(self) -> None:
        """Read the list again."""
        self.read = await self.fetch()
        self.table.marks.keep(map(self._rows.key, self.read))
        await self.apply()

    async def apply(self, *, keep: bool = True) -> None:
        words = self.filter_text.casefold().split()
        found = [row for row in self.read if all(word in self._words(row) for word in words)]
        if self.sorted_by is not None:
            column, down = self.sorted_by
            found = ordered(found, lambda row: self.sort_key(row, column), down=down)
        self._rows.set(found)
        self.table.empty = (cell("Nothing matches. Esc shows all." if self.read else self.NOTHING, "muted"),)  # type: ignore[union-attr]
        self.table.rows_changed(keep=keep)  # type: ignore[union-attr]
        self.about()

    def sort_key(self, row: Row, column: str) -> Any:
        """What a row is sorted by; None for what has no value."""
        return self.present(row)[column].plain.casefold() or None

    def _words(self, row: Row) -> str:
        return " ".join(each.plain for each in self.present(row).values()).casefold()

    def about(self) -> None:
        shown, total = len(self._rows), len(self.read)
        said = f"{total:,}" if shown == total and not self.filter_text else f"{shown:,} of {total:,}"
        self.say(said)

    @property
    def columns(self) -> Sequence[Column]:
        return self.COLUMNS

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        key = self.table.key  # type: ignore[union-attr]
        index = None if key is None else self._rows.find(key)
        return None if index is None else self._rows.at(index)

    def current(self) -> Mapping[str, Cell] | None:
        row = self.row
        return None if row is None else self.present(row)

    async def every_row(self) -> AsyncIterator[Sequence[Row]]:
        yield [row for index in range(len(self._rows)) if (row := self._rows.at(index)) is not None]
