"""Status as sign, word and tone, so that it never rests on colour alone."""

from __future__ import annotations

from gradesync_tui.console.presenters.cells import Cell, Tone, cells
from gradesync_tui.domain.words import Action, Level, RunStatus

_SIGNS: dict[RunStatus, tuple[str, str, Tone]] = {
    RunStatus.QUEUED: ("…", "..", "wait"),
    RunStatus.IN_PROGRESS: ("●", ">>", "run"),
    RunStatus.COMPLETED: ("✓", "ok", "ok"),
    RunStatus.WARNING: ("!", "!!", "warn"),
    RunStatus.FAILED: ("✗", "XX", "bad"),
    RunStatus.CANCELLED: ("×", "xx", "muted"),
    RunStatus.INTERRUPTED: ("↯", "//", "warn"),
    RunStatus.HELD: ("◼", "##", "warn"),
    RunStatus.SKIPPED: ("–", "--", "muted"),
}

_LETTERS: dict[RunStatus, str] = {
    RunStatus.QUEUED: "q",
    RunStatus.IN_PROGRESS: "p",
    RunStatus.COMPLETED: "c",
    RunStatus.WARNING: "W",
    RunStatus.FAILED: "F",
    RunStatus.CANCELLED: "x",
    RunStatus.INTERRUPTED: "I",
    RunStatus.HELD: "H",
    RunStatus.SKIPPED: "s",
}

_ACTIONS: dict[Action, tuple[str, str, Tone]] = {
    Action.CREATED: ("+", "+", "ok"),
    Action.UPDATED: ("~", "~", "ok"),
    Action.UNCHANGED: ("=", "=", "muted"),
    Action.DELETED: ("−", "-", "muted"),
    Action.WAITING: ("…", "..", "wait"),
    Action.BLOCKED: ("!", "!!", "warn"),
    Action.FAILED: ("✗", "XX", "bad"),
}


def sign(status: RunStatus, icons: bool = True) -> str:
    """The status's sign, in ASCII without icons."""
    drawn, ascii_sign, _ = _SIGNS[status]
    return drawn if icons else ascii_sign


def tone(status: RunStatus) -> Tone:
    """The status's tone."""
    return _SIGNS[status][2]


def letter(status: RunStatus) -> str:
    """One letter for a status where there is room for no more; capitals want attention."""
    return _LETTERS[status]


def status_cell(status: RunStatus, icons: bool = True) -> Cell:
    """Sign and word in the status's tone."""
    return cells((f"{sign(status, icons)} {status}", tone(status)))


def action_cell(action: Action, icons: bool = True) -> Cell:
    """What became of a record: sign and word."""
    drawn, ascii_sign, action_tone = _ACTIONS[action]
    return cells((f"{drawn if icons else ascii_sign} {action}", action_tone))


def level_cell(level: Level, icons: bool = True) -> Cell:
    """How much a log line matters."""
    drawn: dict[Level, tuple[str, Tone]] = {
        Level.INFO: (" ", "muted"),
        Level.WARNING: ("!", "warn"),
        Level.ERROR: ("✗" if icons else "X", "bad"),
    }
    mark, level_tone = drawn[level]
    return cells((f"{mark} {level}", level_tone))


def paused_sign(icons: bool = True) -> str:
    """The sign of a paused schedule."""
    return "‖" if icons else "||"
