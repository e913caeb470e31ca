"""Tokens that are wrong, spent, too narrow or without rights are told apart, renewed if possible, and never shown."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from gradesync_tui.domain.clock import MINUTE, SECOND, ManualClock
from gradesync_tui.lms.errors import (
    BadAddress,
    BadAnswer,
    CanvasError,
    PermissionMissing,
    ScopeMissing,
    TokenExpired,
    TokenInvalid,
    Unavailable,
)
from gradesync_tui.lms.tokens import PersonalToken, RefreshedToken

SECRETS = ("canvas-token-1", "client-secret-1", "refresh-1", "access-1")
BEARER = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


def errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


@pytest.mark.parametrize(
    ("body", "headers", "expected", "words"),
    [
        (errors("Invalid access token."), BEARER, TokenInvalid, "mistyped"),
        (errors("Revoked access token."), BEARER, TokenInvalid, "was revoked"),
        (errors("Expired access token."), BEARER, TokenExpired, "developer key"),
        (
            {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]},
            {},
            PermissionMissing,
            "Grades - view all grades",
        ),
        (errors("Insufficient scopes on access token."), {}, ScopeMissing, "url:GET|/api/v1/courses/:course_id"),
        (errors("Insufficient scopes on access token."), BEARER, ScopeMissing, "Developer Keys"),
    ],
)
async def test_the_kinds_of_401_are_told_apart(
    serve, connect, body: dict[str, Any], headers: dict[str, str], expected: type[CanvasError], words: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=401, headers=headers)

    with pytest.raises(expected, match=words.replace("|", r"\|")) as caught:
        _ = [row async for row in connect(await serve(answer)).submissions("5")]
    assert caught.value.status == 401
    assert not caught.value.passing


@pytest.mark.parametrize("value", ["", "  \n", "two words", "line\nbreak", "täken", "nul\x00"])
def test_a_value_that_cannot_be_a_token_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(TokenInvalid) as caught:
        PersonalToken(value)
    assert value.strip() == "" or value not in str(caught.value)


class School:
    """A Canvas whose access tokens are `access-N`; `good` is the one that it takes."""

    def __init__(self) -> None:
        self.issued = 0
        self.good = ""
        self.lifetime: float | None = 3600
        self.forms: list[dict[str, str]] = []
        self.refusals: list[tuple[int, Any]] = []
        self.asked: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/login/oauth2/token":
            self.forms.append(dict((await request.post()).items()))
            assert "Authorization" not in request.headers
            await asyncio.sleep(0.01)
            if self.refusals:
                status, body = self.refusals.pop(0)
                return web.json_response(body, status=status)
            self.issued += 1
            self.good = f"access-{self.issued}"
            return web.json_response({"access_token": self.good, "token_type": "Bearer", "expires_in": self.lifetime})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.asked.append(token)
        if token != self.good:
            return web.json_response(errors("Invalid access token."), status=401, headers=BEARER)
        return web.json_response({"id": 5})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000 * SECOND)


Key = Callable[[str], RefreshedToken]


@pytest.fixture
def key(clock: ManualClock) -> Key:
    return lambda url: RefreshedToken(url, "10000000000001", "client-secret-1", "refresh-1", clock)


async def test_a_token_is_fetched_once_and_renewed_before_it_ends(serve, connect, key: Key, clock: ManualClock) -> None:
    school = School()
    url = await serve(school)
    canvas = connect(url, key(url), clock=clock)
    await asyncio.gather(*(canvas.course("5") for _ in range(20)))
    assert school.issued == 1
    assert school.forms[0] == {
        "grant_type": "refresh_token",
        "client_id": "10000000000001",
        "client_secret": "client-secret-1",
        "refresh_token": "refresh-1",
    }
    clock.advance(54 * MINUTE)
    await canvas.course("5")
    assert school.issued == 1
    clock.advance(2 * MINUTE)
    await asyncio.gather(*(canvas.course("5") for _ in range(20)))
    assert school.issued == 2
    assert set(school.asked) == {"access-1", "access-2"}


async def test_a_token_that_is_refused_is_renewed_once_for_all(serve, connect, key: Key, clock: ManualClock) -> None:
    school = School()
    url = await serve(school)
    canvas = connect(url, key(url), clock=clock)
    await canvas.course("5")
    school.good = "another one's"
    results = await asyncio.gather(*(canvas.course("5") for _ in range(20)))
    assert len(results) == 20
    assert school.issued == 2


async def test_a_token_without_an_end_is_kept(serve, connect, key: Key, clock: ManualClock) -> None:
    school = School()
    school.lifetime = None
    url = await serve(school)
    canvas = connect(url, key(url), clock=clock)
    await canvas.course("5")
    clock.advance(600 * MINUTE)
    await canvas.course("5")
    assert school.issued == 1


async def test_a_renewed_token_that_is_refused_again_ends_it(serve, connect, key: Key, clock: ManualClock) -> None:
    school = School()

    async def refuse(request: web.Request) -> web.StreamResponse:
        answer = await school(request)
        school.good = "nobody's"
        return answer

    url = await serve(refuse)
    with pytest.raises(TokenExpired, match="as soon as it is renewed"):
        await connect(url, key(url), clock=clock).course("5")
    assert school.issued == 2


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (400, {"error": "invalid_request", "error_description": "refresh_token not found"}, TokenInvalid, "refresh"),
        (400, {"error": "invalid_grant", "error_description": "refresh_token not found"}, TokenInvalid, "again"),
        (401, {"error": "invalid_client", "error_description": "unknown client"}, TokenInvalid, "developer key"),
        (401, {"error": "unauthorized_client", "error_description": "unauthorized client"}, TokenInvalid, "ON"),
        (400, {"error": "invalid_scope", "error_description": "A scope is missing"}, ScopeMissing, "scopes"),
        (404, {}, CanvasError, "address"),
        (200, {"token": "access-1"}, BadAnswer, "not shown"),
        (200, {"access_token": "two words"}, TokenInvalid, "access token"),
    ],
)
async def test_a_refused_renewal_is_explained_and_not_tried_at_once_again(
    serve, connect, key: Key, clock: ManualClock, status: int, body: Any, expected: type[CanvasError], words: str
) -> None:
    school = School()
    school.refusals = [(status, body)] * 50
    url = await serve(school)
    canvas = connect(url, key(url), clock=clock)
    results = await asyncio.gather(*(canvas.course("5") for _ in range(10)), return_exceptions=True)
    for result in results:
        assert isinstance(result, expected)
        assert words in result.message
    assert len(school.forms) == 1
    school.refusals.clear()
    clock.advance(2 * MINUTE)
    assert (await canvas.course("5")).id == "5"


async def test_a_token_service_that_fails_for_a_moment_is_asked_again(
    serve, connect, key: Key, clock: ManualClock
) -> None:
    school = School()
    school.refusals = [(503, {}), (429, {})]
    url = await serve(school)
    canvas = connect(url, key(url), clock=clock)
    assert (await canvas.course("5")).id == "5"
    school.good, school.refusals = "", [(500, {})] * 4
    with pytest.raises(Unavailable):
        await canvas.course("5")
    assert (await canvas.course("5")).id == "5"


def test_a_key_is_sent_to_canvas_alone(connect, key: Key) -> None:
    with pytest.raises(BadAddress, match="developer key"):
        connect("https://district.example", key("https://evil.example"))


async def test_secrets_are_in_no_text_that_anybody_sees(serve, connect, key: Key, clock: ManualClock, caplog) -> None:
    """Also where the answer repeats the request, as the error pages of some proxies do."""

    async def echo(request: web.Request) -> web.Response:
        text = f"{request.headers.get('Authorization')} {(await request.read()).decode()}"
        return web.Response(status=int(request.query.get("status", "200")), text=text * 3)

    async def reset(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    url = await serve(echo)
    broken = await serve(reset)
    caplog.set_level("DEBUG")
    shown: list[str] = []
    for canvas in (connect(url), connect(url, key(url), clock=clock), connect(broken)):
        shown.append(repr(canvas) + repr(vars(canvas)))
        with pytest.raises(CanvasError) as caught:
            await canvas.course("5")
        shown.append("".join(traceback.format_exception(caught.value)))
        shown.append(repr(caught.value.__context__) + repr(caught.value.__cause__) + caught.value.answer)
    shown.append(repr(PersonalToken("canvas-token-1")) + str(key(url)))
    everything = "\n".join([*shown, caplog.text])
    assert not [secret for secret in SECRETS if secret in everything]
