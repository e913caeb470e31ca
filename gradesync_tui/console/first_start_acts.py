"""The guided first start: one form after the other, until grades can move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradesync_tui.console.presenters.first_start import Step, steps
from gradesync_tui.domain.records import Account
from gradesync_tui.services.roles import Verb

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_VERBS = (Verb.CREATE_ACCOUNT, Verb.CONNECT, Verb.CONNECT, Verb.CREATE_SCHEDULE)


async def guide(program: ConsoleApp, number: int) -> None:
    """Do a step, then those that are still to do; Esc in a form ends it. At the end stands Grade Sync."""
    wanted = number
    while True:
        account, listed = await _where(program)
        if account is None:
            # Everything else belongs to an account.
            wanted = 1
        if not listed:
            break
        if not await _step(program, account, wanted):
            return
        account, listed = await _where(program)
        following = next((step.number for step in listed if not step.done), None)
        if following is None:
            break
        wanted = following
    if account is not None:
        from gradesync_tui.console.screens.sis import SisScreen

        program.go_up(9)
        await program.push_screen(SisScreen(account))
        program.tell("All is set: the schedule runs by itself. Press r to run it now.")


async def _where(program: ConsoleApp) -> tuple[Account | None, list[Step]]:
    summaries = await program.services.accounts()
    account = summaries[0].account if len(summaries) == 1 else None
    connections = await program.services.connections(account.id) if account is not None else (None, None)
    return account, steps(summaries, *connections)


async def _step(program: ConsoleApp, account: Account | None, number: int) -> bool:
    """One form; whether it was kept."""
    reason = program.services.why_not(_VERBS[number - 1], account.id if account is not None else None)
    if reason is not None:
        program.tell(reason, "warning")
        return False
    about = f"step {number} of {len(_VERBS)}"
    if account is None:
        from gradesync_tui.console.screens.account_form import AccountForm

        return await program.push_screen_wait(AccountForm(about)) is not None
    if number == 1:
        program.tell(f"{account.name} is there already.")
        return True
    if number == 4:
        from gradesync_tui.console.screens.schedule_form import ScheduleForm

        return await program.push_screen_wait(ScheduleForm(account, about=about)) is not None
    from gradesync_tui.console.screens.connection_form import CanvasForm, SisForm

    canvas, sis = await program.services.connections(account.id)
    form = CanvasForm(account, canvas, about) if number == 2 else SisForm(account, sis, about)
    return await program.push_screen_wait(form) is not None
