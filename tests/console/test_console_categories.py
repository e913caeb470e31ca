"""Mapping assignment groups: in the tab, and from the problem that asks for it."""

from __future__ import annotations

from typing import Any


async def test_a_group_is_mapped_changed_and_forgotten(console: Any, world: Any, district_of_schedules: Any) -> None:
    ana, account = world.services(), district_of_schedules
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("3")
        await driver.sees("n Map a group")
        await driver.press("n")
        await driver.sees("Map an assignment group of Lakeside")
        driver.app.screen.query_one("#yes").focus()
        await driver.press("enter")
        await driver.sees("Give the assignment group's name")
        await driver.type("Warm-ups")
        await driver.press("down")
        await driver.type("Homework")
        await driver.sees("assignments of Warm-ups in every course go as")
        await driver.press("down", "right", "right", "down")
        await driver.type("101")
        await driver.press("down", "down", "enter")
        await driver.sees("Warm-ups goes as Homework", "course 101")
        await driver.press("c", "down", "down", "left", "left")
        await driver.sees("in every course")
        await driver.press("down", "down", "enter")
        await driver.sees("the whole account")
        [rule] = await ana.category_rules(account.id)
        assert (rule.group, rule.category, rule.scope) == ("Warm-ups", "Homework", "account")
        await driver.press("delete")
        await driver.sees("Stop sending Warm-ups as Homework?")
        await driver.press("tab", "enter")
        await driver.sees("No group is mapped")


async def test_a_problem_leads_to_the_mapping_with_what_it_tells(
    console: Any, world: Any, district_of_schedules: Any, a_problem: Any
) -> None:
    hostile = "Warm-ups [/] \x1b[31m=1+1"
    lost = a_problem("Kim", category=hostile, available="Homework, Tests, Participation and 4 more")
    await world.ran(district_of_schedules, outcomes=[lost, a_problem("Lee", cause="pupil_no_sis_id")])
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "enter")
        await driver.sees("Problems 2", "No such category in the SIS")
        await driver.press("m")
        await driver.sees("Map an assignment group of Lakeside", "The SIS has", "Warm-ups [/]")
        await driver.press("enter")
        await driver.sees("Homework", "Tests", "Participation")
        await driver.press("down", "down", "enter")
        await driver.sees("Tests.")
        await driver.press("down", "down", "down", "down", "enter")
        await driver.sees("from the next run on")
        [rule] = await world.services().category_rules(district_of_schedules.id)
        assert rule.category == "Tests"
        assert "\x1b" not in rule.group


async def test_the_form_suggests_the_categories_that_are_known(
    console: Any, world: Any, district_of_schedules: Any, a_problem: Any
) -> None:
    await world.ran(
        district_of_schedules, outcomes=[a_problem("Kim", category="Labs", available="Homework, Tests, Quizzes")]
    )
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("3")
        await driver.sees("n Map a group")
        await driver.press("n")
        await driver.sees("The SIS has")
        await driver.type("Labs")
        await driver.press("down", "down")
        await driver.type("Quizes")
        await driver.sees("The SIS named no category Quizes. It named: Homework, Tests,")


async def test_an_admin_is_told_why_mapping_is_not_theirs(console: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("3")
        await driver.sees("n Map a group")
        await driver.press("n")
        await driver.sees("Ben Admin is an admin; map category needs the role support")
