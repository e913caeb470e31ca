"""OneRoster over real HTTP, against the embedded district's SIS with its strict validation on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from gradesync_tui.domain.clock import DAY, from_datetime, to_datetime
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.profiles import load_profile
from gradesync_tui.sandbox.district import District
from gradesync_tui.sandbox.faults import parse_faults
from gradesync_tui.sis.auth import OAuth2
from gradesync_tui.sis.errors import SisAuthError, SisBadAnswer, SisRefused, SisUnavailable
from gradesync_tui.sis.rest import OneRosterRest
from tests import oneroster_fields

Connect = Callable[..., OneRosterRest]

VERSIONS = ["1.1", "1.2"]


async def a_line_item(sis: OneRosterRest, world: District, **changes: Any) -> LineItem:
    """A line item that the district's SIS takes: due in an open grading period, in a known category."""
    class_id = next(iter(world.sis.state.classes))
    category = next(one for one in await sis.categories() if one.class_id is None)
    sessions = world.sis.state.sessions.values()
    period = next(one for one in sessions if one.type == "gradingPeriod" and not one.closed)
    due = from_datetime(to_datetime(0).replace(year=period.start.year, month=period.start.month, day=period.start.day))
    item = LineItem(
        sourced_id="li-1",
        title="Essay 1",
        class_id=class_id,
        category_id=category.sourced_id,
        assign_date=due,
        due_date=due + 2 * DAY + DAY // 2,
        points=20,
        grading_period_id=period.id,
    )
    return replace(item, **changes)


def a_result(world: District, item: LineItem, **changes: Any) -> Result:
    state = world.sis.state
    student = next(
        one.user for one in state.enrollments.values() if one.klass == item.class_id and one.role == "student"
    )
    result = Result(
        sourced_id="r-1",
        line_item_id=item.sourced_id,
        student_id=student,
        class_id=item.class_id,
        score=17.5,
        status="fully graded",
        score_date=date(2026, 11, 20),
    )
    return replace(result, **changes)


def sent_bodies(world: District) -> list[tuple[str, dict[str, Any]]]:
    """Every record that was written, with the version it was written in."""
    found = []
    for entry in world.traffic.log:
        if entry.side == "sis" and entry.method in ("PUT", "POST") and "oneroster" in entry.path:
            found.append(("1.2" if "v1p2" in entry.path else "1.1", json.loads(entry.body)))
    return found


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_put_can_be_read_again(world: District, connect: Connect, version: str) -> None:
    sis = connect(version)
    item = await a_line_item(sis, world)
    receipt = await sis.put_line_item(item)
    assert (receipt.sourced_id, receipt.status, receipt.created) == ("li-1", 201, True)
    [held] = [one async for one in sis.line_items(item.class_id)]
    assert (held.title, held.due_date, held.points, held.category_id) == (
        "Essay 1",
        item.due_date,
        20,
        item.category_id,
    )
    assert held.grading_period_id == item.grading_period_id

    result = a_result(world, item, late=True)
    assert (await sis.put_result(result)).created
    [kept] = [one async for one in sis.results(item.class_id)]
    assert (kept.sourced_id, kept.score, kept.student_id) == ("r-1", 17.5, result.student_id)
    assert kept.late is (version == "1.2")
    again = await sis.put_result(replace(result, score=18.0))
    assert (again.status, again.created) == (200, False)


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_body_follows_the_official_field_rules(world: District, connect: Connect, version: str) -> None:
    profile = replace(load_profile("plain"), bulk=False)
    sis = connect(version, profile=profile)
    item = await a_line_item(sis, world, description="Line one\nline two")
    await sis.put_line_item(item)
    await sis.put_line_item(replace(item, sourced_id="li-2", title="Without period", grading_period_id=None))
    await sis.put_result(a_result(world, item, comment="Well done", late=True))
    await sis.put_result(a_result(world, item, score=None, status="exempt"))
    bodies = sent_bodies(world)
    assert len(bodies) == 4
    for sent_version, body in bodies:
        [(kind, record)] = body.items()
        assert oneroster_fields.faults(sent_version, kind, record) == []


@pytest.mark.parametrize(("version", "score"), [("1.1", 0.0), ("1.2", None)])
async def test_an_excused_pupil_is_exempt_with_a_zero_only_where_the_version_asks_for_a_number(
    world: District, connect: Connect, version: str, score: float | None
) -> None:
    sis = connect(version)
    item = await a_line_item(sis, world)
    await sis.put_line_item(item)
    await sis.put_result(a_result(world, item, score=None, status="exempt"))
    assert sent_bodies(world)[-1][1]["result"].get("score") == score
    [kept] = [one async for one in sis.results(item.class_id)]
    assert kept.status == "exempt"


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_modified_dialect_keeps_the_id_that_the_sis_allocates(
    world: District, connect: Connect, version: str
) -> None:
    world.sis_settings.dialect = "modified"
    sis = connect(version, dialect="modified")
    item = await a_line_item(sis, world, sourced_id="")
    receipt = await sis.put_line_item(item)
    assert receipt.sourced_id
    assert receipt.created
    [held] = [one async for one in sis.line_items(item.class_id)]
    assert held.sourced_id == receipt.sourced_id
    changed = await sis.put_line_item(replace(item, sourced_id=receipt.sourced_id, title="Essay one"))
    assert (changed.sourced_id, changed.created) == (receipt.sourced_id, False)
    for sent_version, body in sent_bodies(world):
        [(kind, record)] = body.items()
        assert oneroster_fields.faults(sent_version, kind, record, needs_id=False) == []


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
async def test_oauth_1_signatures_are_accepted_for_reads_and_writes(
    world: District, connect: Connect, oauth1: Any, method: str
) -> None:
    sis = connect("1.1", auth=oauth1(method), page=3)
    item = await a_line_item(sis, world)
    await sis.put_line_item(item)
    assert [one.sourced_id async for one in sis.line_items(item.class_id)] == ["li-1"]


async def test_each_attempt_is_signed_anew(world: District, connect: Connect, oauth1: Any) -> None:
    sis = connect("1.1", auth=oauth1("HMAC-SHA256"))
    item = await a_line_item(sis, world)
    world.traffic.faults[:] = parse_faults("sis:reset(write,late,times=1)")
    # The first attempt took effect before the connection broke, so its nonce is used up.
    receipt = await sis.put_line_item(item)
    assert receipt.status == 200


async def test_a_token_that_is_refused_is_renewed_once(world: District, connect: Connect) -> None:
    sis = connect("1.1")
    await sis.categories()
    world.sis.access.forget_tokens()
    assert await sis.categories()


async def test_a_wrong_secret_is_named_as_such_and_never_shown(world: District, connect: Connect) -> None:
    secret = "s3cret-Kanarienvogel"
    auth = OAuth2(world.sis.token_url, "nobody", secret)
    with pytest.raises(SisAuthError) as caught:
        await connect("1.1", auth=auth).categories()
    assert caught.value.cause == "sis_auth"
    assert secret not in f"{caught.value!r}{caught.value.answer}{auth!r}"


async def test_a_missing_vendor_header_is_a_matter_of_credentials(world: District, connect: Connect) -> None:
    world.sis_settings.vendor_header = ("x-vendor-authorization", "key:secret")
    with pytest.raises(SisAuthError):
        await connect("1.2").categories()
    assert await connect("1.2", headers={"x-vendor-authorization": "key:secret"}).categories()


@pytest.mark.parametrize("page", [1, 2, 1000])
async def test_every_record_comes_once_whatever_the_page_size(world: District, connect: Connect, page: int) -> None:
    sis = connect("1.1", page=page)
    item = await a_line_item(sis, world)
    for number in range(5):
        await sis.put_line_item(replace(item, sourced_id=f"li-{number}", title=f"Quiz {number}"))
    world.traffic.faults[:] = parse_faults("sis:duplicate")
    assert [one.sourced_id async for one in sis.line_items(item.class_id)] == [f"li-{n}" for n in range(5)]


async def test_pages_without_end_are_an_error_and_not_a_shorter_list(world: District, connect: Connect) -> None:
    sis = connect("1.1")
    item = await a_line_item(sis, world)
    await sis.put_line_item(item)
    world.traffic.faults[:] = parse_faults("sis:endless")
    with pytest.raises(SisBadAnswer, match="circles"):
        _ = [one async for one in sis.line_items(item.class_id)]


@pytest.mark.parametrize("kind", ["wrongtype", "garbage"])
async def test_a_page_of_something_else_is_explained(world: District, connect: Connect, kind: str) -> None:
    sis = connect("1.1")
    await sis.categories()
    world.traffic.faults[:] = parse_faults(f"sis:{kind}")
    with pytest.raises(SisBadAnswer) as caught:
        await sis.categories()
    assert caught.value.cause == "sis_bad_answer"


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("5xx", "sis_unavailable"), ("5xx(status=500)", "sis_internal_error"), ("429(retry_after=0)", "sis_throttled"),
     ("down", "sis_unavailable"), ("5xx(status=504)", "sis_timeout")],
)  # fmt: skip
async def test_what_passes_is_tried_again_and_what_stays_is_named(
    world: District, connect: Connect, fault: str, cause: str
) -> None:
    sis = connect("1.1")
    item = await a_line_item(sis, world)
    name, _, options = fault.rstrip(")").partition("(")
    world.traffic.faults[:] = parse_faults(f"sis:{name}(times=2{',' + options if options else ''})")
    assert (await sis.put_line_item(item)).sourced_id == "li-1"
    world.traffic.faults[:] = parse_faults(f"sis:{fault}")
    with pytest.raises((SisUnavailable, SisRefused)) as caught:
        await sis.put_line_item(item)
    assert (caught.value.cause, caught.value.retryable) == (cause, True)


@pytest.mark.parametrize("style", ["bare", "wrapped", "error", "text", "html"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_refusal_is_understood_in_whatever_shape_it_comes(
    world: District, connect: Connect, version: str, style: Any
) -> None:
    sis = connect(version)
    item = await a_line_item(sis, world)
    world.sis_settings.errors = style
    with pytest.raises(SisRefused) as caught:
        await sis.put_line_item(replace(item, title="x" * 60))
    assert caught.value.cause == "title_too_long"
    assert caught.value.http_status == 422


async def test_a_deleted_result_may_be_deleted_again(world: District, connect: Connect) -> None:
    world.sis_settings.rules = type(world.sis_settings.rules)()
    sis = connect("1.2")
    item = await a_line_item(sis, world)
    await sis.put_line_item(item)
    await sis.put_result(a_result(world, item))
    await sis.delete_result("r-1")
    await sis.delete_result("r-1")
    assert [one async for one in sis.results(item.class_id)] == []


async def test_many_records_go_with_one_request_where_the_profile_says_so(world: District, connect: Connect) -> None:
    sis = connect("1.2", profile=load_profile("plain"))
    item = await a_line_item(sis, world)
    items = [replace(item, sourced_id="", title=f"Quiz {number}") for number in range(3)]
    receipts = await sis.post_line_items(item.class_id, items)
    held = {one.sourced_id: one.title async for one in sis.line_items(item.class_id)}
    assert [held[one.sourced_id] for one in receipts] == ["Quiz 0", "Quiz 1", "Quiz 2"]
    [(_, body)] = sent_bodies(world)
    assert [oneroster_fields.faults("1.2", "lineItem", row) for row in body["lineItems"]] == [[], [], []]
    with pytest.raises(SisRefused) as caught:
        await connect("1.1", profile=load_profile("plain")).post_line_items(item.class_id, items)
    assert caught.value.cause == "sis_unsupported"


async def test_the_school_of_a_class_is_looked_up_once(world: District, connect: Connect) -> None:
    sis = connect("1.2")
    item = await a_line_item(sis, world)
    for number in range(3):
        await sis.put_line_item(replace(item, sourced_id=f"li-{number}", title=f"Quiz {number}"))
    asked = [one for one in world.traffic.log if "/rostering/" in one.path and "/classes/" in one.path]
    assert len(asked) == 1
    assert sent_bodies(world)[0][1]["lineItem"]["school"]["sourcedId"] == world.sis.state.classes[item.class_id].org


async def test_a_class_that_the_sis_does_not_know_is_named_as_such(world: District, connect: Connect) -> None:
    sis = connect("1.1")
    with pytest.raises(SisRefused) as caught:
        _ = [one async for one in sis.results("nowhere")]
    assert caught.value.cause == "class_unknown"


@pytest.mark.parametrize("version", VERSIONS)
async def test_grading_periods_are_read_with_both_their_days(world: District, connect: Connect, version: str) -> None:
    periods = {one.sourced_id: one for one in await connect(version).grading_periods()}
    for session in world.sis.state.sessions.values():
        if session.type == "gradingPeriod":
            assert (periods[session.id].start, periods[session.id].end) == (session.start, session.end)
    assert len(periods) < len(world.sis.state.sessions)


async def test_nothing_leaves_once_the_guard_refuses(world: District, connect: Connect) -> None:
    class Gone(Exception):
        pass

    alive = True

    def guard() -> None:
        if not alive:
            raise Gone

    sis = connect("1.1", guard=guard)
    item = await a_line_item(sis, world)
    asked = len(world.traffic.log)
    alive = False
    with pytest.raises(Gone):
        await sis.put_line_item(item)
    with pytest.raises(Gone):
        await sis.delete_result("r-1")
    assert len(world.traffic.log) == asked


async def test_doctor_reads_each_endpoint_and_names_what_fails(world: District, connect: Connect) -> None:
    good = await connect("1.2").check()
    assert [one.name for one in good if not one.ok] == []
    assert len(good) == 5
    world.traffic.faults[:] = parse_faults("sis:refuse(path=/results,status=403)")
    [bad] = [one for one in await connect("1.2").check() if not one.ok]
    assert bad.name == "SIS results"
    assert bad.do
