"""The SIS side, behind one small interface: OneRoster 1.1, OneRoster 1.2 and OneRoster CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

from gradesync_tui.domain.grades import Category, GradingPeriod, LineItem, Receipt, Result

if TYPE_CHECKING:
    from gradesync_tui.sis.check import Finding


class Sis(Protocol):
    """What a sync needs of a SIS. Every method raises `sis.errors.SisError` (or a subclass) and nothing else."""

    @property
    def bulk(self) -> bool:
        """Whether many records may be created with one request."""
        ...

    @property
    def reads_back(self) -> bool:
        """Whether what was written can be read again; a SIS that takes files cannot be asked."""
        ...

    @property
    def left_out(self) -> int:
        """Records of the SIS that lack what they would be known by, and were therefore left out so far."""
        ...

    async def school(self, class_id: str) -> str | None:
        """The sourcedId of a class's school, where the SIS names it."""
        ...

    async def categories(self) -> list[Category]:
        """Every grading category, in the SIS's own order (the first of a name wins)."""
        ...

    async def grading_periods(self) -> list[GradingPeriod]:
        """The grading periods, where the SIS shows them; empty where it does not."""
        ...

    def line_items(self, class_id: str) -> AsyncIterator[LineItem]:
        """The line items of a class."""
        ...

    def results(self, class_id: str) -> AsyncIterator[Result]:
        """The results of a class."""
        ...

    async def put_line_item(self, item: LineItem) -> Receipt:
        """Create or change one; an empty `sourced_id` asks the SIS to allocate it."""
        ...

    async def put_result(self, result: Result) -> Receipt:
        """Create or change one; an empty `sourced_id` asks the SIS to allocate it."""
        ...

    async def post_line_items(self, class_id: str, items: Sequence[LineItem]) -> list[Receipt]:
        """Create many at once (1.2 where the profile says so), answered in the order given."""
        ...

    async def post_results(self, line_item_id: str, results: Sequence[Result]) -> list[Receipt]:
        """Create many at once (1.2 where the profile says so), answered in the order given."""
        ...

    async def delete_result(self, sourced_id: str) -> None:
        """Delete one; one that is not there is no error."""
        ...

    async def finish(self) -> None:
        """Everything is written: a file-based SIS publishes its files now. Not called for a run that failed."""
        ...

    async def check(self) -> list[Finding]:
        """What of the SIS can be read and used, and what to do where something cannot. Nothing is written."""
        ...

    async def close(self) -> None:
        """Give up connections; never raises."""
        ...
