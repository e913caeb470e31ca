"""The README shows the console as it is."""

from __future__ import annotations

import re

import pytest

from tests.pictures.make import HERE, README, SCREENS, draw, texts, with_keys, words

_MAKE = "Make them again: python -m tests.pictures.make"


@pytest.mark.timeout(240)
async def test_every_picture_shows_what_the_console_shows() -> None:
    drawn = await draw()
    kept = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.svg")}
    assert kept.keys() == drawn.keys(), _MAKE
    for name, svg in drawn.items():
        assert words(kept[name]) == words(svg), f"{name}.svg is stale. {_MAKE}"
        assert re.findall(r"url\([^#)]*\)", svg) == [], "whoever looks at the picture would ask another host"


@pytest.mark.timeout(240)
async def test_every_place_says_at_each_size_what_was_last_looked_at() -> None:
    said = await texts()
    kept = {path.stem: path.read_text("utf-8") for path in SCREENS.glob("*.txt")}
    assert kept.keys() == said.keys(), _MAKE
    for name, text in said.items():
        assert text == kept[name], f"{name} has changed. Look at it, and if that is meant: {_MAKE}"


def test_the_table_of_keys_is_the_registry() -> None:
    readme = README.read_text("utf-8")
    assert with_keys(readme) == readme, f"README.md is stale. {_MAKE}"


def test_the_readme_shows_every_picture() -> None:
    readme = README.read_text("utf-8")
    for path in HERE.glob("*.svg"):
        assert f"(tests/pictures/{path.name})" in readme, path.name
