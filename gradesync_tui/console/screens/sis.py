"""SIS Integration of an account: its tabs, of which Grade Sync is the first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from gradesync_tui.console.actions import BY_ID, FOOTER, Section
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.widgets.history_section import HistorySection
from gradesync_tui.console.widgets.run_pane import RunPane
from gradesync_tui.console.widgets.schedules_section import SchedulesSection
from gradesync_tui.console.widgets.tabs import TabLine
from gradesync_tui.domain.records import Account, Change, PastRun, Run
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.store.errors import NotFound

if TYPE_CHECKING:
    from gradesync_tui.console.widgets.categories_section import CategoriesSection
    from gradesync_tui.console.widgets.connection_section import ConnectionSection
    from gradesync_tui.console.widgets.rollovers_section import RolloversSection

TABS = (
    ("grade-sync", "Grade Sync"),
    ("rollovers", "Rollovers"),
    ("categories", "Categories"),
    ("connection", "Connection"),
)


def _beside_grade_sync(tab: str, account: Account) -> RolloversSection | CategoriesSection | ConnectionSection | None:
    """The content of another tab, made (and its module loaded) when it is first looked at; None for Grade Sync."""
    if tab == "rollovers":
        from gradesync_tui.console.widgets.rollovers_section import RolloversSection

        return RolloversSection(account)
    if tab == "categories":
        from gradesync_tui.console.widgets.categories_section import CategoriesSection

        return CategoriesSection(account)
    if tab == "connection":
        from gradesync_tui.console.widgets.connection_section import ConnectionSection

        return ConnectionSection(account)
    return None


class GradeSync(Vertical):
    """Both sections of Grade Sync, and the selected run beside or below the history."""

    def __init__(self, account: Account) -> None:
        super().__init__(id="grade-sync")
        self.account = account
        self.schedules = SchedulesSection(account)
        self.history = HistorySection(account)
        self.pane = RunPane(account)
        self._pane_run: int | None = None

    def compose(self) -> ComposeResult:
        yield self.schedules
        with Horizontal(id="history-row"):
            yield self.history
            yield self.pane

    async def reload(self) -> None:
        """Read both sections again."""
        await asyncio.gather(self.schedules.reload(), self.history.apply(), self._read_trends())

    async def follow(self, changes: Sequence[Change]) -> None:
        """Put right what has changed."""
        topics = {change.topic for change in changes}
        if "all" in topics:
            await self.reload()
            return
        if "run" in topics:
            await self.history.follow(changes)
            touched = {change.ref for change in changes if change.topic == "run"}
            if self._pane_run in touched:
                await self.show_run(self.history.current_run)
        if topics & {"schedule", "rollover"}:
            await self.schedules.reload()
        if topics & {"schedule", "run"}:
            await self._read_trends()

    async def _read_trends(self) -> None:
        self.schedules.recent = await self.services_recent()
        self.schedules.show_line()

    async def services_recent(self) -> dict[int, list[PastRun]]:
        """The last runs of each schedule, for its bars."""
        return await self.schedules.services.recent(self.account.id)

    async def show_run(self, run: Run | None) -> None:
        """Show a run's details; while its stages are read, another may have been chosen."""
        self._pane_run = None if run is None else run.id
        if run is None:
            self.pane.show(None)
            return
        services = self.schedules.services
        try:
            known = await services.details(run.id)
        except NotFound:
            return
        if self._pane_run == run.id:
            self.pane.show(known.run, known.stages, known.causes)

    def tick(self) -> None:
        self.schedules.draw()
        self.history.tick()
        run = self.pane.run
        if run is not None and run.status is RunStatus.IN_PROGRESS:
            self.pane.draw()


class SisScreen(Place):
    """Admin › account › SIS Integration."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(number), f"tab({number})", f"Tab {number}", show=False) for number in range(1, 10)
    ]

    def __init__(self, account: Account, tab: str = TABS[0][0]) -> None:
        super().__init__()
        self.account = account
        self._first_tab = tab
        self.tabs = TabLine(TABS, id="tabs")
        self._small: dict[str, RolloversSection | CategoriesSection | ConnectionSection] = {}
        self.grade_sync = GradeSync(account)

    @property
    def account_id(self) -> int | None:
        return self.account.id

    def crumbs(self) -> Sequence[str]:
        return ("Admin", self.account.name, "SIS Integration")

    def above(self) -> Place:
        from gradesync_tui.console.screens.account import AccountScreen

        return AccountScreen(self.account)

    def body(self) -> ComposeResult:
        yield self.tabs
        with Vertical(id="tab-body"):
            yield self.grade_sync

    def kept_as(self) -> Sequence[str]:
        return (self.account.name, dict(TABS)[self.tabs.chosen])

    def on_mount(self) -> None:
        super().on_mount()
        if self._first_tab == TABS[0][0]:
            self.grade_sync.schedules.table.focus()

    async def first_look(self) -> None:
        rows = dict(self.program.session.rows)
        await self.grade_sync.reload()
        if self._first_tab != TABS[0][0]:
            self.tabs.chosen = self._first_tab
            await self._show_tab()
        if "schedules" in rows:
            self.grade_sync.schedules.table.go_to_key(rows["schedules"])
        if "history" in rows:
            self.grade_sync.history.table.go_to_key(rows["history"])
        # Part of the first picture, instead of following it.
        await self.grade_sync.show_run(self.grade_sync.history.current_run)

    async def reload(self) -> None:
        small = self._small.get(self.tabs.chosen)
        await (self.grade_sync if small is None else small).reload()

    async def _show_tab(self) -> None:
        name = self.tabs.chosen
        self.program.session.place = list(self.kept_as())
        if name not in self._small and (made := _beside_grade_sync(name, self.account)) is not None:
            self._small[name] = made
            await self.query_one("#tab-body").mount(made)
        self.grade_sync.display = name not in self._small
        for other, section in self._small.items():
            section.display = other == name
        await self.reload()
        shown = self._small.get(name)
        (self.grade_sync.schedules if shown is None else shown).table.focus()
        self.show_keys()

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.act(self._show_tab())

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if self.tabs.chosen in self._small:
            if {change.topic for change in changes} & {"all", "rollover", "category", "account", "audit", "schedule"}:
                await self.reload()
        else:
            await self.grade_sync.follow(changes)

    def tick(self) -> None:
        if self.grade_sync.display:
            self.grade_sync.tick()

    def look_again(self) -> None:
        self.grade_sync.schedules.look_again()
        self.grade_sync.history.look_again()
        self.grade_sync.pane.refresh()

    def footer(self, section: Section) -> Iterable[str]:
        if section == "schedules":
            schedule = self.grade_sync.schedules.current_schedule
            second = "schedule.resume" if schedule is not None and schedule.pause is not None else "schedule.pause"
            return ("schedule.run", second, "schedule.menu", "list.filter", "app.palette", "app.help")
        return FOOTER.get(section, FOOTER["everywhere"])

    def action_tab(self, number: int) -> None:
        self.tabs.choose_number(number)

    def helpers(self) -> Iterable[object]:
        if self.tabs.chosen in self._small:
            return ()
        return (self.grade_sync.schedules, self.grade_sync.history)

    def on_schedules_section_chosen(self, event: SchedulesSection.Chosen) -> None:
        self.show_footer()

    def on_schedules_section_history_wanted(self, event: SchedulesSection.HistoryWanted) -> None:
        self.act(self.grade_sync.history.show_schedule(event.schedule))

    def on_history_section_chosen(self, event: HistorySection.Chosen) -> None:
        self.show_footer()
        # A function, not a coroutine: it is replaced before it ever starts when the cursor moves on at once.
        work = partial(self._show_run, event.run)
        self.run_worker(work, group="pane", exclusive=True, exit_on_error=True)  # type: ignore[arg-type]

    async def _show_run(self, run: Run | None) -> None:
        await self.program.guarded(self.grade_sync.show_run(run))

    def action_press(self, action_id: str, target: int) -> None:
        action = BY_ID.get(action_id)
        if target and action is not None and action.section == "schedules":
            if not (self.refuses(action) or self.is_at(action)):
                self.grade_sync.schedules.table.go_to_key(target)
                work = self.grade_sync.schedules.press(action_id, target)
                if work is not None:
                    self.act(work, action)
        else:
            super().action_press(action_id, target)
