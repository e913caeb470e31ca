"""The audit log of an account: who did what, what was refused, and whether the chain holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import audit as presenter
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.detailed_section import DetailedSection
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.records import Account, AuditEntry

_ENTRIES = 1_000

_WHICH: dict[str, tuple[bool, bool, str]] = {
    "account": (True, False, ""),
    "account-refused": (True, True, "refused only"),
    "all": (False, False, "all accounts and people"),
    "all-refused": (False, True, "all accounts and people, refused only"),
}
"""What can be shown: of this account only, refused attempts only, and what the title says of it."""


class AuditSection(DetailedSection[AuditEntry]):
    """Who did what, the newest first."""

    SECTION: ClassVar[Section] = "audit"
    TITLE = "Audit log"
    COLUMNS = presenter.COLUMNS
    NOTHING = "Nothing was done yet."
    BINDINGS: ClassVar[list[BindingType]] = bindings("audit")

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda entry: entry.id, id="audit")
        self.which = "account"
        self._chain: Cell = EMPTY

    def present(self, row: AuditEntry) -> Mapping[str, Cell]:
        program = console_of(self)
        return presenter.row(row, program.now(), self.account.zone, program.options.icons)

    async def fetch(self) -> list[AuditEntry]:
        ours, refused, _ = _WHICH[self.which]
        found = await self.services.audit(self.account.id if ours else None, limit=_ENTRIES)
        return [entry for entry in found if not (refused and entry.allowed)]

    def sort_key(self, row: AuditEntry, column: str) -> Any:
        return row.id if column == "at" else super().sort_key(row, column)

    def counted(self) -> str:
        said = super().counted()
        if len(self.read) >= _ENTRIES:
            said = f"{len(self._rows):,} of the newest {len(self.read):,}; an export holds all"
        which = _WHICH[self.which][2]
        return f"{said}   {which}" if which else said

    def about(self) -> None:
        super().about()
        self.say(self.counted(), *self._chain.spans)

    def details(self) -> list[Fact]:
        """What stands below the list of the entry under the cursor."""
        entry = self.under_cursor
        if entry is None:
            return []
        return presenter.details(entry, self.account.zone, console_of(self).options.icons)

    # --- copy and export: all that an entry holds --------------------------------------------------------------------

    def record(self, row: AuditEntry) -> exported.Record:
        return exported.audit_entry(row, self.account.zone)

    async def every_row(self) -> AsyncIterator[Sequence[AuditEntry]]:
        ours, refused, _ = _WHICH[self.which]
        words = self.filter_text.casefold().split()
        async for page in self.services.every_audit_entry(self.account.id if ours else None):
            yield [
                entry
                for entry in page
                if not (refused and entry.allowed) and all(word in self._words(entry) for word in words)
            ]

    # --- acting ------------------------------------------------------------------------------------------------------

    def do_audit_open(self) -> None:
        from gradesync_tui.console.screens.facts import FactsScreen

        entry, program = self.under_cursor, console_of(self)
        if entry is not None:
            facts = presenter.whole(entry, self.account.zone, program.options.icons)
            program.push_screen(FactsScreen("Entry of the audit log", facts))

    def do_audit_which(self) -> None:
        """Ask which entries to show; what concerns other accounts needs a role there."""
        from gradesync_tui.console.screens.menu import Choice, MenuScreen

        elsewhere = self.services.why_not("watch", None)
        labels = (
            ("account", "This account", "everything done in it", None),
            ("account-refused", "Refused here", "what somebody tried here and may not", None),
            ("all", "Everything", "also people, keys, log-ins and the other accounts", elsewhere),
            ("all-refused", "All refused", "every attempt that was refused", elsewhere),
        )
        choices = [Choice(value, label, about, "", why_not) for value, label, about, why_not in labels]
        self.program.push_screen(MenuScreen("Which entries", choices, current=self.which), self._which_chosen)

    def _which_chosen(self, which: str | None) -> None:
        if which is not None:
            self.which = which
            self.place.act(self.reload())

    async def do_audit_verify(self) -> None:
        """Check the whole chain, and say whether it holds."""
        program = self.program
        fault = await self.services.verify_audit()
        at = f"{to_datetime(program.now(), self.account.zone):%H:%M}"
        icons = program.options.icons
        if fault is None:
            self._chain = cell(f"{'✓' if icons else 'ok'} the chain holds, checked {at}", "ok")
            program.tell("The audit log is whole: no entry was changed, taken out or put in.")
        else:
            self._chain = cell(f"{'✗' if icons else 'XX'} the chain is broken at entry {fault.id:,}", "bad")
            program.tell(
                f"The audit log was tampered with at entry {fault.id:,}: {fault.what} Compare the database with a "
                "backup, and contact SIS Support (S).",
                "error",
            )
        self.about()
