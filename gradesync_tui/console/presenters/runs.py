"""History rows, and the details of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Span, Tone, cell, cells, fit, number
from gradesync_tui.console.presenters.statuses import sign, status_cell, tone
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import CauseCount, Run, StageProgress
from gradesync_tui.domain.text import clean, count
from gradesync_tui.domain.words import RunMode, RunStatus, Stage

COLUMNS: tuple[Column, ...] = (
    Column("started", "Started", 18, 18, most_first=True),
    Column("updated", "Updated", 18, 18, rank=9, most_first=True),
    Column("took", "Took", 7, 7, rank=5, align="right", most_first=True),
    Column("by", "Requested by", 14, 20),
    Column("type", "Type", 14, 14, rank=8),
    Column("stage", "Stage", 21, 32, rank=7),
    Column("status", "Status", 14, 14),
    Column("assignments", "Assign.", 7, 7, rank=4, align="right", most_first=True),
    Column("scores", "Scores", 8, 8, align="right", most_first=True),
    Column("problems", "Problems", 8, 8, align="right", most_first=True),
)


@dataclass(frozen=True, slots=True)
class RunView:
    """How runs are looked at: the time it is, the account's zone, and whether signs may be drawn."""

    now: Instant
    zone: str
    icons: bool = True


def began(run: Run) -> Instant:
    """When it started; for one that has not, when it was asked for."""
    return run.started_at if run.started_at is not None else run.requested_at


def row(run: Run, view: RunView) -> dict[str, Cell]:
    """The cells of a run."""
    from gradesync_tui.domain import when

    sent_nothing = run.started_at is None
    problems = run.counts.problems
    waits: Tone = "text" if run.status.finished else "strong"
    return {
        "started": cell(when.moment(began(run), view.now, view.zone), waits),
        "updated": cell(when.moment(run.updated_at, view.now, view.zone), "muted"),
        "took": took(run, view.now),
        "by": cell(run.requested_by, "text" if run.schedule_id is None or run.due_at is None else "muted"),
        "type": cell("Preview", "accent") if run.mode is RunMode.PREVIEW else cell(run.type, "muted"),
        "stage": stage_cell(run),
        "status": status_cell(run.status, view.icons),
        "assignments": number(None if sent_nothing else run.counts.assignments),
        "scores": number(None if sent_nothing else run.counts.scores),
        "problems": number(problems, "warn") if problems else cell("–", "faint"),
    }


def took(run: Run, now: Instant) -> Cell:
    """How long it took, or how long it has been going."""
    from gradesync_tui.domain import when

    if run.started_at is None:
        return EMPTY
    if run.finished_at is not None:
        return cell(when.duration(run.finished_at - run.started_at), "muted")
    return cell(when.duration(max(0, now - run.started_at)), "run")


def stage_cell(run: Run) -> Cell:
    """The stage it is in, or the one it failed in."""
    if run.stage is None or run.status in (RunStatus.COMPLETED, RunStatus.WARNING, RunStatus.SKIPPED):
        return cell(run.note, "muted") if run.status is RunStatus.SKIPPED else EMPTY
    return cell(run.stage, "text" if run.status is RunStatus.IN_PROGRESS else "muted")


def title(total: int, shown: int | None, *, more: bool = False) -> str:
    """How many runs there are: `1,204 runs`, `12 of 1,204`; `more` while they are still being counted: `200+ runs`."""
    plus = "+" if more else ""
    if shown is not None:
        return f"{shown:,}{plus} of {total:,}"
    return f"{total:,}+ runs" if more else count(total, "run")


# --- one run ---------------------------------------------------------------------------------------------------------

_WEIGHTS: dict[Stage, int] = {
    Stage.FETCH_SNAPSHOT: 5,
    Stage.TRANSFORM_SNAPSHOT: 2,
    Stage.GET_ASSIGNMENTS: 8,
    Stage.TRANSFORM_ASSIGNMENTS: 2,
    Stage.POST_ASSIGNMENTS: 13,
    Stage.GET_SUBMISSIONS: 25,
    Stage.TRANSFORM_SUBMISSIONS: 5,
    Stage.POST_SUBMISSIONS: 38,
    Stage.UPDATE_SYNC_TIME: 2,
}


def progress(run: Run, stages: Sequence[StageProgress]) -> float:
    """How far a run is, from 0 to 1, by what its stages usually weigh."""
    if run.status in (RunStatus.COMPLETED, RunStatus.WARNING):
        return 1.0
    done = 0.0
    for each in stages:
        weight = _WEIGHTS[each.stage]
        if each.finished_at is not None:
            done += weight
        elif each.started_at is not None and each.total:
            done += weight * min(1.0, each.done / each.total)
    return done / 100


def bar(part: float, width: int) -> Cell:
    """A thin progress bar of a given width, to half a cell."""
    halves = round(part * width * 2)
    full, half = divmod(halves, 2)
    rest = width - full - half
    return Cell(
        (
            Span("━" * full, "run"),
            Span("╸" if half else "", "run"),
            Span("─" * rest, "faint"),
        )
    )


def bar_ascii(part: float, width: int) -> Cell:
    """As `bar`, for terminals without line drawing."""
    full = round(part * width)
    return Cell((Span("#" * full, "run"), Span("." * (width - full), "faint")))


def heading(run: Run, view: RunView) -> Cell:
    """Which run this is and who asked for it."""
    from gradesync_tui.domain import when

    kind = str(run.type)
    if run.mode is RunMode.PREVIEW:
        kind += " preview, sends nothing"
    elif run.mode is RunMode.FULL:
        kind += ", everything compared"
    verb = "started" if run.started_at is not None else "queued"
    return Cell(
        (
            Span(f"Run {run.id:,}", "strong"),
            Span(f"  {kind}", "accent" if run.mode is RunMode.PREVIEW else "text", extra=True),
            Span(f"  {verb} {when.moment(began(run), view.now, view.zone)}", "text"),
            Span(f"  asked for by {clean(run.requested_by)}", "muted", extra=True),
        )
    )


def stage_sign(run: Run, each: StageProgress, icons: bool = True) -> tuple[str, Tone]:
    """The sign and tone of a stage: done, going, where it stopped, or still to come."""
    if each.finished_at is not None:
        return ("✓" if icons else "+", "ok")
    if each.started_at is not None:
        if run.status.finished:
            return (sign(run.status, icons), tone(run.status))
        return ("●" if icons else ">", "run")
    return ("·" if icons else ".", "faint")


def stage_parts(run: Run, each: StageProgress, now: Instant, icons: bool = True) -> tuple[Span, Span, Span, Span]:
    """A stage as sign, name, time and count."""
    from gradesync_tui.domain import when

    drawn, mark_tone = stage_sign(run, each, icons)
    going = each.started_at is not None and each.finished_at is None and not run.status.finished
    name_tone: Tone = "strong" if going else "faint" if each.started_at is None else "text"
    time = ""
    if each.started_at is not None:
        end = each.finished_at or (now if going else run.finished_at or each.started_at)
        time = when.duration(max(0, end - each.started_at))
    if each.total and (going or each.done < each.total):
        counted = f"{each.done:,} of {each.total:,}"
    else:
        counted = f"{each.done:,}" if each.done else ""
    return (
        Span(drawn, mark_tone),
        Span(each.stage, name_tone),
        Span(time, "muted"),
        Span(counted, "strong" if going else "muted"),
    )


def stage_line(run: Run, each: StageProgress, now: Instant, icons: bool = True) -> Cell:
    """A stage in one piece: `✓ Post Assignments 0:04  118`."""
    mark, name, time, counted = stage_parts(run, each, now, icons)
    spans = [mark, Span(" "), name]
    if time.text:
        spans += [Span(" "), time]
    if counted.text:
        spans += [Span("  "), counted]
    return Cell(tuple(spans))


def stage_grid(run: Run, stages: Sequence[StageProgress], now: Instant, width: int, icons: bool = True) -> list[Cell]:
    """The stages in three columns, read downwards, with times and counts below each other; none if that is too wide."""
    parts = [stage_parts(run, each, now, icons) for each in stages]
    columns = [parts[at : at + _DEEP] for at in range(0, len(parts), _DEEP)]
    rooms = [[max(cell_len(each[at].text) for each in column) for at in range(4)] for column in columns]
    if sum(sum(room) + 4 for room in rooms) + _APART * (len(columns) - 1) > width:
        return []
    lines: list[Cell] = []
    for row in range(min(_DEEP, len(parts))):
        spans: list[Span] = []
        for column, (_, name_room, time_room, count_room) in zip(columns, rooms, strict=True):
            if row < len(column):
                mark, name, time, counted = column[row]
                spans += [Span(" " * _APART)] if spans else []
                spans += [mark, Span(" "), *fit(Cell((name,)), name_room), Span(" ")]
                spans += [*fit(Cell((time,)), time_room, "right"), Span("  ")]
                spans += fit(Cell((counted,)), count_room, "right")
        lines.append(Cell(tuple(spans)))
    return lines


_DEEP = 3
_APART = 4


def changes(run: Run) -> Cell:
    """What Canvas reported, each kind under its own name."""
    said = [f"{amount:,} {name}" for amount, name in _kinds(run)]
    return cell(" · ".join(said)) if said else _nothing(run)


def change_lines(run: Run) -> list[tuple[Cell, Cell]]:
    """As `changes`, a line each with its count at the right."""
    listed = [(cell(name[:1].upper() + name[1:]), number(amount)) for amount, name in _kinds(run)]
    return listed or [(_nothing(run), EMPTY)]


def _kinds(run: Run) -> list[tuple[int, str]]:
    counts = run.counts
    parts = [
        (counts.new_assignments, "new assignment", "new assignments"),
        (counts.scores_added, "score added", "scores added"),
        (counts.scores_posted, "posted", "posted"),
        (counts.scores_changed, "changed", "changed"),
    ]
    return [(amount, one if amount == 1 else many) for amount, one, many in parts if amount]


def _nothing(run: Run) -> Cell:
    return cell("Nothing to carry" if run.status.finished and run.started_at else "Nothing carried yet", "muted")


def trouble(run: Run, causes: Sequence[CauseCount], width: int = 200) -> Cell:
    """The problems in one line, by as many causes as fit: `5 problems: 3 Name used twice, and 2 more causes`."""
    total = run.counts.problems
    if not total and run.cause is None:
        return EMPTY
    from gradesync_tui.domain import causes as catalogue

    if not total and run.cause is not None:
        return cell(catalogue.explain(run.cause).title, "bad")
    said = cells((count(total, "problem"), "warn"))
    for few in range(1, min(len(causes), _CAUSES) + 1):
        named = ", ".join(f"{each.records:,} {catalogue.cause(each.cause).title}" for each in causes[:few])
        more = f", and {count(len(causes) - few, 'more cause')}" if len(causes) > few else ""
        longer = cells((count(total, "problem"), "warn"), (f": {named}{more}", "text"))
        if few > 1 and longer.width > width:
            break
        said = longer
    return said


_CAUSES = 4


def note(run: Run) -> Cell:
    """What the history adds to a run: missed occurrences, what it continues, why it was skipped or failed."""
    parts = []
    if run.missed:
        parts.append(f"catches up on {count(run.missed, 'missed occurrence')}")
    if run.continues is not None:
        parts.append(f"goes on with run {run.continues:,}")
    if run.merged_into is not None:
        parts.append(f"became one with run {run.merged_into:,}")
    if run.cancel_by:
        parts.append(f"cancelled by {clean(run.cancel_by)}")
    if run.note:
        parts.append(clean(run.note))
    return cell(" · ".join(parts), "muted")


def rate(done: int, seconds: float) -> str:
    """How quick a stage is: `240/s`; empty where there is nothing to say."""
    if seconds < 1 or done <= 0:
        return ""
    speed = done / seconds
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"


def time_left(each: StageProgress, now: Instant) -> str:
    """How long the stage still takes at the speed that it had so far; empty where that cannot be said."""
    if each.started_at is None or each.finished_at is not None or not each.total or each.done <= 0:
        return ""
    passed = now - each.started_at
    if passed <= 0 or each.done >= each.total:
        return ""
    from gradesync_tui.domain import when

    return "about " + when.duration(passed * (each.total - each.done) // each.done) + " left"
