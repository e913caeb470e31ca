"""Whatever is stored, shown or typed: no text is markup, and none reaches the terminal as an escape sequence.

The services refuse such names; these come into the database as from a program that is no friend.
"""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.records import Actor, Grant
from gradesync_tui.domain.words import Role

HOSTILE = "[/b][red]\x1b]0;owned\x07\x1b[31m\u202eevil\x9b2J{x}"
SHOWN = "[/b][red]"
EVIL = Actor(login="evil", name=HOSTILE, origin=HOSTILE)


async def test_hostile_text_is_inert_in_every_place_list_and_question(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    store, account = world.store, district_of_schedules
    schedules = await store.schedules.list(account.id)
    await store.people.add("evil", HOSTILE, [Grant(role=Role.ADMIN)], EVIL)
    await store.category_rules.save(account.id, "account", HOSTILE, HOSTILE, None, EVIL)
    later = world.clock.now() + DAY
    await store.rollovers.save(account.id, HOSTILE, later, later + DAY, (schedules[0].id,), EVIL, reason=HOSTILE)
    await store.schedules.pause([schedules[1].id], EVIL, reason=HOSTILE)
    await store.runs.request(account.id, schedules[0].type, EVIL)

    async with console("ana", size=(140, 44)) as driver:

        async def look(*keys: str, sees: str = SHOWN) -> None:
            await driver.press(*keys)
            await driver.sees(sees)
            for drawn in (driver.text, driver.app.export_screenshot()):
                assert not any(bad in drawn for bad in ("\x1b", "\x07", "\u202e", "\x9b"))

        await driver.open_grade_sync()
        await look()
        await store.schedules.resume([schedules[1].id], EVIL)
        await look(sees=f"» {SHOWN}")
        await look("M")
        await driver.press("escape")
        await driver.press("r")
        await look(sees=f"asked for by {SHOWN}")
        await driver.press("escape")
        await look("2", sees="Rollovers  1")
        await look("delete", sees=f"Remove the rollover {SHOWN}")
        await driver.press("escape")
        await look("enter", sees="Change")
        await driver.press("escape")
        await look("3", sees="Categories  1")
        await look("delete", sees=f"Stop sending {SHOWN}")
        await driver.press("escape", "slash")
        await driver.type(SHOWN)
        await look("enter", sees="1 of 1")
        await driver.press("escape", "escape")
        await driver.sees("Overview")
        await look("g", "down", "down", "enter", sees="who may come into this account")
        driver.app.screen.list.table.go(2)
        await look("delete", sees=f"Remove {SHOWN}")
        await driver.press("escape")
        await look("enter", sees=f"Role of {SHOWN}")
        await driver.press("escape", "escape")
        await driver.sees("Overview")
        await look("g", "down", "down", "down", "enter", sees="Audit log")
        await look(sees="resume schedule")
        await look("enter", sees="Entry of the audit log")
