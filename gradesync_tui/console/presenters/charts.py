"""Small drawings of text: bars, sparklines, days in columns. Each has a form in letters for plain terminals."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, Tone
from gradesync_tui.console.presenters.statuses import letter, tone
from gradesync_tui.domain.records import DayTotals, Run

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def trend(runs: Sequence[Run], icons: bool = True, most: int = 30) -> Cell:
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


def columns(values: Sequence[int], height: int, look: Tone, bar: int = 1, gap: int = 1) -> list[Cell]:
    """Values as upright bars of `height` lines, from the top line down, to an eighth of a line."""
    top = max(values, default=0) or 1
    rows = []
    for level in range(height, 0, -1):
        line = []
        for value in values:
            eighths = round(value * height * 8 / top)
            if value and not eighths:
                eighths = 1
            part = max(0, min(8, eighths - (level - 1) * 8))
            line.append(_EIGHTHS[part] * bar)
        rows.append(Cell((Span((" " * gap).join(line), look),)))
    return rows


def columns_ascii(values: Sequence[int], height: int, look: Tone, bar: int = 1, gap: int = 1) -> list[Cell]:
    """As `columns`, with `#` for full lines."""
    top = max(values, default=0) or 1
    rows = []
    for level in range(height, 0, -1):
        line = [
            ("#" if (value and value * height >= top * (level - 0.5)) or (value and level == 1) else " ") * bar
            for value in values
        ]
        rows.append(Cell((Span((" " * gap).join(line), look),)))
    return rows


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
