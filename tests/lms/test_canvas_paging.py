"""Lists are followed to their end, by the Link header alone, and never for ever or to another host."""

from __future__ import annotations

import pytest
from aiohttp import web

from gradesync_tui.lms.errors import BadAnswer, UntrustedHost
from gradesync_tui.lms.paging import next_link

NEXT = "https://c.example/api?page=bookmark:WyJh&x=%2B,;=1"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([f'<{NEXT}>; rel="next"'], NEXT),
        ([f"<{NEXT}>; rel=next"], NEXT),
        ([f'<{NEXT}>;REL="Next"'], NEXT),
        ([f'<{NEXT}>; title="a, b"; rel="next"'], NEXT),
        ([f'<{NEXT}>; rel="next last"'], NEXT),
        ([f'<https://c.example/1>; rel="current",<{NEXT}>; rel="next",<https://c.example/9>; rel="first"'], NEXT),
        (['<https://c.example/1>; rel="first"', f'<{NEXT}>; rel="next"'], NEXT),
        (['<https://c.example/1>; rel="current",<https://c.example/9>; rel="last"'], None),
        (['<https://c.example/1>; rel="nextish"'], None),
        ([], None),
        (["garbage"], None),
        (["<" * 5000 + ";" * 5000 + 'rel="' * 500], None),
    ],
)
def test_the_next_page_is_found_however_the_header_is_written(headers: list[str], expected: str | None) -> None:
    assert next_link(headers) == expected


@pytest.mark.parametrize("name", ["Link", "link", "LINK"])
async def test_every_page_is_read_without_a_last_link(serve, connect, name: str) -> None:
    asked: list[str] = []

    async def courses(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        page = int(request.query.get("page", "1"))
        headers = {name: f'<{request.url.origin()}/api/next?page={page + 1}&o=%2B%20>; rel="next"'} if page < 4 else {}
        return web.json_response([{"id": page * 10}, {"id": str(page * 10 + 1)}], headers=headers)

    canvas = connect(await serve(courses))
    assert [course.id async for course in canvas.courses("1")] == ["10", "11", "20", "21", "30", "31", "40", "41"]
    assert "per_page=100" in asked[0]
    assert asked[1] == "/api/next?page=2&o=%2B%20", "a link is opaque: it goes back as it came"


async def test_a_page_is_asked_for_only_when_the_one_before_is_used_up(serve, connect) -> None:
    asked = 0

    async def courses(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response(
            [{"id": asked}], headers={"Link": f'<{request.url.origin()}/api?page={asked}>; rel="next"'}
        )

    courses_seen = connect(await serve(courses)).courses("1")
    assert (await anext(courses_seen)).id == "1"
    assert asked == 1
    await courses_seen.aclose()  # type: ignore[attr-defined]


def _endless(kind: str, request: web.Request, count: int) -> web.Response:
    here = f"{request.url.origin()}/api"
    rows = [{"id": count}]
    target = {
        "same page": f"{here}?page=same",
        "circle": f"{here}?page={count % 3}",
        "same rows": f"{here}?page={count}",
        "always more": f"{here}?page={count}",
        "empty pages": f"{here}?page={count}",
    }[kind]
    if kind == "same rows":
        rows = [{"id": 7}]
    if kind == "empty pages":
        rows = []
    return web.json_response(rows, headers={"Link": f'<{target}>; rel="next"'})


@pytest.mark.parametrize("kind", ["same page", "circle", "same rows", "always more", "empty pages"])
async def test_a_list_that_does_not_end_is_given_up(serve, connect, kind: str) -> None:
    asked = 0

    async def courses(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return _endless(kind, request, asked)

    canvas = connect(await serve(courses))
    with pytest.raises(BadAnswer, match="does not end"):
        async for _ in canvas.courses("1"):
            pass
    assert asked <= 31


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/api?page=2",
        "//evil.example/api",
        "http://127.0.0.1:1/api",
        "https://127.0.0.1:{port}/api",
        "http://me@127.0.0.1:{port}/api",
        "http://127.0.0.1:{port}.evil.example/api",
        "file:///etc/passwd",
    ],
)
async def test_a_page_on_another_host_is_never_asked_for(serve, connect, target: str) -> None:
    async def courses(request: web.Request) -> web.Response:
        link = target.replace("{port}", str(request.url.port))
        return web.json_response([{"id": 1}], headers={"Link": f'<{link}>; rel="next"'})

    canvas = connect(await serve(courses))
    with pytest.raises((UntrustedHost, BadAnswer)):
        async for _ in canvas.courses("1"):
            pass


@pytest.mark.parametrize(
    ("method", "root", "row"),
    [
        ("terms", "enrollment_terms", {"id": 5, "name": "Fall"}),
        ("grading_periods", "grading_periods", {"id": 5, "title": "Q1"}),
    ],
)
async def test_lists_under_a_root_key_are_read_page_by_page(serve, connect, method: str, root: str, row: dict) -> None:
    async def answer(request: web.Request) -> web.Response:
        first = "page" not in request.query
        headers = {"Link": f'<{request.url.origin()}/api?page=2>; rel="next"'} if first else {}
        return web.json_response({root: [row | {"id": 5 if first else 6}], "meta": {}}, headers=headers)

    canvas = connect(await serve(answer))
    assert [each.id async for each in getattr(canvas, method)("1")] == ["5", "6"]


async def test_a_list_without_its_root_key_is_a_bad_answer(serve, connect) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response([{"id": 5}])

    with pytest.raises(BadAnswer):
        _ = [term async for term in connect(await serve(answer)).terms("1")]


async def test_many_assignments_are_asked_for_in_several_calls(serve, connect) -> None:
    asked: list[list[str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query.getall("assignment_ids[]"))
        return web.json_response([{"user_id": 1, "section_id": 2, "submissions": []}])

    canvas = connect(await serve(answer))
    ids = [str(number) for number in range(60)]
    assert len([row async for row in canvas.submissions("1", assignment_ids=ids)]) == 3
    assert [each for call in asked for each in call] == ids
    assert [row async for row in canvas.submissions("1", assignment_ids=[])] == []
