"""Themes, colours, signs, copies and exports."""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from textual.theme import Theme

from gradesync_tui.console import stylesheets, themes
from gradesync_tui.console.clipboard import LIMIT, osc52
from gradesync_tui.console.session import Session
from gradesync_tui.services.settings import ConsoleSettings


def test_no_colour_is_named_outside_the_themes() -> None:
    named = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\brgb|\bhsl|\b(red|green|blue|yellow|white|black)\b")
    for sheet in stylesheets.folder().glob("*.tcss"):
        for line in re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S).splitlines():
            value = line.partition(":")[2]
            assert not named.search(value), (sheet.name, line)


def test_every_theme_has_every_token() -> None:
    known = next(iter(themes.ALL)).to_color_system().generate()
    tokens = set(themes.tokens(known))
    for theme in themes.ALL:
        assert tokens <= set(theme.variables), theme.name


@pytest.mark.parametrize("theme", themes.THEMES, ids=lambda theme: theme.name)
def test_every_tone_can_be_read_on_the_ground_and_under_the_cursor(theme: Theme) -> None:
    colours = {name: Color.parse(colour) for name, colour in theme.variables.items() if name.startswith("gs-")}
    for tone in ("text", "strong", "muted", "faint", "accent", "ok", "run", "warn", "bad", "wait"):
        ink = colours[f"gs-{tone}"]
        # The least contrasts of WCAG 2: for text, and for what is large or stands elsewhere too.
        assert _contrast(ink, colours["gs-ground"]) >= 4.5, tone
        assert _contrast(ink, colours["gs-cursor"]) >= 3.0, tone


def _contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_the_settings_name_only_themes_that_exist() -> None:
    from typing import get_args, get_type_hints

    offered = set(get_args(get_type_hints(ConsoleSettings)["theme"])) - {"auto"}
    assert offered <= set(themes.NAMES)


@pytest.mark.parametrize("theme", themes.NAMES)
async def test_every_theme_draws_the_main_screen(console: Any, district_of_schedules: Any, theme: str) -> None:
    async with console(size=(80, 24), theme=theme) as driver:
        await driver.open_grade_sync()
        await driver.sees("Every 4 hours", "! Warning", "✓ Completed")


@pytest.mark.parametrize("by", ["NO_COLOR", "theme"])
async def test_no_color_sends_no_colour_at_all(
    console: Any, district_of_schedules: Any, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    async with console(theme=None if by == "NO_COLOR" else themes.NO_COLOUR) as driver:
        await driver.open_grade_sync()
        await driver.sees("✓ Completed")
        app = driver.app
        assert app.theme == themes.NO_COLOUR
        for strip in app.screen._compositor.render_strips(app.size):
            for segment in strip.apply_filter(app.get_line_filters()[0], app.screen.background_colors[1]):
                style = segment.style
                assert style is None or ((not style.color or style.color.is_default) and
                                         (not style.bgcolor or style.bgcolor.is_default))  # fmt: skip


async def test_without_icons_only_ascii_signs_are_drawn(console: Any, district_of_schedules: Any) -> None:
    async with console(icons=False, size=(160, 40)) as driver:
        await driver.open_grade_sync()
        await driver.sees("ok Completed", "!! Warning", "> Run", "|| Pause")
        for key in ("p", "escape", "question_mark", "escape", "colon", "escape", "f2", "escape"):
            await driver.press(key)
            app = driver.app
            for strip in app.screen._compositor.render_strips(app.size):
                for each in app.get_line_filters():
                    strip = strip.apply_filter(each, app.screen.background_colors[1])
                assert strip.text.isascii(), (key, strip.text)


def test_a_copy_is_wrapped_for_tmux_and_screen_and_capped() -> None:
    payload = base64.b64encode(b"grade").decode()
    assert osc52("grade", {}) == f"\x1b]52;c;{payload}\x07"
    bare = f"\x1b]52;c;{payload}\x07"
    wrapped = f"\x1bPtmux;\x1b\x1b]52;c;{payload}\x07\x1b\\"
    for tmux in ({"TMUX": "1"}, {"TERM": "tmux-256color"}):
        assert osc52("grade", tmux) == bare + wrapped, "the one for set-clipboard, the other for allow-passthrough"
    assert osc52("grade", {"TERM": "screen-256color"}) == f"\x1bP{bare}\x1b\\{bare}", "tmux names itself so too"
    in_screen = osc52("g" * 2000, {"STY": "1", "TERM": "screen-256color"})
    assert in_screen is not None and in_screen.count("\x1bP") == in_screen.count("\x1b\\") > 1
    assert "".join(re.findall(r"\x1bP(.*?)\x1b\\", in_screen, re.S)) == osc52("g" * 2000, {})
    assert osc52("g" * LIMIT, {}) is None
    assert osc52("grade", {"TERM": "linux"}) is None, "it has no clipboard"


async def test_what_the_terminal_cannot_take_is_copied_to_a_file(
    console: Any, district_of_schedules: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(copy_to_file=True) as driver:
        await driver.open_grade_sync()
        await driver.press("asterisk", "y")
        await driver.sees("Copied 3 rows to a file")
    (copied,) = tmp_path.glob("gradesync-copy-*.txt")
    lines = copied.read_text("utf-8").splitlines()
    assert {line.split("\t")[2] for line in lines} == {"Every 4 hours", "Weekdays at 6:00 PM", "Every 30 minutes"}
    assert copied.stat().st_mode & 0o077 == 0


async def test_what_is_shown_is_exported_as_csv_and_json(
    console: Any, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_problem: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    account = await world.account()
    schedule = await world.schedule(account)
    for _ in range(3):
        await world.ran(account, schedule, outcomes=[a_problem("=cmd()")])
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "e")
        await driver.sees("Export what is shown")
        await driver.press("enter")
        await driver.sees("Saved 3 rows as")
        await driver.press("enter")
        await driver.sees("Problems  1 record")
        await driver.press("e", "down", "enter")
        await driver.sees("Saved 1 row as")
    exported = next(tmp_path.glob("gradesync-history-*.csv"))
    assert exported.stat().st_mode & 0o077 == 0
    rows = list(csv.reader(exported.open(encoding="utf-8")))
    assert rows[0][:2] == ["Run", "Started"] and len(rows) == 4
    assert rows[1][0] == "3" and rows[1][1].endswith("-05:00") and "Warning" in rows[1], "exact, and without signs"
    records = json.loads(next(tmp_path.glob("gradesync-run-3-problems-*.json")).read_text("utf-8"))
    assert records[0]["Pupil"] == "=cmd()" and records[0]["Do"]


async def test_an_export_holds_what_is_shown_under_the_filter_and_no_formula(
    console: Any, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_problem: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    account = await world.account()
    await world.ran(account, outcomes=[a_problem("=cmd()", "+1\x1b[31m"), a_problem("Kim", "Lab")])
    async with console(start="Lakeside/Grade Sync") as driver:
        await driver.sees("Warning")
        await driver.press("tab", "enter")
        await driver.sees("Problems  2 records")
        await driver.press("3")
        await driver.sees("=cmd()")
        await driver.press("slash", *"cmd", "enter", "e", "enter")
        await driver.sees("Saved 1 row as")
        await driver.press("slash", *"none", "enter", "e", "enter")
        await driver.sees("There is no row to export.")
    (saved,) = tmp_path.glob("*.csv")
    (row,) = csv.DictReader(saved.open(encoding="utf-8", newline=""))
    assert row["Pupil"] == "'=cmd()" and row["Assignment"].startswith("'+1") and "\x1b" not in saved.read_text()


async def test_a_folder_that_cannot_be_written_is_named(
    console: Any, district_of_schedules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/proc")
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("e", "enter")
        await driver.sees("/proc cannot be written", "Start gradesync elsewhere.")


async def test_the_session_is_taken_up_where_it_was_left(
    console: Any, district_of_schedules: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    async with console(state_folder=folder) as driver:
        screen = await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 30 minutes")
        await screen.grade_sync.schedules.sort_by("interval")
        await driver.pilot.pause()
        driver.app.keep_session()
    assert Session.load(folder).place == ["Lakeside", "Grade Sync"]
    async with console(state_folder=folder) as driver:
        await driver.sees("Interval ▴")
        await driver.until(
            lambda: driver.app.screen.grade_sync.schedules.table.row_key == schedule.id, "the row under the cursor"
        )


async def test_the_tab_the_filter_and_the_run_that_one_read_are_found_again(
    console: Any, district_of_schedules: Any, tmp_path: Path
) -> None:
    async with console(state_folder=tmp_path) as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "slash", *"ana", "enter", "down")
        await driver.sees("holding still")
        await driver.press("3")
        await driver.sees("No group is mapped")
        driver.app.keep_session()
    async with console(state_folder=tmp_path) as driver:
        await driver.sees("No group is mapped")
        await driver.press("1")
        await driver.sees("/ ana", "holding still", "Run 1 ")


async def test_a_place_that_is_not_there_is_named(console: Any, district_of_schedules: Any) -> None:
    async with console(start="Nowhere/Grade Sync") as driver:
        await driver.sees("Accounts", "Nowhere")


async def test_a_session_that_cannot_be_read_is_no_reason_to_stay_outside(
    console: Any, district_of_schedules: Any, tmp_path: Path
) -> None:
    for spoiled in ("{", '{"place": 3}', '{"place": ["Nowhere", "x"], "sorts": {"accounts": ["nokey", true]}}'):
        (tmp_path / "console.json").write_text(spoiled)
        async with console(state_folder=tmp_path) as driver:
            await driver.sees("Accounts", "Lakeside")


async def test_a_chosen_theme_is_kept(console: Any, world: Any, tmp_path: Path) -> None:
    async with console(state_folder=tmp_path, theme=None) as driver:
        driver.app.theme = themes.LIGHT
        await driver.pilot.pause()
        driver.app.keep_session()
    async with console(state_folder=tmp_path, theme=None) as driver:
        assert driver.app.theme == themes.LIGHT


async def test_the_first_start_says_what_to_do(console: Any) -> None:
    async with console() as driver:
        await driver.sees("Welcome", "Add your district", "Connect Canvas", "gradesync demo")
