"""Finding by what a person types: all words must be there, in any order; beginnings count most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def rank(wanted: str, items: Sequence[Item], words_of: Callable[[Item], str]) -> list[Item]:
    """The items in which every word (or, in order, every letter) of `wanted` is found, the best first."""
    words = wanted.casefold().split()
    if not words:
        return list(items)
    found: list[tuple[int, int, Item]] = []
    for place, item in enumerate(items):
        score = _score(words, words_of(item).casefold())
        if score is not None:
            found.append((score, place, item))
    found.sort(key=lambda each: (-each[0], each[1]))
    return [item for _, _, item in found]


def _score(words: Sequence[str], text: str) -> int | None:
    total = 0
    for word in words:
        at = text.find(word)
        if at < 0:
            if len(words) == 1 and _letters_in_order(word, text):
                return 1
            return None
        begins = at == 0 or not text[at - 1].isalnum()
        total += (50 if at == 0 else 20 if begins else 5) + max(0, 20 - at // 4)
    return total


def _letters_in_order(word: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in word)
