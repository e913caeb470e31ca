"""The settings of an account: what each is now, what it means in plain words, and which choice is the safe one."""

from __future__ import annotations

from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell, cells
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.domain.clock import DAY, HOUR, MINUTE
from gradesync_tui.domain.records import Account, Policies
from gradesync_tui.domain.text import clean, count

COLUMNS: tuple[Column, ...] = (
    Column("title", "Setting", 20, 30, hugs=True),
    Column("now", "Now", 28, 60, hugs=True),
    Column("about", "What it decides", 40, 80, rank=1, sorts=False, hugs=True),
)


@dataclass(frozen=True, slots=True)
class Possible:
    """A value that a setting can have, as it is kept and in words; effect: what a person is told before it counts.

    brief: the effect in some words, for a menu.
    """

    value: str
    words: str
    brief: str
    effect: str
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting; `short` is for its row, `about` for below the list.

    `choices` is empty for one that is typed; `example` then says how.
    """

    number: int
    key: str
    title: str
    short: str
    about: str
    choices: tuple[Possible, ...] = ()
    example: str = ""
    default: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        0,
        "name",
        "Name",
        "how the district is called here",
        "What the district is called here and on the command line.",
        example="Lakeside Schools",
    ),
    Setting(
        1,
        "zone",
        "Time zone",
        "in which zone times are shown",
        "In which zone this account's times are shown, and new schedules run. Schedules that exist keep their own.",
        example="America/New_York",
    ),
    Setting(
        2,
        "hidden",
        "Hidden grades",
        "grades entered in Canvas, not yet posted",
        "Grades that a teacher has entered in Canvas but not posted yet, so that pupils do not see them.",
        (
            Possible(
                "wait",
                "wait until posted",
                "goes once its teacher has posted it",
                "A grade goes to the SIS only once its teacher has posted it.",
                True,
            ),
            Possible(
                "send",
                "send at once",
                "families may see it before it is posted",
                "Grades go to the SIS, where families may see them, before their teachers have posted them.",
            ),
        ),
    ),
    Setting(
        3,
        "sis_edits",
        "Edits in the SIS",
        "scores that somebody changed there",
        "A score that gradesync sent and that somebody has changed in the SIS since.",
        (
            Possible(
                "overwrite",
                "Canvas wins",
                "Canvas's score is put back over the edit",
                "The next sync puts Canvas's score back over the edit.",
                True,
            ),
            Possible(
                "keep",
                "the edit stays",
                "the two gradebooks differ there",
                "The edit stays in the SIS, and the two gradebooks differ there.",
            ),
            Possible(
                "flag",
                "ask a person",
                "listed as a problem until someone decides",
                "The edit stays and is listed as a problem in every run until a person decides.",
            ),
        ),
    ),
    Setting(
        4,
        "deletes",
        "Deleted grades",
        "grades that were taken away in Canvas",
        "A grade that the SIS has and that was taken away in Canvas.",
        (
            Possible(
                "never",
                "stays in the SIS",
                "nothing is ever taken out of the SIS",
                "Nothing is ever taken out of the SIS.",
                True,
            ),
            Possible(
                "clear",
                "is cleared there too",
                "it disappears from the SIS as well",
                "A grade that is deleted in Canvas disappears from the SIS as well.",
            ),
        ),
    ),
    Setting(
        5,
        "full_compare_every",
        "Full compare every",
        "how often a run compares everything",
        "How often a run compares everything, not only what Canvas says has changed: it finds what Canvas forgot to "
        "say, and takes longer.",
        example="7d",
        default="7 days",
    ),
)

BY_KEY = {setting.key: setting for setting in SETTINGS}


def value(account: Account, setting: Setting) -> str:
    """What the setting is now, as it is kept."""
    if setting.key in ("name", "zone"):
        return str(getattr(account, setting.key))
    return str(getattr(account.policies, setting.key))


def words(account: Account, setting: Setting) -> str:
    """What the setting is now, in words."""
    now = value(account, setting)
    if setting.key == "full_compare_every":
        return length(int(now))
    return next((one.words for one in setting.choices if one.value == now), clean(now, limit=200))


def is_default(account: Account, setting: Setting) -> bool:
    """Whether it has the safe default; what has none (name, zone) never differs from it."""
    return setting.key in ("name", "zone") or value(account, setting) == str(getattr(Policies(), setting.key))


def row(account: Account, setting: Setting) -> dict[str, Cell]:
    """The cells of a setting."""
    now: list[Span] = [Span(words(account, setting), "text" if is_default(account, setting) else "warn")]
    if setting.key not in ("name", "zone"):
        now.append(Span("  default" if is_default(account, setting) else "  changed", "faint"))
    return {"title": cell(setting.title, "strong"), "now": Cell(tuple(now)), "about": cell(setting.short, "muted")}


def details(account: Account, setting: Setting, why_not: str | None, support: str) -> list[Fact]:
    """The lines below the list: what it means, every choice, and which is the safe default."""
    facts: list[Fact] = [("Decides", cell(setting.about))]
    now = value(account, setting)
    for number, one in enumerate(setting.choices):
        is_now = one.value == now
        said = cells(
            (one.words, "accent" if is_now else "text"),
            (" (now)" if is_now else "", "accent"),
            (" (safe default)" if one.safe else "", "ok"),
            (f": {one.effect}", "muted"),
        )
        facts.append(("Choices" if not number else "", said))
    if setting.default:
        facts.append(("Default", cells((setting.default, "ok"), (" (safe default)", "ok"))))
    if why_not is not None:
        facts.append(("You", cell(why_not, "muted")))
    shown = cells((support, "text"), ("   S contacts them", "muted")) if support else _NO_SUPPORT
    return [*facts, ("Support", shown)]


_NO_SUPPORT = cell("no address is set: [support] contact in the settings file, or GRADESYNC_SUPPORT_CONTACT", "muted")


def length(microseconds: int) -> str:
    """A length of time in its greatest whole unit: `7 days`, `90 minutes`; nought is every run."""
    if microseconds == 0:
        return "every run"
    for unit, name in ((DAY, "day"), (HOUR, "hour")):
        if microseconds % unit == 0:
            return count(microseconds // unit, name)
    return count(microseconds // MINUTE, "minute")
