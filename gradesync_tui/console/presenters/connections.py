"""How Canvas and the SIS are reached, in words; and what came of trying that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, cell, cells
from gradesync_tui.console.presenters.connection_form import AUTHS, CANVAS_SIGN_IN, DIALECTS, KEY, TOKEN, VERSIONS
from gradesync_tui.domain.records import CanvasConnection, SisConnection
from gradesync_tui.domain.text import clean

_WARNING = "Warning: "

Facts = list[tuple[str | Cell, str | Cell]]
"""Labels with what is said under them; an empty text makes a heading of its label."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a connection: the services' lines, and what does not work. when: the time, in words."""

    found: Sequence[str] = ()
    failed: Sequence[str] = ()
    when: str = ""


def found_lines(trial: Trial, icons: bool = True) -> list[Cell]:
    """What a trial found, one line each: first what does not work, with what to do, then warnings, then the rest."""
    bad, warning, good = ("✗", "!", "✓") if icons else ("XX", "!!", "ok")
    warnings = [line.removeprefix(_WARNING) for line in trial.found if line.startswith(_WARNING)]
    works = [line for line in trial.found if not line.startswith(_WARNING)]
    return [
        *(cell(f"{bad} {line}", "bad") for line in trial.failed),
        *(cell(f"{warning} {line}", "warn") for line in warnings),
        *(cell(f"{good} {line}", "ok") for line in works),
    ]


def canvas(connection: CanvasConnection | None, trial: Trial | None, icons: bool = True) -> Facts:
    """Canvas: what came of trying it, and how it is reached; of secrets only where they are kept."""
    if connection is None:
        return _missing("Canvas", "c")
    sign_in = TOKEN if connection.token else KEY
    return [
        (_heading("Canvas", trial, icons), ""),
        *_found(trial, icons),
        *_given(
            ("Address", connection.url),
            ("Account", connection.account),
            ("Signs in by", _label(CANVAS_SIGN_IN, sign_in)),
            ("Token", connection.token),
            ("Client id", connection.client_id),
            ("Client secret", connection.client_secret),
            ("Refresh token", connection.refresh_token),
            ("CA file", connection.ca_file),
        ),
    ]


def sis(connection: SisConnection | None, trial: Trial | None, name: str, icons: bool = True) -> Facts:
    """The SIS, likewise; `name` is what its profile is called."""
    if connection is None:
        return _missing("SIS", "s")
    return [
        (_heading("SIS", trial, icons, name), ""),
        *_found(trial, icons),
        *_given(
            ("Address", connection.url),
            ("Speaks", _label(VERSIONS, connection.version)),
            ("New records", _label(DIALECTS, connection.dialect)),
            ("Signs in by", "" if connection.version.startswith("csv") else _label(AUTHS, connection.auth)),
            ("Tokens from", connection.token_url),
            ("Client id", connection.client_id),
            ("Client secret", connection.client_secret),
            *((f"Header {clean(name, limit=20)}", value) for name, value in connection.headers.items()),
            ("CA file", connection.ca_file),
            ("SSH key", connection.ssh_key),
            ("Known hosts", connection.ssh_known_hosts),
        ),
    ]


def _heading(what: str, trial: Trial | None, icons: bool, name: str = "") -> Cell:
    title = cells((what, "strong"), (f"  {clean(name, limit=40)}" if name else "", "text"))
    if trial is None:
        return title
    if not trial.when:
        said = cells((f"   {'●' if icons else '>>'} asking …", "run"))
    elif trial.failed:
        said = cells((f"   {'✗' if icons else 'XX'} does not work", "bad"), (f"   tried {trial.when}", "muted"))
    else:
        said = cells((f"   {'✓' if icons else 'ok'} works", "ok"), (f"   tried {trial.when}", "muted"))
    return Cell((*title.spans, *said.spans))


def _missing(name: str, key: str) -> Facts:
    return [(name, ""), (cells(("Not connected. Press ", "muted"), (key, "accent"), (" to connect it.", "muted")), "")]


def _found(trial: Trial | None, icons: bool) -> Facts:
    return [("" if number else "Found", line) for number, line in enumerate(found_lines(trial or Trial(), icons))]


def _given(*facts: tuple[str, str | None]) -> Facts:
    return [(label, clean(value)) for label, value in facts if value]


def _label(named: Sequence[tuple[str, str, str]], value: str) -> str:
    return next((label for each, label, _ in named if each == value), value)
