"""The database file and the threads that use it: one that writes, a few that read."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from peewee import PeeweeException

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.text import clean
from gradesync_tui.store.errors import Gone, NewerDatabase, NotFound, NotOurs, StoreError, Unwritable, translate
from gradesync_tui.store.models import database as current_database
from gradesync_tui.store.models import use_in_this_thread

APPLICATION_ID = 0x67736E63
"""SQLite's application_id of our files: `gsnc`."""

MIGRATIONS = Path(__file__).parent / "migrations"
_HISTORY = "schema_migration"
_READERS = 3
_BUSY_SECONDS = 10
_STEPS = 1_000_000
"""Steps of SQLite's machine after which a query looks whether it is still waited for; about 20 ms."""

_CACHE_KB = 1_000
"""Pages that each connection holds, in KB: the system holds the file's pages too, and more make no query quicker."""

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Part")


class Threads:
    """A database with its writer and its readers. Everything that touches SQLite happens on one of these threads."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: tuple[int, int] | None = None
        """Which file it is, once it is prepared."""
        self._writing = _connect(path, readonly=False)
        self._reading = _connect(path, readonly=True)
        self._writer = ThreadPoolExecutor(1, "store-writer", use_in_this_thread, (self._writing,))
        self._readers = ThreadPoolExecutor(_READERS, "store-reader", use_in_this_thread, (self._reading,))

    async def write(self, body: Callable[[], R]) -> R:
        """Run a body in one transaction that holds the write lock from its start, and commit it durably."""
        return await asyncio.wrap_future(self._writer.submit(self._in_transaction, "IMMEDIATE", body))

    async def read(self, body: Callable[[], R]) -> R:
        """Run a body in one transaction that sees one state of the database; who no longer waits for it ends it."""
        reading = _Reading(body)
        try:
            return await asyncio.wrap_future(self._readers.submit(self._in_transaction, "DEFERRED", reading))
        except asyncio.CancelledError:
            reading.give_up()
            raise

    async def prepare(self, *, create: bool) -> None:
        """Check that the file is ours and bring it up to date."""
        await asyncio.wrap_future(self._writer.submit(self._prepare, create))

    async def close(self) -> None:
        """Wait for what is running, then give up every connection."""
        await asyncio.to_thread(self._close)

    def _in_transaction(self, lock: str, body: Callable[[], R]) -> R:
        if self._file is not None and _identity(self.path) != self._file:
            # SQLite would go on with a file that has no name any more, and all of it would be lost at the end.
            raise Gone(
                f"{clean(self.path)} was deleted, moved or replaced while gradesync used it; nothing more is read or "
                "written. Put it back, or leave, restore a backup and start again."
            )
        try:
            with current_database.transaction(lock):
                return body()
        except _refusals() as error:
            known = translate(error, self.path)
            if known is None:
                raise
            raise known from error

    def _prepare(self, create: bool) -> None:
        try:
            _check_file(self.path, create=create)
            with _locked(self.path):
                _migrate(self._writing)
            self._file = _identity(self.path)
        except _refusals() as error:
            known = translate(error, self.path)
            if known is None:
                raise
            raise known from error
        except OSError as error:
            raise Unwritable(
                f"{clean(self.path)} cannot be written ({error.strerror}). Choose another place with --database, "
                "or correct the folder's owner."
            ) from error

    def _close(self) -> None:
        for pool in (self._readers, self._writer):
            pool.shutdown(wait=True)
        self._reading.close_everywhere()
        self._writing.close_everywhere()


class _Reading(Generic[R]):
    """The body of a reading. Given up, it makes way within some 20 ms, however long its query would have gone on."""

    def __init__(self, body: Callable[[], R]) -> None:
        self._body = body
        self._given_up = False

    def __call__(self) -> R:
        if self._given_up:
            raise CancelledError
        connection = current_database.connection()
        # Not its `interrupt`, which would miss a query that is just about to begin.
        connection.set_progress_handler(lambda: self._given_up, _STEPS)
        try:
            return self._body()
        finally:
            connection.set_progress_handler(None)

    def give_up(self) -> None:
        """Nobody waits for it any more. Called on another thread."""
        self._given_up = True


class Part:
    """One subject of the store. Its methods are written as plain Peewee and called with `await`."""

    def __init__(self, threads: Threads, clock: Clock) -> None:
        self._threads = threads
        self._clock = clock


def writes(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """The body runs on the writer thread inside one immediate transaction; it is durable when the call returns.

    Raises the StoreError that fits when the database refuses.
    """

    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._threads.write(lambda: method(self, *args, **kwargs))

    functools.update_wrapper(call, method)
    return call


def reads(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """The body runs on a reader thread and sees one state of the database, whatever is being written meanwhile."""

    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._threads.read(lambda: method(self, *args, **kwargs))

    functools.update_wrapper(call, method)
    return call


def path_of(url: str) -> str:
    """The file of a database address: `sqlite:///relative`, `sqlite:////absolute` or a plain path."""
    if url.startswith("sqlite:///"):
        url = url.removeprefix("sqlite:///")
    elif "://" in url:
        scheme = clean(url.split("://", 1)[0])
        raise StoreError(f"{scheme}:// is not a database that gradesync can use. Use sqlite:///PATH.")
    if not url:
        raise StoreError("The database address names no file. Use sqlite:///PATH.")
    return str(Path(url).expanduser())


def _identity(path: str) -> tuple[int, int] | None:
    """Which file a path leads to; None if to none."""
    try:
        found = os.stat(path)  # noqa: PTH116  (before every transaction: it must cost next to nothing)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _refusals() -> tuple[type[Exception], ...]:
    import apsw

    return (PeeweeException, apsw.Error)


def _connect(path: str, *, readonly: bool) -> Any:
    """A Peewee database over APSW, whose connections are made one for each thread that asks."""
    from gradesync_tui.store.sqlite import SqliteFile

    pragmas: dict[str, object] = {"foreign_keys": 1, "synchronous": "FULL", "cache_size": -_CACHE_KB}
    if readonly:
        pragmas["query_only"] = 1
    return SqliteFile(path, pragmas=pragmas, timeout=_BUSY_SECONDS, lock_type="DEFERRED" if readonly else "IMMEDIATE")


def _check_file(path: str, *, create: bool) -> None:
    """Look before touching: a file that is not ours is refused as it is."""
    import apsw

    file = Path(path)
    if not file.exists():
        if not create:
            raise NotFound(
                f"There is no database at {clean(path)}. Make one with: gradesync init --database {clean(path)}"
            )
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Grades of pupils: nobody else on the machine has a reason to read the file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        return
    if file.is_dir():
        raise NotOurs(f"{clean(path)} is a folder. Name a file for the database.")
    if not os.access(path, os.W_OK):
        raise Unwritable(f"{clean(path)} cannot be written. Check who owns the file and its folder.")
    with file.open("rb") as stream:
        head = stream.read(16)
    if not head:
        return
    if head != b"SQLite format 3\0":
        raise NotOurs(f"{clean(path)} is not a gradesync database. Choose another file with --database.")
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.setbusytimeout(_BUSY_SECONDS * 1000)
        application = next(iter(connection.execute("PRAGMA application_id")))[0]
        tables = next(iter(connection.execute("SELECT count(*) FROM sqlite_master")))[0]
    finally:
        connection.close()
    if application != APPLICATION_ID and (application or tables):
        raise NotOurs(f"{clean(path)} belongs to another program. Choose another file with --database.")


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Only one process at a time brings the tables up to date; the lock goes with the process, however it ends."""
    handle = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _migrate(database: Any) -> None:
    known = {file.stem for file in MIGRATIONS.glob("[0-9]*.py")}
    applied: set[str] = set()
    if database.table_exists(_HISTORY):
        applied = {name for (name,) in database.execute_sql(f'SELECT name FROM "{_HISTORY}"')}  # noqa: S608  (a name of ours)
    if applied - known:
        raise NewerDatabase(
            f"{clean(database.database)} was written by a later version of gradesync. Install that version to open it."
        )
    if known - applied:
        from playhouse.migrations import Runner  # type: ignore[import-untyped]  # (seldom needed, and slow to import)

        database.pragma("application_id", APPLICATION_ID)
        Runner(database, str(MIGRATIONS), _HISTORY).up()
    # Once set, the journal mode stays with the file; readers go on while somebody writes.
    database.pragma("journal_mode", "WAL")
