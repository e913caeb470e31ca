"""The one registry of actions: complete, without clashes, and behind everything that shows keys."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

import gradesync_tui.console
from gradesync_tui.console import actions
from gradesync_tui.console.actions import ACTIONS, BY_ID, FOOTER, in_sections
from gradesync_tui.console.keymap import clashes, named, read
from gradesync_tui.services.roles import NEEDED, Verb

CONSOLE = Path(inspect.getfile(gradesync_tui.console)).parent


def test_ids_are_unique_and_labels_short() -> None:
    assert len(BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        assert action.keys and action.tooltip
        assert 2 <= len(action.label) <= 20


def test_every_action_is_done_by_something() -> None:
    methods = {
        node.name
        for file in CONSOLE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert [action.id for action in ACTIONS if action.method not in methods] == []


def test_every_verb_is_one_that_the_services_know() -> None:
    for action in ACTIONS:
        if action.verb:
            assert Verb(action.verb) in NEEDED


def test_the_footer_names_real_actions_and_at_most_six() -> None:
    for section, listed in FOOTER.items():
        assert len(listed) <= 6, section
        assert all(action_id in BY_ID for action_id in listed)


def test_no_key_means_two_things_in_one_place() -> None:
    assert clashes({}) == []
    assert clashes({action.id: action.keys for action in ACTIONS}) == []


def test_a_keymap_that_clashes_or_names_nothing_is_reported() -> None:
    keymap, faults = read({"schedule.run": "p", "schedule.rum": "x", "app.quit": "ctrl+banana", "list.copy": ""})
    said = {fault.action_id: fault.words for fault in faults}
    assert said["schedule.run"] == "p already means schedule.pause (Pause). It keeps r."
    assert "Did you mean schedule.run?" in said["schedule.rum"]
    assert said["app.quit"].startswith("'ctrl+banana' is no key") and "no key" in said["list.copy"]
    assert keymap == {}, "what is wrong keeps its own keys"
    keymap, faults = read({"schedule.run": "F6", "schedule.pause": "F6", "schedule.resume": "p"})
    assert [fault.action_id for fault in faults] == ["schedule.pause", "schedule.resume"]
    assert keymap == {"schedule.run": "f6"}, "a key that goes back drives out the one that was put there"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ctrl+P", "ctrl+p"),
        ("F6", "f6"),
        ("Del", "delete"),
        ("?", "question_mark"),
        ("P", "P"),
        ("PgUp", "pageup"),
        ("x, Ctrl+X", "x,ctrl+x"),
        (",", "comma"),
        ("slash", "slash"),
        ("@", "at"),
        ("shift+F3", "shift+f3"),
    ],
)
def test_a_key_is_written_as_the_help_shows_it(written: str, name: str) -> None:
    assert named(written) == (name, "")


@pytest.mark.parametrize("section", ["schedules", "history", "accounts", "records"])
def test_what_is_dangerous_needs_a_verb(section: actions.Section) -> None:
    assert all(action.verb for action in in_sections(section) if action.dangerous)


async def test_a_keymap_moves_an_action_to_another_key(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console(keymap={"schedule.run": "f6"}) as driver:
        await driver.open_grade_sync()
        await driver.sees("F6 Run now")
        await driver.press("r")
        assert len(await world.store.runs.page(district_of_schedules.id)) == 2
        await driver.press("f6")
        await driver.sees("starts as run 3")


async def test_the_help_shows_the_keys_of_the_focused_section(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(120, 50)) as driver:
        await driver.open_grade_sync()
        await driver.press("question_mark")
        await driver.sees("Keys", "Pause All", "Pause every schedule", "In every list")


async def test_the_palette_knows_places_accounts_schedules_and_actions(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        await driver.sees("Lakeside")
        await driver.press("ctrl+p")
        await driver.type("weekdays")
        await driver.sees("Grade Passback, Weekdays at 6:00 PM")
        await driver.press("enter")
        await driver.sees("SIS Integration", "Schedules")
        await driver.press("colon")
        await driver.type("pause all")
        await driver.sees("Pause every schedule")
        await driver.press("enter")
        await driver.sees("Pause all schedules of Lakeside?")
