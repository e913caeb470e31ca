"""OneRoster 1.1 and 1.2 over REST."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.grades import Category, GradingPeriod, LineItem, Receipt, Result
from gradesync_tui.domain.profiles import Dialect, Profile
from gradesync_tui.sis import answers
from gradesync_tui.sis.auth import Auth, OAuth2
from gradesync_tui.sis.bodies import Bodies, RestVersion, addresses, segment
from gradesync_tui.sis.check import Finding, counted, found
from gradesync_tui.sis.errors import SisAuthError, SisBadAnswer, SisRefused
from gradesync_tui.sis.exchange import Answer
from gradesync_tui.sis.failures import decoded
from gradesync_tui.sis.http import Http, Retries
from gradesync_tui.sis.paging import PAGE, pages
from gradesync_tui.sis.urls import checked_url

_KEPT_ANSWER = 2_000
_T = TypeVar("_T")


class OneRosterRest:
    """A SIS that speaks OneRoster over HTTP. One object for a run; `close` it at the end. Implements `sis.Sis`.

    base_url: the service's address, for 1.2 with or without `/gradebook/v1p2`. headers: further ones, as the vendor
    asks. guard: called as late as possible before anything is written, and raises where nothing may leave any more.
    timeout: seconds for one exchange.
    """

    reads_back = True

    def __init__(
        self,
        base_url: str,
        version: RestVersion,
        dialect: Dialect,
        profile: Profile,
        auth: Auth | None,
        headers: Mapping[str, str],
        ca_file: str | None,
        clock: Clock,
        guard: Callable[[], None] | None = None,
        *,
        timeout: float = 60.0,
        retries: Retries | None = None,
        page: int = PAGE,
    ) -> None:
        self._places = addresses(checked_url(base_url), version)
        if isinstance(auth, OAuth2):
            checked_url(auth.token_url)
        self._version = version
        self._modified = dialect == "modified"
        self._profile = profile
        self._clock = clock
        self._page = page
        self._bodies = Bodies(version, self._places, profile)
        self._http = Http(
            auth=auth,
            headers=headers,
            rate=profile.rate,
            clock=clock,
            guard=guard,
            ca_file=ca_file,
            timeout=timeout,
            retries=retries,
        )
        self._schools: dict[str, str] = {}
        self._school_locks: dict[str, asyncio.Lock] = {}
        self.left_out = 0
        """Records of the SIS that lack what they would be known by, and were therefore left out."""

    @property
    def bulk(self) -> bool:
        """Whether many records may be created with one request."""
        return self._version == "1.2" and self._profile.bulk

    async def school(self, class_id: str) -> str | None:
        """The sourcedId of a class's school, where the SIS shows its rosters."""
        try:
            return await self._school(class_id)
        except (SisRefused, SisAuthError):
            return None

    async def categories(self) -> list[Category]:
        """Every grading category, in the SIS's own order."""
        address = f"{self._places.gradebook}/categories"
        try:
            return [one async for one in self._read(address, answers.category, "categories")]
        except SisRefused as problem:
            # No record is missing here: what answers at the address is no gradebook.
            if problem.http_status == 404:
                problem.cause = "sis_unsupported"
            raise

    async def grading_periods(self) -> list[GradingPeriod]:
        """The grading periods; empty where the SIS does not show them to this client."""
        address = f"{self._places.roster}/gradingPeriods"
        keys = ("academicSessions", "gradingPeriods", "terms")
        try:
            return [one async for one in self._read(address, answers.grading_period, *keys)]
        except (SisRefused, SisAuthError) as problem:
            # Many providers are certified for the gradebook alone.
            if problem.http_status in (400, 401, 403, 404, 405, 501):
                return []
            raise

    async def line_items(self, class_id: str) -> AsyncIterator[LineItem]:
        """The line items of a class."""
        address = f"{self._places.gradebook}/classes/{segment(class_id)}/lineItems"
        async for record in self._of_class(address, lambda row: answers.line_item(row, class_id), "lineItems"):
            yield record

    async def results(self, class_id: str) -> AsyncIterator[Result]:
        """The results of a class."""
        address = f"{self._places.gradebook}/classes/{segment(class_id)}/results"
        async for record in self._of_class(address, lambda row: answers.result(row, class_id), "results"):
            yield record

    async def put_line_item(self, item: LineItem) -> Receipt:
        """Create or change one; an empty `sourced_id` asks the SIS to allocate it."""
        school_id = item.school_id or await self._school(item.class_id) if self._version == "1.2" else None
        body = self._bodies.line_item(item, self._clock.now(), school_id)
        return await self._put("lineItems", "lineItem", item.sourced_id, body)

    async def put_result(self, result: Result) -> Receipt:
        """Create or change one; an empty `sourced_id` asks the SIS to allocate it."""
        body = self._bodies.result(result, self._clock.now())
        return await self._put("results", "result", result.sourced_id, body)

    async def post_line_items(self, class_id: str, items: Sequence[LineItem]) -> list[Receipt]:
        """Create many of one class at once; see `post_results`."""
        self._require_bulk()
        now = self._clock.now()
        rows = [
            self._bodies.line_item(item, now, item.school_id or await self._school(item.class_id)) for item in items
        ]
        address = f"{self._places.gradebook}/classes/{segment(class_id)}/lineItems"
        return await self._post(address, "lineItems", rows)

    async def post_results(self, line_item_id: str, results: Sequence[Result]) -> list[Receipt]:
        """Create many of one line item at once, answered in the order given.

        The standard knows no error for a single record: one that the SIS did not confirm has a Receipt with an empty
        `sourced_id`. SisRefused (`sis_unsupported`) where the version or the profile knows no bulk requests.
        """
        self._require_bulk()
        now = self._clock.now()
        rows = [self._bodies.result(result, now) for result in results]
        return await self._post(f"{self._places.gradebook}/lineItems/{segment(line_item_id)}/results", "results", rows)

    async def delete_result(self, sourced_id: str) -> None:
        """Delete one; one that is not there is no error."""
        await self._http.request("DELETE", f"{self._places.gradebook}/results/{segment(sourced_id)}", missing_ok=True)

    async def finish(self) -> None:
        """Nothing is left to do: every request was answered."""

    async def close(self) -> None:
        """Give up the connections; never raises."""
        await self._http.close()

    # --- reading -----------------------------------------------------------------------------------------------------

    async def check(self) -> list[Finding]:
        """A read of each endpoint that a sync needs, with what failed and what to do. Nothing is written."""

        async def categories() -> str:
            none = "There are none: every assignment will be blocked until the SIS has some."
            return counted(len(await self.categories()), "category", "categories", none=none)

        async def periods() -> str:
            none = "The SIS does not show them; due dates cannot be checked before sending."
            return counted(len(await self.grading_periods()), "grading period", none=none)

        async def line_items() -> None:
            await self._first_page(f"{self._places.gradebook}/lineItems", "lineItems")

        async def results() -> None:
            await self._first_page(f"{self._places.gradebook}/results", "results")

        async def classes() -> None:
            await self._first_page(f"{self._places.roster}/classes", "classes")

        findings = [
            await found("SIS categories", categories),
            await found("SIS line items", line_items, said="They can be read."),
            await found("SIS results", results, said="They can be read."),
            await found("SIS grading periods", periods),
        ]
        if self._version == "1.2":
            # A line item of 1.2 names its class's school, which only the roster knows.
            findings.append(await found("SIS classes", classes, said="They can be read."))
        return findings

    async def _first_page(self, address: str, *keys: str) -> list[Mapping[str, Any]]:
        """One record or none of a collection, to see whether it can be read at all."""
        async with aclosing(pages(self._http, address, *keys, page=1)) as all_pages:
            async for rows in all_pages:
                return rows
        return []

    async def _read(
        self, address: str, read: Callable[[Mapping[str, Any]], _T | None], *keys: str
    ) -> AsyncIterator[_T]:
        async for rows in pages(self._http, address, *keys, page=self._page):
            for row in rows:
                record = read(row)
                if record is None:
                    self.left_out += 1
                else:
                    yield record

    async def _of_class(
        self, address: str, read: Callable[[Mapping[str, Any]], _T | None], key: str
    ) -> AsyncIterator[_T]:
        try:
            async for record in self._read(address, read, key):
                yield record
        except SisRefused as problem:
            if problem.cause == "record_missing" and problem.http_status == 404:
                problem.cause = "class_unknown"
            raise

    async def _school(self, class_id: str) -> str:
        """The school of a class, which 1.2 requires of a line item; looked up over rostering once for each class."""
        lock = self._school_locks.setdefault(class_id, asyncio.Lock())
        async with lock:
            known = self._schools.get(class_id)
            if known is None:
                address = f"{self._places.roster}/classes/{segment(class_id)}"
                try:
                    known = answers.school_of(await self._http.request("GET", address))
                except SisRefused as problem:
                    if problem.http_status == 404:
                        problem.cause = "class_unknown"
                    raise
                if not known:
                    raise SisRefused(
                        "class_unknown", "the SIS names no school for the class", details={"section": class_id}
                    )
                self._schools[class_id] = known
        return known

    # --- writing -----------------------------------------------------------------------------------------------------

    async def _put(self, collection: str, kind: str, sourced_id: str, body: dict[str, Any]) -> Receipt:
        if not sourced_id and not self._modified:
            raise SisRefused("internal", f"a {kind} without a sourcedId in the standard dialect")
        address = f"{self._places.gradebook}/{collection}"
        if sourced_id:
            address += f"/{segment(sourced_id)}"
        # What the SIS allocates an id for would be there twice if it were sent again after an uncertain end.
        answer = await self._http.request("PUT", address, _encoded({kind: body}), again=bool(sourced_id))
        _require_write_answer(answer)
        taken = sourced_id or _allocated(answer, kind)
        return Receipt(
            sourced_id=taken,
            status=answer.status,
            created=answer.status == 201 or not sourced_id,
            answer=answer.text()[:_KEPT_ANSWER],
        )

    async def _post(self, address: str, key: str, rows: list[dict[str, Any]]) -> list[Receipt]:
        for number, row in enumerate(rows):
            row.setdefault("sourcedId", f"new-{number}")
        answer = await self._http.request("POST", address, _encoded({key: rows}), again=False)
        pairs = answers.allocated_pairs(answer)
        text = answer.text()[:_KEPT_ANSWER]
        return [
            Receipt(
                sourced_id=pairs.get(row["sourcedId"], ""),
                status=answer.status,
                created=row["sourcedId"] in pairs,
                answer=text,
            )
            for row in rows
        ]

    def _require_bulk(self) -> None:
        if not self.bulk:
            raise SisRefused(
                "sis_unsupported",
                "this SIS takes one record at a time",
                details={"answer": "it takes one record at a time"},
            )


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, ValueError) as problem:
        raise SisRefused(
            "sis_refused", "the record holds text that JSON cannot", details={"answer": "its text cannot be sent"}
        ) from problem


def _require_write_answer(answer: Answer) -> None:
    """A success must look like one: nothing, JSON without an error in it, or a word; a web page is somebody else."""
    start = answer.body.lstrip()[:1]
    if start == b"<":
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS answered {answer.status} with a web page",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": "it is a web page"},
        )
    if start in (b"{", b"["):
        answers.raise_if_failure(answer, decoded(answer))


def _allocated(answer: Answer, kind: str) -> str:
    taken = answers.allocated_id(answer, kind)
    if taken is None:
        raise SisBadAnswer(
            "sis_bad_answer",
            "the SIS took the new record and did not say under which id",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": "it does not name the new record's id"},
            uncertain=True,
        )
    return taken
