"""A server of the district: it logs what is asked, lets faults strike, and leaves the answers to Canvas or the SIS."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from gradesync_tui.domain.clock import Clock, Instant
from gradesync_tui.sandbox.admin import Admin
from gradesync_tui.sandbox.faults import Fault
from gradesync_tui.sandbox.web import JSON_TYPE, Answer, Call, Json, Listener, Refusal, Router, parse_query

LOG_SIZE = 60_000
BODY_KEPT = 200_000
_UNLOGGED = frozenset(("authorization", "host", "accept", "accept-encoding", "connection", "content-length"))
_HTML = "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"


@dataclass(slots=True)
class LoggedRequest:
    """One request as the district's server saw it; `number` counts the requests of both servers in order."""

    number: int
    at: Instant
    side: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    fault: str = ""

    def as_json(self) -> Json:
        return {
            "number": self.number,
            "at": self.at,
            "side": self.side,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
            "fault": self.fault,
        }


@dataclass(slots=True)
class Traffic:
    """What both servers share: the request log and the faults."""

    log: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=LOG_SIZE))
    faults: list[Fault] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))


class Service:
    """The part that Canvas and the SIS have in common. Subclasses fill the router and judge who may ask."""

    side = ""

    def __init__(self, clock: Clock, traffic: Traffic, admin: Admin, latency_ms: float) -> None:
        self.clock = clock
        self.router = Router()
        self.latency_ms = latency_ms
        self._traffic = traffic
        self._admin = admin
        self.listener = Listener(self._handle)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    async def start(self, port: int) -> None:
        await self.listener.start(port)

    async def stop(self) -> None:
        await self.listener.stop()

    def take_over(self, listener: Listener) -> None:
        """Answer what comes to a listener that is already there."""
        self.listener = listener
        listener.handle = self._handle

    # --- for Canvas and the SIS to fill -----------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        """The answer to a request that no fault has struck; may raise Refusal."""
        raise NotImplementedError

    def admit(self, call: Call) -> Answer | None:
        """A refusal before anything else happens (a throttle), or None."""
        return None

    def depart(self, call: Call, answer: Answer) -> None:
        """The request is over; headers may be added to its answer."""

    def error(self, call: Call, kind: str, status: int, message: str) -> Answer:
        """A failure in the server's own words; kind: refuse, 5xx, 429, 401."""
        raise NotImplementedError

    def facts(self, call: Call) -> Mapping[str, str]:
        """What a request is about: class, student, assignment, title."""
        raise NotImplementedError

    def repeat_page(self, call: Call, answer: Answer) -> None:
        """Make the next-page link of a list lead to this page again."""
        raise NotImplementedError

    def whole_list(self, call: Call) -> Call:
        """The request asking for a page as large as the list."""
        raise NotImplementedError

    def skip_write(self, call: Call) -> Answer:
        """The answer of a successful write, without the write."""
        raise NotImplementedError

    # --- one request ------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        # Read from the stream itself: a bulk write may be larger than what aiohttp takes for granted.
        body = await request.content.read() if request.body_exists else b""
        call = Call(request.method, path, query, request.headers, body, f"{request.scheme}://{request.host}")
        call.query = parse_query(query)
        if path.startswith("/admin/"):
            return _respond(await self._admin.answer(call))
        entry = self._note(call)
        refused = self.admit(call)
        if refused is not None:
            entry.status = refused.status
            return _respond(refused)
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        answer = await self._answer_with_faults(call, entry)
        self.depart(call, answer or Answer(0))
        if answer is None:
            entry.status = 0
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        entry.status = answer.status
        return _respond(answer)

    def _note(self, call: Call) -> LoggedRequest:
        headers = {name.lower(): value for name, value in call.headers.items() if name.lower() not in _UNLOGGED}
        entry = LoggedRequest(
            next(self._traffic.numbers),
            self.clock.now(),
            self.side,
            call.method,
            call.path,
            call.query_string,
            headers,
            call.body[:BODY_KEPT],
        )
        self._traffic.log.append(entry)
        return entry

    async def _answer_with_faults(self, call: Call, entry: LoggedRequest) -> Answer | None:
        """The answer, or None for a connection that breaks."""
        if not self._traffic.faults:
            return self._answer(call)
        struck = []
        for one in self._traffic.faults:
            if one.side == self.side and (fault := one.strike(call.method, call.path, lambda: self.facts(call))):
                struck.append(fault)
        entry.fault = " ".join(fault.kind for fault in struck)
        for fault in struck:
            if fault.kind == "slow":
                await asyncio.sleep(fault.number("ms", 2000) / 1000)
        for fault in struck:
            if fault.kind == "down" or (fault.kind == "reset" and "late" not in fault.options):
                return None
            early = self._instead(fault, call)
            if early is not None:
                return early
        return self._bend(struck, call)

    def _instead(self, fault: Fault, call: Call) -> Answer | None:
        """What is answered in place of doing anything, if the fault is of that sort."""
        message = fault.options.get("body", "")
        if fault.kind == "refuse":
            return self.error(call, "refuse", int(fault.number("status", 0)), message)
        if fault.kind in ("5xx", "401"):
            return self.error(
                call, fault.kind, int(fault.number("status", 503 if fault.kind == "5xx" else 401)), message
            )
        if fault.kind == "429":
            answer = self.error(call, "429", int(fault.number("status", 429)), message)
            if "retry_after" in fault.options:
                answer.headers["Retry-After"] = fault.options["retry_after"]
            return answer
        if fault.kind == "noop" and call.method != "GET":
            return self.skip_write(call)
        if fault.kind == "wrongtype":
            return Answer(200, _HTML.format(title="Sign in"), content_type="text/html; charset=utf-8")
        if fault.kind == "garbage":
            return Answer(200, {"page": [{"id": None, "rows": "?"}, 7, None]})
        return None

    def _bend(self, struck: list[Fault], call: Call) -> Answer | None:
        """Answer, and then spoil what was answered."""
        kinds = {fault.kind for fault in struck}
        answer = self._answer(self.whole_list(call) if "hugepage" in kinds and call.method == "GET" else call)
        if "reset" in kinds:
            return None
        if "duplicate" in kinds and call.method == "GET":
            answer.body = _rows_twice(answer.body)
        if "truncated" in kinds:
            whole = answer.encoded()
            answer.body = whole[: len(whole) // 2]
        if "elsewhere" in kinds and "Link" in answer.headers:
            answer.headers["Link"] = answer.headers["Link"].replace(call.base, "http://elsewhere.example")
        if "endless" in kinds and call.method == "GET":
            self.repeat_page(call, answer)
        return answer

    def _answer(self, call: Call) -> Answer:
        try:
            return self.answer(call)
        except Refusal as refusal:
            return refusal.answer


def _rows_twice(body: Any) -> Any:
    if isinstance(body, list):
        return [row for row in body for _ in range(2)]
    if isinstance(body, dict):
        return {key: _rows_twice(value) if isinstance(value, list) else value for key, value in body.items()}
    return body


def _respond(answer: Answer) -> web.Response:
    headers = dict(answer.headers)
    if answer.body is not None and "Content-Type" not in headers:
        headers["Content-Type"] = answer.content_type or JSON_TYPE
    return web.Response(status=answer.status, body=answer.encoded(), headers=headers)
