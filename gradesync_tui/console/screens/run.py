"""Run details: the way through the nine stages, and tabs for problems, assignments, scores and log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from gradesync_tui.console.actions import FOOTER, Section
from gradesync_tui.console.screens.base import Place, bindings
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.log_section import LogSection
from gradesync_tui.console.widgets.problem_section import ProblemSection
from gradesync_tui.console.widgets.record_section import RecordSection
from gradesync_tui.console.widgets.run_pane import RunPane
from gradesync_tui.console.widgets.tabs import TabLine
from gradesync_tui.domain.records import Account, Change, Run
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import RecordKind, RunStatus

TABS = (("problems", "Problems"), ("assignments", "Assignments"), ("scores", "Scores"), ("log", "Log"))


class RunScreen(Place):
    """Admin › account › SIS Integration › run."""

    SECTION: ClassVar[Section] = "run"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("run"),
        *(Binding(str(number), f"tab({number})", f"Tab {number}", show=False) for number in range(1, 5)),
    ]

    def __init__(self, account: Account, run: Run) -> None:
        super().__init__()
        self.account = account
        self.run_shown = run
        self.pane = RunPane(account, alone=True)
        self.tabs = TabLine(TABS, id="tabs")
        self.sections: dict[str, ListSection] = {
            "problems": ProblemSection(run.id, account),
            "assignments": RecordSection(run.id, RecordKind.LINE_ITEM, account.zone, id="assignments"),
            "scores": RecordSection(run.id, RecordKind.RESULT, account.zone, id="scores"),
            "log": LogSection(run.id, account.zone),
        }

    @property
    def account_id(self) -> int | None:
        return self.account.id

    @property
    def remembered_as(self) -> str:
        return f"of run {self.run_shown.id}"

    def crumbs(self) -> Sequence[str]:
        return ("Admin", clean(self.account.name), "SIS Integration", f"Run {self.run_shown.id:,}")

    def above(self) -> Place:
        from gradesync_tui.console.screens.sis import SisScreen

        return SisScreen(self.account)

    def body(self) -> ComposeResult:
        yield self.pane
        yield self.tabs
        with Vertical(id="run-body"):
            yield from self.sections.values()

    @property
    def tab(self) -> str:
        return self.tabs.chosen

    def on_mount(self) -> None:
        super().on_mount()
        if not self.run_shown.counts.problems and self.run_shown.cause is None:
            self.tabs.chosen = "scores" if self.run_shown.counts.scores else "log"
        self._show_tab()

    def _show_tab(self) -> None:
        for name, section in self.sections.items():
            section.display = name == self.tab
        self.sections[self.tab].table.focus()
        self.show_keys()

    async def reload(self) -> None:
        section = self.sections[self.tab]
        assert isinstance(section, ProblemSection | RecordSection | LogSection)
        await asyncio.gather(self._show_run(), section.reload())
        self.show_keys()

    async def _show_run(self) -> None:
        known = await self.services.details(self.run_shown.id)
        self.run_shown = run = known.run
        self.pane.show(run, known.stages, known.causes)
        counts = run.counts
        self.tabs.retitle(
            (
                ("problems", f"Problems {counts.problems:,}" if counts.problems else "Problems"),
                ("assignments", f"Assignments {counts.assignments:,}" if counts.assignments else "Assignments"),
                ("scores", f"Scores {counts.scores:,}" if counts.scores else "Scores"),
                ("log", "Log"),
            )
        )

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if any(
            change.topic == "all" or (change.topic == "run" and change.ref == self.run_shown.id) for change in changes
        ):
            await self.reload()

    def tick(self) -> None:
        if self.run_shown.status is RunStatus.IN_PROGRESS:
            self.pane.draw()

    def look_again(self) -> None:
        self.pane.refresh()
        for section in self.sections.values():
            section.look_again()

    def footer(self, section: Section) -> Iterable[str]:
        keys = list(FOOTER.get(section, FOOTER["everywhere"]))
        if not self.run_shown.status.finished:
            keys.insert(1, "details.cancel")
        return keys

    def action_tab(self, number: int) -> None:
        self.tabs.choose_number(number)

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self._show_tab()
        self.act(self.reload())

    def do_details_cancel(self) -> Awaitable[None]:
        from gradesync_tui.console.run_acts import cancel

        return cancel(self.program, [self.run_shown])

    def reason_against(self, action: str) -> str | None:
        """Why an action on the whole run cannot be done now; None if it can."""
        from gradesync_tui.console.run_acts import reason_against_cancelling

        return reason_against_cancelling([self.run_shown]) if action == "details.cancel" else None
