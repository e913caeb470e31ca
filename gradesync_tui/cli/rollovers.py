"""`gradesync rollovers`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, account_option, chosen_account, shared
from gradesync_tui.cli.timing import moment_from


@click.group()
def command() -> None:
    """Plan windows in which schedules rest."""


@command.command("list")
@account_option
@shared
async def list_rollovers(shell: Shell, account: str | None) -> None:
    """The windows of an account: upcoming, ongoing and completed."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import moment_cell, rollover_json

    async with shell.services(read_only=True) as services:
        chosen = await chosen_account(services, account)
        rollovers = await services.rollovers(chosen.id)
        now = services.clock.now()
    if shell.json:
        emit([rollover_json(one) for one in rollovers])
        return
    table(
        ("Id", "Name", "State", "Pauses", "Resumes", "Schedules", "By", "Reason"),
        [
            (
                str(one.id),
                one.name,
                one.state,
                moment_cell(one.pause_at, chosen.zone, now),
                moment_cell(one.resume_at, chosen.zone, now),
                ", ".join(str(number) for number in one.schedule_ids),
                one.updated_by,
                one.reason,
            )
            for one in rollovers
        ],
        empty="No rollovers planned.",
    )


@command.command("add")
@click.argument("name")
@click.option("--pause", "pause_at", metavar="TIME", required=True, help="When the schedules are paused.")
@click.option("--resume", "resume_at", metavar="TIME", required=True, help="When they are resumed.")
@click.option("--schedule", "ids", metavar="ID", type=int, multiple=True, help="Which ones.  [default: all]")
@click.option("--reason", default="", help="Why, for the history.")
@account_option
@shared
async def add_rollover(
    shell: Shell,
    account: str | None,
    name: str,
    pause_at: str,
    resume_at: str,
    ids: tuple[int, ...],
    reason: str,
) -> None:
    """Plan a window; its times are in the account's time zone."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import rollover_json

    async with shell.services() as services:
        chosen = await chosen_account(services, account)
        now = services.clock.now()
        rollover = await services.save_rollover(
            chosen.id,
            name,
            moment_from(pause_at, "--pause", chosen.zone, now),
            moment_from(resume_at, "--resume", chosen.zone, now),
            ids or [schedule.id for schedule in await services.schedules(chosen.id)],
            reason=reason,
        )
    if shell.json:
        emit(rollover_json(rollover))
    else:
        line(f"Planned rollover {rollover.id}, {rollover.name}.")


@command.command("remove")
@click.argument("rollover_id", metavar="ID", type=int)
@account_option
@shared
async def remove_rollover(shell: Shell, account: str | None, rollover_id: int) -> None:
    """Forget a window."""
    from gradesync_tui.cli.output import emit, line

    async with shell.services() as services:
        await services.remove_rollover((await chosen_account(services, account)).id, rollover_id)
    if shell.json:
        emit({"removed": rollover_id})
    else:
        line(f"Removed rollover {rollover_id}.")
