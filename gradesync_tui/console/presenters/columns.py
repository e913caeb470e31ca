"""Which columns a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradesync_tui.console.presenters.cells import Column


def chosen(columns: Sequence[Column], keys: Sequence[str], least: Collection[str]) -> tuple[Column, ...]:
    """The columns of these keys in the keys' order, and those of `least` whatever the keys say."""
    wanted = {*keys, *least}
    return tuple(column for column in arranged(columns, keys) if column.key in wanted)


def arranged(columns: Sequence[Column], keys: Sequence[str]) -> list[Column]:
    """All columns: those of the keys in the keys' order, each other one behind what it stands behind at first."""
    known = {column.key: column for column in columns}
    order = [known[key] for key in dict.fromkeys(keys) if key in known]
    for number, column in enumerate(columns):
        if column not in order:
            before = columns[number - 1] if number else None
            order.insert(order.index(before) + 1 if before is not None else 0, column)
    return order
