"""A plain HTTP client for the embedded district, so that its tests lean on nothing of the program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest_asyncio

from gradesync_tui.sandbox.district import District


class Client:
    """Asks one district, as Canvas's service user and as the SIS's OAuth 2 client."""

    def __init__(self, session: aiohttp.ClientSession, district: District) -> None:
        self._session = session
        self._district = district
        self._sis_token = ""

    async def ask(self, method: str, url: str, token: str = "", **options: Any) -> tuple[int, Any, dict[str, str]]:
        """(status, body, headers by lower-case name); the body is decoded where it is JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        async with self._session.request(method, url, headers=headers, **options) as answer:
            is_json = answer.content_type == "application/json" and answer.status != 204
            text = await answer.text()
            body = await answer.json() if is_json and text else text
            return answer.status, body, {name.lower(): value for name, value in answer.headers.items()}

    async def canvas(self, path: str, method: str = "GET", *, token: str | None = None, **options: Any) -> Any:
        """(status, body, headers) of a Canvas path, `/api/v1` left out."""
        root = "" if path.startswith(("/api", "/login", "http")) else "/api/v1"
        url = path if path.startswith("http") else self._district.canvas.url + root + path
        return await self.ask(method, url, self._district.canvas.access.personal if token is None else token, **options)

    async def canvas_pages(self, path: str) -> list[Any]:
        """Every page of a Canvas list."""
        pages, url = [], self._district.canvas.url + "/api/v1" + path
        while url:
            status, body, headers = await self.canvas(url)
            assert status == 200, body
            pages.append(body)
            url = next_link(headers)
        return pages

    async def sis_token(self, scope: str = "") -> str:
        access = self._district.sis.access
        login = {"Authorization": aiohttp.encode_basic_auth(access.client_id, access.client_secret)}
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        status, body, _ = await self.ask("POST", self._district.sis.token_url, headers=login, data=form)
        assert status == 200, body
        token: str = body["access_token"]
        return token

    async def sis(self, path: str, method: str = "GET", *, version: str = "1.1", **options: Any) -> Any:
        """(status, body, headers) of a gradebook path."""
        self._sis_token = self._sis_token or await self.sis_token()
        root = self._district.sis.url_v1p1 if version == "1.1" else self._district.sis.url_v1p2
        return await self.ask(method, root + path, options.pop("token", self._sis_token), **options)

    async def admin(self, path: str, method: str = "GET", **options: Any) -> Any:
        """The body of an admin answer."""
        there = self._district.describe()["admin"]
        status, body, _ = await self.ask(method, there["url"] + path, there["token"], **options)
        assert status in (200, 204), body
        return body

    # --- records for the SIS ----------------------------------------------------------------------------------------

    def line_item(self, sourced_id: str = "li-1", version: str = "1.1", **changes: Any) -> dict[str, Any]:
        """A line item that every profile takes, for the first class."""
        state = self._district.sis.state
        klass = next(iter(state.classes.values()))
        category = next(iter(state.categories.values()))
        record = {
            "sourcedId": sourced_id,
            "status": "active",
            "dateLastModified": "2026-01-05T00:00:00.000Z",
            "title": "HW 1: Slope",
            "assignDate": self.day(0),
            "dueDate": self.day(1),
            "class": reference("class", klass.id),
            "category": reference("category", category.id),
            "resultValueMin": 0.0,
            "resultValueMax": 10.0,
        }
        if version == "1.2":
            record["school"] = reference("org", klass.org)
        return without_none(record | changes)

    def result(self, sourced_id: str = "r-1", item: str = "li-1", **changes: Any) -> dict[str, Any]:
        """A result of the first pupil of the first class."""
        klass = next(iter(self._district.sis.state.classes))
        record = {
            "sourcedId": sourced_id,
            "status": "active",
            "dateLastModified": "2026-01-05T00:00:00.000Z",
            "lineItem": reference("lineItem", item),
            "student": reference("user", sorted(self._district.sis.state.pupils_of_class[klass])[0]),
            "scoreStatus": "fully graded",
            "score": 8.5,
            "scoreDate": self.day(0)[:10],
        }
        return without_none(record | changes)

    def day(self, days: int) -> str:
        """Noon of a day, counted from the first of the open grading period."""
        start = next(one for one in self._district.plan.quarters if not one.closed).start
        return f"{start.fromordinal(start.toordinal() + days).isoformat()}T17:00:00.000Z"

    async def put(self, record: dict[str, Any], *, version: str = "1.1", **options: Any) -> Any:
        """PUT a line item or a result under its sourcedId."""
        key, path = ("result", "results") if "scoreStatus" in record else ("lineItem", "lineItems")
        sourced_id = record.get("sourcedId", "")
        return await self.sis(f"/{path}/{sourced_id}", "PUT", version=version, json={key: record}, **options)


def reference(kind: str, sourced_id: str) -> dict[str, str]:
    return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def next_link(headers: dict[str, str]) -> str:
    """The address of the next page, or nothing."""
    for part in headers.get("link", "").split(","):
        address, _, rel = part.partition(";")
        if 'rel="next"' in rel:
            return address.strip()[1:-1]
    return ""


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Callable[[District], Client]]:
    """`client(district)` asks that district."""
    async with aiohttp.ClientSession() as session:
        yield lambda district: Client(session, district)
