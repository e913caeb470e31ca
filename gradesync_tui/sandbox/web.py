"""What both servers stand on: a small router, the request as handlers see it, answers, and a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web

Json = dict[str, Any]
Handler = Callable[["Call"], "Answer"]

JSON_TYPE = "application/json; charset=utf-8"
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Call:
    """One request. `params` are the path's variable parts in order, `query` keeps the order and repeats of names."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    params: tuple[str, ...] = ()
    query: list[tuple[str, str]] = field(default_factory=list)
    page_limit: int = 100
    unlimited: bool = False
    rights: frozenset[str] = frozenset()
    user_id: int = 0

    def one(self, name: str) -> str | None:
        """The value of a query parameter, the last if it is repeated."""
        found = None
        for key, value in self.query:
            if key == name:
                found = value
        return found

    def many(self, name: str) -> list[str]:
        """Every value of `name[]` (or of `name`, also as a list with commas)."""
        found = [value for key, value in self.query if key == f"{name}[]"]
        if not found and (single := self.one(name)) is not None:
            found = single.split(",")
        return found

    def flag(self, name: str) -> bool:
        return (self.one(name) or "").lower() in ("true", "1", "on", "yes")

    def json(self) -> Any:
        """The body as JSON; ValueError if it is none."""
        return msgspec.json.decode(self.body)


@dataclass(slots=True)
class Answer:
    """An answer; a body of dicts and lists is written as JSON, text and bytes as they are."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return _encode(self.body)


class Refusal(Exception):
    """Raised by handlers to answer with something else than success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Route(NamedTuple):
    """What answers a method and path; Canvas names its scopes after the pattern."""

    handler: Handler
    pattern: str


class Router:
    """Finds the handler of a method and path; `:name` in a pattern stands for any one segment."""

    def __init__(self) -> None:
        self._root: Json = {}

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        node = self._root
        for segment in pattern.strip("/").split("/"):
            node = node.setdefault(":" if segment.startswith(":") else segment, {})
        node[f" {method}"] = Route(handler, pattern)

    def find(self, method: str, raw_path: str) -> tuple[Route | None, tuple[str, ...]]:
        """The route of a request, with the variable segments of its path; None for a path that nobody serves."""
        node, params = self._root, []
        for segment in raw_path.strip("/").split("/"):
            if segment in node:
                node = node[segment]
            elif ":" in node:
                node = node[":"]
                params.append(unquote(segment))
            else:
                return None, ()
        return node.get(f" {method}"), tuple(params)


class Listener:
    """An HTTP server on loopback for one handler."""

    def __init__(self, handle: Callable[[web.BaseRequest], Any]) -> None:
        self.handle = handle
        self._server: web.Server | None = None
        self._socket: asyncio.Server | None = None
        self.port = 0

    async def _dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        answer: web.StreamResponse = await self.handle(request)
        return answer

    async def start(self, port: int) -> None:
        """Listen; port 0 takes a free one. OSError if the port is taken."""
        self._server = web.Server(self._dispatch, access_log=None)
        self._socket = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", port)
        self.port = self._socket.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._socket is not None and self._server is not None:
            self._socket.close()
            await self._server.shutdown(0.5)
            self._socket = self._server = None


def parse_query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True) if text else []


def nested(call: Call) -> Json:
    """The parameters of a write, from a JSON body or a form: `a[b]=1` becomes {"a": {"b": "1"}}, `a[]` a list."""
    if call.headers.get("Content-Type", "").startswith("application/json"):
        try:
            value = call.json() if call.body else {}
        except ValueError:
            raise Refusal(Answer(400, {"errors": [{"message": "Request body is invalid JSON"}]})) from None
        return value if isinstance(value, dict) else {}
    pairs = parse_query(call.body.decode("utf-8", "replace")) + call.query
    found: Json = {}
    for name, value in pairs:
        keys = name.replace("]", "").split("[")
        node: Json = found
        for key in keys[:-1] if keys[-1] else keys[:-2]:
            inner = node.setdefault(key, {})
            node = inner if isinstance(inner, dict) else {}
        if keys[-1]:
            node[keys[-1]] = value
        elif len(keys) > 1:
            node.setdefault(keys[-2], []).append(value)
    return found
