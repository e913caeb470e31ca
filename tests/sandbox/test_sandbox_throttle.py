"""The leaky bucket of the district's Canvas."""

from __future__ import annotations

import asyncio

from gradesync_tui.domain.clock import SECOND, ManualClock, SystemClock
from gradesync_tui.sandbox.canvas.throttle import HIGH_WATER, Throttle
from gradesync_tui.sandbox.web import Answer


async def test_the_twelfth_request_at_once_is_refused(district, client):
    d = await district(latency_ms=150, clock=ManualClock(SystemClock().now()))
    answers = await asyncio.gather(*(client(d).canvas("/accounts/1") for _ in range(12)))
    assert sorted(status for status, _, _ in answers) == [200] * 11 + [429]
    refused = next(one for one in answers if one[0] == 429)
    assert "Rate Limit Exceeded" in refused[1] and refused[2]["x-rate-limit-remaining"] == "0.0"
    assert "x-request-cost" not in refused[2]


async def test_an_answer_tells_its_cost_and_what_is_left(district, client):
    _, _, headers = await client(await district()).canvas("/accounts/1")
    assert float(headers["x-request-cost"]) > 0 and 590 < float(headers["x-rate-limit-remaining"]) < 600


async def test_older_canvas_refuses_with_403(district, client):
    d = await district()
    d.canvas_settings.throttle_status = 403
    d.canvas.throttle.fill(d.canvas.access.personal, HIGH_WATER)
    status, body, _ = await client(d).canvas("/accounts/1")
    assert status == 403 and "Rate Limit Exceeded" in body


async def test_the_bucket_leaks_ten_a_second_for_each_token_apart():
    clock = ManualClock(0)
    throttle = Throttle(clock)
    throttle.fill("a", HIGH_WATER)
    assert throttle.begin("a") is not None and throttle.begin("b") is None
    clock.advance(6 * SECOND)
    assert throttle.begin("a") is None
    answer = Answer()
    throttle.end("a", 1.0, answer)
    assert answer.headers["X-Rate-Limit-Remaining"] == f"{60.0 - 1.0:.4f}"
