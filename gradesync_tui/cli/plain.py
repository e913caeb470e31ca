"""`gradesync console --plain`: the same lists and actions line by line, for screen readers and the simplest terminals.

Nothing is ever moved, coloured or written over: what is said once stays said. One line in, some lines out.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, cast

import click

from gradesync_tui.cli import plainlines as say
from gradesync_tui.cli.output import line
from gradesync_tui.domain.text import clean, count
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import RunInProgress, StoreError

if TYPE_CHECKING:
    from gradesync_tui.console import EngineCallable
    from gradesync_tui.domain.records import Account, Change, Run
    from gradesync_tui.services import Services

_HEARD_AT_ONCE = 10
_PROBLEMS = 20


CommandLine = Callable[[str], Awaitable[None]]
"""Runs what follows `gradesync` on a command line, as the person at the prompt; it prints by itself."""


class Leave(Exception):
    """The person is done."""


class Lines:
    """What the person types, line by line; None when they leave: end of input, Ctrl-C at the prompt, or a signal."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self.ended_by = 0
        """The signal that ended it, if one did."""
        # A thread of its own that nobody waits for: a read of a terminal cannot be called off.
        threading.Thread(target=self._read, daemon=True, name="typed-lines").start()

    def _read(self) -> None:
        rest = b""
        try:
            while data := os.read(0, 4096):
                *whole, rest = (rest + data).split(b"\n")
                for each in whole:
                    self._tell(each.decode(errors="replace"))
        except OSError:
            pass
        if rest:
            self._tell(rest.decode(errors="replace"))
        self._tell(None)

    def _tell(self, text: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._typed.put_nowait, text)
        except RuntimeError:
            return  # the loop has ended, and nobody listens

    def end(self, number: int) -> None:
        """A signal: let whoever waits for a line hear that there is none."""
        self.ended_by = number
        self._typed.put_nowait(None)

    async def ask(self, prompt: str) -> str:
        """The next line. Leave when there is none."""
        click.echo(clean(prompt, limit=300) + " ", nl=False)
        text = await self._typed.get()
        if text is None or not sys.stdin.isatty():
            click.echo()  # a terminal has shown the Enter itself
        if text is None:
            raise Leave
        return clean(text.strip(), limit=300)

    async def any_line(self) -> None:
        """Wait for a line. Leave when there is none."""
        if await self._typed.get() is None:
            raise Leave


class PlainSession:
    """One person at the prompt. Verbs go to the services, which check who may."""

    def __init__(self, services: Services, lines: Lines, command: CommandLine | None = None) -> None:
        self._services = services
        self._lines = lines
        self._command = command
        self._account: Account | None = None
        self._verbs: dict[str, tuple[str, str, Callable[[str], Awaitable[None]]]] = {
            "accounts": ("accounts", "all accounts", self._accounts),
            "use": ("use NAME", "speak of this account from now on", self._use),
            "schedules": ("schedules", "the account's schedules", self._schedules),
            "run": ("run N", "run schedule N now; 'run N queue' lets it wait for another run", self._run),
            "pause": ("pause N", "pause schedule N, or 'pause all'", self._pause),
            "resume": ("resume N", "resume schedule N, or 'resume all' for what Pause All has paused", self._resume),
            "history": ("history", "the last runs; 'history 30' for more of them", self._history),
            "follow": ("follow", "say whatever happens to runs, until you press Enter", self._follow),
            "details": ("details N", "the stages and problems of run N", self._details),
            "problems": ("problems N", "the records of run N that did not go, and what to do", self._problems),
            "cancel": ("cancel N", "stop run N; what was sent stays sent", self._cancel),
            "engines": ("engines", "which processes run the schedules", self._engines),
            "gradesync": (
                "gradesync COMMAND",
                "whatever else there is, such as 'gradesync schedules add --every 4h'; alone it lists the commands",
                self._command_line,
            ),
            "help": ("help", "these words", self._help),
            "quit": ("quit", "leave", self._quit),
        }

    async def go(self, start: str) -> None:
        """Greet, and do what is asked until the person leaves. start: an account to begin with, as a path."""
        person = await self._services.me()
        line(f"gradesync, plain. You are {person.name}. Type help for what can be done, quit to leave.")
        await self._guarded(self._begin(start))
        try:
            while True:
                await self._hear(await self._lines.ask(f"{self._account.name if self._account else 'gradesync'}:"))
        except Leave:
            line("Goodbye.")

    async def _hear(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if not word:
            return
        wanted = word.lower()
        found = [name for name in self._verbs if name.startswith(wanted)]
        if wanted in self._verbs:
            found = [wanted]
        if len(found) == 1:
            await self._guarded(self._verbs[found[0]][2](rest.strip()))
        elif found:
            line(f"{word} can mean {', '.join(found)}. Type more of it.")
        else:
            line(f"There is no {word!r} here. Type help for what can be done.")

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Do it, and say what is refused or wrong; the session goes on."""
        try:
            await work
        except RunInProgress as problem:
            line(f"Not started. {problem} To queue it, add the word queue.")
        except (ServiceError, StoreError) as problem:
            line(f"Not done. {problem}")

    # --- what there is -----------------------------------------------------------------------------------------------

    async def _begin(self, start: str) -> None:
        accounts = await self._services.accounts()
        if start:
            await self._use(start.split("/")[0])
        elif len(accounts) == 1:
            self._account = accounts[0].account
        await self._accounts("")

    async def _accounts(self, _: str) -> None:
        now = self._services.clock.now()
        accounts = await self._services.accounts()
        self._list(count(len(accounts), "account"), (say.account_line(one, now) for one in accounts))
        if self._account is None and accounts:
            line("To choose one, type use and its name.")

    async def _use(self, name: str) -> None:
        if not name:
            raise ServiceError("Say which account: use NAME. Type accounts to hear them.")
        accounts = [one.account for one in await self._services.accounts()]
        found = [one for one in accounts if one.name.lower() == name.lower()]
        found = found or [one for one in accounts if name and name.lower() in one.name.lower()]
        if len(found) == 1:
            self._account = found[0]
            line(f"Speaking of {found[0].name} now.")
        elif found:
            line(f"{len(found)} accounts have {name!r} in their name. Type more of it.")
        else:
            line(f"There is no account {name!r}. Type accounts to hear them.")

    async def _here(self) -> Account:
        if self._account is None:
            raise ServiceError("Say which account first: use NAME")
        return self._account

    async def _schedules(self, _: str) -> None:
        account = await self._here()
        schedules = await self._services.schedules(account.id)
        now = self._services.clock.now()
        self._list(count(len(schedules), "schedule"), (say.schedule_line(one, now) for one in schedules))

    async def _history(self, words: str) -> None:
        account = await self._here()
        limit = max(1, min(_number(words), 1000)) if words else _HEARD_AT_ONCE
        runs = await self._services.history(account.id, limit=limit)
        total = await self._services.history_count(account.id)
        now = self._services.clock.now()
        head = f"{count(total, 'run')}" + (f", the newest {len(runs)} first" if total > len(runs) else "")
        self._list(head, (say.run_line(run, account.zone, now) for run in runs))

    async def _details(self, words: str) -> None:
        run = await self._services.run(_number(words))
        zone = (await self._services.account(run.account_id)).zone
        stages = await self._services.stages(run.id)
        causes = await self._services.causes(run.id)
        for each in say.run_details(run, stages, causes, zone, self._services.clock.now()):
            line(each)

    async def _problems(self, words: str) -> None:
        run = await self._services.run(_number(words))
        told = 0
        causes = await self._services.causes(run.id)
        if run.cause is not None and all(one.cause != run.cause for one in causes):
            line(say.stop_line(run.cause, run.note))
        for one in causes:
            for outcome in await self._services.outcomes(run.id, cause=one.cause, limit=_PROBLEMS - told):
                line(say.problem_line(outcome))
                told += 1
            if told >= _PROBLEMS:
                break
        left = run.counts.problems - told
        none = "No record has a problem." if run.cause is not None else "No problems."
        line(none if not told else f"{left:,} more." if left > 0 else "That is all.")

    async def _engines(self, _: str) -> None:
        engines = await self._services.engines()
        names = (
            f"{one.kind} on {one.host}, process {one.pid}, {'works' if one.working else 'stands by'}" for one in engines
        )
        self._list(count(len(engines), "engine"), names)
        if not engines:
            line("Nothing starts by itself until an engine runs: gradesync engine")

    async def _follow(self, _: str) -> None:
        account = await self._here()
        position = await self._services.feed_position()
        line("Following. Press Enter to stop.")
        # What one wants to hear of may have ended meanwhile, and then nothing more would be said.
        for run in await self._services.history(account.id, limit=1):
            line(say.run_line(run, account.zone, self._services.clock.now()))
        telling = asyncio.ensure_future(self._tell_changes(account, position))
        typed = asyncio.ensure_future(self._lines.any_line())
        try:
            await asyncio.wait({telling, typed}, return_when=asyncio.FIRST_COMPLETED)
            for one in (telling, typed):
                if one.done():
                    one.result()
        finally:
            telling.cancel()
            typed.cancel()
            await asyncio.gather(telling, typed, return_exceptions=True)
        line("Stopped following.")

    async def _tell_changes(self, account: Account, position: int) -> None:
        """A line whenever a run of the account has another status or stage."""
        told: dict[int, tuple[object, object]] = {}
        stream = cast("AsyncGenerator[list[Change]]", self._services.watch(since=position))
        async with aclosing(stream):
            async for changes in stream:
                touched = {change.ref for change in changes if change.topic == "run"}
                for run in await self._services.runs_among(account.id, touched):
                    if told.get(run.id) != (run.status, run.stage):
                        told[run.id] = (run.status, run.stage)
                        line(say.run_line(run, account.zone, self._services.clock.now()))

    # --- what can be done --------------------------------------------------------------------------------------------

    async def _run(self, words: str) -> None:
        number, _, more = words.partition(" ")
        schedule = await self._services.schedule(_number(number))
        run: Run = await self._services.run_now(schedule.id, queue=more.strip() == "queue")
        line(f"Run {run.id} of {say.schedule_name(schedule)} is {run.status.value}. To hear it go on, type follow.")
        if not any(one.working for one in await self._services.engines()):
            line("No engine is running; the run waits until one does. Start one: gradesync engine")

    async def _pause(self, words: str) -> None:
        if words.lower() == "all":
            account = await self._here()
            active = [one for one in await self._services.schedules(account.id) if one.pause is None]
            asked = f"Pause all {count(len(active), 'active schedule')} of {account.name}? To do it, type ALL:"
            if await self._lines.ask(asked) == "ALL":
                self._did("Paused", len(await self._services.pause_all(account.id)))
            else:
                line("Nothing was paused.")
            return
        schedule = await self._services.schedule(_number(words))
        asked = f"Pause {say.schedule_name(schedule)}? Nothing of it starts until it is resumed. Yes or no:"
        if (await self._lines.ask(asked)).lower() not in ("y", "yes"):
            line("Nothing was paused.")
            return
        (paused,) = await self._services.pause([schedule.id])
        line(say.schedule_line(paused, self._services.clock.now()))

    async def _resume(self, words: str) -> None:
        if words.lower() == "all":
            self._did("Resumed", len(await self._services.resume_all((await self._here()).id)))
            return
        (resumed,) = await self._services.resume([_number(words)])
        line(say.schedule_line(resumed, self._services.clock.now()))

    async def _cancel(self, words: str) -> None:
        run = await self._services.run(_number(words))
        asked = f"Cancel run {run.id}, {run.status.value}, asked for by {run.requested_by}? Yes or no:"
        if (await self._lines.ask(asked)).lower() not in ("y", "yes"):
            line("Nothing was cancelled.")
            return
        run = await self._services.cancel(run.id)
        line(f"Run {run.id} is {run.status.value}." if run.status.finished else f"Run {run.id} was told to stop.")

    async def _command_line(self, words: str) -> None:
        if self._command is None:
            raise ServiceError("No commands can be run here.")
        await self._command(words)

    async def _help(self, _: str) -> None:
        for usage, words, _verb in self._verbs.values():
            line(f"{usage}: {words}.")
        line("The beginning of a word is enough. N is the number that a schedule or run is read out with.")

    async def _quit(self, _: str) -> None:
        raise Leave

    def _list(self, head: str, lines: Iterable[str]) -> None:
        line(f"{head}.")
        for each in lines:
            line(each)

    def _did(self, what: str, number: int) -> None:
        line(f"{what} {count(number, 'schedule')}.")


def _number(words: str) -> int:
    text = words.strip().lstrip("#")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        said = f"{words.strip()!r} is no number" if words.strip() else "A number is missing"
        raise ServiceError(f"{said}. Say the number that is read out, such as 3.")
    return int(text)


def _tell_engine(trouble: str | None) -> None:
    line("The engine here works again." if trouble is None else f"The engine here cannot work. {trouble}")


async def _say_who_goes_on(services: Services) -> None:
    """The engine here has ended: say so where no other takes its place."""
    with suppress(StoreError):  # without the database nobody knows of others
        if not any(one.working for one in await services.engines()):
            line("No engine runs now, so no schedule does, until somebody opens the console.")
            line("An engine that stays: gradesync engine")


async def run_plain(
    services: Services,
    *,
    start: str = "",
    engine: EngineCallable | None = None,
    command: CommandLine | None = None,
) -> int:
    """Serve one person until they leave; the exit status.

    engine: runs here meanwhile if no other works already. command: runs the commands that the prompt has no word for.
    """
    import signal

    lines = Lines()
    loop = asyncio.get_running_loop()
    handled: Sequence[int] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in handled:
        loop.add_signal_handler(number, lines.end, number)
    stop = asyncio.Event()
    working: asyncio.Future[None] | None = None
    if engine is not None and not any(one.working for one in await services.engines()):
        working = asyncio.ensure_future(engine(stop, _tell_engine))
    try:
        await PlainSession(services, lines, command).go(start)
    except OSError as problem:
        if problem.errno != errno.EIO:  # the terminal is gone, and with it whoever could be told
            raise
        lines.ended_by = lines.ended_by or signal.SIGHUP
    finally:
        stop.set()
        if working is not None:
            await working
            if not lines.ended_by:
                await _say_who_goes_on(services)
        for number in handled:
            loop.remove_signal_handler(number)
    return 128 + lines.ended_by if lines.ended_by else 0
