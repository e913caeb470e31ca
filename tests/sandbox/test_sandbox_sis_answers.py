"""What the district's SIS answers keeps to OneRoster's own field rules."""

from __future__ import annotations

import pytest

from gradesync_tui.sandbox.sis.fields import faults_of

BASE = {"sourcedId", "status", "dateLastModified"}
ROSTERS = (
    *("orgs", "schools", "academicSessions", "terms", "gradingPeriods", "courses", "classes"),
    *("users", "students", "teachers", "enrollments"),
)
REQUIRED = {
    "orgs": {"name", "type", "identifier"},
    "academicSessions": {"title", "startDate", "endDate", "type", "schoolYear"},
    "courses": {"title", "courseCode"},
    "classes": {"title", "course", "school", "terms"},
    "users": {"username", "givenName", "familyName", "enabledUser"},
    "enrollments": {"user", "class", "school", "role"},
}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_gradebook_records_would_be_taken_back_by_a_strict_sis(district, client, version):
    d = await district()
    c = client(d)
    for number, writer in enumerate(("1.1", "1.2")):
        item = f"li-{number}"
        session = {"href": "https://sis.example/s", "sourcedId": "GP-2", "type": "academicSession"}
        name = "gradingPeriod" if writer == "1.1" else "academicSession"
        changes = {name: session, "title": f"HW {number}", "description": "Odd ones", "metadata": {"from": "canvas"}}
        assert (await c.put(c.line_item(item, writer, **changes), version=writer))[0] == 201
        assert (await c.put(c.result(f"r-{number}", item, comment="good"), version=writer))[0] == 201
    await c.put(c.result("r-2", "li-1", score=None, scoreStatus="exempt", missing="true"), version="1.2")
    for path, kind in (("categories", "category"), ("lineItems", "lineItem"), ("results", "result")):
        _, body, _ = await c.sis(f"/{path}", version=version)
        assert body[path] and [faults_of(version, kind, one) for one in body[path]] == [[]] * len(body[path])
        _, one, _ = await c.sis(f"/{path}/{body[path][-1]['sourcedId']}", version=version)
        assert one == {kind: body[path][-1]}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("path", ROSTERS)
async def test_roster_records_have_every_required_field_and_whole_references(district, client, version, path):
    d = await district()
    c = client(d)
    root = d.sis.url + ("/ims/oneroster/v1p1" if version == "1.1" else "/ims/oneroster/rostering/v1p2")
    status, body, _ = await c.ask("GET", f"{root}/{path}?limit=5", await c.sis_token())
    ((key, rows),) = body.items()
    assert status == 200 and rows
    for row in rows:
        assert row.keys() >= BASE | REQUIRED[key]
        for value in row.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and "href" in one:
                    assert set(one) == {"href", "sourcedId", "type"} and one["href"].startswith(d.sis.url)
                    found, _, _ = await c.ask("GET", one["href"], await c.sis_token())
                    assert found == 200
    single, body, _ = await c.ask("GET", f"{root}/{path}/{rows[0]['sourcedId']}", await c.sis_token())
    assert single == 200 and list(body.values()) == [rows[0]]


async def test_errors_carry_the_status_information_of_their_version(district, client):
    c = client(await district())
    for version, reference in (("1.1", True), ("1.2", False)):
        for answer in (
            await c.sis("/results/none", version=version),
            await c.sis("/results?limit=0", version=version),
            await c.sis("/results", version=version, token="wrong"),
            await c.put(c.line_item(version=version, title=""), version=version),
        ):
            assert answer[0] >= 400
            assert (answer[1]["imsx_codeMajor"], answer[1]["imsx_severity"]) == ("failure", "error")
            assert ("imsx_messageRefIdentifier" in answer[1]) is reference
            assert answer[1]["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
