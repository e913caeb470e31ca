"""Changing a setting of an account: choose or type, read what it will do, then say yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gradesync_tui.console.presenters import settings as presenter
from gradesync_tui.console.presenters.settings import Setting
from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.console.screens.field import FieldScreen
from gradesync_tui.console.screens.menu import Choice, MenuScreen
from gradesync_tui.domain.clock import MINUTE
from gradesync_tui.domain.records import Account
from gradesync_tui.domain.text import clean
from gradesync_tui.services.accounts import check_name, check_zone
from gradesync_tui.services.errors import Invalid

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


async def change(program: ConsoleApp, account: Account, setting: Setting) -> None:
    """Ask for a new value, name the effect, and keep it. The services check the role and the value again."""
    wanted = await (_choose if setting.choices else _type)(program, account, setting)
    if wanted is None or wanted == presenter.value(account, setting):
        return
    changed = _with(account, setting, wanted)
    after = presenter.words(changed, setting)
    question = f"{setting.title}: {after}?"
    effects = _effects(account, setting, wanted)
    if await program.push_screen_wait(ConfirmScreen(question, effects, "Change")) is None:
        return
    # Read again: somebody else may have changed another setting while the question stood there.
    newest = await program.services.account(account.id)
    policies = _with(newest, setting, wanted).policies
    await program.services.update_account(
        account.id,
        name=wanted if setting.key == "name" else None,
        zone=wanted if setting.key == "zone" else None,
        policies=policies if policies != newest.policies else None,
    )
    program.tell(f"{setting.title} is {after} now.")


async def _choose(program: ConsoleApp, account: Account, setting: Setting) -> str | None:
    choices = [Choice(one.value, one.words, one.brief) for one in setting.choices]
    safe = next(one.words for one in setting.choices if one.safe)
    now = presenter.value(account, setting)
    return await program.push_screen_wait(MenuScreen(setting.title, choices, f"the safe default: {safe}", current=now))


async def _type(program: ConsoleApp, account: Account, setting: Setting) -> str | None:
    start = presenter.words(account, setting)
    check = {"name": _name, "zone": _zone, "full_compare_every": _length}[setting.key]
    return await program.push_screen_wait(FieldScreen(setting.title, setting.about, start, setting.example, check))


def _effects(account: Account, setting: Setting, wanted: str) -> list[str]:
    before = presenter.words(account, setting)
    one = next((each for each in setting.choices if each.value == wanted), None)
    effects = [f"Until now: {before}."]
    if one is not None:
        effects.append(one.effect)
        if not one.safe:
            effects.append(f"The safe default is: {next(each.words for each in setting.choices if each.safe)}.")
    elif setting.key == "name":
        effects.append("Scripts that name the account must use the new name; its history stays.")
    elif setting.key == "zone":
        effects.append("Times are shown in it from now on; schedules that exist keep their own zone.")
    else:
        effects.append("A longer time finds late what Canvas forgot to say; a shorter one costs longer runs.")
        effects.append(f"The safe default is: {setting.default}.")
    return [*effects, "It counts from the next run on, and stands in the audit log under your name."]


def _with(account: Account, setting: Setting, wanted: str) -> Account:
    """The account with a setting changed."""
    if setting.key in ("name", "zone"):
        return replace(account, **{setting.key: wanted})
    value: str | int = int(wanted) if setting.key == "full_compare_every" else wanted
    return replace(account, policies=replace(account.policies, **{setting.key: value}))


def _name(text: str) -> str:
    check_name(text)
    return text.strip()


def _zone(text: str) -> str:
    check_zone(text.strip())
    return text.strip()


def _length(text: str) -> str:
    from gradesync_tui.domain.when import read_minutes

    wanted = text.strip().casefold()
    minutes = 0 if wanted in ("0", "every run") else read_minutes(wanted)
    if minutes is None:
        raise Invalid(f"{clean(text)!r} is no length of time. Write 7d, 12h, or 0 for every run.")
    return str(minutes * MINUTE)
