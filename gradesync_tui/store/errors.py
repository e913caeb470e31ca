"""What can go wrong with the database, each with one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator

from gradesync_tui.domain.records import Run
from gradesync_tui.domain.text import clean


class StoreError(Exception):
    """Any failure of the store; the message is one line and says what to do next."""


class NotOurs(StoreError):
    """The file is not a gradesync database."""


class NewerDatabase(StoreError):
    """The database was written by a later version of the program."""


class Unwritable(StoreError):
    """The database, or the folder that it lies in, cannot be written."""


class DiskFull(StoreError):
    """There is no room to write; nothing of the refused change was kept."""


class Corrupt(StoreError):
    """The database file is damaged."""


class Gone(StoreError):
    """The database file was deleted, moved or replaced while it was in use."""


class Busy(StoreError):
    """Another process held the database for too long."""


class Duplicate(StoreError):
    """Something of that name is there already."""


class NotFound(StoreError):
    """What was asked for is not there."""


class StaleClaim(StoreError):
    """The run is not (or no longer) held under this fencing number; whoever sees this stops at once."""


class RunInProgress(StoreError):
    """The account already has a run that is queued or in progress: `run`."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"Run {run.id} of this account is {run.status.value}. Wait for it, cancel it, or queue this one."
        )
        self.run = run


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything behind it: Peewee's failed rollback hides the cause that made the rollback necessary."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]


def translate(error: Exception, path: str) -> StoreError | None:
    """The StoreError behind what Peewee or APSW raised, or None where it is no failure of the database.

    path: the file, for the message.
    """
    import apsw

    for one in chain(error):
        if isinstance(one, StoreError):
            return one
    found = [one for one in chain(error) if isinstance(one, apsw.Error)]
    where = clean(path)
    for one in found:
        if isinstance(one, apsw.FullError) or (isinstance(one, apsw.IOError) and _is_failed_write(one)):
            return DiskFull(
                f"No room to write {where}: free some space on that disk (or raise the limit), then try again."
            )
    for one in found:
        if isinstance(one, apsw.CorruptError | apsw.NotADBError):
            return Corrupt(f"{where} is damaged ({one}). Stop gradesync and restore it from a backup.")
        if isinstance(one, apsw.BusyError | apsw.LockedError):
            return Busy(f"Another process kept {where} locked for too long. Try again.")
        if isinstance(one, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
            return Unwritable(f"{where} cannot be written ({one}). Check who owns the file and its folder.")
        if isinstance(one, apsw.IOError):
            return Unwritable(f"{where} cannot be read or written ({one}). Check the disk that it lies on.")
    return None


def _is_failed_write(error: BaseException) -> bool:
    """Whether SQLite's extended code says that a write did not fit; a size limit answers so, not with SQLITE_FULL."""
    import apsw

    return getattr(error, "extendedresult", 0) in (
        apsw.SQLITE_IOERR_WRITE,
        apsw.SQLITE_IOERR_SHMSIZE,
        apsw.SQLITE_IOERR_TRUNCATE,
        apsw.SQLITE_IOERR_FSYNC,
    )
