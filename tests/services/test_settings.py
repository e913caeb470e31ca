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
        ("\n[console]\n\nmouse = 3\n", "line 4: console.mouse: expected `bool`, got `int`"),
        ('[console]\nicons = "emoji"\n', "line 2: console.icons: it must be one of unicode, ascii"),
        ('console.icons = "emoji"\n', "line 1: console.icons: it must be one of unicode, ascii"),
        ("[keys]\nrun = 3\n", "line 1: keys: expected `str`, got `int`"),
        ("[console\n", "not valid TOML"),
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
