"""The assignments or the scores of a run, or what one cause kept back of both: a list of any length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypedDict

from textual.binding import BindingType
from textual.worker import Worker

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import records as presenter
from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import PagedRows
from gradesync_tui.domain.records import Outcome
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import Action, RecordKind

if TYPE_CHECKING:
    from gradesync_tui.services import Services

_LAST = 2**62
_NAMES = {RecordKind.LINE_ITEM: "Assignments", RecordKind.RESULT: "Scores", None: "Records"}
_KINDS: tuple[Action | None, ...] = (
    None,
    Action.CREATED,
    Action.UPDATED,
    Action.WAITING,
    Action.BLOCKED,
    Action.FAILED,
)


class OutcomeFilter(TypedDict):
    """Which records are looked for."""

    kind: RecordKind | None
    action: Action | None
    cause: str | None
    text: str


@dataclass
class OutcomePages:
    """The records of a run under a filter, in the order they were dealt with."""

    services: Services
    run_id: int
    kind: RecordKind | None
    action: Action | None
    cause: str | None
    text: str

    async def _page(self, limit: int, *, after: int = 0, before: int | None = None) -> list[Outcome]:
        return await self.services.outcomes(self.run_id, after=after, before=before, limit=limit, **self._filter)

    @property
    def counts_quickly(self) -> bool:
        return not self.text

    async def count(self) -> int:
        return await self.services.outcome_count(self.run_id, **self._filter)

    async def every(self) -> AsyncIterator[list[Outcome]]:
        async for page in self.services.every_outcome(self.run_id, **self._filter):
            yield page

    @property
    def _filter(self) -> OutcomeFilter:
        return {"kind": self.kind, "action": self.action, "cause": self.cause, "text": self.text}

    async def head(self, limit: int) -> list[Outcome]:
        return await self._page(limit)

    async def tail(self, limit: int) -> list[Outcome]:
        return await self._page(limit, before=_LAST)

    async def below(self, key: int, limit: int) -> list[Outcome]:
        return await self._page(limit, after=key)

    async def above(self, key: int, limit: int) -> list[Outcome]:
        return await self._page(limit, before=key)

    async def near(self, part: float, limit: int) -> list[Outcome]:
        first, last = await self._page(1), await self._page(1, before=_LAST)
        if not first or not last:
            return []
        return await self._page(limit, after=first[0].id + int(part * (last[0].id - first[0].id)) - 1)


class RecordTable(LineTable[Outcome]):
    """Records."""


class RecordSection(ListSection):
    """Records of one kind, or of one cause. words: what is looked for among them from the start."""

    SECTION: ClassVar[Section] = "records"
    READS = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("records")
    table: RecordTable

    def __init__(
        self, run_id: int, kind: RecordKind | None, zone: str, *, cause: str | None = None, words: str = "", id: str
    ) -> None:
        self._run_id = run_id
        self._kind = kind
        self._cause = cause
        self._zone = zone
        self._action: Action | None = None
        self._everything: int | None = None
        self._grown = False
        self._growing: Worker[None] | None = None
        self._rows: PagedRows[Outcome] = PagedRows(lambda outcome: outcome.id)
        super().__init__(id=id)
        self.filter_text = words
        self.title.name_it(self._called)

    @property
    def _called(self) -> str:
        return _NAMES[self._kind]

    def make_table(self) -> RecordTable:
        return RecordTable(self._rows, self.columns, self._present, id=f"{self._called.lower()}-table")

    def _present(self, outcome: Outcome) -> Mapping[str, Cell]:
        return presenter.row(outcome, self.program.options.icons)

    async def reload(self) -> None:
        """Read the list, or what has come to it: that is at its end, and what one reads holds still."""
        if not self._rows.shows(self._pages()):
            await self.apply()
            return
        self._grown = True
        if self._growing is None or self._growing.is_finished:
            self._growing = self.run_worker(self._grow, group="grow")

    async def _grow(self) -> None:
        while self._grown:  # more may come while it is counted
            self._grown = False
            await self.program.guarded(self._rows.grow())
            self.table.rows_added()
            self.about()

    async def apply(self, *, keep: bool = True) -> None:
        await self.waiting_for(self._rows.restart(self._pages()))
        narrowed = self._action is not None or bool(self.filter_text)
        self.table.empty = (cell("No record matches." if narrowed else "None went, and none had a problem.", "muted"),)
        self.table.rows_changed(keep=keep)
        self.about()
        if not self._rows.counted:
            self.run_worker(self._count, group="count", exclusive=True)  # type: ignore[arg-type]

    def _pages(self) -> OutcomePages:
        return OutcomePages(self.services, self._run_id, self._kind, self._action, self._cause, self.filter_text)

    async def _count(self) -> None:
        """The records of a great run are counted after the first of them are in sight."""
        if await self._rows.count():
            self.table.rows_changed()
            self.about()

    def about(self) -> None:
        total = len(self._rows)
        if self._action is None and not self.filter_text:
            self._everything = total
        everything = max(self._everything or 0, total)
        if not self._rows.counted:
            said = f"{total:,}+ records"
        elif total == everything and not self.filter_text:
            said = count(total, "record")
        else:
            said = f"{total:,} of {everything:,}"
        if self._action is not None:
            self.say(said, Span(f"only {self._action}", "accent"))
        else:
            self.say(said if self.filter_text or self._cause else f"{said}, unchanged ones only counted")

    @property
    def columns(self) -> Sequence[Column]:
        return presenter.ASSIGNMENTS if self._kind is RecordKind.LINE_ITEM else presenter.SCORES

    def current(self) -> Mapping[str, Cell] | None:
        row = self.table.row
        return None if row is None else self._present(row)

    def record(self, row: Outcome) -> exported.Record:
        return exported.outcome(row, self._zone)

    def exported_as(self) -> str:
        return f"run {self._run_id} {self._cause or self._called.lower()}"

    async def every_row(self) -> AsyncIterator[Sequence[Outcome]]:
        async for page in self._pages().every():
            yield page

    async def do_record_kind(self) -> None:
        self._action = _KINDS[(_KINDS.index(self._action) + 1) % len(_KINDS)]
        await self.apply(keep=False)

    def do_record_open(self) -> None:
        row = self.table.row
        if row is not None:
            from gradesync_tui.console.screens.record import RecordScreen

            self.program.push_screen(RecordScreen(row, self._zone))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.do_record_open()
