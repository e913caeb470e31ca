"""The keymap of the settings file: keys by action id, as people write keys, and what is wrong with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from gradesync_tui.console.actions import BY_ID, PLACES, SHOWN, Action, in_sections, shown_key

_NAMED = {
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right"),
    *(f"f{number}" for number in range(1, 25)),
}
_WRITTEN = {shown.casefold(): name for name, shown in SHOWN.items() if len(shown) > 1}
_SIGNS = {shown: name for name, shown in SHOWN.items() if len(shown) == 1}
_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Signs that the toolkit does not call by their names in Unicode."""

_MODIFIERS = ("ctrl", "shift", "alt")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the entry of an action id, in words."""

    action_id: str
    words: str


def read(written: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The keys as the toolkit names them, by action id, without the entries that are wrong; and the faults.

    A key is written as the help shows it (`Ctrl+P`, `F6`, `Del`, `?`, `P`) or as the toolkit names it; several are
    parted by blanks or commas. Two actions of one place on one key are a fault too: no press may do something else
    than its label says, so the moved one keeps its own keys.
    """
    keymap: dict[str, str] = {}
    faults: list[Fault] = []
    for action_id, text in written.items():
        if action_id not in BY_ID:
            near = get_close_matches(action_id, BY_ID, n=1)
            hint = f"Did you mean {near[0]}?" if near else "All there are: gradesync config keys"
            faults.append(Fault(action_id, f"there is no such action. {hint}"))
            continue
        keys, wrong = named(text)
        if wrong:
            faults.append(Fault(action_id, f"{wrong!r} is no key. Write it like x, Ctrl+X or F6."))
        else:
            keymap[action_id] = keys
    while meeting := clashes(keymap):
        faults += meeting
        for fault in meeting:  # a key that goes back may meet another one there
            keymap.pop(fault.action_id, None)
    return keymap, faults


def named(text: str) -> tuple[str, str]:
    """Written keys as the toolkit names them, parted by commas; and the first that is none, empty if all are."""
    parts = text.split() if text.strip() == "," else text.replace(",", " ").split()
    keys = [_key(part) or "" for part in parts]
    wrong = [part for part, key in zip(parts, keys, strict=True) if not key]
    return ",".join(keys), wrong[0] if wrong else "" if keys else "nothing"


def clashes(keymap: Mapping[str, str]) -> list[Fault]:
    """Keys that two actions of one place share, one of which the keymap has moved there."""
    found: dict[Fault, None] = {}
    for sections in PLACES:
        found |= dict.fromkeys(_clashes_among(in_sections(*sections), keymap))
    return list(found)


def _clashes_among(actions: Iterable[Action], keymap: Mapping[str, str]) -> list[Fault]:
    taken: dict[str, Action] = {}
    faults = []
    for action in actions:
        for key in keymap.get(action.id, action.keys).split(","):
            other = taken.setdefault(key, action)
            if other is not action:
                moved, there = (action, other) if action.id in keymap else (other, action)
                words = f"{shown_key(key)} already means {there.id} ({there.label}). It keeps {shown_key(moved.keys)}."
                faults.append(Fault(moved.id, words))
    return faults


def _key(written: str) -> str | None:
    """One key as the toolkit names it; None for what is none."""
    *modifiers, last = [written] if len(written) == 1 else written.split("+")
    held = [modifier.casefold() for modifier in modifiers]
    if any(modifier not in _MODIFIERS for modifier in held):
        return None
    name = _SIGNS.get(last) or _WRITTEN.get(last.casefold())
    if name is None and last.casefold() in _NAMED | set(SHOWN):
        name = last.casefold()
    if name is None and len(last) == 1 and last.isprintable():
        # As the toolkit makes names of signs; a letter under Ctrl or Alt is a small one.
        name = last if last.isalnum() else unicodedata.name(last, "").lower().replace("-", "_").replace(" ", "_")
        name = _RENAMED.get(name, name)
        name = name.casefold() if held else name
    return "+".join([*sorted(held), name]) if name else None
