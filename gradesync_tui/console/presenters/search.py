"""Finding by what a person types, all words in any order, the best first; and putting in order by a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


def rank(
    wanted: str, items: Sequence[Item], name_of: Callable[[Item], str], more_of: Callable[[Item], str] | None = None
) -> list[Item]:
    """The items of which every word of `wanted` is found, the best first: in the name or in what more there is to an
    item; or, letter by letter, in the name alone."""
    words = wanted.casefold().split()
    if not words:
        return list(items)
    found: list[tuple[int, int, Item]] = []
    for place, item in enumerate(items):
        score = _score(words, name_of(item).casefold(), more_of(item).casefold() if more_of is not None else "")
        if score is not None:
            found.append((score, place, item))
    found.sort(key=lambda each: (-each[0], each[1]))
    return [item for _, _, item in found]


def _score(words: Sequence[str], name: str, more: str) -> int | None:
    text = f"{name} {more}"
    total = 0
    for word in words:
        at = text.find(word)
        if at < 0:
            near = _closeness(word, name)
            if near is None:
                return None
            total += near
            continue
        begins = at == 0 or not text[at - 1].isalnum()
        total += (50 if at == 0 else 20 if begins else 5) + max(0, 20 - at // 4)
    return total


def _closeness(word: str, text: str) -> int | None:
    """How closely the letters stand in order behind each other, the first at the beginning of a word: `psal` in
    `Pause All`. None if they do not, or are spread so far that nobody could have meant it."""
    best: int | None = None
    for start, letter in enumerate(text):
        if letter != word[0] or (start and text[start - 1].isalnum()):
            continue
        at = start
        for wanted in word[1:]:
            at = text.find(wanted, at + 1)
            if at < 0:
                return best
        spread = at - start + 1 - len(word)
        if spread <= 2 * len(word):
            best = max(best or 0, 4 - min(3, spread // 2))
    return best


def ordered(items: Iterable[Item], value_of: Callable[[Item], Any], *, down: bool) -> list[Item]:
    """The items by a value of theirs; those for which it is None come last, whichever way round the order goes."""
    valued = [(value_of(item), item) for item in items]
    having = sorted((each for each in valued if each[0] is not None), key=lambda each: each[0], reverse=down)
    return [item for _, item in having] + [item for value, item in valued if value is None]
