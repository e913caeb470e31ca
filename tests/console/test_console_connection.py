"""Connecting Canvas and the SIS, trying them over HTTP, and the guided first start."""

from __future__ import annotations

from typing import Any

import pytest

from gradesync_tui.domain.records import CanvasConnection


@pytest.fixture
async def somewhere(district: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A running district, and the secrets for it in the environment."""
    told = (await district()).describe()
    monkeypatch.setenv("TEST_CANVAS_TOKEN", told["canvas"]["token"])
    monkeypatch.setenv("TEST_SIS_ID", told["sis"]["client_id"])
    monkeypatch.setenv("TEST_SIS_SECRET", told["sis"]["client_secret"])
    return told


async def fill_canvas(driver: Any, told: Any) -> None:
    await driver.type(told["canvas"]["url"])
    await driver.press("down")
    await driver.type(told["canvas"]["account_id"])
    await driver.press("down", "down")
    await driver.type("env:TEST_CANVAS_TOKEN")


async def fill_sis(driver: Any, told: Any) -> None:
    await driver.press("down")
    await driver.type(told["sis"]["url_v1p1"])
    await driver.press("down", "down", "down", "down")
    await driver.type(told["sis"]["token_url"])
    await driver.press("down")
    await driver.type("env:TEST_SIS_ID")
    await driver.press("down")
    await driver.type("env:TEST_SIS_SECRET")


async def save(driver: Any) -> None:
    driver.app.screen.query_one("#yes").focus()
    await driver.press("enter")


async def test_canvas_is_tried_over_http_and_kept_once_confirmed(
    console: Any, world: Any, district_of_schedules: Any, somewhere: Any
) -> None:
    ana, account = world.services(), district_of_schedules
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("c Canvas")
        await driver.press("c")
        await driver.sees("Connect Canvas of Lakeside")
        assert "must look like" not in driver.text
        await save(driver)
        await driver.sees("! The address of Canvas must look like")
        assert driver.app.screen.focused.id == "url"
        await fill_canvas(driver, somewhere)
        await driver.sees("Not tried yet")
        await driver.press("ctrl+t")
        await driver.sees("✓ ")
        assert await ana.connections(account.id) == (None, None)
        await save(driver)
        await driver.sees("Connect Canvas of Lakeside?", "It was tried and works.")
        await driver.press("tab", "enter")
        await driver.sees("env:TEST_CANVAS_TOKEN", "Not connected")
        await driver.press("t")
        await driver.sees("Canvas   ✓ works", "tried Today", "Not connected. Press s to connect it.")
    canvas, _ = await ana.connections(account.id)
    assert canvas is not None and canvas.url == somewhere["canvas"]["url"]


async def test_what_does_not_work_says_so_and_is_kept_only_on_demand(
    console: Any, world: Any, district_of_schedules: Any, somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_CANVAS_TOKEN", "a-wrong-token")
    async with console(size=(80, 24)) as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("c Canvas")
        await driver.press("c")
        await driver.sees("Connect Canvas of Lakeside")
        await fill_canvas(driver, somewhere)
        await save(driver)
        await driver.sees("It did not work when tried:", "[ Keep it all the same ]")
        await driver.press("enter")
        await driver.sees("✗ ")
        await driver.press("escape")
        await driver.sees("Not connected")
    assert await world.services().connections(district_of_schedules.id) == (None, None)


async def test_a_secret_typed_where_its_reference_belongs_is_hidden_and_refused(
    console: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("c Canvas")
        await driver.press("c")
        await driver.sees("Connect Canvas of Lakeside")
        await driver.type("https://canvas.example.org")
        await driver.press("down", "down", "down")
        await driver.type("7~canary")
        await driver.sees("This may be the secret itself", "env:NAME")
        assert "canary" not in driver.text
        assert driver.app.screen.query_one("#yes").why_not


async def test_the_profile_brings_what_its_sis_mostly_needs(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("c Canvas")
        await driver.press("s")
        await driver.sees("Connect the SIS of Lakeside", "ProgressBook")
        await driver.press("enter")
        await driver.sees("Infinite Campus")
        await driver.press("down", "down", "enter")
        form = driver.app.screen
        await driver.until(lambda: driver.app.screen.query("#profile"), "the form")
        form = driver.app.screen
        await driver.until(lambda: form.query_one("#profile").value != "progressbook", "another profile")
        await save(driver)
        await driver.sees("! The address of the SIS must look like")


async def test_who_may_not_connect_is_told_why(console: Any, world: Any, district_of_schedules: Any) -> None:
    hostile = CanvasConnection(url="https://[red]canvas.example.org\x1b[2J", token="env:T")
    await world.services().me()
    await world.store.accounts.connect(district_of_schedules.id, hostile, world.services().actor)
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("https://[red]canvas.example.org", "c Canvas")
        assert "\x1b" not in driver.text
        await driver.press("c")
        await driver.sees("change connection needs the role support")


async def test_the_first_start_leads_from_nothing_to_grade_sync(console: Any, world: Any, somewhere: Any) -> None:
    async with console() as driver:
        await driver.sees("Welcome", "1  ", "Add your district")
        await driver.press("enter")
        await driver.sees("Time zone")
        await driver.type("Lakeside [/]")
        await save(driver)
        await driver.sees("Connect Canvas of Lakeside [/]")
        await fill_canvas(driver, somewhere)
        await save(driver)
        await driver.sees("It was tried and works.")
        await driver.press("tab", "enter")
        await driver.sees("Connect the SIS of Lakeside [/]")
        await fill_sis(driver, somewhere)
        await save(driver)
        await driver.sees("It was tried and works.")
        await driver.press("tab", "enter")
        await driver.sees("New schedule of Lakeside [/]")
        await driver.type("every 4 hours")
        await driver.sees("Every 4 hours")
        await save(driver)
        await driver.sees("SIS Integration", "Schedules", "Every 4 hours", "All is set")


async def test_leaving_a_step_shows_what_is_done(console: Any, world: Any) -> None:
    async with console(size=(80, 24)) as driver:
        await driver.sees("Add your district")
        await driver.press("1")
        await driver.sees("Time zone")
        await driver.type("Lakeside")
        await save(driver)
        await driver.sees("Connect Canvas of Lakeside")
        await driver.press("escape")
        await driver.sees("✓    Add your district", "2    Connect Canvas")
        await world.store.accounts.connect(
            1, CanvasConnection(url="https://canvas.example.org", token="env:T"), world.services().actor
        )
        await driver.sees("✓    Connect Canvas")


async def test_a_trial_shows_everything_that_is_wrong(
    console: Any, district_of_schedules: Any, somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_SIS_ID")
    monkeypatch.delenv("TEST_SIS_SECRET")
    async with console(size=(80, 24)) as driver:
        await driver.open_grade_sync()
        await driver.press("4")
        await driver.sees("c Canvas")
        await driver.press("s")
        await driver.sees("Connect the SIS of Lakeside")
        await fill_sis(driver, somewhere)
        await driver.press("ctrl+t")
        await driver.sees("✗ The client id: ", "✗ The client secret: ")


async def test_leaving_a_form_that_was_filled_in_asks_first(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(80, 24)) as driver:
        screen = await driver.open_grade_sync()
        await driver.press("n")
        await driver.sees("New schedule of Lakeside")
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen, "an untouched form to go at once")
        await driver.press("n")
        await driver.sees("New schedule of Lakeside", "[ Save ]")
        await driver.type("every 2 hours")
        await driver.press("escape")
        await driver.sees("Leave without saving?")
        await driver.press("enter")
        await driver.sees("every 2 hours")
        await driver.press("escape")
        await driver.sees("Leave without saving?")
        await driver.press("tab", "enter")
        await driver.until(lambda: driver.app.screen is screen, "the form to go")
