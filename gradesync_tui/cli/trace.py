"""`gradesync trace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, account_option, chosen_account, shared

if TYPE_CHECKING:
    from gradesync_tui.domain.records import LedgerEntry, Outcome


@click.command()
@click.argument("assignment_id", metavar="ASSIGNMENT")
@click.argument("student_id", metavar="[PUPIL]", default="")
@account_option
@shared
async def command(shell: Shell, account: str | None, assignment_id: str, student_id: str) -> None:
    """What every run did with one grade, and what the SIS is known to hold now.

    ASSIGNMENT is Canvas's id of the assignment and PUPIL the pupil's SIS id, as `gradesync runs export` lists them;
    without PUPIL it is about the assignment itself.
    """
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import ledger_json, outcome_json
    from gradesync_tui.services import Invalid

    async with shell.services(read_only=True) as services:
        chosen = await chosen_account(services, account)
        found = await services.trace(chosen.id, assignment_id, student_id)
        now = services.clock.now()
    if not found.outcomes:
        raise Invalid(
            "No run has done anything with that record. The ids are those of: gradesync runs export RUN --what scores"
        )
    if shell.json:
        emit(
            {
                "outcomes": [{"run_id": one.run_id, **outcome_json(one)} for one in found.outcomes],
                "known": [ledger_json(one) for one in found.known],
            }
        )
        return
    last = found.outcomes[-1]
    line(" · ".join(last.names))
    for outcome in found.outcomes:
        line(_happened(outcome, chosen.zone, now))
    for entry in found.known:
        line(_known(entry, chosen.zone, now))


def _happened(outcome: Outcome, zone: str, now: int) -> str:
    from gradesync_tui.cli.views import moment_cell
    from gradesync_tui.domain.causes import explain

    text = f"  {moment_cell(outcome.at, zone, now)}  run {outcome.run_id}: {outcome.action.value}"
    if outcome.sent:
        text += f" {outcome.before} → {outcome.sent}" if outcome.before else f" {outcome.sent}"
    if outcome.http_status:
        text += f"  (SIS {outcome.http_status})"
    if outcome.cause is not None:
        words = explain(outcome.cause, outcome.details)
        text += f"  {words.what} {words.do}"
    return text


def _known(entry: LedgerEntry, zone: str, now: int) -> str:
    from gradesync_tui.cli.views import moment_cell
    from gradesync_tui.domain.causes import cause

    if entry.sent_at is None:
        text = "  The SIS was never sent it"
    else:
        text = f"  The SIS has {entry.sent or 'it'}, sent {moment_cell(entry.sent_at, zone, now)} by run {entry.run_id}"
    if entry.state == "waiting":
        why = f" ({cause(entry.cause).title})" if entry.cause else ""
        text += f"; something newer waits for the next run{why}"
    return text + "."
