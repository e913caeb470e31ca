"""What is asked over a place: one panel, with its keys and its answers in the last line, the safe answer first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from gradesync_tui.console import stylesheets
from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, key_hints, wrap
from gradesync_tui.console.screens.sized import SizedScreen
from gradesync_tui.console.widgets.bars import Line, PressButton, TooSmall
from gradesync_tui.console.widgets.scroll import TextScroll

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

Answer = TypeVar("Answer")
_Told = TypeVar("_Told")

Hints = tuple[tuple[str, str], ...]
"""Keys, each with what it does."""

_EDGES = 6
"""Columns that the panel's border and padding take."""


class Dialog(SizedScreen[Answer | None], ModalScreen[Answer | None], Generic[Answer]):
    """A panel over a place. Esc answers None, which always means: do nothing."""

    HINTS: ClassVar[Hints] = (("Esc", "Close"),)
    """The keys that work here."""
    CSS_PATH = stylesheets.sheet("dialogs")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-middle")]  # noqa: RUF012  (as the toolkit declares it)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", show=False)]

    def __init__(self, title: str = "", about: str = "") -> None:
        super().__init__()
        self.panel_width = 80
        """The panel's columns, where the terminal has as many."""
        self._heading = (title, about)
        self.hints = self.HINTS
        self._question = Line(id="question")
        self.hint = Line(id="hint")
        self._too_small = TooSmall()

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    # --- to be said by each dialog -----------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The content between the title and the last line."""
        yield from ()

    def buttons(self) -> Iterable[PressButton]:
        """The answers, the safe one first; none where keys alone answer."""
        return ()

    def fit(self) -> None:
        """The terminal has another size: put right what depends on it."""

    # --- shared ------------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield self._question
            yield from self.body()
            with Horizontal(id="answers"):
                yield self.hint
                yield from self.buttons()
        yield self._too_small

    # The toolkit calls the handlers of a subclass and then these: a subclass does not call them itself.

    def on_mount(self) -> None:
        self.set_class(not self.program.options.icons, "-ascii")
        self.query_one("#panel").styles.width = self.panel_width
        self._fit()
        self.call_after_refresh(self.program.typed_ahead.release)

    def on_resize(self) -> None:
        self.set_class(self._too_small.look_at(self.size), "-too-small")
        self._fit()

    def _fit(self) -> None:
        title, about = self._heading
        lines = wrap(
            Cell((*cell(title, "strong").spans, *cell(f"  {about}" if about else "", "muted").spans)), self.room
        )
        self._question.styles.height = max(1, len(lines))
        self._question.show_lines([(line, EMPTY) for line in lines])
        self.show_hints()
        self.fit()

    def show_hints(self, right: Cell = EMPTY) -> None:
        """The keys, as many as have room beside the answers, the last of them first of all; and words at the right."""
        answers = sum(cell_len(button.label) + 6 for button in self.query("#answers PressButton").results(PressButton))
        shown = self.hints
        while len(shown) > 1 and key_hints(*shown).width > self.room - answers - right.width:
            shown = shown[1:]
        self.hint.show(key_hints(*shown), right)

    @property
    def room(self) -> int:
        """The columns between the panel's edges."""
        return max(20, min(self.panel_width, self.app.size.width) - _EDGES)

    def rows_left(self, taken: int) -> int:
        """The rows for a part of the content that may scroll, beside `taken` ones for the rest of the content."""
        edges = 2 if self.app.size.height < 30 else 4
        heading = self._question.styles.height
        title = int(heading.value) if heading is not None else 1
        return max(1, self.app.size.height - edges - title - 3 - taken)

    async def ask(self, question: Dialog[_Told]) -> _Told | None:
        """Ask something in this dialog's stead; the answer, once this one is in sight again."""
        panel: Widget = self.query_one("#panel")
        panel.visible = False
        try:
            return await self.program.push_screen_wait(question)
        finally:
            panel.visible = True

    def action_leave(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Answer, once: a key pressed twice must not answer for the screen below too, which the toolkit would do."""
        if not self.is_active:
            return AwaitComplete()
        return super().dismiss(result)


class ReadingDialog(Dialog[None]):
    """A text to read, as long as it may be."""

    HINTS: ClassVar[Hints] = (("↑ ↓", "Scroll"), ("Esc", "Close"))

    def __init__(self, title: str, text: TextScroll, about: str = "") -> None:
        super().__init__(title, about)
        self.text = text

    def body(self) -> ComposeResult:
        yield self.text

    def on_mount(self) -> None:
        self.text.focus()

    def fit(self) -> None:
        self.text.styles.max_height = self.rows_left(0)

    def on_text_scroll_scrolled(self) -> None:
        below = self.text.below
        scrolls = below or self.text.scroll_y
        self.hints = self.HINTS if scrolls else tuple(each for each in self.HINTS if each[1] != "Scroll")
        self.show_hints(cell(f"{below:,} more below" if below else "", "muted"))
