"""The lines around the content: where one is, what has the focus, which keys work, what was just said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, Tone, cells, fit, wrap
from gradesync_tui.console.themes import Palette
from gradesync_tui.console.widgets.host import palette_of
from gradesync_tui.console.widgets.paint import segments


def difference(old: Sequence[Span], new: Sequence[Span]) -> tuple[int, int]:
    """From which cell to which (not included) two lines differ."""
    before = [(char, span.tone, span.press) for span in old for char in span.text]
    after = [(char, span.tone, span.press) for span in new for char in span.text]
    width = max(sum(cell_len(span.text) for span in line) for line in (old, new))
    if len(before) != len(after) or len(after) != width:
        # Wide characters shift what follows them.
        return 0, width + 1
    differing = [at for at in range(width) if before[at] != after[at]]
    return (differing[0], differing[-1] + 1) if differing else (0, 1)


class Line(Widget):
    """Lines of cells, each with a part at the left and one at the right; drawn without any layout."""

    DEFAULT_CSS = "Line { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[tuple[Cell, Cell], ...] = ()

    def show(self, left: Cell, right: Cell = EMPTY) -> None:
        """One line. Nothing is drawn if nothing has changed."""
        self.show_lines(((left, right),))

    def show_lines(self, lines: Sequence[tuple[Cell, Cell]]) -> None:
        """Several lines, from the top; only what differs is drawn."""
        before, self._lines = self._lines, tuple(lines)
        if before == self._lines:
            return
        for y in range(min(self.size.height, max(len(before), len(self._lines)))):
            old = before[y] if y < len(before) else (EMPTY, EMPTY)
            new = self._lines[y] if y < len(self._lines) else (EMPTY, EMPTY)
            if old != new:
                first, last = difference(self._laid_out(old), self._laid_out(new))
                self.refresh(Region(first, y, last - first, 1))
        if not self.size.height:
            self.refresh()

    def _laid_out(self, line: tuple[Cell, Cell]) -> list[Span]:
        """A line's two parts, padded to the whole width."""
        left, right = line
        width = self.size.width
        room = max(0, width - right.width - 4) if right.spans else width
        laid = [*fit(left, room)]
        if right.spans:
            laid += [Span("  "), *fit(right, max(0, width - room - 4))]
        return laid

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, base)
        line = segments(self._laid_out(self._lines[y]), palette_of(self), base)
        return Strip(line).adjust_cell_length(width, base)


SMALLEST = Size(60, 16)
"""Below this a screen says so instead of being drawn in pieces."""


class TooSmall(Line):
    """What stands in place of a screen that has no room."""

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def look_at(self, size: Size) -> bool:
        """Whether a size is too small, which is said then."""
        lines = (
            cells((f" {size.width}x{size.height} is too small.", "warn")),
            cells((f" The console needs {SMALLEST.width}x{SMALLEST.height}.", "text")),
            cells((" Esc goes back, q quits.", "muted")),
        )
        self.show_lines([(line, EMPTY) for line in lines])
        return size.width < SMALLEST.width or size.height < SMALLEST.height


class SectionTitle(Line):
    """The title of a section: accented while the section has the focus, so that one sees where the keys go."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._parts: tuple[str, Cell] = ("", EMPTY)
        self._focused = False

    def name_it(self, title: str) -> None:
        """Change the title itself."""
        self._title = title

    def say(self, about: str, right: Cell = EMPTY) -> None:
        """What stands beside the title: how many, and at the far right in which state."""
        self._parts = (about, right)
        self._compose_line()

    def section_focus(self, focused: bool) -> None:
        if focused != self._focused:
            self._focused = focused
            self._compose_line()

    def on_mount(self) -> None:
        self._compose_line()

    def _compose_line(self) -> None:
        about, right = self._parts
        tone: Tone = "accent" if self._focused else "strong"
        self.show(Cell((Span(f" {self._title}", tone), Span("  " + about, "muted"))), right)


class KeyBar(Line):
    """At most six keys, those of the focused section."""

    def show_keys(self, keys: Sequence[tuple[str, str, str, bool]]) -> None:
        """Keys as (key, label, action id, whether it can be done)."""
        gap = next((gap for gap in (3, 2) if _key_room(keys, gap) <= self.app.size.width), 2)
        while len(keys) > 2 and _key_room(keys, gap) > self.app.size.width:
            # The last one says where all the others are.
            keys = [*keys[:-2], keys[-1]]
        spans: list[Span] = [Span(" ")]
        for number, (key, label, action, can) in enumerate(keys):
            spans += [
                Span(" " * gap if number else ""),
                Span(key, "accent" if can else "button-off", (action, 0)),
                Span(f" {label}", "text" if can else "button-off", (action, 0)),
            ]
        self.show(Cell(tuple(spans)))


def _key_room(keys: Sequence[tuple[str, str, str, bool]], gap: int) -> int:
    """The cells that keys take in the footer."""
    return 2 + sum(cell_len(key) + 1 + cell_len(label) for key, label, *_ in keys) + gap * (len(keys) - 1)


class PressButton(Widget, can_focus=True):
    """A button of one line, pressed by mouse, Enter or blank. The label is ours, never from outside."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", "Press", show=False)]

    class Pressed(Message):
        """It was pressed."""

        def __init__(self, button: PressButton) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> PressButton:
            return self.button

    def __init__(self, label: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.label = label
        self.why_not: str | None = None

    def set_label(self, label: str) -> None:
        if label != self.label:
            self.label = label
            self.refresh(layout=True)

    def allow(self, why_not: str | None) -> None:
        """Say whether it can be pressed; the reason is shown when it is pressed all the same."""
        if why_not != self.why_not:
            self.why_not = why_not
            self.set_class(why_not is not None, "-off")
            self.refresh()

    def get_content_width(self, container: object, viewport: object) -> int:
        return len(self.label) + 4

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        palette: Palette = palette_of(self)
        edge = base + (palette["button-off"] if self.why_not else palette["accent"])
        label = base + (palette["button-off"] if self.why_not else Style())
        if self.has_focus:
            return Strip([Segment(f"[ {self.label} ]", base + palette["accent"] + Style(reverse=True, bold=True))])
        return Strip([Segment("[ ", edge), Segment(self.label, label), Segment(" ]", edge)])

    def action_press(self) -> None:
        self.post_message(self.Pressed(self))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Pressed(self))


class Notice(Line):
    """What was just said, over the last line of the content, for some seconds."""

    _text = EMPTY

    def say(self, text: Cell) -> None:
        """Show it, over as many lines as it needs."""
        self._text = text
        self.fit()
        self.display = True

    def fit(self) -> None:
        """Take the lines that the words need in the width that there is."""
        lines = wrap(self._text, max(10, self.app.size.width - 8))
        self.styles.height = len(lines)
        self.show_lines([(Cell((Span("  "), *line.spans, Span("  "))), EMPTY) for line in lines])

    def hush(self) -> None:
        self.display = False
