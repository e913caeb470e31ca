"""Whatever comes where Canvas's JSON belongs is bounded and explained."""

from __future__ import annotations

import gzip
import zlib

import pytest
from aiohttp import web

from gradesync_tui.lms.errors import BadAnswer, CanvasError, Unavailable

GZIP = {"Content-Encoding": "gzip"}


async def test_a_packed_answer_is_unpacked(serve, connect) -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return web.Response(body=gzip.compress(b'{"id": 5}'), headers=GZIP)

    assert (await connect(await serve(answer)).course("5")).id == "5"


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b'{"id": "' + b"x" * 2**21 + b'"}', {}, "larger than 1,024 KiB"),
        (gzip.compress(b"[" + b"[]," * 10_000_000 + b"[]]"), GZIP, "larger than 1,024 KiB"),
        (b"no gzip at all", GZIP, "packed wrongly"),
        (zlib.compress(b'{"id": 5}'), {"Content-Encoding": "deflate"}, "nobody asked for"),
        (b"\x28\xb5\x2f\xfd", {"Content-Encoding": "zstd"}, "nobody asked for"),
        (b"[" * 500_000, {}, "cannot be understood"),
        (b"<!DOCTYPE html><title>Log in</title>", {"Content-Type": "text/html"}, "Log in"),
        (b"", {}, "cannot be understood"),
        (b"\x1b[2J\x1b[31mred", {"Content-Type": "text/plain"}, "cannot be understood"),
        (b'{"id": {"a": 1}}', {}, "cannot be understood"),
    ],
)
async def test_an_answer_that_is_none_is_bounded_and_explained(
    serve, connect, body: bytes, headers: dict[str, str], words: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "application/json", **headers})

    with pytest.raises(BadAnswer, match=words) as caught:
        await connect(await serve(answer)).course("5")
    assert caught.value.message.isprintable()
    assert "\x1b" not in caught.value.answer
    assert caught.value.code == "canvas_bad_answer"


async def test_json_under_another_type_is_json(serve, connect) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b'{"id": 5}', content_type="text/html")

    assert (await connect(await serve(answer)).course("5")).id == "5"


async def test_a_packed_answer_that_breaks_off_is_asked_for_again(serve, connect) -> None:
    asked = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(body=gzip.compress(b'{"id": 5}')[:-8], headers=GZIP)

    with pytest.raises(Unavailable, match="broke off"):
        await connect(await serve(answer)).course("5")
    assert asked == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b'{"errors": {"due_at": [{"message": "\x1b[2Jcannot be blank"}]}}',
        b'{"errors": "' + b"x" * 100_000 + b'"}',
        b"\xff\xfe",
        b'{"message": null, "error": {"error": {"error": {"error": {"error": 1}}}}}',
        "‮evil".encode(),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 422])
async def test_a_refusal_of_any_shape_is_one_safe_line(serve, connect, body: bytes, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    with pytest.raises(CanvasError) as caught:
        await connect(await serve(answer)).course("5")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 600
    assert caught.value.status == status


async def test_headers_as_long_as_canvas_makes_them_are_read(serve, connect) -> None:
    async def answer(request: web.Request) -> web.Response:
        link = f'<{request.url.origin()}/api?{"assignment_ids%5B%5D=123456&" * 600}>; rel="first"'
        return web.json_response([], headers={"Link": link})

    assert [course async for course in connect(await serve(answer)).courses("1")] == []
