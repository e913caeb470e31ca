"""Faults strike when and where they are told to."""

from __future__ import annotations

import time

import aiohttp
import pytest

from gradesync_tui.sandbox.faults import BadFault, parse_faults


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sis", "is no fault"),
        ("moon:5xx", "is no fault"),
        ("sis:explode", "is no kind of fault"),
        ("sis:5xx(colour=red)", "is no option"),
        ("sis:5xx(rate=often)", "must be a number"),
        ("sis:5xx(rate)", "needs a value"),
        ("sis:any(of=5xx+moon)", "moon"),
    ],
)
def test_a_fault_that_cannot_be_understood_says_what_is_wrong(text, told):
    with pytest.raises(BadFault, match=told):
        parse_faults(text)


def test_several_faults_stand_in_one_text():
    faults = parse_faults("sis:5xx(rate=0.05, write); canvas:slow(ms=20, path=submissions) ;")
    assert [(one.side, one.kind) for one in faults] == [("sis", "5xx"), ("canvas", "slow")]


def test_a_value_in_quotes_may_hold_anything():
    one, two = parse_faults('sis:refuse(body="Available: [a, b]; (none)", status=409); sis:slow(ms=5)')
    assert one.options == {"body": "Available: [a, b]; (none)", "status": "409"} and two.kind == "slow"


async def test_teachers_make_mistakes_when_asked(district):
    d = await district(faults="canvas:mistakes(count=1); sis:slow(ms=1)")
    assert [one.kind for one in d.traffic.faults] == ["slow"]
    assert any(one.due_at is None for one in d.canvas.state.assignments.values())


async def test_one_class_is_refused_and_the_others_are_not(district, client):
    d = await district(pupils=50)
    c = client(d)
    await c.put(c.line_item())
    d.traffic.faults[:] = parse_faults("sis:refuse(write, class=1-MATH09-01)")
    other = {"href": "https://x.example", "sourcedId": "1-MATH10-01", "type": "class"}
    assert (await c.put(c.line_item()))[0] == 422
    assert (await c.put(c.line_item("li-2", **{"class": other})))[0] == 201
    assert (await c.put(c.result()))[0] == 422
    assert (await c.sis("/lineItems/li-1"))[0] == 200


async def test_one_pupil_and_one_title_are_refused(district, client):
    d = await district()
    c = client(d)
    await c.put(c.line_item())
    pupil = c.result()["student"]["sourcedId"]
    for about in (f"student={pupil}", "title=Slope", "assignment=li-1"):
        d.traffic.faults[:] = parse_faults(f"sis:refuse(path=results, {about}, status=409, body=not today)")
        status, body, _ = await c.put(c.result())
        assert (status, body["imsx_description"]) == (409, "not today")
    d.traffic.faults[:] = parse_faults("canvas:refuse(class=1-MATH09-01)")
    assert (await c.canvas("/courses/101/sections"))[0] == 403
    assert (await c.canvas("/courses/102/sections"))[0] == 200


async def test_a_fault_strikes_after_so_many_requests_and_so_often(district, client):
    c = client(await district(faults="sis:5xx(path=/categories, after=1, times=2, status=502)"))
    assert [(await c.sis("/categories"))[0] for _ in range(4)] == [200, 502, 502, 200]


async def test_down_breaks_every_connection_from_then_on(district, client):
    d = await district(faults="sis:down(after=2)")
    c = client(d)
    assert (await c.sis("/categories"))[0] == 200
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await c.sis("/categories")


async def test_a_late_reset_has_taken_effect_and_an_early_one_has_not(district, client):
    for option, there in (("", False), (", late", True)):
        d = await district(faults=f"sis:reset(method=PUT{option})")
        c = client(d)
        with pytest.raises(aiohttp.ClientError):
            await c.put(c.line_item())
        assert ("li-1" in d.sis.state.line_items) is there


async def test_a_silent_no_op_answers_200_and_changes_nothing(district, client):
    d = await district(faults="sis:noop(path=/results/)")
    c = client(d)
    await c.put(c.line_item())
    assert (await c.put(c.result()))[0] == 200
    assert not d.sis.state.results


async def test_too_many_requests_may_say_when_to_come_back(district, client):
    c = client(await district(faults="sis:429(retry_after=7, path=lineItems); canvas:429(status=403)"))
    status, _, headers = await c.sis("/lineItems")
    assert (status, headers["retry-after"]) == (429, "7")
    status, body, _ = await c.canvas("/accounts/1")
    assert status == 403 and "Rate Limit Exceeded" in body


async def test_lists_repeat_rows_come_whole_or_never_end(district, client):
    d = await district(pupils=100)
    c = client(d)
    whole = len((await c.sis("/students"))[1]["users"])
    d.traffic.faults[:] = parse_faults("sis:duplicate; canvas:duplicate")
    assert len((await c.sis("/students"))[1]["users"]) == 2 * whole
    assert len((await c.canvas("/accounts/1/courses?per_page=5"))[1]) == 10
    d.traffic.faults[:] = parse_faults("sis:hugepage; canvas:hugepage")
    assert len((await c.sis("/students?limit=3"))[1]["users"]) == 100
    assert len((await c.canvas("/accounts/1/courses"))[1]) == 28
    d.traffic.faults[:] = parse_faults("sis:endless; canvas:endless")
    for ask, path in ((c.sis, "/students?limit=3&offset=3"), (c.canvas, "/accounts/1/courses?per_page=3")):
        _, _, headers = await ask(path)
        assert path in headers["link"] and 'rel="next"' in headers["link"]


async def test_wrong_types_and_wrong_shapes_come_with_200(district, client):
    d = await district(faults="sis:wrongtype(path=lineItems); canvas:garbage; sis:truncated(path=categories)")
    c = client(d)
    with pytest.raises(ValueError):
        await c.sis("/categories")
    status, body, headers = await c.sis("/lineItems")
    assert status == 200 and "html" in headers["content-type"] and "<html>" in body
    status, body, _ = await c.canvas("/accounts/1/courses")
    assert status == 200 and isinstance(body, dict)


async def test_the_next_page_may_lead_to_another_host(district, client):
    d = await district()
    c = client(d)
    await c.sis_token()
    d.traffic.faults[:] = parse_faults("canvas:elsewhere; sis:elsewhere")
    for ask, path in ((c.sis, "/students?limit=3"), (c.canvas, "/accounts/1/courses?per_page=3")):
        _, _, headers = await ask(path)
        assert "http://elsewhere.example/" in headers["link"] and "127.0.0.1" not in headers["link"]


async def test_a_bulk_post_may_be_answered_and_forgotten_too(district, client):
    d = await district(faults="sis:noop(method=POST, path=/lineItems)")
    c = client(d)
    path = f"/classes/{c.line_item()['class']['sourcedId']}/lineItems"
    status, body, _ = await c.sis(path, "POST", version="1.2", json={"lineItems": [c.line_item("tmp", "1.2")]})
    assert status == 201 and body["sourcedIdPairs"][0]["suppliedSourcedId"] == "tmp" and not d.sis.state.line_items


async def test_401_and_slow(district, client):
    d = await district(faults="canvas:401; sis:slow(ms=120, path=categories)")
    c = client(d)
    status, _, headers = await c.canvas("/accounts/1")
    assert status == 401 and "www-authenticate" in headers
    await c.sis_token()
    began = time.monotonic()
    await c.sis("/categories")
    assert time.monotonic() - began >= 0.12


async def test_a_rate_strikes_about_so_often_and_the_same_way_each_time(district, client):
    seen = []
    for _ in range(2):
        c = client(await district(faults="sis:5xx(rate=0.3, path=categories)"))
        seen.append([(await c.sis("/categories?limit=1"))[0] for _ in range(60)])
    assert seen[0] == seen[1] and 8 <= seen[0].count(503) <= 28


async def test_any_fails_in_many_ways(district, client):
    d = await district(faults="sis:any(rate=0.5, path=categories, of=5xx+429+401+wrongtype)")
    c = client(d)
    await c.sis_token()
    for _ in range(40):
        await c.sis("/categories?limit=1")
    kinds = {one.fault for one in d.traffic.log if one.fault}
    assert len(kinds) == 4


async def test_the_log_keeps_order_markers_bodies_and_outcomes(district, client):
    d = await district()
    c = client(d)
    await c.put(c.line_item(), headers={"X-Run": "run-7"})
    await c.put(c.result(), headers={"X-Run": "run-7"})
    body = await c.admin("/requests?side=sis&method=PUT")
    assert [one["path"].rsplit("/", 2)[1] for one in body["requests"]] == ["lineItems", "results"]
    first, second = body["requests"]
    assert first["number"] < second["number"] and first["at"] <= second["at"]
    assert first["headers"]["x-run"] == "run-7" and first["status"] == 201 and '"lineItem"' in first["body"]
    assert "authorization" not in first["headers"]
    after = await c.admin(f"/requests?after={first['number']}&method=PUT")
    assert [one["number"] for one in after["requests"]] == [second["number"]]
