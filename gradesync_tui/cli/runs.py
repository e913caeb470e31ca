"""`gradesync runs`."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

_run_argument = click.argument("run_id", metavar="RUN", type=int)


@click.group()
def command() -> None:
    """One run: show, cancel, problems, log, export."""


@command.command("show")
@_run_argument
@shared
async def show_run(shell: Shell, run_id: int) -> None:
    """A run with its nine stages, counts and causes."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import moment_cell, run_json, stage_json
    from gradesync_tui.domain.causes import cause, explain_stop
    from gradesync_tui.domain.text import count

    async with shell.services(read_only=True) as services:
        run = await services.run(run_id)
        stages = await services.stages(run_id)
        causes = await services.causes(run_id)
        zone = (await services.account(run.account_id)).zone
        now = services.clock.now()
    if shell.json:
        found = [{"cause": one.cause, "title": cause(one.cause).title, "records": one.records} for one in causes]
        emit({**run_json(run), "stages": [stage_json(one) for one in stages], "causes": found})
        return
    line(f"Run {run.id}: {run.type.value}, {run.status.value}, asked for by {run.requested_by}")
    for label, at in (("Started", run.started_at), ("Ended", run.finished_at)):
        if at is not None:
            line(f"{label} {moment_cell(at, zone, now)}")
    if run.cause is not None:
        words = explain_stop(run.cause, run.note)
        if run.note != words.what:
            line(run.note)
        line(f"{words.title}. {_sentence(words.what)} Do: {words.do}")
    elif run.note:
        line(run.note)
    for stage in stages:
        begun = ("cut" if run.status.finished else "now") if stage.started_at else ""
        sign = f"{'done' if stage.finished_at else begun:<4}"
        done = (
            f"{stage.done:,} of {stage.total:,}" if stage.total is not None else f"{stage.done:,}" if stage.done else ""
        )
        line(f"  {sign}  {stage.stage.value:<22} {done}".rstrip())
    counts = run.counts
    line(
        f"Sent {count(counts.assignments, 'assignment')} and {count(counts.scores, 'score')}: "
        f"{counts.created:,} created, {counts.updated:,} updated, {counts.unchanged:,} unchanged, "
        f"{counts.waiting:,} waiting, {counts.blocked:,} blocked, {counts.failed:,} failed"
    )
    for one in causes:
        line(f"  {count(one.records, 'record')}: {cause(one.cause).title}")
    if causes:
        line(f"More: gradesync runs problems {run.id}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


@command.command("cancel")
@_run_argument
@shared
async def cancel_run(shell: Shell, run_id: int) -> None:
    """Cancel a run that is queued or in progress; what it sent stays sent."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import run_json

    async with shell.services() as services:
        run = await services.cancel(run_id)
    if shell.json:
        emit(run_json(run))
    elif run.status.finished:
        line(f"Run {run.id} is {run.status.value}.")
    else:
        line(f"Run {run.id} has been told to stop.")


@command.command("problems")
@_run_argument
@click.option("--cause", metavar="CODE", help="Only this cause.")
@click.option("--text", default="", help="Only records whose names hold this.")
@shared
async def show_problems(shell: Shell, run_id: int, cause: str | None, text: str) -> None:
    """What did not go and why, the most frequent cause first, with what to do. With --json one record a line."""
    from gradesync_tui.cli.output import emit, line, note
    from gradesync_tui.cli.views import outcome_json
    from gradesync_tui.domain.causes import explain, explain_stop
    from gradesync_tui.domain.text import count

    async with shell.services(read_only=True) as services:
        run = await services.run(run_id)
        causes = [one for one in await services.causes(run_id) if cause in (None, one.cause)]
        stopped_by = run.cause if cause in (None, run.cause) else None
        if shell.json:
            pass  # a run's own cause stands in `runs show`; here every line is a record
        elif stopped_by is not None and all(one.cause != stopped_by for one in causes):
            words = explain_stop(stopped_by, run.note)
            line(f"{words.title}: the whole run, by the {words.who}  [{stopped_by}]")
            line(f"  {words.what}")
            line(f"  Do: {words.do}")
        elif not causes:
            note("No problems.")
        for one in causes:
            is_first = True
            async for page in services.every_outcome(run_id, cause=one.cause, text=text):
                for outcome in page:
                    if shell.json:
                        emit(outcome_json(outcome))
                        continue
                    if is_first:
                        words = explain(one.cause, outcome.details)
                        line(f"{words.title}: {count(one.records, 'record')}, by the {words.who}  [{one.cause}]")
                        line(f"  {words.what}")
                        line(f"  Do: {words.do}")
                        is_first = False
                    line("    " + " · ".join(outcome.names))


@command.command("log")
@_run_argument
@shared
async def show_log(shell: Shell, run_id: int) -> None:
    """What the run wrote down as it went. With --json one object a line."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import log_json
    from gradesync_tui.domain.when import to_the_second

    async with shell.services(read_only=True) as services:
        run = await services.run(run_id)
        zone = (await services.account(run.account_id)).zone
        last = 0
        while entries := await services.log(run_id, last):
            for entry in entries:
                if shell.json:
                    emit(log_json(entry))
                else:
                    line(f"{to_the_second(entry.at, zone)}  {entry.level.value:<7}  {entry.text}")
            last = entries[-1].id


@command.command("export")
@_run_argument
@click.option(
    "--what", type=click.Choice(["all", "problems", "assignments", "scores"]), default="all", show_default=True
)
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--output", metavar="FILE", help="A new file, readable by you alone.  [default: stdout]")
@shared
async def export_run(shell: Shell, run_id: int, what: str, form: str, output: str | None) -> None:
    """Every record of a run as CSV, or as JSON with one object a line."""
    from gradesync_tui.cli.output import json_line, note
    from gradesync_tui.cli.views import outcome_json
    from gradesync_tui.domain.text import count, csv_cell
    from gradesync_tui.domain.words import RecordKind

    kind = {"assignments": RecordKind.LINE_ITEM, "scores": RecordKind.RESULT}.get(what)
    as_json = shell.json or form == "json"
    written = 0
    async with shell.services(read_only=True) as services:
        await services.run(run_id)
        with _target(output) as file:
            rows = csv.writer(file, lineterminator="\r\n")
            async for page in services.every_outcome(run_id, kind=kind):
                for outcome in page:
                    if what == "problems" and outcome.cause is None:
                        continue
                    row: dict[str, Any] = outcome_json(outcome)
                    if as_json:
                        file.write(json_line(row) + "\n")
                    else:
                        if not written:
                            rows.writerow(row)
                        rows.writerow([csv_cell(value) for value in row.values()])
                    written += 1
    note(f"Exported {count(written, 'record')}" + (f" to {output}." if output else "."))


@contextmanager
def _target(output: str | None) -> Iterator[TextIO]:
    """Where an export goes: a new file that only its owner can read, or stdout."""
    if output is None:
        # Names in any writing must come through, whatever the terminal's encoding is.
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=False)
        try:
            yield stream
            stream.flush()
        finally:
            stream.detach()
        return
    try:
        with Path(output).open("x", encoding="utf-8", newline="") as file:
            yield file
    except FileExistsError:
        raise click.UsageError(f"--output: {output} is there already. Name a new file.") from None
    except OSError as problem:
        raise click.UsageError(f"--output: {output} cannot be written: {problem.strerror}.") from None
