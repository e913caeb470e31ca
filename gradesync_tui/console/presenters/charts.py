"""Small drawings of text: bars, sparklines, days in columns. Each has a form in letters for plain terminals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, Tone
from gradesync_tui.console.presenters.statuses import letter, tone
from gradesync_tui.domain.records import DayTotals, PastRun
from gradesync_tui.domain.words import RunStatus

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def trend(runs: Sequence[PastRun], icons: bool = True, most: int = 30) -> Cell:
    """A schedule's last runs, oldest first: the bar's height is how long each took, its tone how it ended.

    Without icons each run is a letter; capitals want attention.
    """
    shown = [run for run in runs[:most] if run.started_at is not None or run.status.finished][::-1]
    if not shown:
        return EMPTY
    if not icons:
        return Cell((Span("last runs ", "faint"), *(Span(letter(run.status), tone(run.status)) for run in shown)))
    took = [(run.finished_at or run.updated_at) - run.started_at if run.started_at is not None else 0 for run in shown]
    longest = max(took) or 1
    bars = []
    for run, length in zip(shown, took, strict=True):
        look = tone(run.status)
        # What failed or warns keeps its height but is lettered, so that it does not rest on colour.
        mark = letter(run.status) if look in ("bad", "warn") else _EIGHTHS[max(1, round(length * 8 / longest))]
        bars.append(Span(mark, look))
    return Cell((Span("last runs ", "faint"), *bars))


def sparkline(values: Sequence[float], width: int, look: Tone = "accent") -> Cell:
    """The last `width` values as one line, scaled to the greatest."""
    shown = list(values)[-width:]
    top = max(shown, default=0)
    if top <= 0:
        return EMPTY
    return Cell((Span("".join(_EIGHTHS[max(1, round(value * 8 / top)) if value > 0 else 0] for value in shown), look),))


def columns(
    values: Sequence[int],
    height: int,
    look: Tone,
    *,
    top: int = 0,
    bar: int = 1,
    gap: int = 1,
    icons: bool = True,
    marked: Collection[int] = (),
) -> list[Cell]:
    """Values as upright bars of `height` lines, from the top line down, to an eighth of a line (`#` without icons).

    top: the value that fills the height; the greatest if 0. marked: which bars stand on a sign of failure.
    """
    top = top or max(values, default=0) or 1
    rows = []
    for level in range(height, 0, -1):
        pieces: list[tuple[str, Tone]] = []
        for at, value in enumerate(values):
            if level == 1 and at in marked:
                pieces.append((letter(RunStatus.FAILED).ljust(bar), "bad"))
            else:
                pieces.append((_part(value, level, height, top, icons) * bar, look))
            pieces.append((" " * gap, look))
        rows.append(_joined(pieces[:-1]))
    return rows


def _part(value: int, level: int, height: int, top: int, icons: bool) -> str:
    """What a bar shows in the line of a level, counted from 1 at the bottom."""
    if not icons:
        return "#" if value and (level == 1 or value * height >= top * (level - 0.5)) else " "
    eighths = max(round(value * height * 8 / top), 1 if value else 0)
    return _EIGHTHS[max(0, min(8, eighths - (level - 1) * 8))]


def _joined(pieces: Sequence[tuple[str, Tone]]) -> Cell:
    """Pieces as a cell of as few spans as their tones allow."""
    spans = [Span("".join(text for text, _ in run), look) for look, run in groupby(pieces, key=lambda piece: piece[1])]
    return Cell(tuple(spans))


def round_top(value: int) -> int:
    """The least round number that is not below a value, for the top of a chart: 24,300 gives 25,000."""
    size = 1
    while value > size * 10:
        size *= 10
    return next(step * size // 10 for step in _STEPS if step * size >= value * 10 and step * size % 10 == 0)


_STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""Tenths of a power of ten that read well on an axis."""


def short(value: int) -> str:
    """A count in at most five cells: `9,500`, `25k`, `1.5M`."""
    for size, letter_of in ((1_000_000, "M"), (1_000, "k")):
        if value >= 10 * size or (size > 1_000 and value >= size):
            return f"{value / size:.3g}{letter_of}"
    return f"{value:,}"


def value_axis(top: int, height: int) -> list[Cell]:
    """The values beside a chart's lines, the top one first: its top, its middle if that is whole, and nought."""
    labels = [""] * height
    labels[0], labels[-1] = short(top), "0"
    middle = height // 2
    if height >= 6 and height % 2 == 0 and top % 2 == 0:
        labels[middle] = short(top // 2)
    return [Cell((Span(f"{label:>{AXIS - 1}} ", "faint"),)) for label in labels]


AXIS = 6
"""Cells that the values take at the left of a chart."""


def day_axis(days: Sequence[DayTotals], zone: str, bar: int = 1, gap: int = 1) -> Cell:
    """The days under the columns: the date at the first, and at every seventh from the last."""
    from gradesync_tui.domain.clock import to_datetime

    step = bar + gap
    width = len(days) * step
    line = [" "] * (width + 8)
    for back in range(len(days) - 1, -1, -7):
        moment = to_datetime(days[back].day, zone)
        label = f"{moment:%b} {moment.day}"
        start = max(0, back * step + bar - len(label))
        if all(char == " " for char in line[start : start + len(label) + 1]):
            line[start : start + len(label)] = label
    return Cell((Span("".join(line).rstrip(), "faint"),))
