"""`gradesync categories`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, account_option, chosen_account, shared


@click.group()
def command() -> None:
    """Map assignment groups to the SIS's categories. Groups whose name is a category's need no rule."""


@command.command("list")
@account_option
@shared
async def list_rules(shell: Shell, account: str | None) -> None:
    """The rules of an account."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import rule_json

    async with shell.services(read_only=True) as services:
        rules = await services.category_rules((await chosen_account(services, account)).id)
    if shell.json:
        emit([rule_json(rule) for rule in rules])
        return
    table(
        ("Id", "Scope", "Assignment Group", "Category"),
        [(str(rule.id), rule.scope, rule.group, rule.category) for rule in rules],
        empty="No rules: each assignment group is sent as the category of its own name.",
    )


@command.command("map")
@click.argument("group")
@click.argument("category")
@click.option("--scope", default="account", show_default=True, help="account, school:ID or course:ID.")
@click.option("--group-id", help="Canvas's id of the group, so that a renamed group keeps its rule.")
@account_option
@shared
async def map_category(
    shell: Shell, account: str | None, group: str, category: str, scope: str, group_id: str | None
) -> None:
    """Send assignment group GROUP as category CATEGORY, from the next run on."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import rule_json

    async with shell.services() as services:
        chosen = await chosen_account(services, account)
        rule = await services.map_category(chosen.id, group, category, scope=scope, group_id=group_id)
    if shell.json:
        emit(rule_json(rule))
    else:
        line(f"Rule {rule.id}: {rule.group} is sent as {rule.category} ({rule.scope}).")


@command.command("unmap")
@click.argument("rule_id", metavar="ID", type=int)
@account_option
@shared
async def unmap_category(shell: Shell, account: str | None, rule_id: int) -> None:
    """Forget a rule."""
    from gradesync_tui.cli.output import emit, line

    async with shell.services() as services:
        await services.unmap_category((await chosen_account(services, account)).id, rule_id)
    if shell.json:
        emit({"removed": rule_id})
    else:
        line(f"Removed rule {rule_id}.")
