"""A list of which the place says more about the row under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from textual.app import ComposeResult
from textual.message import Message

from gradesync_tui.console.presenters.facts import Fact, fact_lines
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import Row
from gradesync_tui.console.widgets.small_sections import SmallSection
from gradesync_tui.domain.records import Account


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
        self.tell()

    def tell(self) -> None:
        """Let what is known of the row under the cursor be said again."""
        self.post_message(self.Chosen())

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        event.stop()
        self.tell()


_DETAILS = 9
"""Lines that a short list leaves for its title, a filter and what is known of a row."""


class TellingSection(DetailedSection[Row], Generic[Row]):
    """Says by itself, below its list, what is known of the row under the cursor."""

    def __init__(self, account: Account, key: Callable[[Row], int], *, id: str) -> None:
        super().__init__(account, key, id=id)
        self._facts = Line(classes="row-facts")

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self._facts

    def about(self) -> None:
        self._fit_list()
        super().about()

    def _fit_list(self) -> None:
        """A short list takes the lines that it needs, so that what is known of a row stands close to it."""
        rows = max(3, len(self.read)) + 1
        self.table.styles.height = rows if rows + _DETAILS < self.size.height else "1fr"

    def tell(self) -> None:
        self._facts.show_lines(fact_lines(self.details(), self._facts.size.width, self._facts.size.height))

    def on_resize(self) -> None:
        self._fit_list()
        self.call_after_refresh(self.tell)
