"""What gradesync keeps: accounts, schedules, runs, the ledger and the audit log. The only place that knows SQL."""

from __future__ import annotations

from gradesync_tui.domain.clock import Clock, SystemClock
from gradesync_tui.store.accounts import Accounts
from gradesync_tui.store.audit import Audit, AuditFault
from gradesync_tui.store.category_rules import CategoryRules
from gradesync_tui.store.db import Part, Threads, path_of, reads
from gradesync_tui.store.dispatch import Dispatch
from gradesync_tui.store.engines import Engines
from gradesync_tui.store.feed import Feed
from gradesync_tui.store.invariants import broken
from gradesync_tui.store.ledger import Ledger
from gradesync_tui.store.people import People
from gradesync_tui.store.progress import Progress
from gradesync_tui.store.rollovers import Rollovers
from gradesync_tui.store.runs import Runs
from gradesync_tui.store.schedules import Schedules

__all__ = ["AuditFault", "Store", "path_of"]


class Store(Part):
    """An open database. Every method is awaited; what it says is durable when the call returns.

    All raise a `store.errors.StoreError` when the database refuses: DiskFull, Busy, Unwritable, Corrupt.
    """

    def __init__(self, threads: Threads, clock: Clock) -> None:
        super().__init__(threads, clock)
        self.path = threads.path
        self.accounts = Accounts(threads, clock)
        self.people = People(threads, clock)
        self.schedules = Schedules(threads, clock)
        self.rollovers = Rollovers(threads, clock)
        self.category_rules = CategoryRules(threads, clock)
        self.runs = Runs(threads, clock)
        self.progress = Progress(threads, clock)
        self.ledger = Ledger(threads, clock)
        self.engines = Engines(threads, clock)
        self.dispatch = Dispatch(threads, clock)
        self.feed = Feed(threads, clock)
        self.audit = Audit(threads, clock)

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, create: bool = True) -> Store:
        """Open a database, `sqlite:///PATH` or a plain path, and bring its tables up to date.

        create: whether a missing file, and its folder, is made. Raises NotFound, NotOurs, NewerDatabase, Unwritable,
        DiskFull, Corrupt or Busy; a file that is not ours is left as it is.
        """
        threads = Threads(path_of(url))
        try:
            await threads.prepare(create=create)
        except BaseException:
            await threads.close()
            raise
        return cls(threads, clock or SystemClock())

    async def close(self) -> None:
        """Finish what is under way and give the file up."""
        await self._threads.close()

    @reads
    def invariants(self) -> list[str]:
        """A line for each rule of the database that does not hold; empty when all is well."""
        return broken(self._clock.now())
