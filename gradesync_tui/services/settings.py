"""Settings: one TOML file, and environment variables above it. Strict: a key that nobody reads is an error."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct, field

from gradesync_tui.domain.text import clean

Theme = Literal[
    "auto", "dark", "light", "high-contrast", "colour-blind-dark", "colour-blind-light", "ansi", "no-colour"
]

ENVIRONMENT = {
    "GRADESYNC_DATABASE": ("database", "url"),
    "GRADESYNC_THEME": ("console", "theme"),
    "GRADESYNC_ICONS": ("console", "icons"),
    "GRADESYNC_SUPPORT_CONTACT": ("support", "contact"),
}
"""The environment variables that stand above the file. `GRADESYNC_CONFIG` names the file itself."""


class SettingsError(Exception):
    """Something is wrong in the settings: one line with file, key, line and what would be right."""


class DatabaseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """url: `sqlite:///path` or a path; empty is the file in the user's data folder."""

    url: str = ""


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the console looks and feels.

    theme: `auto` chooses by the terminal. low_bandwidth: no animation, no clock, the terminal's own colours. icons:
    `ascii` for terminals that lack signs. clipboard: `file` where the terminal lets no program set its clipboard.
    """

    theme: Theme = "auto"
    icons: Literal["unicode", "ascii"] = "unicode"
    low_bandwidth: bool = False
    mouse: bool = True
    clipboard: Literal["terminal", "file"] = "terminal"


class SupportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """contact: the address that Contact SIS Support shows."""

    contact: str = ""


class ServiceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """shared: this account serves several people over SSH, and OpenSSH says who each of them is."""

    shared: bool = False


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. keys: action id to key, for the console's keymap."""

    database: DatabaseSettings = DatabaseSettings()
    console: ConsoleSettings = ConsoleSettings()
    support: SupportSettings = SupportSettings()
    service: ServiceSettings = ServiceSettings()
    keys: dict[str, str] = field(default_factory=dict)


def settings_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the settings file is, whether or not it exists."""
    named = environment.get("GRADESYNC_CONFIG")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_config_path

    return user_config_path("gradesync", appauthor=False) / "config.toml"


def default_database() -> Path:
    """The database file in the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("gradesync", appauthor=False) / "gradesync.sqlite3"


def database_url(settings: Settings) -> str:
    """The database to use where no other was named."""
    return settings.database.url or f"sqlite:///{default_database()}"


def load_settings(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the file, if there is one, and the environment above it.

    SettingsError for what cannot be read, a key that is not known, or a value that does not fit. A file that
    GRADESYNC_CONFIG (or `path`) names must exist.
    """
    file = path or settings_path(environment)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is not None or environment.get("GRADESYNC_CONFIG"):
            raise SettingsError(f"{file}: there is no such file. Make it, or unset GRADESYNC_CONFIG.") from None
        text = ""
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not text in UTF-8"
        raise SettingsError(f"{file}: cannot be read: {why}.") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{file}: not valid TOML: {clean(str(problem))}.") from None
    _refuse_unknown(Settings, tree, (), file, text)
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as problem:
        raise SettingsError(_place_of(problem, file, text)) from None
    for variable, (section, key) in ENVIRONMENT.items():
        if variable in environment:
            tree.setdefault(section, {})[key] = environment[variable]
            try:
                settings = msgspec.convert(tree, Settings)
            except msgspec.ValidationError as problem:
                raise SettingsError(f"{variable} in the environment: {_words(problem)}.") from None
    return settings


def as_toml(settings: Settings) -> str:
    """All settings as the file would write them, defaults included."""
    lines: list[str] = []
    for section, values in msgspec.to_builtins(settings).items():
        lines.append(f"[{section}]")
        lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in values.items()]
        lines.append("")
    return "\n".join(lines).rstrip()


def _refuse_unknown(
    shape: type[Struct], tree: Mapping[str, Any], place: tuple[str, ...], file: Path, text: str
) -> None:
    """SettingsError for the first key that the shape does not have, with the nearest that it has."""
    known = {one.name: one.type for one in msgspec.structs.fields(shape)}
    for key, value in tree.items():
        here = (*place, key)
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
            raise SettingsError(f"{file}, line {_line_of(text, here)}: {clean('.'.join(here))} is no setting. {hint}")
        inner = known[key]
        if isinstance(inner, type) and issubclass(inner, Struct) and isinstance(value, dict):
            _refuse_unknown(inner, value, here, file, text)


def _place_of(problem: msgspec.ValidationError, file: Path, text: str) -> str:
    """A value that does not fit, as file, line, key and what was expected."""
    place = _place(problem)
    return f"{file}, line {_line_of(text, place)}: {'.'.join(place) or 'the file'}: {_words(problem)}."


def _place(problem: msgspec.ValidationError) -> tuple[str, ...]:
    # msgspec ends its messages in the place, as `$.console.theme`; a table of free keys is `$.keys[...]`.
    found = re.search(r"at `\$\.?([^`]*)`", str(problem))
    return tuple(part for part in (found.group(1) if found else "").replace("[...]", "").split(".") if part)


def _words(problem: msgspec.ValidationError) -> str:
    """What was expected, in words; for a value out of a few, all of them."""
    shape: Any = Settings
    for part in _place(problem):
        if isinstance(shape, type) and issubclass(shape, Struct):
            shape = {one.name: one.type for one in msgspec.structs.fields(shape)}.get(part)
    if get_origin(shape) is Literal:
        return f"it must be one of {', '.join(get_args(shape))}"
    words = clean(str(problem).split(" - at ")[0])
    return words[:1].lower() + words[1:]


def _line_of(text: str, place: tuple[str, ...]) -> int:
    """The line (from 1) where a key stands, as TOML's tables and dotted keys are usually written."""
    for number, path in _keys(text):
        if path == place:
            return number
    for number, path in _keys(text):
        if path[: len(place)] == place:
            return number
    return 1


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            table = _parts(header.group(1))
            yield number, table
            continue
        key = re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line)
        if key:
            yield number, (*table, *_parts(key.group(1)))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted))


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)


def _toml_value(value: object) -> str:
    # A TOML basic string escapes as JSON does, for what these settings hold.
    return msgspec.json.encode(value).decode()
