"""The people of an account: who they are, what they may, and who may change that."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import people as presenter
from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.detailed_section import DetailedSection
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.domain.records import Account, Person

if TYPE_CHECKING:
    from gradesync_tui.console.people_acts import PeopleActs


class PeopleSection(DetailedSection[Person]):
    """Those who may come into the account, or everybody."""

    SECTION: ClassVar[Section] = "people"
    TITLE = "People"
    COLUMNS = presenter.COLUMNS
    NOTHING = "Nobody may come into this account."
    BINDINGS: ClassVar[list[BindingType]] = bindings("people")

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda person: person.id, id="people")
        self.everybody = False
        self.accounts: dict[int, str] = {account.id: account.name}

    def present(self, row: Person) -> Mapping[str, Cell]:
        program = console_of(self)
        return presenter.row(row, self.accounts, self.services.actor.login, program.now(), self.account.zone)

    def record(self, row: Person) -> exported.Record:
        return exported.person(row, self.present(row)["roles"].plain, self.account.zone)

    async def fetch(self) -> list[Person]:
        self.accounts = {one.account.id: one.account.name for one in await self.services.accounts()}
        return await self.services.people(None if self.everybody else self.account.id)

    def counted(self) -> str:
        return f"{super().counted()}, {'of all accounts' if self.everybody else 'who may come into this account'}"

    def details(self) -> list[Fact]:
        """What stands below the list of the person under the cursor."""
        person = self.under_cursor
        if person is None:
            return []
        return presenter.details(person, self.accounts, self.services.why_not("change people", self.account.id))

    # --- acting ------------------------------------------------------------------------------------------------------

    def do_people_scope(self) -> Awaitable[None]:
        """Everybody, or those of this account; everybody is for those with a role in all accounts."""
        self.everybody = not self.everybody
        return self.reload()

    def reason_against(self, action: str) -> str | None:
        if action in ("people.role", "people.remove") and self.under_cursor is None:
            return "There is nobody here."
        if action == "people.scope" and not self.everybody:
            return self.services.why_not("read people", None)
        return super().reason_against(action)

    def do_people_add(self) -> None:
        from gradesync_tui.console.screens.person_form import PersonForm

        self.program.push_screen(PersonForm(self.account))

    def do_people_role(self) -> Awaitable[None] | None:
        person = self.under_cursor
        return None if person is None else self._acts().change_role(person)

    def do_people_remove(self) -> Awaitable[None] | None:
        person = self.under_cursor
        return None if person is None else self._acts().remove(person)

    def _acts(self) -> PeopleActs:
        from gradesync_tui.console.people_acts import PeopleActs

        return PeopleActs(self.program, self.account, self.accounts)
