"""Mapping an assignment group: from the Categories tab, or from the problem that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradesync_tui.console.presenters import category_form as presenter
from gradesync_tui.domain.records import Account, CategoryRule, Outcome, RunFilter

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_RUNS, _RECORDS = 3, 10
"""How many runs with problems, and how many records of each, are asked for the SIS's categories."""


async def map_group(program: ConsoleApp, account: Account, rule: CategoryRule | None) -> CategoryRule | None:
    """Ask what a group is sent as; the rule, or None if nothing was changed."""
    from gradesync_tui.console.screens.category_form import CategoryForm

    services = program.services
    rules = await services.category_rules(account.id)
    outcomes: list[Outcome] = []
    for run in await services.history(account.id, limit=_RUNS, filter=RunFilter(problems_only=True)):
        for cause in presenter.CAUSES:
            outcomes += await services.outcomes(run.id, cause=cause, limit=_RECORDS)
    known = presenter.suggestions(outcomes, rules)
    return await program.push_screen_wait(CategoryForm(account, rules, known, rule))


async def map_from_problem(program: ConsoleApp, account: Account, problem: Outcome) -> CategoryRule | None:
    """As `map_group`, for the group that a problem is about, with the categories that it says the SIS has."""
    from gradesync_tui.console.screens.category_form import CategoryForm

    rules = await program.services.category_rules(account.id)
    group, listed = presenter.named_in(problem.details)
    # Where a rule leads to a category that the SIS does not have, that rule is what needs to be changed.
    wrong = (
        next((rule for rule in rules if rule.category == group), None) if problem.cause == presenter.CAUSES[0] else None
    )
    return await program.push_screen_wait(CategoryForm(account, rules, listed, wrong, group=group))
