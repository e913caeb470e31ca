"""The Schedules section of Grade Sync: the table with its buttons, and all that can be done with schedules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import DataTable

from gradesync_tui.console.actions import BY_ID, Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import schedules as presenter
from gradesync_tui.console.presenters.cells import Cell, Column, cell
from gradesync_tui.console.presenters.schedules import ScheduleView
from gradesync_tui.console.presenters.search import ordered
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.live_table import LiveTable
from gradesync_tui.console.widgets.marks import RIGHT_BUTTON, MarkWanted, marks_row
from gradesync_tui.domain.clock import SECOND
from gradesync_tui.domain.records import Account, PastRun, Schedule

if TYPE_CHECKING:
    from gradesync_tui.console.schedule_acts import ScheduleActs
    from gradesync_tui.console.screens.menu import Choice


class ScheduleTable(LiveTable, inherit_bindings=False):
    """Schedules with real buttons in their rows: the mouse presses them, and so do the arrows and Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page_down", "Page down", show=False),
        Binding("right,l", "button(1)", "Next button", show=False),
        Binding("left,h", "button(-1)", "Previous button", show=False),
    ]

    class ButtonMoved(Message):
        """The keyboard is on another button of the row, or on none."""

    def __init__(self, columns: Sequence[Column], *, id: str) -> None:
        super().__init__(columns, id=id)
        self.pressed = 0

    class MenuWanted(Message):
        """Somebody clicked a row twice, or with the right button."""

    def on_click(self, event: events.Click) -> None:
        row = event.style.meta.get("row", -1)
        if row < 0 or "@click" in event.style.meta:
            return
        self.move_cursor(row=row)
        if event.button == RIGHT_BUTTON or event.chain == 2:
            self.post_message(self.MenuWanted())
        elif marks_row(event):
            self.post_message(MarkWanted())

    def action_button(self, by: int) -> None:
        self.pressed = max(0, min(2, self.pressed + by))
        self.post_message(self.ButtonMoved())

    def do_list_top(self) -> None:
        self.move_cursor(row=0)

    def do_list_bottom(self) -> None:
        self.move_cursor(row=self.row_count - 1)


class SchedulesSection(ListSection):
    """Every schedule of an account."""

    SECTION: ClassVar[Section] = "schedules"
    TITLE = "Schedules"
    BINDINGS: ClassVar[list[BindingType]] = bindings("schedules")
    table: ScheduleTable

    class Chosen(Message):
        """Another schedule is under the cursor, or the same one has changed."""

        def __init__(self, schedule: Schedule | None) -> None:
            super().__init__()
            self.schedule = schedule

    class HistoryWanted(Message):
        """Somebody wants to see the runs of one schedule only."""

        def __init__(self, schedule: Schedule) -> None:
            super().__init__()
            self.schedule = schedule

    def __init__(self, account: Account, *, id: str = "schedules") -> None:
        super().__init__(id=id)
        self.account = account
        self._line = Line(id="schedule-line")
        self._pause_all = PressButton("Pause All", id="pause-all")
        self._resume_all = PressButton("Resume All", id="resume-all")
        self.schedules: dict[int, Schedule] = {}
        self.recent: Mapping[int, Sequence[PastRun]] = {}
        self.loaded = False
        self._shown: list[Schedule] = []
        self._cells: dict[int, Mapping[str, Cell]] = {}
        self._view: ScheduleView | None = None
        """How the cells were made that are known."""

    def make_table(self) -> ScheduleTable:
        return ScheduleTable(presenter.COLUMNS, id="schedule-table")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-row"):
            yield self.title
            yield self._pause_all
            yield self._resume_all
        yield self.table
        yield self._line

    def on_mount(self) -> None:
        super().on_mount()
        keys = self.program.session.columns.get(self.id or "")
        if keys is not None:
            self.table.all_columns = presenter.chosen_columns(keys)

    # --- what is shown -----------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Read the schedules again and show them."""
        listed = await self.services.schedules(self.account.id)
        self.schedules = {schedule.id: schedule for schedule in listed}
        self._view = None
        self.loaded = True
        self.table.marks.keep(self.schedules)
        await self.apply()
        self.post_message(self.Chosen(self.current_schedule))

    async def apply(self, *, keep: bool = True) -> None:
        found = [one for one in self.schedules.values() if presenter.matches(one, self.filter_text)]
        if self.sorted_by is not None:
            column, down = self.sorted_by
            found = ordered(found, lambda one: presenter.sort_key(one, column), down=down)
        self._shown = found
        self.draw()

    def draw(self) -> None:
        """Show the schedules as they are known, at this moment."""
        view = self.view()
        if not self._still_hold(view):
            self._cells, self._view = {}, view
        under = self.table.row_key if self.table.pressed else None
        rows: list[tuple[int, Mapping[str, Cell]]] = []
        for one in self._shown:
            cells = self._cells.get(one.id)
            if cells is None:
                cells = self._cells[one.id] = presenter.row(one, view)
            rows.append((one.id, presenter.row(one, view, pressed=self.table.pressed) if one.id == under else cells))
        self.table.show(rows)
        self.about()
        self.show_line()

    def _still_hold(self, view: ScheduleView) -> bool:
        """Whether the cells that are known are still true: what is typed within a second makes hundreds only once."""
        made = self._view
        return made is not None and 0 <= view.now - made.now < SECOND and replace(made, now=view.now) == view

    def draw_buttons(self) -> None:
        """Show which button of the row under the cursor the keyboard is on."""
        schedule = self.current_schedule
        if schedule is not None:
            self.table.show_row(schedule.id, presenter.row(schedule, self.view(), pressed=self.table.pressed))

    def view(self) -> ScheduleView:
        return ScheduleView(
            now=self.program.now(),
            icons=self.program.options.icons,
            may_act=self.services.why_not("run", self.account.id) is None,
        )

    def about(self) -> None:
        self.say(presenter.title(list(self.schedules.values()), len(self._shown), bool(self.filter_text)))
        for button, action in ((self._pause_all, "schedule.pause-all"), (self._resume_all, "schedule.resume-all")):
            button.allow(self.place.why_not(BY_ID[action]))

    def show_line(self) -> None:
        """What the table leaves out of the schedule under the cursor."""
        schedule = self.current_schedule
        line = self._line
        if schedule is None:
            text = "No schedule matches. Esc shows all." if self.schedules else "No schedule yet: press n to make one."
            line.show(Cell() if not self.loaded else cell("  " + text, "muted"))
        else:
            recent = self.recent.get(schedule.id, ())
            shown, icons = self.table.shown_whole, self.program.options.icons
            line.show(*presenter.details(schedule, self.program.now(), recent, shown=shown, icons=icons))

    @property
    def current_schedule(self) -> Schedule | None:
        """The schedule under the cursor."""
        key = self.table.row_key
        return None if key is None else self.schedules.get(key)

    @property
    def columns(self) -> Sequence[Column]:
        return self.table.all_columns

    def current(self) -> Mapping[str, Cell] | None:
        schedule = self.current_schedule
        return None if schedule is None else presenter.row(schedule, self.view())

    def record(self, row: Schedule) -> exported.Record:
        return exported.schedule(row)

    def key_of_row(self, row: Schedule) -> int:
        return row.id

    def row_under_cursor(self) -> Schedule | None:
        return self.current_schedule

    async def every_row(self) -> AsyncIterator[Sequence[Schedule]]:
        yield list(self._shown)

    def on_resize(self) -> None:
        if self.loaded:
            self.draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if self.table.pressed:
            self.table.pressed = 0
            self.draw()
        self.show_line()
        self.remember_row(self.table.row_key)
        self.post_message(self.Chosen(self.current_schedule))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        column = str(event.column_key.value)
        if any(each.key == column and each.sorts for each in self.columns):
            self.place.act(self.sort_by(column))

    def on_schedule_table_menu_wanted(self, event: ScheduleTable.MenuWanted) -> None:
        event.stop()
        self.place.action_do("schedule.menu")

    def on_schedule_table_button_moved(self, event: ScheduleTable.ButtonMoved) -> None:
        event.stop()
        self.draw_buttons()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        if self.table.pressed:
            self.table.pressed = 0
            self.draw_buttons()

    # --- what is done ------------------------------------------------------------------------------------------------

    def reason_against(self, action: str) -> str | None:
        if not action.startswith("schedule."):
            return super().reason_against(action)
        if not self.loaded:
            return "The schedules are still being read."
        if action == "schedule.pause-all" and all(one.pause is not None for one in self.schedules.values()):
            return "Every schedule is paused already." if self.schedules else "There is no schedule to pause."
        if action == "schedule.resume-all" and not any(
            one.pause is not None and one.pause.is_by_pause_all for one in self.schedules.values()
        ):
            return "Nothing is paused by Pause All. What was paused otherwise is resumed one by one."
        if not BY_ID[action].of_row and action not in ("schedule.menu", "schedule.history"):
            return None
        targets = self.targets()
        if not targets:
            return "There is no schedule here."
        which = presenter.name(targets[0]) + " is" if len(targets) == 1 else "All of these are"
        if action == "schedule.pause" and all(one.pause is not None for one in targets):
            return f"{which} paused already."
        if action == "schedule.resume" and all(one.pause is None for one in targets):
            return f"{which} active already."
        return None

    def targets(self) -> list[Schedule]:
        """What an action is about, held fast at this instant: the marked schedules, else the one under the cursor."""
        marked = [one for key, one in self.schedules.items() if key in self.table.marks]
        if marked:
            return marked
        schedule = self.current_schedule
        return [] if schedule is None else [schedule]

    def do_schedule_run(self) -> Awaitable[None] | None:
        targets = self.targets()
        return self._acts().run(targets, ask=targets != [self.current_schedule])

    def do_schedule_pause(self) -> Awaitable[None] | None:
        return self._acts().pause(self.targets())

    def do_schedule_resume(self) -> Awaitable[None] | None:
        targets = self.targets()
        return self._acts().resume(targets, ask=targets != [self.current_schedule])

    def do_schedule_pause_all(self) -> Awaitable[None]:
        return self._acts().pause_all(self.account, list(self.schedules.values()))

    def do_schedule_resume_all(self) -> Awaitable[None]:
        return self._acts().resume_all(self.account)

    def do_schedule_remove(self) -> Awaitable[None] | None:
        return self._acts().remove(self.targets())

    def do_schedule_add(self) -> None:
        from gradesync_tui.console.screens.schedule_form import ScheduleForm

        self.program.push_screen(ScheduleForm(self.account), self._saved)

    def do_schedule_edit(self) -> None:
        from gradesync_tui.console.screens.schedule_form import ScheduleForm

        schedule = self.current_schedule
        if schedule is not None:
            self.program.push_screen(ScheduleForm(self.account, schedule), self._saved)

    def _saved(self, schedule: Schedule | None) -> None:
        """Show what was just saved, with the cursor on it."""
        if schedule is not None:
            self.place.act(self._show_saved(schedule.id))

    async def _show_saved(self, schedule_id: int) -> None:
        await self.reload()
        self.table.go_to_key(schedule_id)

    def do_schedule_history(self) -> None:
        schedule = self.current_schedule
        if schedule is not None:
            self.post_message(self.HistoryWanted(schedule))

    def do_schedule_columns(self) -> None:
        """Ask which columns to show."""
        from gradesync_tui.console.screens.columns import ColumnsScreen

        shown = [column.key for column in self.columns]
        self.program.push_screen(
            ColumnsScreen(
                presenter.CHOOSABLE, shown, defaults=presenter.DEFAULT_COLUMNS, least=presenter.LEAST_COLUMNS
            ),
            self._columns_chosen,
        )

    def _columns_chosen(self, keys: tuple[str, ...] | None) -> None:
        if keys is not None:
            self.program.session.columns[self.id or ""] = list(keys)
            self.table.show_columns(presenter.chosen_columns(keys))

    def do_schedule_menu(self) -> None:
        """Enter: the button that the keyboard is on, else the menu of the row."""
        schedule = self.current_schedule
        if schedule is None:
            return
        if self.table.pressed:
            pressed = "schedule.run" if self.table.pressed == 1 else self._second(schedule)
            self.place.action_press(pressed, schedule.id)
            return
        from gradesync_tui.console.screens.menu import MenuScreen

        name = presenter.name(schedule)
        self.program.push_screen(MenuScreen(name, self.choices(schedule)), self._menu_chosen(schedule.id))

    def choices(self, schedule: Schedule) -> list[Choice]:
        """The row's menu, with a reason where something cannot be done."""
        from gradesync_tui.console.screens.menu import Choice

        listed = ["schedule.run", self._second(schedule), "schedule.history", "schedule.edit", "schedule.remove"]
        return [
            Choice(action.id, action.label, action.tooltip, self.program.key_of(action), self.place.why_not(action))
            for action in (BY_ID[action_id] for action_id in listed)
        ]

    def _menu_chosen(self, schedule_id: int) -> Callable[[str | None], None]:
        def chosen(action_id: str | None) -> None:
            if action_id is None:
                return
            if action_id in ("schedule.edit", "schedule.history"):
                self.table.go_to_key(schedule_id)
                self.place.action_do(action_id)
            else:
                self.place.action_press(action_id, schedule_id)

        return chosen

    @staticmethod
    def _second(schedule: Schedule) -> str:
        return "schedule.pause" if schedule.pause is None else "schedule.resume"

    def press(self, action_id: str, schedule_id: int) -> Awaitable[None] | None:
        """A button of a row was pressed: the row is named by its id, wherever the cursor is by now."""
        schedule = self.schedules.get(schedule_id)
        if schedule is None:
            self.program.tell("This schedule is gone: somebody has removed it.", "warning")
            return None
        acts = self._acts()
        does = {
            "schedule.run": acts.run,
            "schedule.pause": acts.pause,
            "schedule.resume": acts.resume,
            "schedule.remove": acts.remove,
        }[action_id]
        return does([schedule])

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        self.place.action_do("schedule.pause-all" if event.button.id == "pause-all" else "schedule.resume-all")

    def _acts(self) -> ScheduleActs:
        from gradesync_tui.console.schedule_acts import ScheduleActs

        return ScheduleActs(self.program, self.place)
