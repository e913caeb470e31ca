"""Settings: one TOML file, and environment variables above it. Strict: a key that nobody reads is an error."""

from __future__ import annotations

import os
import re
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
    "GRADESYNC_LOW_BANDWIDTH": ("console", "low_bandwidth"),
    "GRADESYNC_MOUSE": ("console", "mouse"),
    "GRADESYNC_CLIPBOARD": ("console", "clipboard"),
    "GRADESYNC_SUPPORT_CONTACT": ("support", "contact"),
}
"""The environment variables that stand above the file."""

_ELSEWHERE = ("GRADESYNC_CONFIG", "GRADESYNC_PROFILES")
"""What else is read of the environment: the settings file itself, and the folder of a district's SIS profiles."""

_YES_NO = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


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
    import tomllib  # only where there is a file: every start pays for what stands above

    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        words, at_line = re.subn(r" \(at line (\d+), column \d+\)", "", str(problem)), _toml_line(problem, text)
        raise SettingsError(f"{file}, line {at_line}: not valid TOML: {clean(words[0])}.") from None
    _refuse_unknown(Settings, tree, (), file, text)
    if isinstance(tree.get("keys"), dict):
        tree["keys"] = _flat(tree["keys"], file, text)
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as problem:
        raise SettingsError(_place_of(problem, file, text)) from None
    for variable, (section, key) in ENVIRONMENT.items():
        if variable in environment:
            given = environment[variable]
            is_yes_no = type(getattr(getattr(settings, section), key)) is bool
            tree.setdefault(section, {})[key] = _YES_NO.get(given.lower(), given) if is_yes_no else given
            try:
                settings = msgspec.convert(tree, Settings)
            except msgspec.ValidationError as problem:
                raise SettingsError(f"{variable} in the environment: {_words(problem)}.") from None
    return settings


def as_toml(settings: Settings, sources: Mapping[str, str] | None = None) -> str:
    """All settings as the file would write them, defaults included. sources: where each comes from, as a remark."""
    lines: list[str] = []
    for section, values in msgspec.to_builtins(settings).items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            source = (sources or {}).get(f"{section}.{key}")
            lines.append(f"{_toml_key(key)} = {_toml_value(value)}" + (f"  # {source}" if source else ""))
        lines.append("")
    return "\n".join(lines).rstrip()


def sources(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where each setting comes from, by `section.key`: a line of the file, a variable, or its default."""
    text = _text_of(settings_path(environment))
    written = {path: number for number, path in reversed(list(_keys(text)))}
    above = {place: variable for variable, place in ENVIRONMENT.items() if variable in environment}
    found = {}
    for section, values in msgspec.to_builtins(settings).items():
        for key in values:
            line = written.get((section, *key.split("."))) or written.get((section, key))
            found[f"{section}.{key}"] = above.get((section, key)) or (f"line {line}" if line else "default")
    return found


def place_of(place: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> str:
    """Where a key stands, to name it to people: `/etc/gradesync.toml, line 3: keys.schedule.run`."""
    file = settings_path(environment)
    return f"{file}, line {_line_of(_text_of(file), place)}: {clean('.'.join(place))}"


def unread_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """What looks like a setting in the environment and is read by nobody, in one line each with the nearest name."""
    known = (*ENVIRONMENT, *_ELSEWHERE)
    unknown = [name for name in environment if name.startswith("GRADESYNC_") and name not in known]
    near = {name: get_close_matches(name, known, n=1, cutoff=0.85) for name in sorted(unknown)}
    return [f"{clean(name)} is read by nobody. Did you mean {found[0]}?" for name, found in near.items() if found]


def _text_of(file: Path) -> str:
    """What stands in a file; nothing where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _toml_line(problem: ValueError, text: str) -> int:
    """The line that is no TOML; the last one where only the end tells."""
    found = re.search(r"at line (\d+)", str(problem))
    return int(found.group(1)) if found else max(1, len(text.splitlines()))


def _flat(keys: Mapping[str, Any], file: Path, text: str, within: tuple[str, ...] = ("keys",)) -> dict[str, str]:
    """Keys by action id; `schedule.run = "x"`, which TOML reads as a table in a table, is the id `schedule.run`."""
    flat: dict[str, str] = {}
    for name, value in keys.items():
        here = (*within, name)
        if isinstance(value, dict):
            flat |= _flat(value, file, text, here)
        elif isinstance(value, str):
            flat[".".join(here[1:])] = value
        else:
            where = f"{file}, line {_line_of(text, here)}: {clean('.'.join(here))}"
            raise SettingsError(f'{where}: it must be a key in quotes, such as "x" or "Ctrl+X".')
    return flat


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
    expected = re.search(r"[Ee]xpected `(\w+)", str(problem))
    if expected is not None and expected.group(1) in _PLAIN:
        return f"it must be {_PLAIN[expected.group(1)]}"
    words = clean(str(problem).split(" - at ")[0])
    return words[:1].lower() + words[1:]


_PLAIN = {"bool": "true or false", "str": "text in quotes", "object": "a section, written as [name]"}


def _line_of(text: str, place: tuple[str, ...]) -> int:
    """The line (from 1) where a key stands, as TOML's tables and dotted keys are usually written."""
    wanted = ".".join(place)
    for number, path in _keys(text):
        if ".".join(path) == wanted:
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
