"""What a person does with schedules: asking first where it matters, saying afterwards what happened, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradesync_tui.console.notices import Undo
from gradesync_tui.console.presenters import schedules as presenter
from gradesync_tui.console.screens.confirm import Confirmed, ConfirmScreen, Option
from gradesync_tui.domain.records import Account, Run, Schedule
from gradesync_tui.domain.text import clean, count
from gradesync_tui.store.errors import RunInProgress

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.console.screens.base import Place


class ScheduleActs:
    """The verbs on schedules, each with its question. What they are about is given by id and checked again below."""

    def __init__(self, program: ConsoleApp, place: Place) -> None:
        self._program = program
        self._services = program.services
        self._place = place

    async def run(self, schedules: Sequence[Schedule]) -> None:
        """Run now. While another run of the account is in progress: say so, and offer to queue."""
        if not schedules:
            return
        if len(schedules) > 1:
            question = f"Run {count(len(schedules), 'schedule')} now?"
            yes = await self._ask(question, [*_named(schedules), "They run one after the other."], "Run them")
            if yes is None:
                return
        for number, schedule in enumerate(schedules):
            await self._run_one(schedule, queue=number > 0)

    async def _run_one(self, schedule: Schedule, *, queue: bool) -> None:
        name = presenter.name(schedule)
        try:
            run = await self._services.run_now(schedule.id, queue=queue)
        except RunInProgress as busy:
            yes = await self._ask(
                f"{name}: another run is in the way",
                [self._busy(busy.run), "Queued, it starts as soon as that run has ended."],
                "Queue it",
            )
            if yes is None:
                return
            run = await self._services.run_now(schedule.id, queue=True)
            self._program.tell(f"{name} waits its turn as run {run.id:,}.")
            return
        self._program.tell(f"{name} starts as run {run.id:,}." + self._nobody_runs())

    def _busy(self, run: Run) -> str:
        from gradesync_tui.domain import when

        zone_time = when.relative(run.started_at or run.requested_at, self._program.now())
        what = "is queued" if run.started_at is None else f"is in progress, started {zone_time}"
        return f"Run {run.id:,}, asked for by {clean(run.requested_by)}, {what}."

    def _nobody_runs(self) -> str:
        working = any(engine.working for engine in self._program.link.engines)
        return "" if working else " No engine is running: it waits until one does."

    async def pause(self, schedules: Sequence[Schedule]) -> None:
        """Pause, with a reason, and if wanted cancel what runs. Can be undone."""
        active = [schedule for schedule in schedules if schedule.pause is None]
        if not active:
            if schedules:
                self._program.tell(f"{_which(schedules)} paused already.", "warning")
            return
        running = await self._services.running(active)
        one = len(active) == 1
        effects = [] if one else _named(active)
        effects.append("No run of it starts until somebody resumes it." if one else "None of them runs until resumed.")
        option = None
        if running:
            effects.append(
                f"{count(len(running), 'run')} of it is queued or in progress and goes on, unless you say so:"
            )
            option = Option("cancel it too" if len(running) == 1 else "cancel them too")
        yes = await self._ask(
            f"Pause {presenter.name(active[0]) if one else count(len(active), 'schedule')}?",
            effects,
            "Pause",
            ask_reason=True,
            option=option,
        )
        if yes is None:
            return
        ids = [schedule.id for schedule in active]
        await self._services.pause(ids, reason=yes.reason, cancel_running=yes.option)
        self._program.tell(
            f"Paused {_names(active)}. {_HELP}",
            undo=Undo(f"Resumed {_names(active)}.", lambda: self._services.resume(ids)),
        )

    async def resume(self, schedules: Sequence[Schedule]) -> None:
        """Resume from the next occurrence. Can be undone."""
        paused = [schedule for schedule in schedules if schedule.pause is not None]
        if not paused:
            if schedules:
                self._program.tell(f"{_which(schedules)} active already.", "warning")
            return
        ids = [schedule.id for schedule in paused]
        resumed = await self._services.resume(ids)
        tail = ""
        if len(resumed) == 1 and resumed[0].next_run is not None:
            from gradesync_tui.domain import when

            tail = f" It runs next {when.moment(resumed[0].next_run, self._program.now(), resumed[0].zone)}."
        reasons = [schedule.pause.reason for schedule in paused if schedule.pause is not None]
        self._program.tell(
            f"Resumed {_names(paused)}.{tail}",
            undo=Undo(
                f"Paused {_names(paused)} again.",
                lambda: self._services.pause(ids, reason=reasons[0] if reasons else ""),
            ),
        )

    async def pause_all(self, account: Account, schedules: Sequence[Schedule]) -> None:
        """Pause every active schedule of the account, after a typed word."""
        active = sum(schedule.pause is None for schedule in schedules)
        if not active:
            self._program.tell("Every schedule is paused already.", "warning")
            return
        yes = await self._ask(
            f"Pause all schedules of {clean(account.name)}?",
            [
                f"{count(active, 'schedule')} stop. No grade goes to the SIS until they are resumed.",
                "Resume All resumes exactly these; what is paused already stays paused.",
            ],
            "Pause all",
            word="pause",
            ask_reason=True,
        )
        if yes is None:
            return
        paused = await self._services.pause_all(account.id, reason=yes.reason)
        self._program.tell(
            f"Paused {count(len(paused), 'schedule')} of {account.name}. {_HELP}",
            undo=Undo("Resumed what Pause All paused.", lambda: self._services.resume_all(account.id)),
        )

    async def resume_all(self, account: Account) -> None:
        """Resume what Pause All paused, and nothing else."""
        resumed = await self._services.resume_all(account.id)
        if resumed:
            self._program.tell(f"Resumed {count(len(resumed), 'schedule')} of {account.name}.")
        else:
            self._program.tell("Nothing was paused by Pause All. Resume schedules one by one with u.", "warning")

    async def remove(self, schedules: Sequence[Schedule]) -> None:
        """Delete schedules, after asking."""
        if not schedules:
            return
        yes = await self._ask(
            f"Remove {presenter.name(schedules[0]) if len(schedules) == 1 else count(len(schedules), 'schedule')}?",
            [
                *(_named(schedules) if len(schedules) > 1 else []),
                "Its runs stay in the history. This cannot be undone.",
            ],
            "Remove",
        )
        if yes is None:
            return
        for schedule in schedules:
            await self._services.remove_schedule(schedule.id)
        self._program.tell(f"Removed {_names(schedules)}.")

    async def _ask(
        self,
        question: str,
        effects: Sequence[str],
        yes: str,
        *,
        word: str = "",
        ask_reason: bool = False,
        option: Option | None = None,
    ) -> Confirmed | None:
        screen = ConfirmScreen(question, effects, yes, word=word, ask_reason=ask_reason, option=option)
        return await self._program.push_screen_wait(screen)


_HELP = "S: Contact SIS Support"


def _named(schedules: Sequence[Schedule]) -> list[str]:
    shown = [f"  {presenter.name(schedule)}" for schedule in schedules[:6]]
    return shown + ([f"  and {len(schedules) - 6} more"] if len(schedules) > 6 else [])


def _names(schedules: Sequence[Schedule]) -> str:
    return presenter.name(schedules[0]) if len(schedules) == 1 else count(len(schedules), "schedule")


def _which(schedules: Sequence[Schedule]) -> str:
    return f"{presenter.name(schedules[0])} is" if len(schedules) == 1 else "All of these are"
