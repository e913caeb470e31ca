"""The console over a real database, driven in the words of the people who use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

from gradesync_tui.console.app import ConsoleApp
from gradesync_tui.console.options import ConsoleOptions
from gradesync_tui.console.screens.sis import SisScreen
from gradesync_tui.console.widgets.bars import PressButton
from gradesync_tui.domain.clock import DAY, HOUR, SECOND, ManualClock, parse_instant
from gradesync_tui.domain.records import (
    Account,
    Actor,
    Counts,
    Grant,
    Outcome,
    Run,
    Schedule,
    ScheduleDraft,
    StageProgress,
)
from gradesync_tui.domain.recurrence import AtTimes, Every, Recurrence
from gradesync_tui.domain.words import Action, Level, RecordKind, Role, RunStatus, Stage, SyncType
from gradesync_tui.services import Services
from gradesync_tui.store import Store

_PATIENCE = 40.0


class ConsoleDriver:
    """A console on a screen that nobody sees."""

    def __init__(self, pilot: Pilot[Any], app: ConsoleApp) -> None:
        self.pilot = pilot
        self.app = app

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        for char in text:
            await self.pilot.press({" ": "space", ",": "comma", ":": "colon", "/": "slash"}.get(char, char))

    def press_at_once(self, *keys: str) -> None:
        """Press keys faster than anything can follow them, as a slow line brings them in one piece."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def until(self, met: Callable[[], object], what: str = "") -> None:
        """Wait until something is so; a failure shows the screen."""
        end = asyncio.get_running_loop().time() + _PATIENCE
        while not met():
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"never came: {what}\n{self.text}")
            await self.pilot.pause(0.02)

    async def sees(self, *texts: str) -> None:
        """Wait until each of these stands on the screen."""
        for text in texts:
            await self.until(lambda text=text: text in self.text, text)  # type: ignore[misc]

    @property
    def text(self) -> str:
        """What stands on the screen, with everything in front."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        lines = ["".join(segment.text for segment in strip) for strip in strips]
        return "\n".join(lines)

    async def open_grade_sync(self) -> SisScreen:
        await self.sees("Accounts")
        await self.until(lambda: self.app.screen.query("AccountTable").first().row is not None, "an account")  # type: ignore[attr-defined]
        await self.press("o")
        await self.until(lambda: isinstance(self.app.screen, SisScreen), "SIS Integration")
        screen = self.app.screen
        assert isinstance(screen, SisScreen)
        await self.until(lambda: screen.grade_sync.schedules.loaded, "the schedules")
        await self.until(lambda: screen.focused is screen.grade_sync.schedules.table, "the focus on schedules")
        return screen

    async def answers(self, label: str) -> None:
        """Press the button of that label in the question that stands there."""
        button = next(one for one in self.app.screen.query(PressButton) if one.label == label)
        button.focus()
        await self.press("enter")

    async def clicks(self, words: str, *, times: int = 1, button: int = 1) -> None:
        """Click on these words, where they stand on the screen."""
        await self.sees(words)
        lines = self.text.split("\n")
        y = next(at for at, line in enumerate(lines) if words in line)
        x = cell_len(lines[y][: lines[y].index(words)])
        await self.pilot.click(offset=(x, y), times=times, button=button)

    async def cursor_on(self, words: str) -> Schedule:
        """Put the cursor on the schedule whose interval reads so."""
        screen = self.app.screen
        assert isinstance(screen, SisScreen)
        section = screen.grade_sync.schedules
        from gradesync_tui.console.presenters.schedules import interval

        wanted = next(one for one in section.schedules.values() if interval(one) == words)
        while section.table.row_key != wanted.id:
            keys = list(section.table.keys)
            await self.press("down" if keys.index(wanted.id) > section.table.cursor_row else "up")
        return wanted


class World:
    """A database with people, and what may happen in it."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock

    def services(self, login: str = "ana", *, read_only: bool = False) -> Services:
        return Services(
            self.store, clock=self.clock, actor=Actor(login=login, name=login, origin="test"), read_only=read_only
        )

    async def account(self, name: str = "Lakeside") -> Account:
        return await self.services().create_account(name, "America/New_York")

    async def schedule(
        self, account: Account, recurrence: Recurrence | None = None, kind: SyncType = SyncType.GRADE_PASSBACK
    ) -> Schedule:
        return await self.services().add_schedule(
            ScheduleDraft(
                account_id=account.id,
                type=kind,
                recurrence=recurrence or Every(4, "hours"),
                first_run=self.clock.now() - 30 * DAY,
                zone="America/New_York",
                posted_by="Ana Support",
            )
        )

    async def started(self, account: Account, schedule: Schedule | None = None, login: str = "ana") -> tuple[Run, int]:
        """A run in progress, and its fencing number."""
        services = self.services(login)
        await services.me()
        run = await self.store.runs.request(
            account.id, SyncType.GRADE_PASSBACK, services.actor, schedule_id=schedule.id if schedule else None
        )
        claimed = await self.store.runs.claim("engine-1", 600 * SECOND)
        assert claimed is not None and claimed.id == run.id and claimed.fence is not None
        return claimed, claimed.fence

    async def ran(
        self,
        account: Account,
        schedule: Schedule | None = None,
        *,
        scores: int = 40,
        outcomes: list[Outcome] | None = None,
        status: RunStatus | None = None,
        log: str = "All is sent",
    ) -> Run:
        """A run from beginning to end."""
        run, fence = await self.started(account, schedule)
        problems = len(outcomes or [])
        counts = Counts(assignments=2, scores=scores, created=2, updated=scores, scores_added=scores, blocked=problems)
        for stage in Stage:
            began = self.clock.now()
            self.clock.advance(SECOND)
            await self.store.progress.stage(
                run.id,
                fence,
                StageProgress(stage=stage, started_at=began, finished_at=self.clock.now(), done=scores, total=scores),
                counts,
            )
        await self.store.progress.log(run.id, fence, Level.INFO, log, Stage.POST_SUBMISSIONS)
        if outcomes:
            await self.store.progress.record(
                run.id, fence, [], [_of(outcome, run.id, self.clock) for outcome in outcomes], counts
            )
        ended = status or (RunStatus.WARNING if problems else RunStatus.COMPLETED)
        await self.store.runs.finish(run.id, fence, ended, counts)
        return await self.store.runs.get(run.id)


def _of(outcome: Outcome, run_id: int, clock: ManualClock) -> Outcome:
    from msgspec.structs import replace

    return replace(outcome, run_id=run_id, at=clock.now())


def blocked(
    pupil: str = "Kim", assignment: str = "Warm-up 3", cause: str = "category_unknown", **details: str
) -> Outcome:
    return Outcome(
        run_id=0,
        at=0,
        kind=RecordKind.RESULT,
        action=Action.BLOCKED,
        course="Biology",
        section="Period 2",
        assignment=assignment,
        pupil=pupil,
        cause=cause,
        details=details,
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_instant("2026-11-23T15:00:00Z"))


@pytest.fixture
async def world(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """Ana is SIS support, Ben an admin, Vera a viewer."""
    store = await Store.open(f"sqlite:///{tmp_path / 'gradesync.sqlite3'}", clock=clock)
    world = World(store, clock)
    ana = Services(store, clock=clock, actor=Actor(login="ana", name="Ana Support", origin="test"))
    await ana.begin()
    await ana.add_person("ben", "Ben Admin", [Grant(role=Role.ADMIN)])
    await ana.add_person("vera", "Vera Viewer", [Grant(role=Role.VIEWER)])
    yield world
    await store.close()


OpenConsole = Callable[..., AbstractAsyncContextManager[ConsoleDriver]]


@pytest.fixture
def console(world: World) -> OpenConsole:
    """Opens consoles: `async with console("ben", size=(80, 24), read_only=True) as driver:`."""

    @asynccontextmanager
    async def start(
        login: str = "ana", *, size: tuple[int, int] = (120, 36), engine: Any = None, **options: Any
    ) -> AsyncIterator[ConsoleDriver]:
        services = world.services(login, read_only=bool(options.get("read_only")))
        app = ConsoleApp(services, engine=engine, options=ConsoleOptions(**{"theme": "dark", **options}))
        await app.find_start()
        async with app.run_test(size=size) as pilot:
            yield ConsoleDriver(pilot, app)

    return start


@pytest.fixture
def recurrences() -> dict[str, Recurrence]:
    return {
        "Every 4 hours": Every(4, "hours"),
        "Weekdays at 6:00 PM": AtTimes(("18:00",), (0, 1, 2, 3, 4)),
        "Every 30 minutes": Every(30, "minutes"),
    }


@pytest.fixture
async def district_of_schedules(world: World, recurrences: dict[str, Recurrence]) -> Account:
    """Lakeside with three schedules and two runs behind it."""
    account = await world.account()
    made = [await world.schedule(account, recurrence) for recurrence in recurrences.values()]
    await world.ran(account, made[0])
    world.clock.advance(HOUR)
    await world.ran(account, made[1], outcomes=[blocked("Kim"), blocked("Lee")])
    world.clock.advance(HOUR)
    return account


@pytest.fixture
def a_problem() -> Callable[..., Outcome]:
    """Makes a record that could not go."""
    return blocked
