"""The district's SIS refuses what the vendors refuse, and says so in every style that servers have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradesync_tui.sandbox.sis.rules import PROFILES

LONG = "x" * 31


@pytest.mark.parametrize("profile", sorted(PROFILES))
async def test_every_profile_takes_a_plain_grade(district, client, profile):
    c = client(await district(profile=profile))
    assert (await c.put(c.line_item()))[0] == 201
    assert (await c.put(c.result()))[0] == 201


@pytest.mark.parametrize(
    ("profile", "change", "status", "told"),
    [
        ("progressbook", {"title": "x" * 51}, 422, "longer than 50"),
        ("powerschool", {"title": LONG}, 409, "longer than 30"),
        ("infinite_campus", {"title": LONG}, 422, "longer than 30"),
        ("progressbook", {"title": " "}, 422, "must not be empty"),
        ("progressbook", {"resultValueMax": 0.0}, 422, "greater than zero"),
        ("aeries", {"dueDate": "2031-01-01T17:00:00Z"}, 400, "Due Date Error"),
    ],
)
async def test_a_line_item_against_a_rule_is_refused_with_the_vendors_status(
    district, client, profile, change, status, told
):
    c = client(await district(profile=profile))
    got, body, _ = await c.put(c.line_item(**change))
    assert got == status and told in body["imsx_description"]


async def test_a_due_date_in_a_closed_grading_period_is_refused(district, client):
    d = await district()
    c = client(d)
    status, body, _ = await c.put(c.line_item(dueDate=c.day(-10)))
    assert status == 422 and "Locked" in body["imsx_description"]


async def test_an_unknown_category_names_those_that_there_are_and_skyward_takes_it_silently(district, client):
    unknown = {"href": "https://sis.example/categories/none", "sourcedId": "none", "type": "category"}
    c = client(await district())
    status, body, _ = await c.put(c.line_item(category=unknown))
    assert status == 422 and "Available grading categories are: [Homework, Quizzes" in body["imsx_description"]
    d = await district(profile="skyward")
    c = client(d)
    assert (await c.put(c.line_item(category=unknown)))[0] == 201
    assert d.sis.state.categories[d.sis.state.line_items["li-1"].category].title == "Homework"


async def test_a_category_of_another_class_is_unknown_here(district, client):
    d = await district()
    c = client(d)
    labs = next(one for one in d.sis.state.categories.values() if one.klass)
    wrong = {"href": "https://sis.example/c", "sourcedId": labs.id, "type": "category"}
    assert (await c.put(c.line_item(category=wrong)))[0] == 422


async def test_titles_are_unique_by_class_and_due_date_or_by_class_alone(district, client):
    c = client(await district())
    await c.put(c.line_item())
    assert (await c.put(c.line_item("li-2")))[0] == 422
    assert (await c.put(c.line_item("li-2", dueDate=c.day(3))))[0] == 201
    c = client(await district(profile="powerschool"))
    await c.put(c.line_item())
    assert (await c.put(c.line_item("li-2", dueDate=c.day(3))))[0] == 409


@pytest.mark.parametrize(
    ("rules", "change", "told"),
    [
        ({"extra_credit": False}, {"score": 10.5}, "above the points"),
        ({}, {"score": -1.0}, "below the least"),
        ({"whole_scores": True}, {"score": 8.5}, "whole number"),
        ({"statuses": ("fully graded",)}, {"scoreStatus": "exempt"}, "not allowed"),
        ({"comment_limit": 5}, {"comment": "well done"}, "longer than 5"),
    ],
)
async def test_a_result_against_a_rule_is_refused(district, client, rules, change, told):
    d = await district()
    d.sis_settings.rules = replace(d.sis_settings.rules, **rules)
    c = client(d)
    await c.put(c.line_item())
    status, body, _ = await c.put(c.result(**change))
    assert status == 422 and told in body["imsx_description"]


async def test_a_pupil_of_another_class_does_not_belong(district, client):
    d = await district(pupils=50)
    c = client(d)
    await c.put(c.line_item())
    pupils = d.sis.state.pupils_of_class
    stranger = sorted(set(d.sis.state.people) - pupils[c.line_item()["class"]["sourcedId"]])[0]
    status, body, _ = await c.put(
        c.result(student={"href": "https://x.example", "sourcedId": stranger, "type": "user"})
    )
    assert status == 422 and "Does Not Belong" in body["imsx_description"]


async def test_progressbook_deletes_nothing_and_infinite_campus_does(district, client):
    for profile, wanted in (("progressbook", 403), ("infinite_campus", 204)):
        d = await district(profile=profile)
        c = client(d)
        await c.put(c.line_item())
        await c.put(c.result())
        assert (await c.sis("/results/r-1", "DELETE"))[0] == wanted
        assert (await c.put(c.line_item(status="tobedeleted")))[0] == (403 if wanted == 403 else 200)
        assert (await c.sis("/lineItems/li-1", "DELETE"))[0] == wanted


@pytest.mark.parametrize(
    ("style", "kind"), [("bare", "json"), ("wrapped", "json"), ("error", "json"), ("text", "plain"), ("html", "html")]
)
async def test_errors_come_in_every_style(district, client, style, kind):
    d = await district()
    d.sis_settings.errors = style
    c = client(d)
    status, body, headers = await c.put(c.line_item(title="x" * 51))
    assert status == 422 and kind in headers["content-type"]
    said = {
        "bare": lambda: body["imsx_description"],
        "wrapped": lambda: body["imsx_StatusInfo"]["imsx_description"],
        "error": lambda: body["error"],
    }.get(style, lambda: body)()
    assert "longer than 50" in said
