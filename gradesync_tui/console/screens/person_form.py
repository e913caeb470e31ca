"""Letting somebody in: their login, the name that the history shows, and a role."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.presenters import people as presenter
from gradesync_tui.console.presenters.cells import cell
from gradesync_tui.console.presenters.forms import Wrong
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.console.screens.menu import Choice
from gradesync_tui.domain.records import Account, Grant, Person
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Role
from gradesync_tui.services.roles import article

_HERE, _EVERYWHERE = "here", "everywhere"
_FIELDS = (
    Field("login", "Login", "as the operating system or the SSH key knows them"),
    Field("name", "Name", "as the history shall show it"),
    Field("role", "Role", choices=[Choice(role, presenter.TITLES[role], presenter.SHORT[role]) for role in Role]),
    Field("scope", "Where", choices=[Choice(_HERE, "in this account"), Choice(_EVERYWHERE, "in all accounts")]),
)


class PersonForm(FormScreen[Person]):
    """The fields of a person; the effect is said before it is done."""

    YES = "Add"
    ROOM = 3

    def __init__(self, account: Account) -> None:
        # The least that lets somebody in, for this account only: more is given deliberately.
        super().__init__("Let somebody in", _FIELDS, {"role": Role.VIEWER, "scope": _HERE})
        self._account = account

    def understand(self, values: Mapping[str, str]) -> Outlook:
        role = Role(values["role"])
        who = clean(values["name"].strip(), limit=60) or "They"
        account = "all accounts" if values["scope"] == _EVERYWHERE else clean(self._account.name, limit=60)
        said = [cell(f"{who} will be {article(role)} in {account}: {presenter.MEANINGS[role]}.", "muted")]
        for field, what in (("login", "a login, as they sign in with"), ("name", "a name, as the history shows it")):
            if not values[field].strip():
                return Outlook(said, Wrong(field, f"Give {what}."))
        return Outlook(said)

    async def keep(self, values: Mapping[str, str]) -> Person:
        role = Role(values["role"])
        grant = Grant(role=role, account_id=None if values["scope"] == _EVERYWHERE else self._account.id)
        person = await self.services.add_person(values["login"].strip(), values["name"].strip(), [grant])
        self.program.tell(f"{person.name} may come in, as {article(role)}.")
        return person
