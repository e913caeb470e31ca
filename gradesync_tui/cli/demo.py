"""`gradesync demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gradesync_tui.cli.demonstration import Demonstration
    from gradesync_tui.domain.records import Run


@click.command()
@click.option("--keep", metavar="DIR", help="Keep the data in this new folder.  [default: gone afterwards]")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same district.")
@click.option("--pupils", type=click.IntRange(1, 200_000), default=500, show_default=True, help="How many pupils.")
@click.option("--headless", is_flag=True, help="No console: rounds in which teachers grade and a sync runs.")
@click.option(
    "--syncs", type=click.IntRange(1, 1000), default=3, show_default=True, help="With --headless: how many rounds."
)
@click.option(
    "--rest",
    metavar="ROUNDS",
    default="2",
    show_default=True,
    help="With --headless: rounds in which nobody grades before the sync, such as 2 or 2,4 or none.",
)
@click.option("--json", "as_json", is_flag=True, help="With --headless: print one JSON object.")
def command(keep: str | None, seed: int, pupils: int, headless: bool, syncs: int, rest: str, as_json: bool) -> None:
    """A small district with its own Canvas and SIS on this machine, syncing before your eyes.

    Needs no configuration, and no network beyond this machine.

    With --headless it says for each sync what was sent, and at the end how many grades differ between Canvas and the
    SIS; exit code 1 unless that is 0. In the second round nobody grades before the sync (see --rest), which shows
    that what the SIS already has is not sent again.
    """
    import asyncio

    from gradesync_tui.cli.console import need_terminal

    if not headless:
        if as_json:
            raise click.UsageError("--json needs --headless.")
        need_terminal()
        raise SystemExit(asyncio.run(_console(keep, seed, pupils)))
    resting = _rounds(rest)
    asyncio.run(_headless(keep, seed, pupils, syncs, resting, as_json))


def _rounds(text: str) -> set[int]:
    if text.strip().lower() == "none":
        return set()
    try:
        return {int(part) for part in text.split(",")}
    except ValueError:
        raise click.UsageError(f"--rest: {text!r} names no rounds. Write 2 or 2,4 or none.") from None


async def _console(keep: str | None, seed: int, pupils: int) -> int:
    from dataclasses import replace

    from gradesync_tui.cli.console import engine_on, options_from
    from gradesync_tui.cli.demonstration import NAME, add_schedules, demonstration
    from gradesync_tui.console import run_console
    from gradesync_tui.services.settings import load_settings

    # The district is made up; the person's eyes and terminal are not.
    set_up = options_from(load_settings())
    async with demonstration(keep=keep, seed=seed, pupils=pupils, teachers=True) as demo:
        await add_schedules(demo)
        options = replace(set_up, start=f"{NAME}/Grade Sync")
        return await run_console(demo.services, engine=engine_on(demo.services, "demo"), options=options)


async def _headless(keep: str | None, seed: int, pupils: int, syncs: int, resting: set[int], as_json: bool) -> None:
    import asyncio

    from gradesync_tui.cli.console import engine_on
    from gradesync_tui.cli.demonstration import demonstration
    from gradesync_tui.cli.failures import WorkFailed
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.domain.text import count
    from gradesync_tui.domain.words import RunStatus
    from gradesync_tui.sandbox.difference import difference

    _cancel_on_signals()
    async with demonstration(keep=keep, seed=seed, pupils=pupils, teachers=False) as demo:
        stop = asyncio.Event()
        engine = asyncio.ensure_future(engine_on(demo.services, "demo")(stop, _tell_engine))
        try:
            runs = [await _round(demo, number, number not in resting) for number in range(1, syncs + 1)]
        finally:
            stop.set()
            await engine
        judged = await difference(demo.district.describe())
    if as_json:
        emit({"runs": [_summary(run) for run in runs], "difference": judged.total, "compared": judged.compared})
    else:
        line(f"Of {count(judged.compared, 'grade')}, {judged.total:,} differ between Canvas and the SIS.")
    bad = [run for run in runs if run.status not in (RunStatus.COMPLETED, RunStatus.WARNING)]
    if bad:
        raise WorkFailed(f"A sync ended as {bad[0].status.value}: {bad[0].note}")
    if judged.total:
        raise WorkFailed(f"Canvas and the SIS differ: {'; '.join(judged.examples[:3])}")


def _tell_engine(trouble: str | None) -> None:
    from gradesync_tui.cli.output import note

    note("The engine works again." if trouble is None else f"The engine cannot work. {trouble}")


def _cancel_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, so that its folder with its secrets goes with it."""
    import asyncio
    import signal

    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _round(demo: Demonstration, number: int, teaching: bool) -> Run:
    """Let the teachers work (or rest), then ask for a sync as a person does, and wait for the engine to perform it."""
    from gradesync_tui.cli.output import note
    from gradesync_tui.cli.waiting import end_of

    if teaching:
        demo.district.teach()
    run = await demo.services.run_account(demo.account.id)
    run = await end_of(demo.services, run.id)
    counts = run.counts
    note(
        f"Sync {number}: {run.status.value}, {counts.created:,} created, {counts.updated:,} updated, "
        f"{counts.unchanged:,} unchanged, {counts.blocked:,} blocked, {counts.failed:,} failed"
        + ("" if teaching else " (nobody graded before it)")
    )
    return run


def _summary(run: Run) -> dict[str, Any]:
    counts = run.counts
    return {
        "status": run.status.value,
        "assignments": counts.assignments,
        "scores": counts.scores,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "waiting": counts.waiting,
        "blocked": counts.blocked,
        "failed": counts.failed,
        "note": run.note,
    }
