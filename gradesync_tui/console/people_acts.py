"""What a person does with people: every change asks first and names what it will do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradesync_tui.console.presenters import people as presenter
from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.console.screens.menu import Choice, MenuScreen
from gradesync_tui.domain.records import Account, Person
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Role
from gradesync_tui.services.roles import article

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


class PeopleActs:
    """The verbs on people, each with its question. The person is known by login and checked again by the services."""

    def __init__(self, program: ConsoleApp, account: Account, accounts: Mapping[int, str]) -> None:
        self._program = program
        self._services = program.services
        self._account = account
        self._accounts = accounts

    async def change_role(self, person: Person) -> None:
        """Choose another role for everywhere or for this account; then ask."""
        name = clean(person.name)
        value = await self._program.push_screen_wait(
            MenuScreen(f"Role of {name}", self._choices(person), "their other roles stay")
        )
        if value is None:
            return
        word, _, place = value.partition(" ")
        role = None if word == "none" else Role(word)
        account_id = int(place) if place else None
        where = presenter.where(account_id, self._accounts)
        if role is None:
            question = f"Take {name}'s role {where} away?"
            effects = [f"{name} keeps only what other roles allow, from their next key on."]
        else:
            question = f"Make {name} {article(role)} {where}?"
            effects = [f"{name} {presenter.MEANINGS[role]}.", "It counts at once, in open consoles too."]
        if person.login == self._services.actor.login:
            effects.append("This is you: you may be unable to take it back.")
        if await self._program.push_screen_wait(ConfirmScreen(question, effects, "Change")) is None:
            return
        await self._services.give_role(person.login, role, account_id)
        now = "has no role of their own" if role is None else f"is {article(role)}"
        self._program.tell(f"{name} {now} {where} now.")

    def _choices(self, person: Person) -> list[Choice]:
        listed: list[Choice] = []
        for account_id, reach in ((None, "everywhere"), (self._account.id, "here")):
            held = next((grant.role for grant in person.grants if grant.account_id == account_id), None)
            where = presenter.where(account_id, self._accounts)
            place = "" if account_id is None else str(account_id)
            for role in Role:
                is_held = role is held
                listed.append(
                    Choice(
                        f"{role.value} {place}".strip(),
                        f"{presenter.TITLES[role]} {reach}",
                        presenter.SHORT[role],
                        "",
                        f"It is so already, {where}." if is_held else None,
                    )
                )
            if held is not None and len(person.grants) > 1:
                listed.append(
                    Choice(
                        f"none {place}".strip(),
                        f"no role {reach}",
                        f"take {held} away",
                    )
                )
        return listed

    async def remove(self, person: Person) -> None:
        """Shut somebody out, after asking."""
        name = clean(person.name)
        effects = [
            f"{name} ({clean(person.login)}) is shut out of every account, at their next key.",
            "What they did stays in the history and the audit log under their name.",
        ]
        if self._services.settings.service.shared:
            effects.append(f"Take their SSH keys out too: gradesync ssh revoke {clean(person.login)}")
        if await self._program.push_screen_wait(ConfirmScreen(f"Remove {name}?", effects, "Remove")) is None:
            return
        await self._services.remove_person(person.login)
        self._program.tell(f"Removed {name}.")
