"""Contact SIS Support: where they are, and a report of what the program knows, ready to be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, cells, wrap
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_ROOM = 69


class SupportScreen(Dialog[None]):
    """The address, and a button that writes the bundle."""

    def __init__(self, account_id: int | None) -> None:
        super().__init__()
        self._account_id = account_id
        self._effects = Line(id="effects")
        self._yes = PressButton("Write the report", id="yes")

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Line(id="question")
            self._effects.styles.height = 8
            yield self._effects
            with Horizontal(id="answers"):
                yield PressButton("Close", id="cancel")
                yield self._yes

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cell("Contact SIS Support", "strong"))
        address = self.program.options.support
        if address:
            where = cells(("Reach them at  ", "muted"), (address, "accent"))
        else:
            where = cell("No address is set here. Whoever keeps this installation writes [support] contact into its "
                         "settings.", "warn")  # fmt: skip
        whose = "this account" if self._account_id is not None else "every account that you may watch"
        self._say(
            where,
            EMPTY,
            cell(f"The report saves you describing things: versions, settings, and of {whose} the schedules, the last "
                 "runs, what went wrong by cause, and what the doctor finds."),
            EMPTY,
            cell("It holds no secret, no pupil, no grade. Read it before you send it.", "muted"),
        )  # fmt: skip
        self._yes.focus()

    def _say(self, *texts: Cell) -> None:
        lines = [piece for text in texts for piece in (wrap(text, _ROOM) if text.spans else [EMPTY])]
        self._effects.show_lines([(line, EMPTY) for line in lines])

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif self._yes.why_not is None:
            self._yes.allow("It is being written.")
            self._say(cell("Asking Canvas, the SIS and the database how they are …", "muted"))
            self.run_worker(self._write(), exit_on_error=True)

    async def _write(self) -> None:
        from gradesync_tui.console.exports import hand_over, save_text

        try:
            bundle = await self.program.services.support_bundle(self._account_id)
            path = await save_text("support", "json", json.dumps(bundle, indent=2, default=str) + "\n")
        except (ServiceError, StoreError) as error:
            self._say(cell(str(error), "bad"))
            self._yes.allow(None)
            return
        address = self.program.options.support
        sending = f"; send it to {address}" if address else ""
        self.program.tell(f"Saved the report {hand_over(self.program, path)}{sending}")
        self.dismiss(None)
