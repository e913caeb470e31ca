"""What a form is filled in with: a line to type in, a choice of a few, something to tick, a list to mark in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.suggester import SuggestFromList
from textual.widgets import Input

from gradesync_tui.console.presenters.cells import Cell, Column, cell
from gradesync_tui.console.themes import Palette
from gradesync_tui.console.widgets.bars import PressButton
from gradesync_tui.console.widgets.host import palette_of, shows_icons
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.text import clean

if TYPE_CHECKING:
    from gradesync_tui.console.screens.menu import Choice


_LONGEST = 4_000
"""Characters that a field takes; more than any address or name has."""


class TextField(Input):
    """A line to type in. What goes on to the left or the right of what is in sight is marked by `…`."""

    def __init__(self, value: str = "", *, hint: str = "", id: str, suggestions: Sequence[str] = ()) -> None:
        helper = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        super().__init__(value, placeholder=hint, id=id, suggester=helper)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What stands in a field may come from the database or out of a clipboard: made safe as everywhere."""
        return clean(value, limit=_LONGEST)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        width, start = self.scrollable_content_region.width, round(self.scroll_x) if self.value else 0
        whole = cell_len(self.value or self.placeholder)
        cursor = cell_len(self.value[: self.cursor_position]) - start if self.has_focus else -1
        if start > 0 and cursor != 0:
            strip = self._marked(strip, 0)
        if whole - start > width and cursor != width - 1:
            strip = self._marked(strip, width - 1)
        return strip

    def _marked(self, strip: Strip, at: int) -> Strip:
        sign = Strip([Segment("…", self.rich_style + palette_of(self)["muted"])], 1)
        return Strip.join([strip.crop(0, at), sign, strip.crop(at + 1)])


class PickButton(PressButton):
    """One of a few values: the arrows turn it, Enter shows them all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Before", show=False),
        Binding("right", "turn(1)", "Next", show=False),
    ]

    class Picked(Message):
        """Another value was picked."""

        def __init__(self, button: PickButton) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> PickButton:
            return self.button

    def __init__(self, title: str, choices: Sequence[Choice], value: str, *, id: str) -> None:
        self.title = title
        self.choices = tuple(choices)
        known = [choice.value for choice in self.choices]
        # What is no longer offered is shown all the same: it is what is kept.
        self.value = value if value or "" in known else known[0]
        super().__init__(self._words(), id=id)

    def _words(self) -> str:
        label = next((choice.label for choice in self.choices if choice.value == self.value), self.value)
        return clean(label, limit=50)

    def pick(self, value: str) -> None:
        """Take a value; tells about it only if it is another."""
        if value != self.value:
            self.value = value
            self.set_label(self._words())
            self.post_message(self.Picked(self))

    def get_content_width(self, container: object, viewport: object) -> int:
        return cell_len(self.label) + 4

    def render_line(self, y: int) -> Strip:
        base, accent = self.rich_style, palette_of(self)["accent"]
        sign = "▾" if shows_icons(self) else "v"
        if self.has_focus:
            return Strip([Segment(f" {self.label} {sign} ", base + accent + Style(reverse=True, bold=True))])
        strong = base + palette_of(self)["strong"] + Style(bold=False)
        return Strip([Segment(f" {self.label} ", strong), Segment(f"{sign} ", base + accent)])

    def action_turn(self, by: int) -> None:
        known = [choice.value for choice in self.choices]
        at = known.index(self.value) if self.value in known else 0
        self.pick(known[(at + by) % len(known)])

    def action_press(self) -> None:
        from gradesync_tui.console.screens.menu import MenuScreen

        self.app.push_screen(MenuScreen(self.title, self.choices, current=self.value), self._chosen)

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        # A click asks what Enter asks; the form has nothing to do with it.
        if event.button is self:
            event.stop()
            self.action_press()

    def _chosen(self, value: str | None) -> None:
        if value is not None:
            self.pick(value)


class TickButton(PressButton):
    """Something that is so or not: `[x] cancel it too`."""

    def __init__(self, label: str, on: bool = False, *, id: str) -> None:
        super().__init__(label, id=id)
        self.on = on

    def render_line(self, y: int) -> Strip:
        base, accent = self.rich_style, palette_of(self)["accent"]
        mark = f"[{'x' if self.on else ' '}]"
        if self.has_focus:
            return Strip([Segment(f"{mark} {self.label}", base + accent + Style(reverse=True, bold=True))])
        return Strip([Segment(mark, base + accent), Segment(f" {self.label}", base)])

    def action_press(self) -> None:
        self.on = not self.on
        self.refresh()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        self.action_press()


_NO_KEY = -1
_COLUMNS: tuple[Column, ...] = (Column("mark", "", 3, 4), Column("what", "", 20, 80))


class MarkList(LineTable[tuple[int, str]]):
    """Lines of which any number can be marked; the arrows leave it at its ends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("space,enter", "mark", "Mark", show=False),
        Binding("asterisk", "mark_all", "All or none", show=False),
    ]

    class Marked(Message):
        """A mark was put or taken off."""

    def __init__(self, lines: Sequence[tuple[int, str]], marked: Iterable[int], *, id: str) -> None:
        rows: ListRows[tuple[int, str]] = ListRows(lambda pair: pair[0], lines)
        super().__init__(rows, _COLUMNS, self._line, id=id, header=False)
        self.marks.add(marked)

    def _line(self, pair: tuple[int, str]) -> Mapping[str, Cell]:
        on = pair[0] in self.marks
        sign = ("[✓]" if shows_icons(self) else "[x]") if on else "[ ]"
        return {"mark": cell(sign, "accent" if on else "faint"), "what": cell(pair[1], "text" if on else "muted")}

    def _gutter(self, palette: Palette, on_cursor: bool, key: int, base: Style) -> Segment:
        # Its own column says what is marked.
        return super()._gutter(palette, on_cursor, _NO_KEY, base)

    @property
    def marked(self) -> tuple[int, ...]:
        """The keys that are marked, in the order of the lines."""
        lines = (self.rows.at(index) for index in range(len(self.rows)))
        return tuple(pair[0] for pair in lines if pair is not None and pair[0] in self.marks)

    def action_move(self, by: int) -> None:
        if 0 <= self.cursor + by < len(self.rows):
            self.go(self.cursor + by)
        elif by > 0:
            self.app.action_focus_next()
        else:
            self.app.action_focus_previous()

    def on_click(self, event: events.Click) -> None:
        """A click marks, or takes the mark off."""
        event.prevent_default()
        if "row" in event.style.meta:
            self.go(event.style.meta["row"])
            self.action_mark()

    def action_mark(self) -> None:
        if self.key is not None:
            self.marks.toggle(self.key)
            self.redraw()
            self.post_message(self.Marked())

    async def action_mark_all(self) -> None:
        await self.mark_all()
        self.post_message(self.Marked())

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.action_mark()
