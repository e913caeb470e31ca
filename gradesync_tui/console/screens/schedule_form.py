"""Making or changing a schedule, with its next five runs before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from gradesync_tui.console.presenters import schedule_form as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, cell
from gradesync_tui.console.presenters.schedule_form import Form
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.domain.records import Account, Schedule
from gradesync_tui.domain.words import SyncType
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_FIELDS = (
    ("when", "Runs", "every 4 hours  ·  weekdays 18:00  ·  mon,wed 6:30 PM  ·  0 6 * * 1-5"),
    ("first", "First Run", "now  ·  tomorrow 6am  ·  Dec 1 6:00 AM"),
    ("zone", "Time Zone", "America/New_York"),
)


class ScheduleForm(Dialog[None]):
    """The fields of a schedule; what they mean is shown as one types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
        Binding("ctrl+t", "turn_type", "Type", show=False),
    ]

    def __init__(self, account: Account, schedule: Schedule | None = None) -> None:
        super().__init__()
        self._account = account
        self._schedule = schedule
        self._type = schedule.type if schedule is not None else SyncType.GRADE_PASSBACK
        self._form: Form | None = None

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        start = presenter.texts(self._schedule, self._account)
        with Vertical(id="panel", classes="form"):
            yield Line(id="question")
            with Horizontal(classes="field"):
                yield Line(id="type-label", classes="label")
                yield PressButton(self._type, id="type")
            for name, _, placeholder in _FIELDS:
                with Horizontal(classes="field"):
                    yield Line(id=f"{name}-label", classes="label")
                    field = Input(start[name], placeholder=placeholder, id=name, compact=True)
                    field.cursor_blink = False
                    yield field
            yield Line(id="preview")
            with Horizontal(id="answers"):
                yield PressButton("Cancel", id="cancel")
                yield PressButton("Save", id="yes")

    def on_mount(self) -> None:
        title = "New schedule" if self._schedule is None else "Change the schedule"
        self.query_one("#question", Line).show(cell(f"{title} of {self._account.name}", "strong"))
        self.query_one("#type-label", Line).show(cell("Type", "muted"))
        for name, label, _ in _FIELDS:
            self.query_one(f"#{name}-label", Line).show(cell(label, "muted"))
        self.query_one("#when", Input).focus()
        self._read()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._read()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.app.action_focus_next()

    def _read(self) -> None:
        """Understand the fields, and show what comes of them."""
        texts = {name: self.query_one(f"#{name}", Input).value for name, _, _ in _FIELDS}
        self._form = presenter.read(texts, self.program.now())
        self.query_one("#yes", PressButton).allow(self._form.problem or None)
        lines: list[tuple[Cell, Cell]] = [(each, EMPTY) for each in presenter.preview(self._form, self.program.now())]
        self.query_one("#preview", Line).show_lines(lines)

    def action_turn_type(self) -> None:
        kinds = list(SyncType)
        self._type = kinds[(kinds.index(self._type) + 1) % len(kinds)]
        self.query_one("#type", PressButton).set_label(self._type)

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif event.button.id == "type":
            self.action_turn_type()
        elif event.button.why_not is None:
            self.run_worker(self._save(), exit_on_error=True)

    async def _save(self) -> None:
        form, services = self._form, self.program.services
        if form is None or form.recurrence is None:
            return
        draft = presenter.draft(form, self._account, self._type, self._schedule, services.actor.name)
        try:
            if self._schedule is None:
                saved = await services.add_schedule(draft)
            else:
                saved = await services.edit_schedule(self._schedule.id, draft)
        except (ServiceError, StoreError) as error:
            self.query_one("#preview", Line).show_lines([(Cell((Span(cell(str(error)).plain, "bad"),)), EMPTY)])
            return
        from gradesync_tui.console.presenters.schedules import name

        self.program.tell(f"{'Made' if self._schedule is None else 'Changed'} {name(saved)}.")
        self.dismiss(None)
