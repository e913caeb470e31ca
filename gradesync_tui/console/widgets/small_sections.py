"""The smaller tabs of SIS Integration: rollovers, categories, connection, audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic

from textual.app import ComposeResult
from textual.containers import Vertical

from gradesync_tui.console.presenters import tables as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, cell
from gradesync_tui.console.widgets.bars import SectionTitle
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import ListRows, Row
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.records import Account, AuditEntry, CategoryRule, Rollover


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
        await self.apply()

    async def apply(self, *, keep: bool = True) -> None:
        words = self.filter_text.casefold().split()
        found = [row for row in self.read if all(word in self._words(row) for word in words)]
        if self.sorted_by is not None:
            column, down = self.sorted_by
            found.sort(key=lambda row: self.sort_key(row, column), reverse=down)
        self._rows.set(found)
        self.table.empty = (cell("Nothing matches." if self.read else self.NOTHING, "muted"),)  # type: ignore[union-attr]
        self.table.rows_changed(keep=keep)  # type: ignore[union-attr]
        self.about()

    def sort_key(self, row: Row, column: str) -> Any:
        """What a row is sorted by."""
        return self.present(row)[column].plain.casefold()

    def _words(self, row: Row) -> str:
        return " ".join(each.plain for each in self.present(row).values()).casefold()

    def about(self) -> None:
        shown, total = len(self._rows), len(self.read)
        said = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        self.title.say(said, cell(f"/ {self.filter_text}", "accent") if self.filter_text else EMPTY)

    @property
    def columns(self) -> Sequence[Column]:
        return self.COLUMNS

    def current(self) -> Mapping[str, Cell] | None:
        key = self.table.key  # type: ignore[union-attr]
        index = None if key is None else self._rows.find(key)
        row = None if index is None else self._rows.at(index)
        return None if row is None else self.present(row)

    async def every_row(self) -> AsyncIterator[Sequence[Mapping[str, Cell]]]:
        yield [self.present(row) for index in range(len(self._rows)) if (row := self._rows.at(index)) is not None]


class RolloversSection(SmallSection[Rollover]):
    """Named windows in which schedules rest."""

    TITLE = "Rollovers"
    COLUMNS = presenter.ROLLOVERS
    NOTHING = "No rollover is planned. Plan one with: gradesync rollovers add"

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda row: row.id, id="rollovers")

    def present(self, row: Rollover) -> Mapping[str, Cell]:
        program = console_of(self)
        return presenter.rollover(row, program.now(), self.account.zone, program.options.icons)

    async def fetch(self) -> list[Rollover]:
        return await self.services.rollovers(self.account.id)

    def sort_key(self, row: Rollover, column: str) -> Any:
        if column in ("pause", "resume"):
            return row.pause_at if column == "pause" else row.resume_at
        return super().sort_key(row, column)


class CategoriesSection(SmallSection[CategoryRule]):
    """Which assignment group is sent as which category."""

    TITLE = "Categories"
    COLUMNS = presenter.CATEGORIES
    NOTHING = (
        "No group is mapped: each goes as the SIS's category of the same name. Map one with: gradesync categories map"
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda rule: rule.id, id="categories")

    def present(self, row: CategoryRule) -> Mapping[str, Cell]:
        return presenter.category(row)

    async def fetch(self) -> list[CategoryRule]:
        return await self.services.category_rules(self.account.id)


class AuditSection(SmallSection[AuditEntry]):
    """Who did what in the account, the newest first."""

    TITLE = "Audit log"
    COLUMNS = presenter.AUDIT
    NOTHING = "Nothing was done yet."

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda entry: entry.id, id="audit")

    def present(self, row: AuditEntry) -> Mapping[str, Cell]:
        return presenter.audit(row, console_of(self).now(), self.account.zone)

    async def fetch(self) -> list[AuditEntry]:
        return await self.services.audit(self.account.id, limit=_ENTRIES)

    def about(self) -> None:
        super().about()
        if len(self.read) == _ENTRIES:
            self.title.say(f"the newest {_ENTRIES:,}", cell("all: gradesync audit export", "muted"))


class ConnectionSection(Vertical):
    """How Canvas and the SIS are reached."""

    SECTION = "places"

    def __init__(self, account: Account) -> None:
        super().__init__(id="connection")
        self.account = account
        self.table = TextScroll((), id="connection-facts")
        self._title = SectionTitle("Connection")

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.table

    def on_mount(self) -> None:
        self._title.say("secrets are named, never shown")

    async def reload(self) -> None:
        """Read the connections again."""
        canvas, sis = await console_of(self).services.connections(self.account.id)
        self.table.say(presenter.connection(canvas, sis))


_ENTRIES = 1_000
