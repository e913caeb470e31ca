"""What may pass is tried again within bounds, and all requests of a token share one pace."""

from __future__ import annotations

import asyncio
import time
from email.utils import format_datetime
from itertools import pairwise

import pytest
from aiohttp import web

from gradesync_tui.domain.clock import SECOND, ManualClock, parse_instant, to_datetime
from gradesync_tui.lms.budget import Budget, Pace, shared_budget
from gradesync_tui.lms.errors import BadAnswer, CanvasError, PermissionMissing, Throttled, Unavailable
from gradesync_tui.lms.tokens import PersonalToken

REFUSED = "403 Forbidden (Rate Limit Exceeded)\n"


def throttled(status: int = 429, **headers: str) -> web.Response:
    return web.Response(status=status, text=REFUSED, headers={"X-Rate-Limit-Remaining": "0.0", **headers})


async def _reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _silence(_: web.Request) -> web.Response:
    await asyncio.sleep(0.6)
    return web.Response()


async def _half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id": ')
    assert request.transport is not None
    request.transport.close()
    return response


async def _status(status: int) -> web.Response:
    return web.Response(status=status, text="<html>" + "boom " * 100)


FAILURES = {
    "500": lambda _: _status(500),
    "502": lambda _: _status(502),
    "503": lambda _: _status(503),
    "504": lambda _: _status(504),
    "reset": _reset,
    "silence": _silence,
    "half an answer": _half,
    "429": lambda _: asyncio.sleep(0, throttled()),
    "403 of older Canvas": lambda _: asyncio.sleep(0, throttled(403)),
    "429 without a body": lambda _: _status(429),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_that_passes_is_not_seen(serve, connect, name: str) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await FAILURES[name](request) if asked <= 2 else web.json_response({"id": 5})

    assert (await connect(await serve(answer)).course("5")).id == "5"
    assert asked == 3


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_that_stays_is_given_up_and_explained(serve, connect, name: str) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await FAILURES[name](request)

    expected = Throttled if "429" in name or "403" in name else Unavailable
    with pytest.raises(expected) as caught:
        await connect(await serve(answer)).course("5")
    # aiohttp itself repeats a GET once when the connection that it kept open breaks.
    assert asked == 4 or (name == "reset" and asked <= 8)
    assert caught.value.passing
    assert "next run" in caught.value.message
    assert caught.value.code in ("canvas_throttled", "canvas_unavailable")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_a_refusal_is_asked_for_once(serve, connect, status: int) -> None:
    asked = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"errors": [{"message": "no"}]}, status=status)

    with pytest.raises(CanvasError):
        await connect(await serve(answer)).course("5")
    assert asked == 1


async def test_nobody_there_is_explained(connect, unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1.*refused"):
        await connect(f"http://127.0.0.1:{unused_tcp_port}").course("5")


async def test_a_missing_permission_is_not_taken_for_a_throttle(serve, connect) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"errors": [{"message": "user not authorized"}]}, status=403)

    with pytest.raises(PermissionMissing):
        await connect(await serve(answer)).course("5")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_honoured(serve, connect, status: int, as_date: bool) -> None:
    now = parse_instant("2026-11-23T08:00:00Z")
    value = format_datetime(to_datetime(now + SECOND), usegmt=True) if as_date else "1"
    times: list[float] = []

    async def answer(_: web.Request) -> web.Response:
        times.append(time.monotonic())
        if len(times) == 1:
            return web.Response(status=status, text="later", headers={"Retry-After": value})
        return web.json_response({"id": 5})

    await connect(await serve(answer), clock=ManualClock(now)).course("5")
    assert times[1] - times[0] >= 0.95


@pytest.mark.parametrize("value", ["-5", "soon", "nan", "Mon, 99 Foo 2026", "1e9", ""])
async def test_a_senseless_retry_after_is_ignored(serve, connect, value: str) -> None:
    asked = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return throttled(**{"Retry-After": value}) if asked == 1 else web.json_response({"id": 5})

    assert (await connect(await serve(answer)).course("5")).id == "5"


async def test_a_server_that_asks_for_hours_is_not_waited_for(serve, connect) -> None:
    asked = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return throttled(**{"Retry-After": "86400"})

    with pytest.raises(Throttled, match="86,400 seconds"):
        await connect(await serve(answer)).course("5")
    assert asked == 1


async def test_no_more_than_eight_are_in_flight_for_all_clients_of_a_token(serve, connect) -> None:
    in_flight, most = 0, 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        await asyncio.sleep(0.02)
        in_flight -= 1
        return web.json_response({"id": 5})

    url = await serve(answer)
    first, second = connect(url), connect(url)
    await asyncio.gather(*(canvas.course(str(number)) for number in range(20) for canvas in (first, second)))
    assert most == 8
    await asyncio.gather(*(connect(url, "canvas-token-2").course("1") for _ in range(3)))


async def test_a_refusal_of_all_in_flight_brings_no_storm(serve, connect) -> None:
    """After everybody was refused, one request at a time tries the ground, whoever sent it."""
    in_flight = 0
    after_refusal: list[int] = []
    refused = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal in_flight, refused
        in_flight += 1
        if refused >= 8:
            after_refusal.append(in_flight)
        await asyncio.sleep(0.03)
        in_flight -= 1
        if refused < 10:
            refused += 1
            return throttled()
        return web.json_response({"id": 5})

    url = await serve(answer)
    clients = [connect(url), connect(url)]
    results = await asyncio.gather(*(clients[number % 2].course("5") for number in range(16)))
    assert len(results) == 16
    assert after_refusal[:3] == [1, 1, 1], "two refused tries and the first good one come alone"
    assert len(after_refusal) == 18, "no request was sent without need"


async def test_several_failures_in_a_row_slow_everybody_down(serve, connect) -> None:
    times: list[float] = []

    async def answer(_: web.Request) -> web.Response:
        times.append(time.monotonic())
        return web.Response(status=503, text="down")

    canvas = connect(await serve(answer), limits={"attempts": 2, "pace": Pace(first_pause=0.1, longest_pause=0.1)})
    results = await asyncio.gather(*(canvas.course("5") for _ in range(8)), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    gaps = [after - before for before, after in pairwise(times[8:])]
    assert min(gaps) > 0.03, "while Canvas is down one request at a time asks whether it is back"


async def test_fewer_are_let_through_as_the_bucket_fills() -> None:
    pace = Pace(cost=50, drain=0.001)

    async def let_through(remaining: float) -> int:
        budget = Budget(8, pace)
        async with budget.slot():
            pass
        budget.report(remaining)
        count = 0

        async def one() -> None:
            nonlocal count
            async with budget.slot():
                count += 1
                await asyncio.sleep(10)

        tasks = [asyncio.create_task(one()) for _ in range(10)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return count

    assert [await let_through(remaining) for remaining in (600, 425, 300, 180, 80)] == [8, 8, 5, 3, 1]
    assert await let_through(10) == 0, "an almost full bucket is waited for"


async def test_an_empty_budget_is_waited_for_no_longer_than_needed() -> None:
    budget = Budget(8, Pace(cost=50, drain=500))
    budget.report(0)
    began = time.monotonic()
    async with budget.slot():
        pass
    assert 0.1 < time.monotonic() - began < 0.5


async def test_a_budget_is_shared_by_token_and_address_and_forgotten_with_its_clients() -> None:
    one = shared_budget("a", 8, Pace())
    assert shared_budget("a", 8, Pace()) is one
    assert shared_budget("b", 8, Pace()) is not one
    assert PersonalToken("x1").identity == PersonalToken(" x1\n").identity != PersonalToken("x2").identity


async def test_a_cancelled_request_gives_its_place_back(serve, connect) -> None:
    gate = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await gate.wait()
        return web.json_response({"id": 5})

    canvas = connect(await serve(answer), limits={"silence": 5, "request": 5})
    tasks = [asyncio.create_task(canvas.course("5")) for _ in range(12)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gate.set()
    assert (await canvas.course("5")).id == "5"


class Stopped(Exception):
    """What a guard raises."""


async def test_the_guard_has_the_last_word_before_each_request(serve, connect) -> None:
    asked, allowed = 0, 2

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=503)

    def guard() -> None:
        nonlocal allowed
        if allowed == 0:
            raise Stopped
        allowed -= 1

    canvas = connect(await serve(answer), guard=guard)
    with pytest.raises(Stopped):
        await canvas.course("5")
    assert asked == 2, "the third try did not leave"


async def test_a_closed_client_says_so(serve, connect) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"id": 5})

    canvas = connect(await serve(answer))
    await canvas.course("5")
    await canvas.close()
    await canvas.close()
    with pytest.raises(Unavailable, match="closed"):
        await canvas.course("5")


async def test_redirects_in_a_circle_end(serve, connect) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": str(request.rel_url)})

    with pytest.raises(BadAnswer, match="again and again"):
        await connect(await serve(answer)).course("5")
