"""The places of an account beside SIS Integration: people, audit log, settings, and the way to SIS support."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.console.screens.account import AccountScreen
from gradesync_tui.domain.records import Grant
from gradesync_tui.domain.words import Role
from gradesync_tui.services import Refused

HOSTILE = "Mallory [/b] [@click=app.quit]x[/]"


async def go_to(driver: Any, title: str) -> None:
    """From the accounts into a place of the first of them, by the account navigation."""
    await driver.sees("Accounts")
    await driver.until(lambda: driver.app.screen.query("AccountTable").first().row is not None, "an account")
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, AccountScreen), "the account")
    titles = ["Overview", "SIS Integration", "People", "Audit log", "Settings"]
    await driver.sees(*titles)
    places = driver.app.screen.places
    while places.cursor != titles.index(title):
        await driver.press("down" if places.cursor < titles.index(title) else "up")
    await driver.press("enter")
    await driver.until(lambda: driver.app.screen.crumbs()[-1] == title, title)
    await driver.sees("› " + title)


async def cursor_on(driver: Any, login: str) -> None:
    """Put the cursor on a person, once they are listed."""
    people = driver.app.screen.list
    await driver.until(lambda: login in [one.login for one in people.read], login)
    await driver.press("home")
    while people.under_cursor.login != login:
        await driver.press("down")


async def test_each_place_has_its_path_and_a_way_back(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console(size=(80, 24)) as driver:
        for title in ("People", "Audit log", "Settings"):
            await go_to(driver, title)
            await driver.sees("Admin › Lakeside › " + title)
            await driver.press("escape")
            await driver.sees("Overview")
            await driver.press("escape")
            await driver.sees("Accounts")


async def test_the_palette_leads_to_every_place(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await driver.sees("Lakeside")
        for wanted, seen in (("people", "Roles"), ("audit", "Did"), ("settings", "Hidden grades")):
            await driver.press("ctrl+p")
            await driver.type(f"lakeside {wanted}")
            await driver.sees({"people": "People", "audit": "Audit log", "settings": "Settings"}[wanted] + "  Lakeside")
            await driver.press("enter")
            await driver.sees(seen)


async def test_a_viewer_sees_the_people_and_is_told_why_nothing_can_be_changed(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("vera", support="help@sis.example.org") as driver:
        await go_to(driver, "People")
        await driver.sees("Vera Viewer (you)", "Ana Support", "SIS support in all accounts", "S contacts SIS Support")
        await driver.press("n")
        await driver.sees("Vera Viewer is a viewer; change people needs the role support", "help@sis.example.org")
        await driver.press("delete")
        assert len(await world.store.people.list()) == 3


async def test_a_viewer_of_one_account_sees_its_people_and_not_their_roles_elsewhere(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    ana = world.services()
    other = await ana.create_account("Riverside", "UTC")
    here = district_of_schedules.id
    await ana.add_person("olga", "Olga Only", [Grant(role=Role.VIEWER, account_id=here)])
    await ana.add_person("paul", "Paul Both", [Grant(role=Role.VIEWER, account_id=here),
                                               Grant(role=Role.SUPPORT, account_id=other.id)])  # fmt: skip
    await ana.add_person("rita", "Rita Elsewhere", [Grant(role=Role.ADMIN, account_id=other.id)])
    olga = world.services("olga")
    seen = {person.login: person.grants for person in await olga.people(here)}
    assert seen["paul"] == (Grant(role=Role.VIEWER, account_id=here),)
    assert "rita" not in seen
    with pytest.raises(Refused):
        await olga.people()
    async with console("olga") as driver:
        await go_to(driver, "People")
        await driver.sees("Paul Both", "viewer in Lakeside")
        await driver.press("f")
        await driver.sees("has no role for all accounts")
        assert "Rita" not in driver.text


async def test_support_lets_somebody_in_changes_their_role_and_shuts_them_out(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        await go_to(driver, "People")
        await driver.press("n")
        await driver.sees("Let somebody in", "Login")
        await driver.type("mallory")
        await driver.press("enter")
        driver.app.screen.query_one("#name").value = HOSTILE
        await driver.press("enter", "right")
        await driver.sees("admin ▾")
        await driver.press("tab", "tab", "tab", "enter")
        await driver.sees("may come in, as an admin", HOSTILE)
        person = await world.store.people.find("mallory")
        assert person.grants == (Grant(role=Role.ADMIN, account_id=district_of_schedules.id),)
        await cursor_on(driver, "mallory")
        await driver.press("c")
        await driver.sees("Role of Mallory", "viewer here")
        await driver.press("down", "down", "down", "enter")
        await driver.sees(f"Make {HOSTILE[:7]}", "viewer in Lakeside?", "It counts at once")
        await driver.press("tab", "enter")
        await driver.sees("is a viewer in Lakeside now")
        assert (await world.store.people.find("mallory")).grants[0].role is Role.VIEWER
        await driver.press("delete")
        await driver.sees("Remove Mallory", "stays in the history and the audit log")
        await driver.press("enter")  # Cancel comes first
        assert await world.store.people.find("mallory") is not None
        await driver.press("delete")
        await driver.sees("Remove Mallory")
        await driver.press("tab", "enter")
        await driver.sees("Removed Mallory")
        assert await world.store.people.find("mallory") is None


async def test_the_last_support_cannot_be_taken_away(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await go_to(driver, "People")
        await cursor_on(driver, "ana")
        await driver.press("delete")
        await driver.sees("Remove Ana Support?")
        await driver.press("tab", "enter")
        await driver.sees("is the only SIS support for all accounts")
        assert await world.store.people.find("ana") is not None


async def test_a_refused_attempt_is_marked_and_its_entry_says_all(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    with pytest.raises(Refused):
        await world.services("vera").pause_all(account.id, reason="x")
    await world.services().update_account(account.id, zone="America/Chicago")
    async with console() as driver:
        await go_to(driver, "Audit log")
        await driver.sees("✗ refused", "pause all", "change account", "zone: America/New_York → America/Chicago")
        await driver.press("enter")
        await driver.sees("Entry of the audit log", "Before", "After")
        await driver.press("escape")
        await driver.press("slash")
        await driver.type("vera")
        await driver.press("enter")
        await driver.sees("1 of ", "nothing was changed")
        await driver.press("escape", "f")
        await driver.sees("Which entries", "Refused here")
        await driver.press("down", "enter")
        await driver.sees("refused only")
        assert "change account" not in driver.text


async def test_verify_says_whether_the_chain_holds(
    console: Any, world: Any, district_of_schedules: Any, tmp_path: Path
) -> None:
    import apsw

    async with console() as driver:
        await go_to(driver, "Audit log")
        await driver.press("V")
        await driver.sees("The audit log is whole", "✓ the chain holds")
        with apsw.Connection(str(tmp_path / "gradesync.sqlite3")) as database:
            database.execute("UPDATE audit SET login = 'nobody' WHERE id = 2")
        await driver.press("V")
        await driver.sees("was tampered with at entry 2", "✗ the chain is broken at entry 2")


async def test_an_export_of_the_audit_log_holds_before_and_after(
    console: Any, world: Any, district_of_schedules: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.services().update_account(district_of_schedules.id, name='=HYPERLINK("x")')
    async with console() as driver:
        await go_to(driver, "Audit log")
        for form in ("CSV", "JSON"):
            await driver.press("e")
            await driver.sees("Export what is shown")
            await driver.press(*(["down"] if form == "JSON" else []), "enter")
            await driver.sees("Saved ")
            await driver.until(lambda form=form: list(tmp_path.glob(f"gradesync-audit-log-*.{form.lower()}")), form)
    rows = json.loads(next(tmp_path.glob("gradesync-audit-log-*.json")).read_text("utf-8"))
    assert rows[0]["Did"] == "change account" and '"Lakeside"' in rows[0]["Before"] and rows[0]["Hash"]
    assert ",=HYPERLINK" not in next(tmp_path.glob("gradesync-audit-log-*.csv")).read_text("utf-8")


async def test_a_policy_is_explained_asks_first_and_is_on_record(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    async with console() as driver:
        await go_to(driver, "Settings")
        await driver.sees("every policy has its safe default", "Hidden grades", "wait until posted")
        await driver.press("down", "down")
        await driver.sees("safe default", "before their teachers have posted them")
        await driver.press("c")
        await driver.sees("send at once")
        await driver.press("down", "enter")
        await driver.sees("Hidden grades: send at once?", "The safe default is: wait until posted")
        assert (await world.services().account(account.id)).policies.hidden == "wait"
        await driver.press("tab", "enter")
        await driver.sees("Hidden grades is send at once now", "1 policy changed")
        assert (await world.services().account(account.id)).policies.hidden == "send"
        entry = (await world.store.audit.page(account.id, limit=1))[0]
        assert (entry.verb, entry.name) == ("change account", "Ana Support")


async def test_a_zone_and_a_length_are_checked_while_they_are_typed(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    async with console() as driver:
        await go_to(driver, "Settings")
        await driver.press("down", "enter")
        await driver.until(lambda: driver.app.screen.query("#value"), "the field")
        driver.app.screen.query_one("#value").value = "Mars/[b]Olympus"
        await driver.sees("Mars/[b]Olympus")
        await driver.press("enter")
        assert driver.app.screen.query("#value")
        driver.app.screen.query_one("#value").value = "America/Chicago"
        await driver.press("enter")
        await driver.sees("Time zone: America/Chicago?")
        await driver.press("tab", "enter")
        await driver.sees("Time zone is America/Chicago now")
        await driver.press("end", "enter")
        await driver.until(lambda: driver.app.screen.query("#value"), "the field")
        driver.app.screen.query_one("#value").value = "3d"
        await driver.press("enter")
        await driver.sees("Full compare every: 3 days?", "The safe default is: 7 days")
        await driver.press("tab", "enter")
        await driver.sees("3 days  changed")
        changed = await world.services().account(account.id)
        assert (changed.zone, changed.policies.full_compare_every) == ("America/Chicago", 3 * 86_400 * 1_000_000)


async def test_who_may_not_change_settings_is_led_to_support(console: Any, district_of_schedules: Any) -> None:
    async with console("ben", support="help@sis.example.org") as driver:
        await go_to(driver, "Settings")
        await driver.sees("change account needs the role support", "help@sis.example.org")
        await driver.press("c")
        await driver.sees("S: Contact SIS Support")
        await driver.press("S")
        await driver.sees("Reach them at  help@sis.example.org", "It holds no secret, no pupil, no grade")


async def test_the_report_for_support_is_written_and_said_where(
    console: Any, world: Any, district_of_schedules: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console("vera", support="help@sis.example.org") as driver:
        await driver.open_grade_sync()
        await driver.press("S")
        await driver.sees("Contact SIS Support")
        await driver.press("enter")
        await driver.sees("Saved the report as")
    report = json.loads(next(tmp_path.glob("gradesync-support-*.json")).read_text("utf-8"))
    assert report["accounts"][0]["name"] == "Lakeside" and "Kim" not in json.dumps(report)


async def test_support_is_offered_after_a_pause(console: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.press("shift+tab", "enter", "enter")
        await driver.sees("S: Contact SIS Support")
