"""Which assignment group is sent as which category: mapped, changed and forgotten here."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import tables as presenter
from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.detailed_section import TellingSection
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.domain.records import Account, CategoryRule


class CategoriesSection(TellingSection[CategoryRule]):
    """The mapping table."""

    SECTION: ClassVar[Section] = "categories"
    BINDINGS: ClassVar[list[BindingType]] = bindings("categories")
    TITLE = "Categories"
    COLUMNS = presenter.CATEGORIES
    NOTHING = "No group is mapped: each goes as the SIS's category of the same name. Press n to map one."

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda rule: rule.id, id="categories")

    def present(self, row: CategoryRule) -> Mapping[str, Cell]:
        return presenter.category(row)

    def record(self, row: CategoryRule) -> exported.Record:
        return exported.category(row)

    async def fetch(self) -> list[CategoryRule]:
        return await self.services.category_rules(self.account.id)

    def details(self) -> Sequence[Fact]:
        rule = self.under_cursor
        return presenter.category_facts(rule) if rule is not None else ()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.place.action_do("category.edit")

    # Which row is meant is read when the key is pressed, not when the work begins.

    def do_category_add(self) -> Awaitable[None]:
        return self._open(None)

    def do_category_edit(self) -> Awaitable[None]:
        return self._open(self.row)

    def do_category_remove(self) -> Awaitable[None]:
        return self._remove(self.row)

    def reason_against(self, action: str) -> str | None:
        if action in ("category.edit", "category.remove") and self.row is None:
            return "There is no mapping here. Press n to make one."
        return super().reason_against(action)

    async def _open(self, rule: CategoryRule | None) -> None:
        from gradesync_tui.console.category_acts import map_group

        saved = await map_group(self.program, self.account, rule)
        if saved is not None:
            await self.reload()
            self.table.go_to_key(saved.id)

    async def _remove(self, rule: CategoryRule | None) -> None:
        """Forget a rule, after asking."""
        from gradesync_tui.console.screens.confirm import ConfirmScreen

        if rule is None:
            return
        effects = [
            "From the next run on it goes as the SIS's category of its own name.",
            "Where the SIS has none of that name, its assignments wait among the problems.",
        ]
        question = f"Stop sending {rule.group} as {rule.category}?"
        if await self.program.push_screen_wait(ConfirmScreen(question, effects, "Remove")) is not None:
            await self.services.unmap_category(self.account.id, rule.id)
            self.program.tell(f"{rule.group} goes by its own name again.")
            await self.reload()
