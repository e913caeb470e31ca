"""The places of an account, and those that are one list with what is known of the row under its cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult

from gradesync_tui.console.presenters.facts import fact_lines
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.detailed_section import DetailedSection
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.domain.records import Account, Change

if TYPE_CHECKING:
    from gradesync_tui.console.widgets.audit_section import AuditSection
    from gradesync_tui.console.widgets.people_section import PeopleSection
    from gradesync_tui.console.widgets.settings_section import SettingsSection

PLACES = (
    ("overview", "Overview"),
    ("sis", "SIS Integration"),
    ("people", "People"),
    ("audit", "Audit log"),
    ("settings", "Settings"),
)
"""The account navigation: the name of each place and its title."""


def place_of(account: Account, name: str) -> Place:
    """A place of an account, made anew; a name that is not known leads to the overview."""
    if name == "sis":
        from gradesync_tui.console.screens.sis import SisScreen

        return SisScreen(account)
    made: dict[str, type[AccountPlace]] = {"people": PeopleScreen, "audit": AuditScreen, "settings": SettingsScreen}
    if name in made:
        return made[name](account)
    from gradesync_tui.console.screens.account import AccountScreen

    return AccountScreen(account)


def place_titled(account: Account, title: str) -> Place:
    """The place or tab of that title, as a path on the command line names it; any other leads to SIS Integration."""
    from gradesync_tui.console.screens.sis import TABS, SisScreen

    wanted = title.casefold()
    tab = next((name for name, shown in TABS if shown.casefold() == wanted), None)
    if tab is not None:
        return SisScreen(account, tab)
    return place_of(account, next((name for name, shown in PLACES if shown.casefold() == wanted), "sis"))


_DETAILS = 14
"""Lines that a short list leaves below it."""


class AccountPlace(Place):
    """Admin › account › one list, and below it what is known of the row under the cursor."""

    TITLE: ClassVar[str] = ""
    TOPICS: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.list: Any = self.make_list()
        self._details = Line(id="row-details")

    def make_list(self) -> AuditSection | PeopleSection | SettingsSection:
        """The list that the place shows."""
        raise NotImplementedError

    @property
    def account_id(self) -> int | None:
        return self.account.id

    def crumbs(self) -> Sequence[str]:
        return ("Admin", self.account.name, self.TITLE)

    def above(self) -> Place:
        from gradesync_tui.console.screens.account import AccountScreen

        return AccountScreen(self.account)

    def body(self) -> ComposeResult:
        yield self.list
        yield self._details

    def on_mount(self) -> None:
        super().on_mount()
        self.list.table.focus()

    async def reload(self) -> None:
        self.account = await self.services.account(self.account.id)
        self.list.account = self.account
        await self.list.reload()
        self.fit_list()
        self.draw_details()
        self.show_path()
        self.show_keys()

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if {change.topic for change in changes} & (self.TOPICS | {"all"}):
            await self.reload()

    def on_detailed_section_chosen(self, event: DetailedSection.Chosen) -> None:
        event.stop()
        self.draw_details()

    def fit_list(self) -> None:
        """A short list takes the lines that it needs, so that what is known of a row stands close to it."""
        rows = max(2, len(self.list.read)) + 1
        is_short = rows + _DETAILS < self.size.height
        self.set_class(is_short, "-short-list")
        self.list.table.styles.height = rows if is_short else "1fr"

    def draw_details(self) -> None:
        """Say below the list what is known of the row under the cursor."""
        self._details.show_lines(fact_lines(self.list.details(), self._details.size.width, self._details.size.height))

    def on_resize(self) -> None:
        self.fit_list()
        self.call_after_refresh(self.draw_details)

    def tick(self) -> None:
        self.list.table.time_passed()

    def look_again(self) -> None:
        self.list.look_again()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        action = {"people": "people.role", "audit": "audit.open", "settings": "setting.change"}[self.list.SECTION]
        self.action_do(action)


class PeopleScreen(AccountPlace):
    """Who may come in, and with which roles."""

    TITLE = "People"
    TOPICS = frozenset({"person", "account"})

    def make_list(self) -> PeopleSection:
        from gradesync_tui.console.widgets.people_section import PeopleSection

        return PeopleSection(self.account)


class AuditScreen(AccountPlace):
    """Who did what."""

    TITLE = "Audit log"
    TOPICS = frozenset({"audit"})

    def make_list(self) -> AuditSection:
        from gradesync_tui.console.widgets.audit_section import AuditSection

        return AuditSection(self.account)


class SettingsScreen(AccountPlace):
    """Name, zone and policies of the account."""

    TITLE = "Settings"
    TOPICS = frozenset({"account"})

    def make_list(self) -> SettingsSection:
        from gradesync_tui.console.widgets.settings_section import SettingsSection

        return SettingsSection(self.account)
