"""Settings are strict: whatever is wrong is named with file, line, key and what would be right."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gradesync_tui.services.settings import (
    Settings,
    SettingsError,
    as_toml,
    database_url,
    load_settings,
    settings_path,
    sources,
    unread_variables,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load_settings(environment=environment) == Settings()
    assert database_url(Settings()).startswith("sqlite:////")


def test_a_file_is_read_and_the_environment_stands_above_it(tmp_path: Path) -> None:
    path = written(tmp_path, '[database]\nurl = "sqlite:////a"\n[console]\ntheme = "light"\n[keys]\nrun = "ctrl+r"\n')
    environment = {"GRADESYNC_CONFIG": str(path), "GRADESYNC_DATABASE": "sqlite:////b"}
    settings = load_settings(environment=environment)
    assert settings_path(environment) == path
    assert (database_url(settings), settings.console.theme, settings.keys) == (
        "sqlite:////b",
        "light",
        {"run": "ctrl+r"},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[console]\nmouse = true\nthme = "dark"\n', "line 3: console.thme is no setting. Did you mean theme?"),
        ('[consle]\ntheme = "dark"\n', "line 1: consle is no setting. Did you mean console?"),
        ("\n[console]\n\nmouse = 3\n", "line 4: console.mouse: it must be true or false"),
        ('[console]\nicons = "emoji"\n', "line 2: console.icons: it must be one of unicode, ascii"),
        ('console.icons = "emoji"\n', "line 1: console.icons: it must be one of unicode, ascii"),
        ("[keys]\nschedule.run = 3\n", 'line 2: keys.schedule.run: it must be a key in quotes, such as "x"'),
        ("console = 3\n", "line 1: console: it must be a section, written as [name]"),
        ("[console]\n[support\n", "line 2: not valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_line_key_and_what_would_be_right(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        load_settings(path)
    assert str(wrong.value).startswith(str(path))
    assert words in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_wrong_value_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    environment = {"GRADESYNC_CONFIG": str(written(tmp_path, "")), "GRADESYNC_ICONS": "emoji"}
    with pytest.raises(SettingsError, match="GRADESYNC_ICONS in the environment: it must be one of"):
        load_settings(environment=environment)


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(environment={"GRADESYNC_CONFIG": str(tmp_path / "nowhere.toml")})


def test_what_show_prints_is_a_settings_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[support]\ncontact = "help@district \\"K12\\""\n[keys]\n"run now" = "r"\n')
    settings = load_settings(path)
    assert tomllib.loads(as_toml(settings))["support"]["contact"] == 'help@district "K12"'
    assert load_settings(written(tmp_path, as_toml(settings))) == settings


@pytest.mark.parametrize("line", ['"schedule.run" = "x"', 'schedule.run = "x"'])
def test_an_action_id_may_stand_with_or_without_quotes(tmp_path: Path, line: str) -> None:
    assert load_settings(written(tmp_path, f"[keys]\n{line}\n")).keys == {"schedule.run": "x"}


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    path = written(tmp_path, '[console]\ntheme = "dark"\nicons = "ascii"\n')
    environment = {"GRADESYNC_CONFIG": str(path), "GRADESYNC_THEME": "light", "GRADESYNC_MOUSE": "no"}
    settings = load_settings(environment=environment)
    assert settings.console.mouse is False
    found = sources(settings, environment)
    assert (found["console.theme"], found["console.icons"], found["console.mouse"], found["database.url"]) == (
        "GRADESYNC_THEME",
        "line 3",
        "GRADESYNC_MOUSE",
        "default",
    )
    assert 'icons = "ascii"  # line 3' in as_toml(settings, found)


def test_a_mistyped_variable_is_named_and_a_secret_of_ones_own_is_not() -> None:
    (line,) = unread_variables({"GRADESYNC_THEM": "dark", "GRADESYNC_CANVAS_TOKEN": "x", "GRADESYNC_THEME": "dark"})
    assert line == "GRADESYNC_THEM is read by nobody. Did you mean GRADESYNC_THEME?"
