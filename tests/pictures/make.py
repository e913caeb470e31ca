"""Make the README's pictures and its table of keys, and the texts of all places: python -m tests.pictures.make

Run it after what the console looks like or a key has changed; a test fails until it was run. The pictures show the
seeded district at a fixed instant, on a screen of 120x36; the texts show it at each size, for whoever reviews a change.
"""

from __future__ import annotations

import asyncio
import html
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from gradesync_tui.console.actions import ACTIONS, SECTION_TITLES, shown_key
from gradesync_tui.console.app import ConsoleApp
from gradesync_tui.console.options import ConsoleOptions
from gradesync_tui.console.screens.run import RunScreen
from gradesync_tui.domain.clock import ManualClock
from gradesync_tui.domain.records import Account, Run
from gradesync_tui.services import Services
from gradesync_tui.store import Store
from tests.pictures.district import NOW, SUPPORT, build

HERE = Path(__file__).parent
README = HERE.parent.parent / "README.md"
SCREENS = HERE / "screens"
SIZE = (120, 36)
SIZES = ((80, 24), SIZE, (200, 50))
_PATIENCE = 40.0
_BEGIN, _END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"


@asynccontextmanager
async def _seeded() -> AsyncIterator[tuple[Store, ManualClock, Account, Run]]:
    """The seeded district: its store, its clock, its account, and a run of it with problems."""
    clock = ManualClock(NOW)
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:///{folder}/pictures.sqlite3", clock=clock)
        try:
            yield store, clock, *await build(store, clock)
        finally:
            await store.close()


async def draw() -> dict[str, str]:
    """Every picture as SVG, by its name."""
    pictures = {}
    async with _seeded() as (store, clock, account, troubled):
        async with _console(store, clock, "") as (app, pilot):
            await _until(app, pilot, "Riverbend", "Westbrook City")
            await pilot.press("down", "down")
            await _until(app, pilot, "Scores sent", "Problems")
            pictures["admin"] = _picture(app)
        async with _console(store, clock, f"{account.name}/Grade Sync") as (app, pilot):
            await _until(app, pilot, "Every 4 hours", "In Progress", "3 problems")
            pictures["grade-sync"] = _picture(app)
            await pilot.press("question_mark")
            await _until(app, pilot, "Pause every schedule")
            pictures["keys"] = _picture(app)
        async with _console(store, clock, f"{account.name}/Grade Sync") as (app, pilot):
            await _until(app, pilot, "In Progress", "3 problems")
            app.push_screen(RunScreen(account, troubled))
            await _until(app, pilot, "No such category", "12 records")
            pictures["run"] = _picture(app)
    return pictures


PLACES = {
    "admin": ("", "Westbrook City"),
    "account": ("{account}", "SIS Integration"),
    "grade-sync": ("{account}/Grade Sync", "3 problems"),
    "rollovers": ("{account}/Rollovers", "Rollovers"),
    "categories": ("{account}/Categories", "Categories"),
    "connection": ("{account}/Connection", "Canvas"),
    "people": ("{account}/People", "Maria Lopez"),
    "audit-log": ("{account}/Audit log", "Maria Lopez"),
}
"""Where each place is, and what is there once it has been read."""


async def texts() -> dict[str, str]:
    """What every place says at each size, by the place's name."""
    said = {}
    async with _seeded() as (store, clock, account, troubled):
        for name, (start, there) in PLACES.items():
            async with _console(store, clock, start.format(account=account.name)) as (app, pilot):
                said[name] = await _at_each_size(app, pilot, there)
        async with _console(store, clock, f"{account.name}/Grade Sync") as (app, pilot):
            await _until(app, pilot, "3 problems")
            app.push_screen(RunScreen(account, troubled))
            for number, tab in enumerate(("problems", "assignments", "scores", "log"), 1):
                await pilot.press(str(number))
                said[f"run-{tab}"] = await _at_each_size(app, pilot, tab.capitalize())
    return said


async def _at_each_size(app: ConsoleApp, pilot: Pilot[Any], there: str) -> str:
    shown = []
    for width, height in SIZES:
        await pilot.resize_terminal(width, height)
        await _until(app, pilot, there)
        lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips(app.size)]
        shown.append("\n".join([f"--- {width}x{height} " + "-" * (width - 12), *lines]))
    return "\n".join(shown) + "\n"


@asynccontextmanager
async def _console(store: Store, clock: ManualClock, start: str) -> AsyncIterator[tuple[ConsoleApp, Pilot[Any]]]:
    services = Services(store, clock=clock, actor=SUPPORT)
    app = ConsoleApp(services, options=ConsoleOptions(theme="dark", start=start))
    await app.find_start()
    async with app.run_test(size=SIZE) as pilot:
        yield app, pilot


async def _until(app: ConsoleApp, pilot: Pilot[Any], *texts: str) -> None:
    """Wait until all of this is shown, and then until nothing changes any more."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    before, same = "", 0
    while same < 5:
        if loop.time() > end:
            raise TimeoutError(f"{texts} never came, or it never settled:\n{before}")
        await pilot.pause(0.1)
        shown = "".join(words(app.export_screenshot()))
        same = same + 1 if shown == before and all(text in shown for text in texts) else 0
        before = shown


def _picture(app: ConsoleApp) -> str:
    # The toolkit draws an identifier of its own into each picture; the content must be all that tells two apart.
    return re.sub(r"terminal-\d+", "terminal", app.export_screenshot(title="gradesync")) + "\n"


def words(svg: str) -> list[str]:
    """What stands in a picture, piece by piece from its top to its end."""
    return [
        html.unescape(piece).replace("\xa0", " ")
        for piece in re.findall(r"<text [^>]*>([^<]*)</text>", svg)
        if html.unescape(piece).strip()
    ]


def keys_table() -> str:
    """The registry of actions as a table for the README."""
    lines = ["| where | key | what it does |", "| --- | --- | --- |"]
    last = ""
    for action in ACTIONS:
        title = SECTION_TITLES[action.section]
        keys = ", ".join(f"`{shown_key(key)}`" for key in action.keys.split(","))
        lines.append(f"| {title if title != last else ''} | {keys} | {action.label}: {action.tooltip} |")
        last = title
    return "\n".join(lines) + "\n"


def with_keys(readme: str) -> str:
    """The README with the table of keys as it is now."""
    head, _, rest = readme.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    if not tail:
        raise ValueError(f"README.md must hold {_BEGIN.strip()} and {_END.strip()}")
    return f"{head}{_BEGIN}{keys_table()}{_END}{tail}"


def main() -> None:
    for name, svg in asyncio.run(draw()).items():
        (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"tests/pictures/{name}.svg")
    SCREENS.mkdir(exist_ok=True)
    for name, text in asyncio.run(texts()).items():
        (SCREENS / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"tests/pictures/screens/{name}.txt")
    README.write_text(with_keys(README.read_text(encoding="utf-8")), encoding="utf-8")
    print("README.md: the table of keys")


if __name__ == "__main__":
    main()
