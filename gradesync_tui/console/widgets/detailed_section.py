"""A list of which the place says more about the row under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from textual.message import Message

from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import Row
from gradesync_tui.console.widgets.small_sections import SmallSection


class DetailedSection(SmallSection[Row], Generic[Row]):
    """Tells when another row, or a newer self of it, is under the cursor."""

    class Chosen(Message):
        """What stands below the list must be said again."""

    def details(self) -> Sequence[Fact]:
        """What is known of the row under the cursor."""
        raise NotImplementedError

    def counted(self) -> str:
        """What stands beside the title: how many there are."""
        shown, total = len(self._rows), len(self.read)
        return f"{total:,}" if shown == total and not self.filter_text else f"{shown:,} of {total:,}"

    @property
    def under_cursor(self) -> Row | None:
        """The row under the cursor."""
        key = self.table.key  # type: ignore[union-attr]
        index = None if key is None else self._rows.find(key)
        return None if index is None else self._rows.at(index)

    def about(self) -> None:
        self.say(self.counted())
        # Not by the table's own message alone: the toolkit ends one that this section caused at this section.
        self.post_message(self.Chosen())

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        event.stop()
        self.post_message(self.Chosen())
