"""The first start: the steps until grades move, each with the form that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import first_start as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, cells
from gradesync_tui.console.presenters.first_start import Step
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.bars import Line, SectionTitle
from gradesync_tui.console.widgets.host import console_of, shows_icons
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.records import AccountSummary, CanvasConnection, SisConnection


class FirstStartSection(Vertical):
    """Shown as long as something is missing; a step that is done has a check mark at once."""

    SECTION: ClassVar[Section] = "first-start"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("first-start"),
        *(Binding(str(number), f"step({number})", f"Step {number}", show=False) for number in range(1, 5)),
    ]

    def __init__(self) -> None:
        super().__init__(id="first-start")
        self._rows: ListRows[Step] = ListRows(lambda step: step.number)
        self.table: LineTable[Step] = LineTable(
            self._rows, presenter.COLUMNS, self._present, id="first-steps", header=False
        )
        self.title = SectionTitle("Welcome to gradesync")
        self._hint = Line(id="first-hint")

    def compose(self) -> ComposeResult:
        yield self.title
        yield self.table
        yield self._hint

    def on_mount(self) -> None:
        self.title.say("four steps until grades move")
        self._hint.show_lines(
            [
                (
                    cells(("  Enter", "accent"), (" does the step under the cursor, then those after it.", "muted")),
                    EMPTY,
                ),
                (
                    cells(
                        ("  Or look around first, in a district made up for it: ", "muted"),
                        ("gradesync demo", "text"),
                    ),
                    EMPTY,
                ),
            ]
        )

    def _present(self, step: Step) -> Mapping[str, Cell]:
        return presenter.row(step, shows_icons(self))

    def show(self, summaries: list[AccountSummary], canvas: CanvasConnection | None, sis: SisConnection | None) -> bool:
        """Show what is done and what is not; whether anything is left to do."""
        steps = presenter.steps(summaries, canvas, sis)
        before = [step.done for step in (self._rows.at(index) for index in range(len(self._rows))) if step is not None]
        self._rows.set(steps)
        self.table.rows_changed()
        if steps and [step.done for step in steps] != before:
            self.table.go(next(index for index, step in enumerate(steps) if not step.done))
        return bool(steps)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.action_step(self.table.cursor + 1)

    async def do_first_start_open(self) -> None:
        from gradesync_tui.console.first_start_acts import guide

        await guide(console_of(self), self.table.cursor + 1)

    def action_step(self, number: int) -> None:
        self.table.go(number - 1)
        console_of(self).place.action_do("first-start.open")  # type: ignore[union-attr]
