"""Servers that answer in ways no standard knows: nothing crashes, nothing leaks, nothing goes round in circles."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from gradesync_tui.domain.clock import SECOND, ManualClock, SystemClock
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.profiles import Rate, load_profile
from gradesync_tui.sis.auth import OAuth2
from gradesync_tui.sis.errors import (
    SisAuthError,
    SisBadAnswer,
    SisCertificateError,
    SisError,
    SisRefused,
    SisThrottled,
    SisUnavailable,
)
from gradesync_tui.sis.http import Retries
from gradesync_tui.sis.rest import OneRosterRest
from gradesync_tui.sis.urls import proxy_for

ClientOf = Callable[..., Awaitable[OneRosterRest]]
Serve = Callable[..., Awaitable[str]]

ITEM = LineItem(
    sourced_id="li-1", title="Essay", class_id="c1", category_id="k", assign_date=0, due_date=SECOND, points=10
)
RESULT = Result(
    sourced_id="r-1",
    line_item_id="li-1",
    student_id="s1",
    class_id="c1",
    score=7.0,
    status="fully graded",
    score_date=date(2026, 11, 20),
)


def rows(*ids: str) -> list[dict[str, Any]]:
    return [{"sourcedId": one, "title": one, "status": "active"} for one in ids]


def answering(status: int = 200, body: Any = None, **rest: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_: web.Request) -> web.Response:
        if isinstance(body, bytes | str):
            return web.Response(status=status, body=body, **rest)
        return web.json_response(body, status=status, **rest)

    return handler


@pytest.mark.parametrize(
    "body",
    [
        "<html><title>Sign in</title></html>",
        b"\xff\xfe\x00",
        "{",
        "NaN",
        "7",
        '"text"',
        "[" * 100_000,
        '{"page": 1}',
        '{"categories": 7}',
        '{"categories": {"a": 1}}',
        b"\x00" * 1000,
    ],
)
async def test_an_answer_that_is_no_collection_is_explained(client_of: ClientOf, body: Any) -> None:
    sis = await client_of(answering(200, body))
    with pytest.raises(SisBadAnswer) as caught:
        await sis.categories()
    assert caught.value.cause == "sis_bad_answer"
    assert caught.value.details["error"]


@pytest.mark.parametrize("body", ["", "{}", '{"categories": []}', '{"categories": null}', "[]"])
async def test_an_empty_collection_may_be_said_in_several_ways(client_of: ClientOf, body: str) -> None:
    assert await (await client_of(answering(200, body))).categories() == []


async def test_rows_without_what_they_are_known_by_are_left_out_and_counted(client_of: ClientOf) -> None:
    found = [
        {
            "sourcedId": "r1",
            "lineItem": {"sourcedId": "l"},
            "student": "s",
            "score": "8.5",
            "scoreStatus": "FULLY GRADED",
        },
        {"sourcedId": "r2", "lineItem": {"sourcedId": "l"}, "student": {"sourcedId": "s2"}, "score": None},
        {"sourcedId": "r3", "lineItem": None, "student": {"sourcedId": "s3"}, "score": 1},
        {"sourcedId": None},
        7,
        None,
        {"sourcedId": 12, "lineItem": {"sourcedId": 3}, "student": {"sourcedId": 4}, "score": 1e308, "late": "true"},
        {"sourcedId": "r5", "lineItem": "l", "student": "s5", "scoreDate": "0001-01-01", "scoreStatus": "ext:odd"},
    ]
    sis = await client_of(answering(200, {"results": found}))
    results = [one async for one in sis.results("c1")]
    assert [(one.sourced_id, one.score, one.status) for one in results] == [
        ("r1", 8.5, "fully graded"),
        ("r2", None, "not submitted"),
        ("12", 1e308, "fully graded"),
        ("r5", None, "not submitted"),
    ]
    assert results[2].late
    assert sis.left_out == 2


async def test_line_items_with_dates_of_any_year_or_none_are_read(client_of: ClientOf) -> None:
    found = [
        {"sourcedId": "a", "dueDate": "0001-01-01T00:00:00Z", "assignDate": "9999-12-31T23:59:59.999Z"},
        {"sourcedId": "b", "dueDate": "2026-11-20"},
        {"sourcedId": "c", "dueDate": "soon", "resultValueMax": "ten"},
        {"sourcedId": "d", "dueDate": "0001-01-01T00:00:00+14:00"},
    ]
    sis = await client_of(answering(200, {"lineItems": found}))
    items = [one async for one in sis.line_items("c1")]
    assert [one.sourced_id for one in items] == ["a", "b", "c", "d"]
    assert items[1].due_date == items[1].assign_date == 1_795_132_800 * SECOND
    assert items[2].due_date == 0


async def test_a_huge_answer_is_cut_off_however_well_it_is_packed(client_of: ClientOf) -> None:
    packed = gzip.compress(b'{"categories": [' + b" " * (60 * 1024 * 1024) + b"]}")

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    with pytest.raises(SisBadAnswer, match="larger than"):
        await (await client_of(handler)).categories()


# --- pages -----------------------------------------------------------------------------------------------------------


async def test_a_server_that_knows_no_paging_is_read_once(client_of: ClientOf) -> None:
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        return web.json_response({"categories": rows(*map(str, range(30)))})

    assert len(await (await client_of(handler, page=10)).categories()) == 30
    assert len(asked) == 2


async def test_a_server_that_gives_shorter_pages_than_asked_for_is_read_to_the_end(client_of: ClientOf) -> None:
    everything = [str(number) for number in range(250)]

    async def handler(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        return web.json_response({"categories": rows(*everything[offset : offset + 100])})

    assert len(await (await client_of(handler)).categories()) == 250


async def test_the_total_is_believed_where_there_is_no_link(client_of: ClientOf) -> None:
    everything = [str(number) for number in range(37)]

    async def handler(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        page = web.json_response({"categories": rows(*everything[offset : offset + 7])})
        page.headers["X-Total-Count"] = "37"
        return page

    assert len(await (await client_of(handler)).categories()) == 37


async def test_new_records_for_ever_come_to_an_end(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradesync_tui.sis.paging._MOST_PAGES", 20)

    async def handler(request: web.Request) -> web.Response:
        offset = int(request.query.get("offset", 0))
        page = web.json_response({"categories": rows(f"{offset}")})
        page.headers["Link"] = f'<{request.url.path}?offset={offset + 1}&limit=1>; rel="next"'
        return page

    with pytest.raises(SisBadAnswer, match="no end"):
        await (await client_of(handler)).categories()


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/next",
        "https://elsewhere.example/categories",
        "http://user:pw@{host}/x",
        "file:///etc/passwd",
    ],
)
async def test_a_link_to_another_host_is_not_followed(client_of: ClientOf, target: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        page = web.json_response({"categories": rows("a")})
        page.headers["Link"] = f'<{target.replace("{host}", request.host)}>; rel="next"'
        return page

    with pytest.raises(SisBadAnswer, match="not on its own host"):
        await (await client_of(handler)).categories()


# --- redirects and addresses -----------------------------------------------------------------------------------------


async def test_credentials_never_follow_a_redirect_to_another_host(client_of: ClientOf, serve: Serve) -> None:
    thief: list[web.Request] = []

    async def steal(request: web.Request) -> web.Response:
        thief.append(request)
        return web.json_response({"categories": []})

    elsewhere = await serve(steal)

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/token":
            return web.json_response({"access_token": "secret-token", "token_type": "bearer", "expires_in": 60})
        return web.Response(status=302, headers={"Location": f"{elsewhere}/categories"})

    home = await serve(handler)
    sis = await client_of(handler, auth=OAuth2(f"{home}/token", "id", "secret"), headers={"x-vendor": "key"})
    with pytest.raises(SisBadAnswer, match="redirects"):
        await sis.categories()
    with pytest.raises(SisBadAnswer, match="redirects"):
        await sis.put_result(RESULT)
    assert thief == []


async def test_a_redirect_of_the_token_address_is_not_followed(client_of: ClientOf, serve: Serve) -> None:
    thief: list[web.Request] = []

    async def steal(request: web.Request) -> web.Response:
        thief.append(request)
        return web.json_response({"access_token": "x"})

    elsewhere = await serve(steal)
    home = await serve(answering(307, "", headers={"Location": elsewhere}))
    sis = await client_of(answering(200, {}), auth=OAuth2(home, "id", "secret"))
    with pytest.raises(SisError):
        await sis.categories()
    assert thief == []


async def test_a_redirect_within_the_host_is_followed_for_reads_alone(client_of: ClientOf) -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.method, request.path))
        if request.path.startswith("/new"):
            return web.json_response({"categories": rows("a")})
        return web.Response(status=301, headers={"Location": f"/new{request.path}"})

    sis = await client_of(handler)
    assert len(await sis.categories()) == 1
    with pytest.raises(SisBadAnswer):
        await sis.put_result(RESULT)
    assert ("PUT", "/new/results/r-1") not in seen
    circle = await client_of(answering(302, "", headers={"Location": "/round"}))
    with pytest.raises(SisBadAnswer, match="circles"):
        await circle.categories()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://sis.example/oneroster", SisCertificateError),
        ("https://user:hunter2@sis.example", SisBadAnswer),
        ("sis.example/oneroster", SisBadAnswer),
        ("https://", SisBadAnswer),
        ("https://[::1", SisBadAnswer),
        ("ftp://user:hunter2@sis.example", SisBadAnswer),
    ],
)
def test_an_address_that_would_be_unsafe_is_refused_at_once(url: str, kind: type[SisError]) -> None:
    with pytest.raises(kind) as caught:
        OneRosterRest(url, "1.1", "standard", load_profile("plain"), None, {}, None, SystemClock())
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "why"), [("127.0.0.1:1", "connection refused"), ("no-such-machine.invalid:1", "its name is not known")]
)
async def test_why_nobody_answers_is_said_in_words(host: str, why: str) -> None:
    sis = OneRosterRest(
        f"https://{host}", "1.1", "standard", load_profile("plain"), None, {}, None, SystemClock(),
        retries=Retries(2, 0.001, 0.01),
    )  # fmt: skip
    try:
        with pytest.raises(SisError) as caught:
            await sis.categories()
        assert caught.value.cause == "sis_unavailable"
        assert why in caught.value.details["error"]
    finally:
        await sis.close()


async def test_a_certificate_that_nobody_trusts_is_explained(client_of: ClientOf, serve: Serve) -> None:
    plain = await serve(answering(200, {}))
    sis = OneRosterRest(
        plain.replace("http:", "https:"), "1.1", "standard", load_profile("plain"), None, {}, None, SystemClock(),
        retries=Retries(2, 0.001, 0.01),
    )  # fmt: skip
    try:
        with pytest.raises(SisCertificateError) as caught:
            await sis.categories()
        assert caught.value.cause == "certificate"
    finally:
        await sis.close()


# --- writes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (
            {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "Title too long"},
            "title_too_long",
        ),
        ({"imsx_StatusInfo": {"imsx_codeMajor": "failure"}}, "sis_refused"),
        ({"error": "Assignment is Locked"}, "assignment_locked"),
    ],
)
async def test_a_failure_inside_a_200_is_a_failure(client_of: ClientOf, body: Any, cause: str) -> None:
    with pytest.raises(SisRefused) as caught:
        await (await client_of(answering(200, body))).put_result(RESULT)
    assert caught.value.cause == cause


async def test_a_web_page_in_answer_to_a_write_is_no_success(client_of: ClientOf) -> None:
    with pytest.raises(SisBadAnswer):
        await (await client_of(answering(200, "<html>Sign in</html>"))).put_result(RESULT)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", ["", "OK", '{"result": {"sourcedId": "r-1"}}'])
async def test_every_success_is_one(client_of: ClientOf, status: int, body: str) -> None:
    receipt = await (await client_of(answering(status, "" if status == 204 else body))).put_result(RESULT)
    assert (receipt.sourced_id, receipt.status, receipt.created) == ("r-1", status, status == 201)


@pytest.mark.parametrize(
    ("body", "headers", "taken"),
    [
        ({"result": {"sourcedId": "new"}}, {}, "new"),
        ({"sourcedId": "new"}, {}, "new"),
        ({"sourcedIdPairs": [{"suppliedSourcedId": "", "allocatedSourcedId": "new"}]}, {}, "new"),
        ("", {"Location": "/results/a%2Fb"}, "a/b"),
        ({"result": {"sourcedId": 77}}, {}, "77"),
    ],
)
async def test_an_allocated_id_is_found_wherever_it_stands(
    client_of: ClientOf, body: Any, headers: dict[str, str], taken: str
) -> None:
    sis = await client_of(answering(201, body, headers=headers), dialect="modified")
    receipt = await sis.put_result(replace(RESULT, sourced_id=""))
    assert (receipt.sourced_id, receipt.created) == (taken, True)


async def test_a_new_record_without_an_id_is_never_sent_twice_after_an_uncertain_end(client_of: ClientOf) -> None:
    sent = []

    async def handler(request: web.Request) -> web.StreamResponse:
        sent.append(request.path)
        await request.read()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    sis = await client_of(handler, dialect="modified")
    with pytest.raises(SisUnavailable) as caught:
        await sis.put_result(replace(RESULT, sourced_id=""))
    assert caught.value.uncertain
    assert sent == ["/results"]
    with pytest.raises(SisUnavailable):
        await sis.put_result(RESULT)
    assert len(sent) == 4


async def test_an_id_that_the_sis_does_not_name_is_an_uncertain_success(client_of: ClientOf) -> None:
    sis = await client_of(answering(201, ""), dialect="modified")
    with pytest.raises(SisBadAnswer) as caught:
        await sis.put_result(replace(RESULT, sourced_id=""))
    assert caught.value.uncertain


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"score": float("nan")}, "score_not_numeric"),
        ({"score": float("inf")}, "score_not_numeric"),
        ({"score": None}, "no_score"),
        ({"sourced_id": ".."}, "sis_refused"),
        ({"sourced_id": "."}, "sis_refused"),
        ({"student_id": ""}, "sis_refused"),
        ({"student_id": "\ud800"}, "sis_refused"),
    ],
)
async def test_what_cannot_be_said_in_oneroster_is_not_sent(client_of: ClientOf, change: Any, cause: str) -> None:
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=201)

    sis = await client_of(handler)
    with pytest.raises(SisRefused) as caught:
        await sis.put_result(replace(RESULT, **change))
    assert (caught.value.cause, asked) == (cause, [])


async def test_hostile_names_and_ids_arrive_as_data(client_of: ClientOf) -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.raw_path, await request.json()))
        return web.Response(status=201)

    sis = await client_of(handler)
    title = "\x1b[31m=1+1 [red]\u202e\x00\ud800😀" + "x" * 10_000
    await sis.put_line_item(replace(ITEM, sourced_id="a/b?c#d %2e\u00fc", title=title))
    [(path, body)] = seen
    assert path == "/lineItems/a%2Fb%3Fc%23d%20%252e%C3%BC"
    sent = body["lineItem"]["title"]
    assert sent.startswith("\ufffd[31m=1+1 [red]\ufffd\ufffd\ufffd😀")
    assert len(sent) > 10_000


async def test_a_date_outside_the_calendar_is_refused_beforehand(client_of: ClientOf) -> None:
    sis = await client_of(answering(201, ""))
    with pytest.raises(SisRefused) as caught:
        await sis.put_line_item(replace(ITEM, due_date=10**20))
    assert caught.value.cause == "due_date_outside_period"


# --- pace and credentials --------------------------------------------------------------------------------------------


async def test_no_more_requests_are_in_flight_than_the_profile_allows(client_of: ClientOf) -> None:
    now = most = 0
    full = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 2:
            full.set()
        await full.wait()
        now -= 1
        return web.Response(status=201)

    profile = replace(load_profile("plain"), rate=Rate(in_flight=2))
    sis = await client_of(handler, profile=profile)
    await asyncio.gather(*(sis.put_result(replace(RESULT, sourced_id=f"r{n}")) for n in range(12)))
    assert most == 2


async def test_a_pause_that_the_sis_asks_for_holds_for_all_requests(client_of: ClientOf) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def handler(_: web.Request) -> web.Response:
        times.append(loop.time())
        return web.Response(status=429, headers={"Retry-After": "1"}) if len(times) == 1 else web.Response(status=201)

    profile = replace(load_profile("plain"), rate=Rate(in_flight=1))
    sis = await client_of(handler, profile=profile)
    await asyncio.gather(*(sis.put_result(replace(RESULT, sourced_id=f"r{n}")) for n in range(3)))
    assert len(times) == 4
    assert times[1] - times[0] >= 0.9


async def test_a_pause_longer_than_a_run_should_wait_is_not_sat_out(client_of: ClientOf) -> None:
    sis = await client_of(answering(429, "", headers={"Retry-After": "86400"}))
    with pytest.raises(SisThrottled) as caught:
        await sis.put_result(RESULT)
    assert caught.value.retry_after == 86400


async def test_many_requests_share_one_token_and_one_renewal(client_of: ClientOf, serve: Serve) -> None:
    given: list[str] = []
    good = "none yet"

    async def handler(request: web.Request) -> web.Response:
        nonlocal good
        if request.path == "/token":
            assert request.headers["Authorization"].startswith("Basic ")
            assert (await request.post())["grant_type"] == "client_credentials"
            good = f"t{len(given)}"
            given.append(good)
            return web.json_response({"access_token": good, "token_type": "bearer", "expires_in": 3600})
        if request.headers.get("Authorization") != f"Bearer {good}":
            return web.Response(status=401)
        return web.Response(status=201)

    home = await serve(handler)
    clock = ManualClock(0)
    sis = await client_of(handler, auth=OAuth2(f"{home}/token", "i:d", "se&cret"), clock=clock)
    await asyncio.gather(*(sis.put_result(replace(RESULT, sourced_id=f"r{n}")) for n in range(8)))
    assert len(given) == 1
    good = "revoked"
    await asyncio.gather(*(sis.put_result(replace(RESULT, sourced_id=f"r{n}")) for n in range(8)))
    assert len(given) == 2
    clock.advance(3600 * SECOND)
    await sis.put_result(RESULT)
    assert len(given) == 3


async def test_scopes_that_the_provider_does_not_know_are_not_asked_for_again(
    client_of: ClientOf, serve: Serve
) -> None:
    asked: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/token":
            form = await request.post()
            asked.append(form.get("scope"))  # type: ignore[arg-type]
            if "scope" in form:
                return web.json_response({"error": "invalid_scope"}, status=400)
            return web.json_response({"access_token": "t", "token_type": "bearer"})
        return web.json_response({"categories": rows("a")})

    home = await serve(handler)
    sis = await client_of(handler, auth=OAuth2(f"{home}/token", "id", "secret", ("s1", "s2")))
    assert len(await sis.categories()) == 1
    assert asked == ["s1 s2", None]


@pytest.mark.parametrize(
    "body",
    ["", "<html>", "{}", '{"access_token": ""}', '{"access_token": "a\\nb"}',
     '{"access_token": "a", "expires_in": "x"}',
     '{"access_token": "a", "expires_in": -5}', "[]", "7", "[" * 100_000, '{"access_token": {"a": 1}}'],
)  # fmt: skip
async def test_a_token_answer_that_is_none_is_explained(client_of: ClientOf, serve: Serve, body: str) -> None:
    home = await serve(answering(200, body))
    sis = await client_of(answering(200, {}), auth=OAuth2(home, "id", "secret"))
    with pytest.raises((SisBadAnswer, SisAuthError)):
        await sis.categories()


async def test_nothing_that_leaves_holds_a_secret(client_of: ClientOf, serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"error": "bad secret canary-secret for canary-id"}, status=401)

    home = await serve(handler)
    sis = await client_of(handler, auth=OAuth2(home, "canary-id", "canary-secret"))
    with pytest.raises(SisAuthError) as caught:
        await sis.categories()
    problem: BaseException | None = caught.value
    while problem is not None:
        text = f"{problem!r} {problem} {getattr(problem, 'answer', '')} {getattr(problem, 'details', '')}"
        assert "canary" not in text
        problem = problem.__cause__ or problem.__context__


async def test_an_error_keeps_the_raw_answer_safe_to_show(client_of: ClientOf) -> None:
    answer = json.dumps({"error": "\x1b]0;title\x07 bad"}) + "\x1b[2J"
    sis = await client_of(answering(422, answer))
    with pytest.raises(SisRefused) as caught:
        await sis.put_result(RESULT)
    shown = f"{caught.value} {caught.value.answer} {caught.value.details}"
    assert "\x1b" not in shown
    assert "bad" in shown


async def test_requests_start_no_faster_than_the_profile_allows(client_of: ClientOf) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def handler(_: web.Request) -> web.Response:
        times.append(loop.time())
        return web.Response(status=201)

    profile = replace(load_profile("plain"), rate=Rate(in_flight=8, per_second=50.0))
    sis = await client_of(handler, profile=profile)
    await asyncio.gather(*(sis.put_result(replace(RESULT, sourced_id=f"r{n}")) for n in range(11)))
    assert times[-1] - times[0] >= 0.19


async def test_loopback_is_never_asked_through_a_proxy_and_a_netrc_is_not_read(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({"categories": []})

    assert await (await client_of(handler)).categories() == []
    assert seen == [None]
    assert proxy_for("https://sis.example/x") == "http://proxy.example:3128"
    monkeypatch.setenv("no_proxy", "sis.example")
    assert proxy_for("https://sis.example/x") is None


async def test_a_server_that_takes_no_large_pages_is_asked_for_usual_ones(client_of: ClientOf) -> None:
    everything = [str(number) for number in range(130)]

    async def handler(request: web.Request) -> web.Response:
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        if limit > 100:
            return web.json_response({"imsx_description": "limit is too large"}, status=400)
        return web.json_response({"categories": rows(*everything[offset : offset + limit])})

    assert len(await (await client_of(handler)).categories()) == 130


async def test_a_server_that_never_answers_is_given_up_in_time(client_of: ClientOf) -> None:
    done = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await done.wait()
        return web.Response(status=201)

    sis = await client_of(handler, timeout=0.05)
    with pytest.raises(SisUnavailable) as caught:
        await sis.put_result(RESULT)
    done.set()
    assert (caught.value.cause, caught.value.retryable, caught.value.uncertain) == ("sis_timeout", True, True)
    assert "0.05 seconds" in caught.value.details["limit"]


@pytest.mark.parametrize(
    "row", ['{"sourcedId": ' + "1" * 5000 + ', "title": "t"}', '{"sourcedId": "\\ud800", "title": "t"}']
)
async def test_ids_that_are_no_ids_do_no_harm(client_of: ClientOf, row: str) -> None:
    sis = await client_of(answering(200, '{"categories": [' + row + "]}"))
    try:
        assert len(await sis.categories()) <= 1
    except SisBadAnswer as problem:
        assert problem.cause == "sis_bad_answer"


async def test_a_process_that_stops_between_headers_and_body_sends_neither(client_of: ClientOf) -> None:
    class Gone(Exception):
        pass

    asked = 0
    seen = []

    def guard() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Gone

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=201)

    sis = await client_of(handler, guard=guard)
    with pytest.raises(Gone):
        await sis.put_result(RESULT)
    assert seen == []
    await sis.put_result(RESULT)
    assert seen == ["/results/r-1"]


async def test_a_server_that_repeats_what_it_was_sent_gives_no_secret_away(client_of: ClientOf, serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/token":
            return web.json_response({"access_token": "canary-token", "token_type": "bearer"})
        told = {"error": f"refused: {dict(request.headers)} canary-secret"}
        return web.json_response(told, status=422 if request.path.endswith("r-1") else 201)

    home = await serve(handler)
    auth = OAuth2(f"{home}/token", "somebody", "canary-secret")
    sis = await client_of(handler, auth=auth, headers={"x-vendor-authorization": "canary-key:canary-word"})
    for sourced_id in ("r-1", "r-2"):
        with pytest.raises(SisRefused) as caught:
            await sis.put_result(replace(RESULT, sourced_id=sourced_id))
        assert "canary" not in f"{caught.value} {caught.value.answer} {caught.value.details}"


@pytest.mark.parametrize("total", ["\u00b2", "-1", "many", "9" * 5000, "1e9", " 2 "])
async def test_a_count_that_is_no_count_is_ignored(client_of: ClientOf, total: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response({"categories": rows("a", "b")}, headers={"X-Total-Count": total, "Retry-After": total})

    assert len(await (await client_of(handler)).categories()) == 2


async def test_rows_that_come_twice_do_not_push_others_off_the_next_page(client_of: ClientOf) -> None:
    everything = [str(number) for number in range(9)]

    async def handler(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        some = rows(*everything[offset : offset + 3])
        return web.json_response({"categories": some + some}, headers={"X-Total-Count": "9"})

    assert [one.title for one in await (await client_of(handler)).categories()] == everything


async def test_what_succeeds_leaves_no_garbage_behind(client_of: ClientOf) -> None:
    """A console in the same process answers no key while the leavings of thousands of grades are looked for."""
    client = await client_of(answering(200, {}))
    await client.put_result(RESULT)
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            await client.put_result(RESULT)
        assert gc.collect() < 50
    finally:
        gc.enable()
