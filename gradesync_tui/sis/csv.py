"""OneRoster as files: one zip for each run that sent something, into a folder or over SFTP."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gradesync_tui.domain.clock import Clock, Instant, to_datetime
from gradesync_tui.domain.grades import Category, GradingPeriod, LineItem, Receipt, Result
from gradesync_tui.domain.preflight import local_date
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.domain.records import SisConnection
from gradesync_tui.sis import answers
from gradesync_tui.sis.bodies import RestVersion
from gradesync_tui.sis.check import Finding, counted, found
from gradesync_tui.sis.csv_rows import (
    LINE_ITEM_HEADER,
    RESULT_HEADER,
    guid,
    line_item_row,
    lines,
    manifest,
    result_row,
)
from gradesync_tui.sis.delivery import Delivery, Folder, Sftp
from gradesync_tui.sis.errors import SisBadAnswer, SisError, SisRefused
from gradesync_tui.sis.spool import Spool

_ROSTER_LIMIT = 64 * 1024 * 1024
_BATCH = 500


class OneRosterCsv:
    """A SIS that takes OneRoster files. One object for a run. Implements `sis.Sis`.

    The connection's address is a folder of this machine (a path or `file://`), or `sftp://user@host/path`. What stands
    there as categories.csv, classes.csv and academicSessions.csv is read as the SIS's own. The profile says whether
    files hold changes (delta) or the whole truth (bulk). Nothing is published before `finish`; what a run put and did
    not publish waits in `outbox` for the next one. guard: called right before a file is published, and raises where
    nothing may leave any more. outbox: a folder of this machine; None: one in the user's state folder.

    Nothing can be read back from files: `line_items` and `results` give what has been put and waits.
    """

    reads_back = False
    left_out = 0

    def __init__(
        self,
        connection: SisConnection,
        *,
        profile: Profile,
        clock: Clock,
        guard: Callable[[], None] | None = None,
        system: str = "Canvas",
        outbox: Path | None = None,
    ) -> None:
        version: RestVersion = "1.2" if connection.version.endswith("1.2") else "1.1"
        self._delivery = _delivery(connection.url, connection.ssh_key, connection.ssh_known_hosts)
        self._version = version
        self._profile = profile
        self._clock = clock
        self._guard = guard
        self._whole = profile.files == "bulk"
        self._system = system
        self._outbox = (outbox or _state_folder()) / sha256(connection.url.encode()).hexdigest()[:16]
        self._opened: tuple[Spool[LineItem], Spool[Result]] | None = None
        self._classes: dict[str, Mapping[str, str]] | None = None
        self._periods: list[GradingPeriod] | None = None
        self._roster_lock = asyncio.Lock()
        self.published: str | None = None
        """The name of the file that `finish` wrote, None where there was nothing to write."""

    @property
    def bulk(self) -> bool:
        """False: a file takes records one by one, and knows no requests."""
        return False

    async def school(self, class_id: str) -> str | None:
        """The sourcedId of a class's school, where classes.csv names it."""
        return (await self._roster_classes()).get(class_id, {}).get("schoolSourcedId") or None

    async def categories(self) -> list[Category]:
        """The categories of categories.csv; empty where there is no such file."""
        rows = await self._rows("categories")
        return [one for row in rows if (one := answers.category(_nested(row))) is not None]

    async def grading_periods(self) -> list[GradingPeriod]:
        """The grading periods of academicSessions.csv; empty where there is no such file."""
        async with self._roster_lock:
            if self._periods is None:
                rows = await self._rows("academicSessions")
                self._periods = [one for row in rows if (one := answers.grading_period(row)) is not None]
            return self._periods

    async def line_items(self, class_id: str) -> AsyncIterator[LineItem]:
        """The line items of a class that have been put and wait to be published."""
        for item in self._items.of_class(class_id):
            yield item

    async def results(self, class_id: str) -> AsyncIterator[Result]:
        """The results of a class that have been put and wait to be published."""
        for result in self._results.of_class(class_id):
            yield result

    async def put_line_item(self, item: LineItem) -> Receipt:
        """Take a line item into the file; it needs a `sourced_id`, as a file cannot answer with one."""
        school_id, session_id = await self._place(item)
        prepared = _with_place(item, school_id, session_id)
        self._line_item_row(prepared, self._clock.now())
        created = prepared.sourced_id not in self._items
        self._items.put(prepared)
        return Receipt(sourced_id=item.sourced_id, status=0, created=created)

    async def put_result(self, result: Result) -> Receipt:
        """Take a result into the file; it needs a `sourced_id`, as a file cannot answer with one."""
        self._result_row(result, self._clock.now())
        created = result.sourced_id not in self._results
        self._results.put(result)
        return Receipt(sourced_id=result.sourced_id, status=0, created=created)

    async def post_line_items(self, class_id: str, items: Sequence[LineItem]) -> list[Receipt]:
        """As `put_line_item`, one after another: a file knows no requests."""
        return [await self.put_line_item(item) for item in items]

    async def post_results(self, line_item_id: str, results: Sequence[Result]) -> list[Receipt]:
        """As `put_result`, one after another: a file knows no requests."""
        return [await self.put_result(result) for result in results]

    async def delete_result(self, sourced_id: str) -> None:
        """Refused: a row that deletes must repeat the whole record, so put the result with `active` false instead."""
        raise SisRefused("delete_not_allowed", "a file deletes a result only by repeating it as tobedeleted")

    async def finish(self) -> None:
        """Publish the zip, whole or not at all; nothing where nothing was put."""
        items, results = self._items, self._results
        if not items and not results:
            return
        now = self._clock.now()
        kind = "bulk" if self._whole else "delta"
        name = f"gradesync-{to_datetime(now):%Y%m%dT%H%M%S%fZ}-{kind}.zip"
        with tempfile.TemporaryDirectory(prefix="gradesync-") as folder:
            path = Path(folder) / name
            try:
                await asyncio.to_thread(self._write_zip, path, now)
            except OSError as problem:
                raise SisError("disk_full", f"the file cannot be made: {problem.strerror}", retryable=True) from problem
            if self._guard is not None:
                self._guard()
            await self._delivery.publish(path, name)
        items.published()
        results.published()
        self.published = name

    async def close(self) -> None:
        """Give up what is held open; what was not published waits for the next run. Never raises."""
        spools, self._opened = self._opened, None
        for spool in spools or ():
            with suppress(Exception):
                spool.close()
        await self._delivery.close()

    async def check(self) -> list[Finding]:
        """Whether files can be put there, and which of the SIS's own files can be read, with what to do."""
        files = "Put its categories.csv into the folder, or every assignment is blocked for want of a category."

        async def categories() -> str:
            return counted(len(await self.categories()), "category", "categories", none=files)

        async def periods() -> str:
            none = "No academicSessions.csv: grading periods must come from classes.csv."
            return counted(len(await self.grading_periods()), "grading period", none=none)

        return [
            await found("SIS folder", self._delivery.check, said="Files can be put there."),
            await found("SIS categories", categories),
            await found("SIS grading periods", periods),
        ]

    @property
    def _items(self) -> Spool[LineItem]:
        return self._spools()[0]

    @property
    def _results(self) -> Spool[Result]:
        return self._spools()[1]

    def _spools(self) -> tuple[Spool[LineItem], Spool[Result]]:
        if self._opened is None:
            self._opened = Spool(LineItem, self._outbox), Spool(Result, self._outbox)
        return self._opened

    # --- the SIS's own files -----------------------------------------------------------------------------------------

    async def _place(self, item: LineItem) -> tuple[str, str]:
        """The school and the grading period (or term) that a line item's row must name."""
        classes = await self._roster_classes()
        known = classes.get(item.class_id, {})
        school_id = item.school_id or known.get("schoolSourcedId", "")
        if self._version == "1.2" and not school_id:
            raise SisRefused(
                "class_unknown", "classes.csv does not name the class's school", details={"section": item.class_id}
            )
        session_id = item.grading_period_id or await self._session_of(item) or _first(known.get("termSourcedIds", ""))
        if not session_id:
            raise SisRefused(
                "due_date_outside_period",
                "academicSessions.csv has no grading period for the due date",
                details={"assignment": item.title, "due": _day_text(item.due_date)},
            )
        return school_id, session_id

    async def _session_of(self, item: LineItem) -> str:
        day = local_date(item.due_date)
        periods = await self.grading_periods()
        return next((one.sourced_id for one in periods if day is not None and one.start <= day <= one.end), "")

    async def _roster_classes(self) -> dict[str, Mapping[str, str]]:
        async with self._roster_lock:
            if self._classes is None:
                self._classes = {row.get("sourcedId", ""): row for row in await self._rows("classes")}
            return self._classes

    async def _rows(self, file: str) -> list[dict[str, str]]:
        content = await self._delivery.read(f"{file}.csv", _ROSTER_LIMIT)
        if content is None:
            return []
        return await asyncio.to_thread(_parsed, content, f"{file}.csv")

    # --- the zip -----------------------------------------------------------------------------------------------------

    def _line_item_row(self, item: LineItem, now: Instant) -> list[str]:
        return line_item_row(
            item,
            self._version,
            now,
            bulk=self._whole,
            session_id=item.grading_period_id or "",
            school_id=item.school_id or "",
        )

    def _result_row(self, result: Result, now: Instant) -> list[str]:
        return result_row(result, self._version, self._profile, now, bulk=self._whole)

    def _write_zip(self, path: Path, now: Instant) -> None:
        files = [name for name, spool in (("lineItems", self._items), ("results", self._results)) if len(spool)]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.csv", manifest(self._version, files, bulk=self._whole, system=self._system))
            if "lineItems" in files:
                rows = (self._line_item_row(item, now) for item in self._items.all())
                _write_rows(archive, "lineItems.csv", LINE_ITEM_HEADER[self._version], rows)
            if "results" in files:
                rows = (self._result_row(result, now) for result in self._results.all())
                _write_rows(archive, "results.csv", RESULT_HEADER[self._version], rows)


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("gradesync") / "outbox"


def _write_rows(archive: zipfile.ZipFile, name: str, header: list[str], rows: Iterator[list[str]]) -> None:
    with archive.open(name, "w") as file:
        batch = [header]
        for row in rows:
            batch.append(row)
            if len(batch) >= _BATCH:
                file.write(lines(batch).encode())
                batch = []
        file.write(lines(batch).encode())


def _delivery(url: str, ssh_key: str | None, known_hosts: str | None) -> Delivery:
    scheme = urlsplit(url).scheme
    if scheme == "sftp":
        return Sftp(url, ssh_key=ssh_key, known_hosts=known_hosts)
    if scheme == "file":
        return Folder(Path(unquote(urlsplit(url).path)))
    if "://" in url:
        raise SisRefused(
            "sis_unavailable",
            f"{url!r} is neither a folder nor sftp://user@host/path",
            details={"error": "the address is neither a folder nor sftp://"},
        )
    return Folder(Path(url).expanduser())


def _parsed(content: bytes, name: str) -> list[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        return [{key: value for key, value in row.items() if key and isinstance(value, str)} for row in rows]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise SisBadAnswer(
            "sis_bad_answer", f"{name} cannot be read: {problem}", details={"error": f"{name} is no OneRoster file"}
        ) from problem


def _nested(row: Mapping[str, str]) -> dict[str, object]:
    """A row with its `metadata.*` columns as the object that they are over REST."""
    metadata = {key.removeprefix("metadata."): value for key, value in row.items() if key.startswith("metadata.")}
    return {**row, "metadata": metadata}


def _with_place(item: LineItem, school_id: str, session_id: str) -> LineItem:
    from msgspec.structs import replace

    return replace(item, school_id=school_id or None, grading_period_id=guid(session_id))


def _first(ids: str) -> str:
    return ids.split(",")[0].strip()


def _day_text(at: Instant) -> str:
    day: date | None = local_date(at)
    return day.isoformat() if day is not None else "no day of the calendar"
