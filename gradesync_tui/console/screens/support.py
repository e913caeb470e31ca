"""Contact SIS Support: where they are, and a report of what the program knows, ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable

from textual.app import ComposeResult

from gradesync_tui.console.presenters.cells import Cell, cell, cells
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import PressButton
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError


class SupportScreen(Dialog[None]):
    """The address, and a button that writes the bundle."""

    HINTS = (("Tab", "Next"), ("Esc", "Close"))

    def __init__(self, account_id: int | None) -> None:
        super().__init__("Contact SIS Support")
        self._account_id = account_id
        self._text = TextScroll((), id="effects", label_width=0)
        self._yes = PressButton("Write the report", id="yes")

    def body(self) -> ComposeResult:
        yield self._text

    def buttons(self) -> Iterable[PressButton]:
        return (PressButton("Close", id="cancel"), self._yes)

    def on_mount(self) -> None:
        address = self.program.options.support
        if address:
            where = cells(("Reach them at  ", "muted"), (address, "accent"))
        else:
            where = cell("No address is set here. Whoever keeps this installation writes [support] contact into its "
                         "settings.", "warn")  # fmt: skip
        whose = "this account" if self._account_id is not None else "every account that you may watch"
        self._say(
            where,
            cell(" "),
            cell(f"The report saves you describing things: versions, settings, and of {whose} the schedules, the last "
                 "runs, what went wrong by cause, and what the doctor finds."),
            cell(" "),
            cell("It holds no secret, no pupil, no grade. Read it before you send it.", "muted"),
        )  # fmt: skip
        self._yes.focus()

    def fit(self) -> None:
        self._text.styles.max_height = self.rows_left(0)

    def on_text_scroll_scrolled(self) -> None:
        self._text.can_focus = self._text.max_scroll_y > 0

    def _say(self, *texts: Cell) -> None:
        self._text.say([("", text) for text in texts])

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
