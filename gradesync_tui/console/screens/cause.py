"""All records of a run that one cause kept back, however many they are."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.screens.run import RunScreen
from gradesync_tui.console.widgets.record_section import RecordSection
from gradesync_tui.domain.causes import cause as known
from gradesync_tui.domain.records import Account, Change, Run
from gradesync_tui.domain.text import clean


class CauseScreen(Place):
    """Admin › account › SIS Integration › run › cause."""

    def __init__(self, account: Account, run: Run, cause: str, words: str = "") -> None:
        super().__init__()
        self.account = account
        self.run_shown = run
        self.cause = cause
        self.records = RecordSection(run.id, None, account.zone, cause=cause, words=words, id="records")

    @property
    def account_id(self) -> int | None:
        return self.account.id

    @property
    def remembered_as(self) -> str:
        return f"of {self.cause} in run {self.run_shown.id}"

    def crumbs(self) -> Sequence[str]:
        run = f"Run {self.run_shown.id:,}"
        return ("Admin", clean(self.account.name), "SIS Integration", run, known(self.cause).title)

    def above(self) -> Place:
        return RunScreen(self.account, self.run_shown)

    def body(self) -> ComposeResult:
        yield self.records

    def on_mount(self) -> None:
        super().on_mount()
        self.records.table.focus()

    async def reload(self) -> None:
        await self.records.reload()

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if any(
            change.topic == "all" or (change.topic == "run" and change.ref == self.run_shown.id) for change in changes
        ):
            await self.reload()

    def look_again(self) -> None:
        self.records.look_again()
