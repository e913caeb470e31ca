"""The one registry of what a person can do: bindings, footer, palette, help and keymap are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Section = Literal[
    "everywhere",
    "list",
    "accounts",
    "first-start",
    "places",
    "schedules",
    "history",
    "rollovers",
    "categories",
    "connection",
    "run",
    "problems",
    "records",
    "log",
    "engine",
    "people",
    "audit",
    "settings",
]
"""Where an action works: the focused section of the screen, any list, or everywhere."""

SECTION_TITLES: dict[Section, str] = {
    "everywhere": "Everywhere",
    "list": "In every list",
    "accounts": "Accounts",
    "first-start": "First start",
    "places": "Places of an account",
    "schedules": "Schedules",
    "history": "History",
    "rollovers": "Rollovers",
    "categories": "Categories",
    "connection": "Connection",
    "run": "Run details",
    "problems": "Problems",
    "records": "Assignments and scores",
    "log": "Log",
    "people": "People",
    "audit": "Audit log",
    "settings": "Settings",
    "engine": "Engine",
}


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    keys: names as the toolkit knows them, parted by commas; the first is the one shown.
    verb: what the services are asked about to know whether the person may; empty for what changes nothing.
    dangerous: asks before it acts. of_row: is about the row under the cursor, or about the marked ones.
    """

    id: str
    keys: str
    label: str
    tooltip: str
    section: Section
    verb: str = ""
    dangerous: bool = False
    palette: bool = True
    of_row: bool = False

    @property
    def key(self) -> str:
        """The key that is shown, as people write it."""
        return shown_key(self.keys)

    @property
    def method(self) -> str:
        """The name of the method that does it."""
        return "do_" + self.id.replace(".", "_").replace("-", "_")


SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "asterisk": "*",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "plus": "+",
    "minus": "-",
}


def shown_key(keys: str) -> str:
    """The first of some keys, as people write it: `?`, `Esc`, `Ctrl+P`, `P`."""
    key = keys.split(",")[0].strip()
    if key in SHOWN:
        return SHOWN[key]
    if key.startswith("ctrl+"):
        return "Ctrl+" + key.removeprefix("ctrl+").upper()
    return key.upper() if key.startswith("f") and key[1:].isdigit() else key


ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("go.back", "escape", "Back", "One step back along the path", "everywhere", palette=False),
    Action("app.palette", "colon,ctrl+p", "Go to", "Every place, account, schedule and action by name", "everywhere",
           palette=False),
    Action("app.jump", "ctrl+o", "Jump", "A letter on every list, tab and button; one key goes there",
           "everywhere"),
    Action("app.help", "question_mark,f1", "Keys", "All keys that work here", "everywhere"),
    Action("app.quit", "q,ctrl+q", "Quit", "Leave the console; an engine in it hands its run on", "everywhere"),
    Action("app.refresh", "f5,ctrl+r", "Read again", "Read everything shown here again", "everywhere"),
    Action("app.redraw", "ctrl+l", "Draw again", "Draw the whole screen again, where something else wrote over it",
           "everywhere"),
    Action("app.follow", "a", "Live or still", "Stop or go on following changes", "everywhere"),
    Action("app.notices", "M", "Notices", "Everything that the console has told you", "everywhere"),
    Action("app.undo", "z", "Undo", "Take the last pause or resume back", "everywhere"),
    Action("app.theme", "f2", "Theme", "Choose another theme", "everywhere"),
    Action("app.picture", "f12", "Picture", "Save this screen as an SVG picture", "everywhere"),
    Action("support.contact", "S", "Contact SIS Support", "Where they are, and a report without secrets or pupils",
           "everywhere"),
    Action("engine.run", "E", "Run an engine", "Run the engine in this console", "engine"),
    Action("engine.show", "ctrl+e", "Engines", "Which processes run the schedules, and since when", "engine"),
    # Every list
    Action("list.filter", "slash", "Filter", "Show only the rows with these words; Esc clears", "list"),
    Action("list.sort", "s", "Sort", "Sort by another column, or turn the order round", "list"),
    Action("list.copy", "y", "Copy", "Copy the row, or the marked rows, to your own clipboard", "list"),
    Action("list.export", "e", "Export", "Save what is shown as CSV, JSON or SVG", "list"),
    Action("list.mark", "space", "Mark", "Mark the row, or take the mark off", "list"),
    Action("list.mark-range", "v", "Mark to here", "Mark the rows from the last mark to this one", "list"),
    Action("list.mark-all", "asterisk", "Mark all", "Mark all rows, or none", "list"),
    Action("list.top", "g,home", "First row", "To the first row", "list"),
    Action("list.bottom", "G,end", "Last row", "To the last row", "list"),
    # Accounts and their places
    Action("account.open", "enter", "Open", "Open the account under the cursor", "accounts"),
    Action("account.sync", "o", "Grade Sync", "Straight to the account's Grade Sync", "accounts"),
    Action("place.open", "enter", "Open", "Open the place under the cursor", "places"),
    Action("first-start.open", "enter", "Do this", "Do this step, then those that are still to do", "first-start"),
    # Schedules
    Action("schedule.run", "r", "Run now", "Run this schedule now; it asks first while another run is in progress",
           "schedules", verb="run", of_row=True),
    Action("schedule.pause", "p", "Pause", "Pause the schedule: no run starts until it is resumed", "schedules",
           verb="pause", dangerous=True, of_row=True),
    Action("schedule.resume", "u", "Resume", "Resume the schedule from its next occurrence", "schedules",
           verb="resume", of_row=True),
    Action("schedule.pause-all", "P", "Pause All", "Pause every schedule of the account", "schedules",
           verb="pause all", dangerous=True),
    Action("schedule.resume-all", "R", "Resume All", "Resume what Pause All has paused", "schedules",
           verb="resume all"),
    Action("schedule.menu", "enter", "Actions", "What can be done with this schedule", "schedules"),
    Action("schedule.history", "H", "Its history", "Show only the runs of this schedule", "schedules"),
    Action("schedule.add", "n", "New schedule", "Make another schedule", "schedules", verb="create schedule"),
    Action("schedule.edit", "c", "Change", "Change when this schedule runs", "schedules", verb="change schedule",
           of_row=True),
    Action("schedule.remove", "delete", "Remove", "Remove this schedule; its runs stay in the history", "schedules",
           verb="remove schedule", dangerous=True, of_row=True),
    Action("schedule.columns", "C", "Columns", "Choose the columns of the schedules, and their order", "schedules"),
    # People
    Action("people.add", "n", "Add person", "Let somebody in, with a role", "people", verb="change people"),
    Action("people.role", "c,enter", "Change role", "Give another role to the person under the cursor", "people",
           verb="change people", dangerous=True, of_row=True),
    Action("people.remove", "delete", "Remove", "Shut the person under the cursor out", "people", verb="change people",
           dangerous=True, of_row=True),
    Action("people.scope", "f", "Everybody", "Show the people of all accounts, or of this one", "people"),
    # Audit log
    Action("audit.open", "enter", "Open", "Everything known of this entry, before and after", "audit"),
    Action("audit.which", "f", "Which entries", "Entries of this account or of all, or refused ones only", "audit"),
    Action("audit.verify", "V", "Verify", "Check that no entry was changed, taken out or put in", "audit"),
    # Settings
    Action("setting.change", "c,enter", "Change", "Change the setting under the cursor", "settings",
           verb="change account", dangerous=True, of_row=True),
    # History
    Action("run.open", "enter", "Details", "The stages, problems, records and log of this run", "history"),
    Action("run.cancel", "x", "Cancel run", "Stop this run; what was sent stays sent", "history", verb="cancel run",
           dangerous=True, of_row=True),
    Action("history.problems", "f", "Problems only", "Show only runs with problems, or all again", "history"),
    # Rollovers
    Action("rollover.add", "n", "New rollover", "Plan a window in which schedules rest", "rollovers",
           verb="save rollover"),
    Action("rollover.edit", "c,enter", "Change", "Change this rollover's window or schedules", "rollovers",
           verb="save rollover", of_row=True),
    Action("rollover.remove", "delete", "Remove", "Remove this rollover; what it paused is resumed", "rollovers",
           verb="remove rollover", dangerous=True, of_row=True),
    # Categories
    Action("category.add", "n", "Map a group", "Say as which category an assignment group is sent", "categories",
           verb="map category"),
    Action("category.edit", "c,enter", "Change", "Change what this assignment group is sent as", "categories",
           verb="map category", of_row=True),
    Action("category.remove", "delete", "Remove", "Send this group by its own name again", "categories",
           verb="remove category rule", dangerous=True, of_row=True),
    # Connection
    Action("connection.canvas", "c", "Canvas", "Connect Canvas, or change how it is reached", "connection",
           verb="change connection"),
    Action("connection.sis", "s", "SIS", "Connect the SIS, or change how it is reached", "connection",
           verb="change connection"),
    Action("connection.try", "t", "Try it", "Ask Canvas and the SIS whether both connections work", "connection"),
    # Run details
    Action("details.cancel", "x", "Cancel run", "Stop this run; what was sent stays sent", "run", verb="cancel run",
           dangerous=True),
    Action("problem.open", "enter", "Open or close", "Show or hide the records of this cause", "problems"),
    Action("problem.map", "m", "Map the group", "Say as which category of the SIS this assignment group is sent",
           "problems", verb="map category"),
    Action("record.open", "enter", "Whole record", "Everything known of this record, with the raw answer", "records"),
    Action("record.kind", "f", "Which records", "Show all, created, updated, waiting, blocked or failed ones",
           "records"),
    Action("log.level", "f", "Which lines", "Show all lines, or warnings and errors only", "log"),
)  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

FOOTER: dict[Section, tuple[str, ...]] = {
    "everywhere": ("go.back", "app.palette", "app.help", "app.quit"),
    "accounts": ("account.open", "account.sync", "list.filter", "app.palette", "app.help", "app.quit"),
    "first-start": ("first-start.open", "app.palette", "app.help", "app.quit"),
    "rollovers": ("rollover.add", "rollover.edit", "rollover.remove", "go.back", "app.palette", "app.help"),
    "categories": ("category.add", "category.edit", "category.remove", "go.back", "app.palette", "app.help"),
    "connection": ("connection.canvas", "connection.sis", "connection.try", "go.back", "app.palette", "app.help"),
    "places": ("place.open", "go.back", "app.palette", "app.help", "app.quit"),
    "schedules": ("schedule.run", "schedule.pause", "schedule.menu", "list.filter", "app.palette", "app.help"),
    "history": ("run.open", "history.problems", "run.cancel", "list.filter", "app.palette", "app.help"),
    "run": ("go.back", "details.cancel", "app.palette", "app.help"),
    "problems": ("problem.open", "list.copy", "list.export", "go.back", "app.palette", "app.help"),
    "records": ("record.open", "record.kind", "list.filter", "list.export", "go.back", "app.help"),
    "list": ("list.filter", "list.sort", "list.copy", "list.export", "go.back", "app.help"),
    "people": ("people.add", "people.role", "people.remove", "people.scope", "list.filter", "app.help"),
    "audit": ("audit.open", "audit.which", "audit.verify", "list.filter", "list.export", "app.help"),
    "settings": ("setting.change", "support.contact", "go.back", "app.palette", "app.help"),
    "log": ("log.level", "list.copy", "list.export", "go.back", "app.palette", "app.help"),
}
"""The at most six keys that the footer shows for the focused section."""


def in_sections(*sections: Section) -> list[Action]:
    """The actions that work in these sections, in the registry's order."""
    return [action for action in ACTIONS if action.section in sections]


PLACES: tuple[tuple[Section, ...], ...] = (
    ("everywhere", "engine", "list", "schedules"),
    ("everywhere", "engine", "list", "history"),
    ("everywhere", "engine", "list", "accounts"),
    ("everywhere", "engine", "first-start"),
    ("everywhere", "engine", "places"),
    ("everywhere", "engine", "list", "rollovers"),
    ("everywhere", "engine", "list", "categories"),
    ("everywhere", "engine", "connection"),
    ("everywhere", "engine", "list", "run", "problems"),
    ("everywhere", "engine", "list", "run", "records"),
    ("everywhere", "engine", "list", "run", "log"),
    ("everywhere", "engine", "list", "people"),
    ("everywhere", "engine", "list", "audit"),
    ("everywhere", "engine", "list", "settings"),
)
"""Which sections listen to keys together: no key may mean two things in one of these."""
