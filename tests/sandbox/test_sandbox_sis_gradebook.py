"""The district's SIS takes and shows a gradebook as OneRoster 1.1 and 1.2 say, in both dialects."""

from __future__ import annotations

import pytest


async def test_put_creates_with_201_and_changes_with_200_without_a_body(district, client):
    c = client(await district())
    assert (await c.put(c.line_item()))[:2] == (201, "")
    assert (await c.put(c.line_item(title="HW 1: Slopes")))[:2] == (200, "")
    _, body, _ = await c.sis("/lineItems/li-1")
    assert body["lineItem"]["title"] == "HW 1: Slopes"


async def test_both_versions_show_one_gradebook(district, client):
    c = client(await district())
    await c.put(c.line_item(version="1.2"), version="1.2")
    await c.put(c.result(score=None, scoreStatus="exempt", late="true"), version="1.2")
    _, old, _ = await c.sis("/results/r-1")
    _, new, _ = await c.sis("/results/r-1", version="1.2")
    assert old["result"]["score"] == 0.0 and "late" not in old["result"]
    assert "score" not in new["result"] and new["result"]["late"] == "true"
    assert (old["result"]["scoreStatus"], new["result"]["scoreStatus"]) == ("exempt", "exempt")
    _, item, _ = await c.sis("/lineItems/li-1", version="1.2")
    assert item["lineItem"]["school"]["sourcedId"] == "SCH-1"


async def test_results_are_found_by_class_by_line_item_and_by_student(district, client):
    d = await district()
    c = client(d)
    await c.put(c.line_item())
    await c.put(c.result())
    student, klass = c.result()["student"]["sourcedId"], c.line_item()["class"]["sourcedId"]
    for path in ("/results", f"/classes/{klass}/results", f"/classes/{klass}/lineItems/li-1/results"):
        _, body, headers = await c.sis(path)
        assert [one["sourcedId"] for one in body["results"]] == ["r-1"] and headers["x-total-count"] == "1"
    _, body, _ = await c.sis(f"/classes/{klass}/students/{student}/results")
    assert body["results"][0]["score"] == 8.5
    _, body, _ = await c.sis(f"/classes/{klass}/lineItems")
    assert [one["sourcedId"] for one in body["lineItems"]] == ["li-1"]
    assert (await c.sis("/classes/nowhere/results"))[0] == 404


async def test_the_modified_dialect_allocates_the_id_and_answers_with_it(district, client):
    d = await district()
    d.sis_settings.dialect = "modified"
    c = client(d)
    status, body, _ = await c.sis("/lineItems", "PUT", json={"lineItem": c.line_item(sourced_id=None)})
    allocated = body["lineItem"]["sourcedId"]
    assert status == 201 and len(allocated) == 36
    assert (await c.put(c.line_item(allocated, title="Renamed")))[0] == 200
    assert (await c.put(c.line_item("made-up")))[0] == 404


async def test_bulk_posts_answer_with_pairs_of_ids(district, client):
    c = client(await district())
    klass = c.line_item()["class"]["sourcedId"]
    items = [c.line_item(f"tmp-{n}", "1.2", title=f"HW {n}") for n in range(3)]
    status, body, _ = await c.sis(f"/classes/{klass}/lineItems", "POST", version="1.2", json={"lineItems": items})
    pairs = {one["suppliedSourcedId"]: one["allocatedSourcedId"] for one in body["sourcedIdPairs"]}
    assert status == 201 and list(pairs) == ["tmp-0", "tmp-1", "tmp-2"]
    item = pairs["tmp-0"]
    results = {"results": [c.result("tmp", item)]}
    status, body, _ = await c.sis(f"/lineItems/{item}/results", "POST", version="1.2", json=results)
    assert status == 201 and len(body["sourcedIdPairs"]) == 1
    assert (await c.sis(f"/classes/{klass}/lineItems", "POST", json={"lineItems": items}))[0] == 404


async def test_a_bulk_post_may_be_larger_than_a_megabyte(district, client):
    d = await district()
    c = client(d)
    klass = c.line_item()["class"]["sourcedId"]
    items = [c.line_item(f"tmp-{n}", "1.2", title=f"HW {n}", description="x" * 2000) for n in range(600)]
    status, body, _ = await c.sis(f"/classes/{klass}/lineItems", "POST", version="1.2", json={"lineItems": items})
    assert status == 201 and len(body["sourcedIdPairs"]) == 600


async def test_a_bulk_post_with_one_bad_record_stores_none(district, client):
    d = await district()
    c = client(d)
    klass = c.line_item()["class"]["sourcedId"]
    items = [c.line_item("a", "1.2"), c.line_item("b", "1.2", title="x" * 51)]
    status, _, _ = await c.sis(f"/classes/{klass}/lineItems", "POST", version="1.2", json={"lineItems": items})
    assert status == 422 and not d.sis.state.line_items


async def test_collections_page_filter_sort_and_select(district, client):
    c = client(await district())
    _, first, headers = await c.sis("/students?limit=10&sort=familyName&orderBy=desc&fields=sourcedId,familyName")
    names = [one["familyName"] for one in first["users"]]
    assert (
        len(names) == 10
        and names == sorted(names, reverse=True)
        and set(first["users"][0]) == {"sourcedId", "familyName"}
    )
    assert headers["x-total-count"] == "25" and "offset=10" in headers["link"] and 'rel="next"' in headers["link"]
    _, last, headers = await c.sis("/students?limit=10&offset=20")
    assert len(last["users"]) == 5 and 'rel="next"' not in headers["link"]
    _, found, _ = await c.sis("/categories?filter=title%3D'Homework'%20OR%20title%3D'Tests'")
    assert [one["title"] for one in found["categories"]] == ["Homework", "Tests"]
    _, found, _ = await c.sis("/categories?filter=metadata.classId%3D'1-SCI09-01'")
    assert [one["title"] for one in found["categories"]] == ["Labs"]
    assert (await c.sis("/categories?filter=nonsense"))[0] == 400
    assert (await c.sis("/categories?limit=0"))[0] == 400


async def test_grading_periods_say_which_is_closed(district, client):
    c = client(await district())
    _, body, _ = await c.sis("/gradingPeriods")
    closed = [(one.get("metadata") or {}).get("closed") for one in body["academicSessions"]]
    assert closed == ["true", None, None, None]


@pytest.mark.parametrize(
    ("version", "change", "told"),
    [
        ("1.1", {"status": None}, "status is required"),
        ("1.1", {"class": {"sourcedId": "1-MATH09-01"}}, "class must have exactly href, sourcedId and type"),
        ("1.1", {"school": {"href": "https://x", "sourcedId": "SCH-1", "type": "org"}}, "school is not a field"),
        ("1.1", {"resultValueMin": None}, "resultValueMin is required"),
        ("1.1", {"resultValueMax": "10"}, "resultValueMax must be a number"),
        ("1.1", {"assignDate": "2026-01-05"}, "assignDate must be a date-time"),
        ("1.2", {"school": None}, "school is required"),
        ("1.2", {"dueDate": None}, "dueDate is required"),
        (
            "1.2",
            {"category": {"href": "x", "sourcedId": "c", "type": "category"}},
            "category must have an abs",
        ),
        ("1.2", {"extra": 1}, "extra is not a field"),
    ],
)
async def test_a_strict_sis_holds_line_items_to_their_rules(district, client, version, change, told):
    c = client(await district())
    status, body, _ = await c.put(c.line_item(version=version, **change), version=version)
    assert status == 422 and told in body["imsx_description"]


async def test_a_lenient_sis_takes_what_the_trade_really_sends(district, client):
    d = await district()
    d.sis_settings.strict = False
    c = client(d)
    bare = {name: {"sourcedId": c.line_item()[name]["sourcedId"]} for name in ("class", "category")}
    assert (await c.put(c.line_item(status=None, dateLastModified=None, extra=1, **bare)))[0] == 201
    assert (await c.put(c.result(scoreDate="2026-01-05T00:00:00Z")))[0] == 201


@pytest.mark.parametrize(
    ("version", "change", "told"),
    [
        ("1.1", {"score": None, "scoreStatus": "exempt"}, "score is required"),
        ("1.1", {"late": "true"}, "late is not a field"),
        ("1.1", {"scoreStatus": "late"}, "scoreStatus must be a score status"),
        ("1.2", {"late": True}, "late must be one of"),
        ("1.2", {"scoreDate": "2026-01-05T00:00:00Z"}, "scoreDate must be a date"),
        ("1.2", {"score": "A-"}, "score must be a number"),
    ],
)
async def test_a_strict_sis_holds_results_to_their_rules(district, client, version, change, told):
    c = client(await district())
    await c.put(c.line_item())
    status, body, _ = await c.put(c.result(**change), version=version)
    assert status == 422 and told in body["imsx_description"]


async def test_path_and_body_must_name_the_same_record(district, client):
    c = client(await district())
    status, _, _ = await c.sis("/lineItems/other", "PUT", json={"lineItem": c.line_item()})
    assert status == 422


async def test_an_unknown_record_is_404_and_an_unreadable_body_422(district, client):
    c = client(await district())
    assert (await c.sis("/results/none"))[0] == (await c.sis("/results/none", "DELETE"))[0] == 404
    assert (await c.sis("/results/r", "PUT", data=b"{"))[0] == 422
    assert (await c.put(c.result(item="none")))[0] == 404


async def test_rosters_answer_in_the_shape_of_their_version(district, client):
    d = await district()
    c = client(d)
    _, old, _ = await c.sis("/users?limit=1")
    root = d.sis.url + "/ims/oneroster/rostering/v1p2"
    _, new, _ = await c.ask("GET", f"{root}/users?limit=1", await c.sis_token())
    assert old["users"][0]["role"] == "teacher" and "roles" not in old["users"][0]
    assert new["users"][0]["roles"][0]["role"] == "teacher" and new["users"][0]["enabledUser"] == "true"
    for path, key, many in (
        ("/classes/1-MATH09-01/students", "users", 25),
        ("/classes/1-MATH09-01/teachers", "users", 1),
        ("/schools/SCH-1/classes", "classes", 7),
        ("/schools/SCH-1/students", "users", 25),
        ("/students/P100001/classes", "classes", 7),
        ("/terms/SY-1/gradingPeriods", "academicSessions", 4),
        ("/schools/SCH-1/classes/1-MATH09-01/enrollments", "enrollments", 26),
    ):
        _, body, _ = await c.sis(path)
        assert len(body[key]) == many
