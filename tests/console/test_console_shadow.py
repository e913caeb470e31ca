"""Whatever is drawn in whatever order, the terminal shows the same as if every update had been sent in full."""

from __future__ import annotations

from collections.abc import Sequence

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from gradesync_tui.console.shadow import Saving, Shadow

WIDTH, HEIGHT = 24, 4
CUT = 9
"""Where two widgets meet on every line."""
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH, height=HEIGHT)
ROOM = Region(0, 0, WIDTH, HEIGHT)


class Seen:
    """A terminal, and what a person sees on it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def feed(self, sent: str) -> None:
        self.stream.feed(sent)

    def cells(self) -> list[tuple[object, ...]]:
        return [self._look(self.screen.buffer[y][x]) for y in range(HEIGHT) for x in range(WIDTH)]

    @staticmethod
    def _look(cell: pyte.screens.Char) -> tuple[object, ...]:
        drawn = cell.underscore or cell.reverse or cell.strikethrough
        if cell.data == " " and not drawn:
            return (" ", cell.bg)
        return tuple(cell)


colours = st.sampled_from(["default", "red", "bright_blue", "#102030", "#ffeedd"])
styles = st.builds(
    Style,
    color=colours,
    bgcolor=colours,
    bold=st.booleans(),
    italic=st.none() | st.booleans(),
    underline=st.booleans(),
    reverse=st.booleans(),
    strike=st.booleans(),
    meta=st.sampled_from([None, {"row": 1}]),
)
ACCENT = "\u0301"
wide = st.lists(st.sampled_from(["a", " ", "語", "🙂", "e" + ACCENT]), max_size=6).map("".join)
texts = st.text("ab  ─✓…", max_size=12) | wide


@st.composite
def strips(draw: st.DrawFn, width: int) -> Strip:
    drawn = draw(st.lists(st.tuples(texts, st.none() | styles), max_size=4))
    return Strip([Segment(text, style) for text, style in drawn]).adjust_cell_length(width, draw(styles))


@st.composite
def updates(draw: st.DrawFn) -> LayoutUpdate | ChopsUpdate:
    """All of the screen, or some spans of it, as the toolkit gives them."""
    lines = [[draw(strips(CUT)), draw(strips(WIDTH - CUT))] for _ in range(HEIGHT)]
    if draw(st.booleans()):
        return LayoutUpdate([*lines], ROOM)
    chops = [{0: left, CUT: right if draw(st.booleans()) else None} for left, right in lines]
    span = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH))
    spans = sorted(draw(st.lists(span.filter(lambda one: one[1] < one[2]), min_size=1, max_size=3)))
    # The toolkit's own way of cropping cuts wide characters in two; whole pieces can be compared.
    whole = [(y, 0 if start < CUT else CUT, WIDTH if end > CUT else CUT) for y, start, end in spans]
    return ChopsUpdate(chops, whole, [[CUT, WIDTH]] * HEIGHT)


def layout(lines: Sequence[str], style: Style | None = None) -> LayoutUpdate:
    return LayoutUpdate([[Strip([Segment(line.ljust(WIDTH), style)])] for line in lines], ROOM)


@settings(max_examples=80, deadline=None)
@given(st.lists(updates() | st.none(), max_size=4))
def test_the_terminal_shows_what_it_would_if_all_were_sent(drawn: list[LayoutUpdate | ChopsUpdate | None]) -> None:
    shadow, thrifty, full = Shadow(), Seen(), Seen()
    for update in drawn:
        if update is None:
            shadow.forget()
            continue
        # After each line it sends a line feed as well, which has no effect because the cursor is placed next.
        full.feed(update.render_segments(CONSOLE).replace("\n", ""))
        thrifty.feed(Saving(shadow, update).render_segments(CONSOLE))
        assert thrifty.cells() == full.cells()


def test_what_stands_there_is_not_sent_again() -> None:
    shadow, update = Shadow(), layout(["Schedules", "✓ Completed"], Style(bold=True, color="red"))
    assert "Completed" in Saving(shadow, update).render_segments(CONSOLE)
    assert Saving(shadow, update).render_segments(CONSOLE) == ""


def test_a_changed_character_costs_itself_and_the_way_to_it() -> None:
    shadow = Shadow()
    Saving(shadow, layout(["Run 1,204", "in 34 min"])).render_segments(CONSOLE)
    sent = Saving(shadow, layout(["Run 1,204", "in 33 min"])).render_segments(CONSOLE)
    assert sent == "\x1b[2;5H3"


def test_a_text_of_disputed_width_takes_what_stands_beside_it_along() -> None:
    shadow = Shadow()
    for _ in range(2):
        update = LayoutUpdate(
            [[Strip([Segment("name")]), Strip([Segment(ACCENT + "語")]), Strip([Segment("|")])]], ROOM
        )
        assert Saving(shadow, update).render_segments(CONSOLE).endswith(f"{ACCENT}語\x1b[7G|")


def test_what_follows_a_text_of_disputed_width_stands_in_its_column() -> None:
    """As in a row with a family of emoji in a name: terminals draw it in two columns, or in eight."""
    row = Strip([Segment("Posted By "), Segment("👩‍👩‍👧 Zoë "), Segment("Pause")])
    sent = Shadow().take([(0, 0, row)], ColorSystem.TRUECOLOR)
    pause = row.cell_length - len("Pause")
    assert sent.endswith(f"\x1b[{pause + 1}GPause")
    spoilt = Seen()
    spoilt.feed("x" * WIDTH + sent)
    assert "x" not in spoilt.screen.display[0][:pause]


def test_once_forgotten_everything_is_sent_to_a_terminal_that_shows_something_else() -> None:
    shadow, update = Shadow(), layout(["Schedules", "History"])
    Saving(shadow, update).render_segments(CONSOLE)
    spoilt = Seen()
    spoilt.feed("x" * WIDTH + "\x1b[2;1Hrm: cannot remove")
    shadow.forget()
    spoilt.feed(Saving(shadow, update).render_segments(CONSOLE))
    assert [line.rstrip() for line in spoilt.screen.display[:2]] == ["Schedules", "History"]


def test_a_terminal_with_few_colours_is_sent_only_those() -> None:
    strip = Strip([Segment("ok", Style(color="#00ff00", bgcolor="#102030"))])
    assert Shadow().take([(0, 0, strip)], ColorSystem.STANDARD) == "\x1b[1;1H\x1b[32;40mok\x1b[m"
