"""What a person does with schedules: asking first where it matters, saying afterwards what happened, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradesync_tui.console.notices import Undo, Undone
from gradesync_tui.console.presenters import schedules as presenter
from gradesync_tui.console.screens.confirm import Confirmed, ConfirmScreen, Option
from gradesync_tui.domain.records import Account, Run, Schedule
from gradesync_tui.domain.text import clean, count
from gradesync_tui.store.errors import NotFound, RunInProgress

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.console.screens.base import Place


class ScheduleActs:
    """The verbs on schedules, each with its question. What they are about is given by id and checked again below."""

    def __init__(self, program: ConsoleApp, place: Place) -> None:
        self._program = program
        self._services = program.services
        self._place = place

    async def run(self, schedules: Sequence[Schedule], *, ask: bool = False) -> None:
        """Run now. While another run of the account is in progress: say so, and offer to queue.

        ask: ask first; several are always asked about.
        """
        here, gone = await self._as_they_are(schedules)
        if not here:
            self._report("", gone)
            return
        queue = False
        if len(here) > 1 or ask:
            effects = _named(here)
            if len(here) > 1:
                effects.append("A run carries the whole account: those that wait at the same time become one run.")
            if await self._ask(f"Run {_names(here)} now?", effects, "Run now") is None:
                return
            here, gone = await self._as_they_are(schedules)
        runs: dict[int, list[Schedule]] = {}
        for schedule in here:
            try:
                run = await self._services.run_now(schedule.id, queue=queue)
            except RunInProgress as busy:
                if not await self._queue(busy.run, here):
                    return
                queue = True
                run = await self._services.run_now(schedule.id, queue=True)
            except NotFound:
                gone.append(_was_removed(schedule))
                continue
            runs.setdefault(run.id, []).append(schedule)
            queue = queue or len(here) > 1
        said = [self._started(run_id, served, queue and len(here) == 1) for run_id, served in runs.items()]
        self._report(" ".join(said) + (self._nobody_runs() if said else ""), gone)

    async def _queue(self, busy: Run, schedules: Sequence[Schedule]) -> bool:
        """Whether to wait for the run that is in the way."""
        joins = busy.started_at is None
        effects = [self._busy(busy)]
        effects.append(
            "That run will serve this too; your name is added to it."
            if joins
            else "Queued, it starts as soon as that run has ended."
        )
        question = f"{_names(schedules)}: another run is in the way"
        return await self._ask(question, effects, "Join it" if joins else "Queue it") is not None

    @staticmethod
    def _started(run_id: int, served: Sequence[Schedule], waits: bool) -> str:
        if len(served) > 1:
            return f"Run {run_id:,} serves {count(len(served), 'schedule')}."
        what = "waits its turn" if waits else "starts"
        return f"{presenter.name(served[0])} {what} as run {run_id:,}."

    def _busy(self, run: Run) -> str:
        from gradesync_tui.domain import when

        zone_time = when.relative(run.started_at or run.requested_at, self._program.now())
        what = "is queued" if run.started_at is None else f"is in progress, started {zone_time}"
        return f"Run {run.id:,}, asked for by {clean(run.requested_by)}, {what}."

    def _nobody_runs(self) -> str:
        working = any(engine.working for engine in self._program.following.link.engines)
        return "" if working else " No engine is running: it waits until one does."

    async def pause(self, schedules: Sequence[Schedule]) -> None:
        """Pause, with a reason, and if wanted cancel what runs. Can be undone."""
        here, gone = await self._as_they_are(schedules)
        active = [schedule for schedule in here if schedule.pause is None]
        if not active:
            self._report("", [*gone, *map(_is_paused, here)])
            return
        running = await self._services.running(active)
        one = len(active) == 1
        effects = [] if one else _named(active)
        effects.append("No run of it starts until somebody resumes it." if one else "None of them runs until resumed.")
        if len(active) < len(here):
            effects.append(f"{count(len(here) - len(active), 'schedule is', 'schedules are')} paused already.")
        option = None
        if running:
            of = "it" if one else "them"
            effects.append(
                f"{count(len(running), 'run')} of {of} is queued or in progress and goes on, unless you say so:"
            )
            option = Option("cancel it too" if len(running) == 1 else "cancel them too")
        yes = await self._ask(f"Pause {_names(active)}?", effects, "Pause", ask_reason=True, option=option)
        if yes is None:
            return
        # Somebody else may have been at them while the question stood there.
        here, gone = await self._as_they_are(schedules)
        ids = [schedule.id for schedule in here if schedule.pause is None]
        undone = [*gone, *(_is_paused(schedule) for schedule in here if schedule.pause is not None)]
        paused = await self._services.pause(ids, reason=yes.reason, cancel_running=yes.option) if ids else []
        paused = [one for one in paused if one.pause is not None and one.pause.by == self._services.actor.name]
        if not paused:
            self._report("", undone)
            return
        kept = " What was cancelled stays cancelled." if yes.option else ""

        async def undo() -> Undone:
            resumed = await self._services.take_back_pause(paused)
            return _taken_back("Resumed", resumed, paused, "." + kept)

        self._report(f"Paused {_names(paused)}.", undone, Undo(undo), _HELP)

    async def resume(self, schedules: Sequence[Schedule], *, ask: bool = False) -> None:
        """Resume from the next occurrence. Can be undone. ask: ask first; several are always asked about."""
        here, undone = await self._as_they_are(schedules)
        if len(here) > 1 or ask:
            effects = [*_named(here), "Each runs again from its next occurrence on."]
            if await self._ask(f"Resume {_names(here)}?", effects, "Resume") is None:
                return
            here, undone = await self._as_they_are(schedules)
        paused = [schedule for schedule in here if schedule.pause is not None]
        undone += [f"{presenter.name(schedule)} is active already." for schedule in here if schedule.pause is None]
        if not paused:
            self._report("", undone)
            return
        resumed = await self._services.resume([schedule.id for schedule in paused])
        tail = ""
        if len(resumed) == 1 and resumed[0].next_run is not None:
            from gradesync_tui.domain import when

            tail = f" It runs next {when.moment(resumed[0].next_run, self._program.now(), resumed[0].zone)}."
        self._report(f"Resumed {_names(paused)}.{tail}", undone, self._undo_resume(paused))

    def _undo_resume(self, paused: Sequence[Schedule]) -> Undo:
        async def undo() -> Undone:
            again = await self._services.take_back_resume(paused)
            return _taken_back("Paused", again, paused, " again, as before.")

        return Undo(undo)

    async def pause_all(self, account: Account, schedules: Sequence[Schedule]) -> None:
        """Pause every active schedule of the account, after a typed word."""
        active = sum(schedule.pause is None for schedule in schedules)
        yes = await self._ask(
            f"Pause all schedules of {clean(account.name)}?",
            [
                f"{count(active, 'schedule stops', 'schedules stop')}. No grade goes to the SIS until they resume.",
                "Resume All resumes exactly these; what is paused already stays paused.",
            ],
            "Pause all",
            word="pause",
            ask_reason=True,
        )
        if yes is None:
            return
        paused = await self._services.pause_all(account.id, reason=yes.reason)
        if not paused:
            self._report("", ["Every schedule is paused already."])
            return

        async def undo() -> Undone:
            return _taken_back("Resumed", await self._services.take_back_pause(paused), paused)

        self._report(f"Paused {count(len(paused), 'schedule')} of {account.name}.", [], Undo(undo), _HELP)

    async def resume_all(self, account: Account) -> None:
        """Resume what Pause All paused, and nothing else. Can be undone."""
        before = {one.id: one for one in await self._services.schedules(account.id)}
        resumed = await self._services.resume_all(account.id)
        if not resumed:
            self._report("", ["Nothing is paused by Pause All. What was paused otherwise is resumed one by one."])
            return
        undo = self._undo_resume([before[one.id] for one in resumed if one.id in before])
        self._report(f"Resumed {count(len(resumed), 'schedule')} of {account.name}.", [], undo)

    async def remove(self, schedules: Sequence[Schedule]) -> None:
        """Delete schedules, after asking."""
        here, gone = await self._as_they_are(schedules)
        if here:
            names = _named(here) if len(here) > 1 else []
            effects = [*names, "Its runs stay in the history. This cannot be undone."]
            if await self._ask(f"Remove {_names(here)}?", effects, "Remove") is None:
                return
            here, gone = await self._as_they_are(schedules)
        removed: list[Schedule] = []
        for schedule in here:
            try:
                await self._services.remove_schedule(schedule.id)
                removed.append(schedule)
            except NotFound:
                gone.append(_was_removed(schedule))
        self._report(f"Removed {_names(removed)}." if removed else "", gone)

    # --- how things are, and saying what came of it ------------------------------------------------------------------

    async def _as_they_are(self, schedules: Sequence[Schedule]) -> tuple[list[Schedule], list[str]]:
        """These schedules as the database has them now, and a line for each that somebody has removed."""
        known: dict[int, Schedule] = {}
        for account_id in dict.fromkeys(schedule.account_id for schedule in schedules):
            known |= {one.id: one for one in await self._services.schedules(account_id)}
        here = [known[schedule.id] for schedule in schedules if schedule.id in known]
        return here, [_was_removed(schedule) for schedule in schedules if schedule.id not in known]

    def _report(self, done: str, undone: Sequence[str], undo: Undo | None = None, help: str = "") -> None:
        """Say what was done, and of which it was not done and why. help: what else one may want now, said last."""
        shown = [*undone[:_LINES], *([f"And {len(undone) - _LINES} more."] if len(undone) > _LINES else [])]
        left = " ".join([f"Not so {len(undone):,}:" if done and len(undone) > 1 else "", *shown]).strip()
        self._program.tell(" ".join(filter(None, (done, left, help))), "warning" if undone else "done", undo)

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
_LINES = 3
"""How many schedules a notice names that something was not done with."""


def _named(schedules: Sequence[Schedule]) -> list[str]:
    shown = [f"  {presenter.name(schedule)}" for schedule in schedules[:6]]
    return shown + ([f"  and {len(schedules) - 6} more"] if len(schedules) > 6 else [])


def _names(schedules: Sequence[Schedule]) -> str:
    return presenter.name(schedules[0]) if len(schedules) == 1 else count(len(schedules), "schedule")


def _was_removed(schedule: Schedule) -> str:
    return f"{presenter.name(schedule)} is gone: somebody has removed it."


def _is_paused(schedule: Schedule) -> str:
    by = f" by {clean(schedule.pause.by)}" if schedule.pause is not None else ""
    return f"{presenter.name(schedule)} is paused already{by}."


def _taken_back(verb: str, done: Sequence[Schedule], wanted: Sequence[Schedule], tail: str = ".") -> Undone:
    """What an undo did; what somebody else has changed since is left as they want it."""
    left = len(wanted) - len(done)
    since = f"{_names(wanted) if left == len(wanted) else count(left, 'schedule')}: changed by somebody since, left so."
    said = ([f"{verb} {_names(done)}{tail}"] if done else []) + ([since] if left else [])
    return Undone(" ".join(said), whole=not left)
