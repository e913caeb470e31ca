"""`gradesync history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from gradesync_tui.domain.records import Account, Run, RunColumn, RunFilter, RunOrder
    from gradesync_tui.services import Services

_STATUSES = (
    "Queued",
    "In Progress",
    "Completed",
    "Warning",
    "Failed",
    "Cancelled",
    "Interrupted",
    "Held",
    "Skipped",
)
_SORTS = ("started", "updated", "took", "by", "type", "stage", "status", "assignments", "scores", "problems")


@click.command()
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many runs.")
@click.option("--before", metavar="RUN", type=int, help="Only runs older than this one; with --sort, below it.")
@click.option("--status", "statuses", type=click.Choice(_STATUSES, case_sensitive=False), multiple=True)
@click.option("--schedule", "schedule_id", metavar="ID", type=int, help="Only runs of this schedule.")
@click.option("--text", default="", help="Only runs in whose person, type, status or note this stands.")
@click.option("--problems", is_flag=True, help="Only runs with problems.")
@click.option("--sort", type=click.Choice(_SORTS), help="In this order, not the newest first.")
@click.option("--descending", is_flag=True, help="With --sort: the greatest or latest first.")
@click.option("--follow", is_flag=True, help="Oldest first, and then whatever happens, until Ctrl-C.")
@click.option("--account", metavar="NAME", help="Only this account, by name or id.  [default: all]")
@shared
async def command(
    shell: Shell,
    account: str | None,
    limit: int,
    before: int | None,
    statuses: tuple[str, ...],
    schedule_id: int | None,
    text: str,
    problems: bool,
    sort: str | None,
    descending: bool,
    follow: bool,
) -> None:
    """What ran, newest first. With --json one object a line; with --follow one line for each change of a run."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import run_json
    from gradesync_tui.domain.records import RunFilter, RunOrder
    from gradesync_tui.domain.words import RunStatus

    if descending and sort is None:
        raise click.UsageError("--descending says the direction of --sort. Name a column: --sort scores --descending")
    if follow and sort is not None:
        raise click.UsageError("--follow shows what comes as it comes. Leave --sort out.")
    order = None if sort is None else RunOrder(by=cast("RunColumn", sort), down=descending)
    wanted = RunFilter(
        text=text,
        statuses=tuple(RunStatus(one) for one in statuses),
        schedule_id=schedule_id,
        problems_only=problems,
    )
    async with shell.services(read_only=True) as services:
        known = {one.account.id: one.account for one in await services.accounts()}
        account_id = None
        if account is not None:
            account_id = (await services.account(account)).id
        elif len(known) == 1:
            account_id = next(iter(known))
        position = await services.feed_position()
        runs = await _first(services, account_id, before, limit, wanted, order)
        if follow:
            await _follow(shell, services, account_id, known, runs, position, wanted)
        elif shell.json:
            for run in runs:
                emit(run_json(run))
        else:
            now = services.clock.now()
            table(_COLUMNS, [_cells(run, known.get(run.account_id), now) for run in runs], empty="No runs.")


async def _first(
    services: Services,
    account_id: int | None,
    before: int | None,
    limit: int,
    wanted: RunFilter,
    order: RunOrder | None,
) -> list[Run]:
    """Up to `limit` runs, newest first or in an order, page after page."""
    runs: list[Run] = []
    while len(runs) < limit:
        page = await services.history(
            account_id, before=before, limit=min(1000, limit - len(runs)), filter=wanted, order=order
        )
        if not page:
            break
        runs += page
        before = page[-1].id
    return runs


async def _follow(
    shell: Shell,
    services: Services,
    account_id: int | None,
    known: dict[int, Account],
    runs: list[Run],
    position: int,
    wanted: RunFilter,
) -> None:
    """Print the runs oldest first, then a line whenever one has another status or stage."""
    shown: dict[int, tuple[object, ...]] = {}
    for run in reversed(runs):
        _print(shell, run, known.get(run.account_id), services.clock.now())
        shown[run.id] = (run.status, run.stage)
    async for changes in services.watch(since=position):
        for run in await services.runs_among(account_id, (one.ref for one in changes if one.topic == "run")):
            state = (run.status, run.stage)
            if shown.get(run.id) != state and _fits(run, wanted):
                _print(shell, run, known.get(run.account_id), services.clock.now())
                shown[run.id] = state


def _fits(run: Run, wanted: RunFilter) -> bool:
    """What the store's filter does for a page, for a run that has just changed."""
    text = f"{run.requested_by} {run.type.value} {run.status.value} {run.note}".lower()
    return (
        (not wanted.statuses or run.status in wanted.statuses)
        and (wanted.schedule_id is None or run.schedule_id == wanted.schedule_id)
        and (not wanted.problems_only or run.counts.problems > 0)
        and wanted.text.lower() in text
    )


_DONE = ("Completed", "Warning", "Skipped")
"""Statuses for which the stage is no news: it tells where a run is, or where it ended early."""

_COLUMNS = (
    "Run",
    "Account",
    "Started",
    "Took",
    "Requested by",
    "Type",
    "Stage",
    "Status",
    "Assignments",
    "Scores",
    "Problems",
    "Note",
)


def _cells(run: Run, account: Account | None, now: int) -> tuple[object, ...]:
    from gradesync_tui.cli.views import moment_cell
    from gradesync_tui.domain.when import duration

    zone = account.zone if account else "UTC"
    took = "" if run.started_at is None else duration((run.finished_at or run.updated_at) - run.started_at)
    return (
        str(run.id),
        account.name if account else str(run.account_id),
        moment_cell(run.started_at or run.requested_at, zone, now),
        took,
        run.requested_by,
        run.type.value,
        run.stage.value if run.stage and run.status not in _DONE else "",
        run.status.value,
        run.counts.assignments,
        run.counts.scores,
        run.counts.problems,
        run.note,
    )


def _print(shell: Shell, run: Run, account: Account | None, now: int) -> None:
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import run_json

    if shell.json:
        emit(run_json(run))
        return
    number, name, started, took, by, kind, stage, status, *sent, note = _cells(run, account, now)
    parts = [f"run {number}", name, started, took, by, kind, status, stage]
    if run.status.finished:
        parts.append("{} assignments, {} scores, {} problems".format(*sent))
    line("  ".join(str(part) for part in (*parts, note) if part))
