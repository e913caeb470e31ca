"""The settings of an account, one row each; changing one asks first and says what it will do."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import settings as presenter
from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.presenters.settings import Setting
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.detailed_section import DetailedSection
from gradesync_tui.domain.records import Account
from gradesync_tui.domain.text import count


class SettingsSection(DetailedSection[Setting]):
    """Name, zone and policies."""

    SECTION: ClassVar[Section] = "settings"
    TITLE = "Settings"
    COLUMNS = presenter.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = bindings("settings")

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda setting: setting.number, id="settings")

    def present(self, row: Setting) -> Mapping[str, Cell]:
        return presenter.row(self.account, row)

    def record(self, row: Setting) -> exported.Record:
        return {column.title: self.present(row)[column.key].plain for column in self.COLUMNS}

    async def fetch(self) -> list[Setting]:
        return list(presenter.SETTINGS)

    def counted(self) -> str:
        if self.filter_text:
            return super().counted()
        changed = sum(not presenter.is_default(self.account, one) for one in presenter.SETTINGS)
        return f"{count(changed, 'policy', 'policies')} changed" if changed else "every policy has its safe default"

    def details(self) -> list[Fact]:
        """What stands below the list of the setting under the cursor."""
        setting = self.under_cursor
        if setting is None:
            return []
        why_not = self.services.why_not("change account", self.account.id)
        return presenter.details(self.account, setting, why_not, self.program.options.support)

    def reason_against(self, action: str) -> str | None:
        if action == "setting.change" and self.under_cursor is None:
            return "There is no setting here."
        return super().reason_against(action)

    def do_setting_change(self) -> Awaitable[None] | None:
        from gradesync_tui.console.setting_acts import change

        setting = self.under_cursor
        return None if setting is None else change(self.program, self.account, setting)
