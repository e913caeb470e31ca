"""`gradesync schedules`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from gradesync_tui.cli.shell import Shell, account_option, chosen_account, shared
from gradesync_tui.cli.timing import length_from, moment_from, recurrence_from, recurrence_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradesync_tui.domain.records import Schedule


@click.group()
def command() -> None:
    """List, preview, change, run, pause and resume schedules."""


@command.command("list")
@account_option
@shared
async def list_schedules(shell: Shell, account: str | None) -> None:
    """The schedules of an account."""
    async with shell.services(read_only=True) as services:
        chosen = await chosen_account(services, account)
        _show(shell, await services.schedules(chosen.id), services.clock.now())


@command.command("show")
@click.argument("schedule_id", metavar="ID", type=int)
@shared
async def show_schedule(shell: Shell, schedule_id: int) -> None:
    """One schedule, with its next five runs."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import schedule_json
    from gradesync_tui.domain.recurrence import describe

    async with shell.services(read_only=True) as services:
        schedule = await services.schedule(schedule_id)
        now = services.clock.now()
    upcoming = [] if schedule.pause else _upcoming(schedule.recurrence, schedule.first_run, schedule.zone, now, 5)
    if shell.json:
        emit({**schedule_json(schedule), "upcoming": upcoming})
        return
    line(f"Schedule {schedule.id}: {schedule.type.value}, {describe(schedule.recurrence)}, {schedule.zone}")
    line(f"Posted by {schedule.posted_by}")
    line(f"Failures in a row: {schedule.failures}; pauses itself at {schedule.fail_limit}")
    if schedule.pause:
        line(_paused(schedule, now))
    for one in upcoming:
        line(f"  {one['at']}  {one['note']}".rstrip())


@command.command("preview")
@recurrence_options
@click.option("--zone", default="UTC", show_default=True, help="The time zone, such as America/New_York.")
@click.option("--first-run", metavar="TIME", help="No run is before it.  [default: --after]")
@click.option("--after", metavar="TIME", help="Show the runs after it.  [default: now]")
@click.option("--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many.")
@shared
def preview_schedule(
    shell: Shell,
    every: str | None,
    at: str | None,
    on: str | None,
    cron: str | None,
    zone: str,
    first_run: str | None,
    after: str | None,
    count: int,
) -> None:
    """The next runs of a recurrence, daylight-saving changes marked. Needs no database."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.domain.clock import SystemClock
    from gradesync_tui.domain.recurrence import validate
    from gradesync_tui.services.accounts import check_zone

    check_zone(zone)
    recurrence = recurrence_from(every, at, on, cron)
    if recurrence is None:
        raise click.UsageError("Give one of --every, --at and --cron.")
    validate(recurrence, zone)
    now = SystemClock().now()
    start = now if after is None else moment_from(after, "--after", zone, now)
    first = start if first_run is None else moment_from(first_run, "--first-run", zone, now)
    runs = _upcoming(recurrence, first, zone, start, count)
    if shell.json:
        emit(runs)
        return
    for one in runs:
        line(f"{one['at']}  {one['note']}".rstrip())


@command.command("add")
@recurrence_options
@click.option("--zone", help="Its time zone.  [default: the account's]")
@click.option("--first-run", metavar="TIME", help="No run is before it.  [default: the next full minute]")
@click.option("--posted-by", metavar="NAME", help="Whose schedule it is.  [default: you]")
@click.option(
    "--catch-up", metavar="LENGTH", default="1d", show_default=True, help="Make up for runs missed so lately."
)
@click.option("--fail-limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="Failures to pause at.")
@click.option("--time-limit", metavar="LENGTH", default="2h", show_default=True, help="How long a run may take.")
@account_option
@shared
async def add_schedule(
    shell: Shell,
    account: str | None,
    every: str | None,
    at: str | None,
    on: str | None,
    cron: str | None,
    zone: str | None,
    first_run: str | None,
    posted_by: str | None,
    catch_up: str,
    fail_limit: int,
    time_limit: str,
) -> None:
    """Add a schedule, active at once."""
    from gradesync_tui.domain.records import ScheduleDraft
    from gradesync_tui.domain.words import SyncType
    from gradesync_tui.services.accounts import check_zone

    recurrence = recurrence_from(every, at, on, cron)
    if recurrence is None:
        raise click.UsageError("Give one of --every, --at and --cron.")
    from gradesync_tui.domain.clock import next_minute

    async with shell.services() as services:
        chosen = await chosen_account(services, account)
        me = await services.me()
        own_zone = zone or chosen.zone
        check_zone(own_zone)
        now = services.clock.now()
        draft = ScheduleDraft(
            account_id=chosen.id,
            type=SyncType.GRADE_PASSBACK,
            recurrence=recurrence,
            first_run=next_minute(now) if first_run is None else moment_from(first_run, "--first-run", own_zone, now),
            zone=own_zone,
            posted_by=posted_by or me.name,
            catch_up=length_from(catch_up, "--catch-up"),
            fail_limit=fail_limit,
            time_limit=length_from(time_limit, "--time-limit"),
        )
        _show(shell, [await services.add_schedule(draft)], now, one=True)


@command.command("edit")
@click.argument("schedule_id", metavar="ID", type=int)
@recurrence_options
@click.option("--zone", help="Its time zone.")
@click.option("--first-run", metavar="TIME", help="No run is before it.")
@click.option("--posted-by", metavar="NAME", help="Whose schedule it is.")
@click.option("--catch-up", metavar="LENGTH", help="Make up for runs missed so lately.")
@click.option("--fail-limit", type=click.IntRange(1, 1000), help="Failures to pause at.")
@click.option("--time-limit", metavar="LENGTH", help="How long a run may take.")
@shared
async def edit_schedule(
    shell: Shell,
    schedule_id: int,
    every: str | None,
    at: str | None,
    on: str | None,
    cron: str | None,
    zone: str | None,
    first_run: str | None,
    posted_by: str | None,
    catch_up: str | None,
    fail_limit: int | None,
    time_limit: str | None,
) -> None:
    """Change what is given of a schedule, keep the rest."""
    from gradesync_tui.domain.records import ScheduleDraft
    from gradesync_tui.services.accounts import check_zone

    recurrence = recurrence_from(every, at, on, cron)
    async with shell.services() as services:
        old = await services.schedule(schedule_id)
        own_zone = zone or old.zone
        check_zone(own_zone)
        now = services.clock.now()
        draft = ScheduleDraft(
            account_id=old.account_id,
            type=old.type,
            recurrence=old.recurrence if recurrence is None else recurrence,
            first_run=old.first_run if first_run is None else moment_from(first_run, "--first-run", own_zone, now),
            zone=own_zone,
            posted_by=posted_by or old.posted_by,
            catch_up=old.catch_up if catch_up is None else length_from(catch_up, "--catch-up"),
            fail_limit=old.fail_limit if fail_limit is None else fail_limit,
            time_limit=old.time_limit if time_limit is None else length_from(time_limit, "--time-limit"),
        )
        _show(shell, [await services.edit_schedule(schedule_id, draft)], now, one=True)


@command.command("remove")
@click.argument("schedule_id", metavar="ID", type=int)
@shared
async def remove_schedule(shell: Shell, schedule_id: int) -> None:
    """Delete a schedule; its runs stay in the history."""
    from gradesync_tui.cli.output import emit, line

    async with shell.services() as services:
        await services.remove_schedule(schedule_id)
    if shell.json:
        emit({"removed": schedule_id})
    else:
        line(f"Removed schedule {schedule_id}.")


@command.command("run")
@click.argument("schedule_id", metavar="[ID]", type=int, required=False)
@click.option("--full", is_flag=True, help="Compare everything, not only what changed.")
@click.option("--queue", is_flag=True, help="Wait for a run that is in progress, instead of asking.")
@click.option("--wait", is_flag=True, help="Wait until the run ends, and exit 1 if it failed.")
@account_option
@shared
async def run_schedule(
    shell: Shell, schedule_id: int | None, account: str | None, full: bool, queue: bool, wait: bool
) -> None:
    """Run a schedule now (paused or not), or without an ID the account itself."""
    from gradesync_tui.cli.failures import TryAgain
    from gradesync_tui.cli.output import note
    from gradesync_tui.cli.waiting import end_of, report
    from gradesync_tui.domain.words import RunMode
    from gradesync_tui.store.errors import RunInProgress

    mode = RunMode.FULL if full else RunMode.SYNC

    async with shell.services() as services:
        account_id = None if schedule_id is not None else (await chosen_account(services, account)).id

        async def request(queue: bool) -> Any:
            if schedule_id is not None:
                return await services.run_now(schedule_id, queue=queue, mode=mode)
            assert account_id is not None
            return await services.run_account(account_id, queue=queue, mode=mode)

        try:
            run = await request(queue)
        except RunInProgress as problem:
            if shell.json or not shell.may_ask or not sys.stdin.isatty():
                raise TryAgain(f"{problem} To queue it: --queue") from problem
            note(f"Run {problem.run.id}, asked for by {problem.run.requested_by}, is {problem.run.status.value}.")
            click.confirm("Queue this one behind it?", abort=True, err=True)
            run = await request(True)
        if not any(engine.working for engine in await services.engines()):
            note("No engine is running; the run waits until one does. Start one: gradesync engine")
        if wait:
            run = await end_of(services, run.id)
        report(shell, run)


@command.command("pause")
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.option("--reason", default="", help="Why, for the history.")
@click.option("--cancel-running", is_flag=True, help="Also cancel their runs that are queued or in progress.")
@shared
async def pause_schedules(shell: Shell, ids: tuple[int, ...], reason: str, cancel_running: bool) -> None:
    """Pause schedules: nothing further starts."""
    from gradesync_tui.cli.output import note

    async with shell.services() as services:
        paused = await services.pause(ids, reason=reason, cancel_running=cancel_running)
        going_on = [] if cancel_running else await services.running(paused)
        _show(shell, paused, services.clock.now())
    for run in going_on:
        note(f"Run {run.id} is {run.status.value} and goes on. To stop it: gradesync runs cancel {run.id}")


@command.command("resume")
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@shared
async def resume_schedules(shell: Shell, ids: tuple[int, ...]) -> None:
    """Resume schedules, from their next occurrence on."""
    async with shell.services() as services:
        _show(shell, await services.resume(ids), services.clock.now())


@command.command("pause-all")
@click.option("--reason", default="", help="Why, for the history.")
@account_option
@shared
async def pause_all(shell: Shell, account: str | None, reason: str) -> None:
    """Pause every active schedule of an account."""
    async with shell.services() as services:
        chosen = await chosen_account(services, account)
        _show(shell, await services.pause_all(chosen.id, reason=reason), services.clock.now(), empty="None was active.")


@command.command("resume-all")
@account_option
@shared
async def resume_all(shell: Shell, account: str | None) -> None:
    """Resume what Pause All paused, and nothing else."""
    async with shell.services() as services:
        chosen = await chosen_account(services, account)
        _show(
            shell,
            await services.resume_all(chosen.id),
            services.clock.now(),
            empty="Pause All paused none.",
        )


def _upcoming(recurrence: Any, first_run: int, zone: str, after: int, count: int) -> list[dict[str, Any]]:
    from gradesync_tui.cli.views import when
    from gradesync_tui.domain.recurrence import preview

    return [{"at": when(one.at, zone), "note": one.note} for one in preview(recurrence, first_run, zone, after, count)]


def _show(
    shell: Shell, schedules: Sequence[Schedule], now: int, *, one: bool = False, empty: str = "No schedules yet."
) -> None:
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import moment_cell, schedule_json
    from gradesync_tui.domain.recurrence import describe

    if shell.json:
        emit(schedule_json(schedules[0]) if one else [schedule_json(schedule) for schedule in schedules])
        return
    table(
        ("Id", "Type", "Interval", "First Run", "Next Run", "Time Zone", "Posted By"),
        [
            (
                str(schedule.id),
                schedule.type.value,
                describe(schedule.recurrence),
                moment_cell(schedule.first_run, schedule.zone, now),
                _paused(schedule, now) if schedule.pause else moment_cell(schedule.next_run, schedule.zone, now),
                schedule.zone,
                schedule.posted_by,
            )
            for schedule in schedules
        ],
        empty=empty,
    )


def _paused(schedule: Schedule, now: int) -> str:
    from gradesync_tui.cli.views import moment_cell

    if schedule.pause is None:
        return ""
    why = f" ({schedule.pause.reason})" if schedule.pause.reason else ""
    return f"Paused {moment_cell(schedule.pause.at, schedule.zone, now)} by {schedule.pause.by}{why}"
