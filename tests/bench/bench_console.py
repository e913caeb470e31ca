"""How quick and how quiet the console is: python tests/bench/bench_console.py [--rivals DIR]... [--json]

Everything is measured through a real pseudo-terminal, and in the same run beside a minimal application of the same
toolkit and, where they are installed (in PATH or in a folder named by --rivals), posting, harlequin and toolong. Times
depend on the machine and on what else it does: look at ratios first. Bytes are exact. A million runs lie in the
history, and in another database a million records in one run; the sync that goes on in the same process carries about
50,000 grades from and to servers in another process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import Answer, Measured, Paint
from long_history import ACCOUNT, ZONE, make
from long_run import make as make_run

from gradesync_tui.cli.shell import system_actor
from gradesync_tui.domain.clock import SECOND, SystemClock
from gradesync_tui.domain.records import CanvasConnection, ScheduleDraft, SisConnection
from gradesync_tui.domain.recurrence import parse_every
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.services import Services
from gradesync_tui.store import Store

HERE = Path(__file__).parent
SIZES = ((80, 24), (200, 50))
START = f"{ACCOUNT}/Grade Sync"
KEYS = 60
PUPILS = 5_500  # their district syncs about 50,000 grades
BUSY_SECONDS = 40
SEEN = 8  # rows with the words of a filter that must be in sight: one or two may have been before
PARTS = ("start", "use", "records", "change", "busy")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, and the most that it may be; None where it is only told."""

    name: str
    value: float
    unit: str
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a part of its target: up to 1 is well."""
        if self.target is None:
            return None
        return round(self.value / self.target, 2) if self.target else (0.0 if self.value == 0 else float("inf"))


# --- starting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Program:
    """A program that shows a screen."""

    name: str
    command: Sequence[str]


def gradesync(*words: str) -> list[str]:
    return [sys.executable, "-c", "from gradesync_tui.cli import main; main()", *words]


def rivals(folders: Sequence[str], work: Path) -> list[Program]:
    """Those of the three that are here, each with something small to show."""
    path = os.pathsep.join([*folders, os.environ.get("PATH", "")])
    log = work / "log.txt"
    log.write_text("".join(f"2026-11-23 12:00:00 line {number} of a log\n" for number in range(2000)))
    (work / "requests").mkdir()
    known = {
        "posting": ["--collection", str(work / "requests")],
        "harlequin": ["--adapter", "sqlite", str(work / "harlequin.db")],
        "tl": [str(log)],
    }
    found = ((name, shutil.which(name, path=path), words) for name, words in known.items())
    return [Program("toolong" if name == "tl" else name, [where, *words]) for name, where, words in found if where]


def paints(
    programs: Sequence[Program], size: tuple[int, int], runs: int, environment: Mapping[str, str]
) -> dict[str, list[Paint]]:
    """Start every program `runs` times, by turns, so that they share whatever else the machine does."""
    seen: dict[str, list[Paint]] = {program.name: [] for program in programs}
    for number in range(runs + 1):
        for program in programs:
            with Measured(program.command, *size, environment=environment) as shown:
                try:
                    paint = shown.painted()
                except (TimeoutError, IndexError):
                    continue
                lives = shown.lives
            if number and lives:  # the first start of each warms the disk's cache
                seen[program.name].append(paint)
    return {name: each for name, each in seen.items() if each}


def middle(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def starting(
    console: Program, others: Sequence[Program], runs: int, environment: Mapping[str, str]
) -> tuple[list[Figure], dict[str, Any]]:
    figures: list[Figure] = []
    beside: dict[str, Any] = {}
    bytes_at_most = {(80, 24): 35_000, (200, 50): 90_000}
    for size in SIZES:
        at = f"{size[0]}x{size[1]}"
        seen = paints([console, *others], size, runs, environment)
        full = {name: middle([paint.full for paint in each]) for name, each in seen.items()}
        best = {name: min(paint.full for paint in each) for name, each in seen.items()}
        size_of = {name: middle([paint.bytes for paint in each]) for name, each in seen.items()}
        memory = {name: middle([paint.megabytes for paint in each]) for name, each in seen.items()}
        beside[at] = {
            name: {"full_ms": full[name], "best_ms": best[name], "bytes": size_of[name], "mb": memory[name]}
            for name in seen
        }
        ours = full[console.name]
        figures.append(Figure(f"{at} first full paint, beside the minimal app", ours, "ms", 1.3 * full["minimal"]))
        figures.append(
            Figure(f"{at} the same, best of {runs}", best[console.name], "ms", round(1.3 * best["minimal"], 1))
        )
        if "posting" in full:
            figures.append(Figure(f"{at} first full paint, beside posting", ours, "ms", 0.5 * full["posting"]))
        figures.append(Figure(f"{at} bytes until settled", size_of[console.name], "B", bytes_at_most[size]))
    return figures, beside


def help_answers() -> Figure:
    samples = []
    for _ in range(11):
        began = time.perf_counter()
        subprocess.run(gradesync("--help"), check=True, capture_output=True)
        samples.append((time.perf_counter() - began) * 1000)
    return Figure("gradesync --help", middle(samples), "ms", 150)


# --- using -----------------------------------------------------------------------------------------------------------


def cursor_rows(shown: Measured) -> Callable[[], object]:
    """Where the cursor's bar is."""
    return lambda: [y for y, line in enumerate(shown._screen.display) if "▌" in line]


def moves(shown: Measured, number: int, look: Callable[[], object] | None = None) -> list[Answer]:
    """Move the cursor down and up again."""
    keys = (["down"] * 4 + ["up"] * 4) * (number // 8 + 1)
    return [answer for key in keys[:number] if (answer := shown.press(key, look)).seen is not None]


def of_keys(name: str, answers: Sequence[Answer], limit: float | None) -> list[Figure]:
    times = [answer.seen for answer in answers if answer.seen is not None]
    return [
        Figure(f"{name}: key to paint, p50 of {len(times)}", middle(times), "ms"),
        Figure(f"{name}: key to paint, p95", round(p95(times), 1), "ms", limit),
        Figure(f"{name}: bytes a key", middle([answer.bytes for answer in answers]), "B", 1_500 if limit else None),
    ]


def using(database: Path, environment: Mapping[str, str], idle: float, runs: int) -> list[Figure]:
    """Keys and silence where nothing else goes on; a long history opened and leapt through."""
    counted = f"{runs:,} runs"
    figures: list[Figure] = []
    command = gradesync("console", "--database", str(database), "--no-engine")
    for size in SIZES:
        at = f"{size[0]}x{size[1]}"
        with Measured([*command, "--start", START], *size, environment=environment) as shown:
            shown.painted()
            figures += of_keys(f"{at} schedules", moves(shown, KEYS, cursor_rows(shown)), 20)
            shown.type("\t")
            shown.quiet()
            figures += of_keys(f"{at} history", moves(shown, KEYS, cursor_rows(shown)), 20)
            still, cpu = shown.costs(idle)
            # "in 34 min" becomes "in 33 min" once a minute, and that may be within these seconds.
            figures.append(Figure(f"{at} idle, with times that count down", still, "B/s"))
            figures.append(Figure(f"{at} idle, part of a processor", cpu, "%"))
        with Measured([*command, "--start", START, "--low-bandwidth"], *size, environment=environment) as shown:
            shown.painted()
            figures.append(Figure(f"{at} idle without a clock (--low-bandwidth)", shown.costs(idle)[0], "B/s", 0))
    with Measured([sys.executable, str(HERE / "minimal_app.py")], environment=environment) as shown:
        shown.painted()
        figures += of_keys("the minimal app, 80x24", moves(shown, KEYS), None)
    with Measured(command, environment={**environment, "XDG_STATE_HOME": str(database.parent / "none")}) as shown:
        shown.painted()
        shown.type("g")
        opened = [open_history(shown, counted) for _ in range(8)]
        figures.append(Figure("a million runs: opening the history, p50", middle(opened), "ms", 100))
        shown.type("o")
        shown.until(lambda text: counted in text)
        shown.type("\t")
        shown.quiet()
        leaps = []
        for _ in range(8):
            leaps.append(shown.painted(since=shown.type("end"), quiet=0.4).full)
            shown.type("home")
            shown.quiet()
        figures.append(Figure("a million runs: End, p50", middle(leaps), "ms", 30))
        for key in ("end", *["pageup"] * 20, "home"):
            shown.type(key)
            shown.quiet(0.1)
        figures.append(Figure("a million runs: memory", shown.megabytes, "MB", 80))
    return figures


def open_history(shown: Measured, counted: str) -> float:
    """From the accounts to the history, and back again; ms from the key to the runs."""
    shown.until(lambda text: "SIS Integration" not in text and ACCOUNT in text)
    shown.quiet()
    pressed = shown.type("o")
    there = shown.until(lambda text: counted in text and text.count("Completed") > 4)
    shown.quiet()
    for _ in range(4):
        if "Accounts  " in shown.text():
            break
        shown.type("esc")
        shown.quiet(0.3)
    return round((there - pressed) * 1000, 1)


def records(database: Path, environment: Mapping[str, str]) -> list[Figure]:
    """A run with a million records: opened, leapt through, filtered, its problems looked at."""
    figures: list[Figure] = []
    command = gradesync("console", "--database", str(database), "--no-engine", "--start", START)
    with Measured(command, environment={**environment, "XDG_STATE_HOME": str(database.parent / "none2")}) as shown:

        def tell(what: str, value: float, unit: str = "ms", target: float | None = None) -> None:
            figures.append(Figure(f"a million records: {what}", round(value, 1), unit, target))

        def press(key: str, there: Callable[[str], bool]) -> float:
            pressed = shown.type(key)
            took = (shown.until(there) - pressed) * 1000
            shown.quiet()
            return took

        def leap(key: str) -> float:
            took = shown.painted(since=shown.type(key), quiet=0.4).full
            shown.quiet()
            return took

        shown.painted()
        press("\t", lambda text: "following" in text)
        opened, jumps = [], []
        for _ in range(8):
            opened.append(press("enter", problems_shown))
            press("esc", lambda text: "following" in text)
        tell("opening the run, p50", middle(opened), target=100)
        press("enter", problems_shown)
        for _ in range(4):
            press("enter", lambda text: "▾ " not in text)
            jumps.append(press("enter", problems_shown))
        tell("opening a problem's records, p50", middle(jumps))
        tell("opening its scores", press("3", lambda text: "created" in text))
        title = next(line for line in shown.text().splitlines() if "unchanged ones only counted" in line)
        total = title.split()[1]
        ends, homes = zip(*((leap("end"), leap("home")) for _ in range(8)), strict=True)
        tell("End, p50", middle(ends), target=30)
        tell("Home, p50", middle(homes), target=30)
        figures += of_keys("a million records", moves(shown, KEYS, cursor_rows(shown)), 20)
        paged = [shown.press(key).seen for key in ["pagedown"] * KEYS + ["pageup"] * KEYS]
        tell("PgDn and PgUp, p95", p95([each for each in paged if each is not None]), target=20)
        for words, name in (("garcía", "García"), ("zoë ruiz", "Zoë Ruiz")):
            leap("home")
            press("/", lambda text: "words to look for" in text)
            typed = shown.type(words)
            first = shown.until(lambda text, name=name: text.count(name) > SEEN)
            done = shown.until(lambda text: f" of {total}" in text)
            tell(f"{words!r} is looked for, first rows", (first - typed) * 1000)
            tell(f"{words!r} is looked for, all counted", (done - typed) * 1000)
            press("esc", lambda text: f"{total} records" in text)
        press("/", lambda text: "words to look for" in text)
        # No record has these words: each letter comes while the records are still looked through for the last ones.
        letters = [shown.press("z", lambda: shown.text().count("z"), quiet=0).seen for _ in range(20)]
        tell("a letter meanwhile, the slowest", max(each or float("inf") for each in letters), target=50)
        tell("memory", shown.megabytes, "MB", 80)
    return figures


def problems_shown(text: str) -> bool:
    """Whether a cause stands there open."""
    return "▾ " in text and "Do:" in text


# --- while others act ------------------------------------------------------------------------------------------------


async def changes(database: Path, environment: Mapping[str, str]) -> list[Figure]:
    """What it costs that somebody else pauses a schedule, and that a run moves on."""
    clock = SystemClock()
    store = await Store.open(str(database), clock=clock)
    services = Services(store, clock=clock, actor=system_actor("bench"))
    await services.begin()
    account = await services.account(ACCOUNT)
    schedules = await services.schedules(account.id)
    figures = []
    command = gradesync("console", "--database", str(database), "--no-engine", "--start", START)
    with Measured(command, environment=environment) as shown:
        await asyncio.to_thread(shown.painted)

        async def cost(act: Callable[[], Any]) -> int:
            await asyncio.to_thread(shown.quiet)
            before = shown.bytes
            await act()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(shown.quiet)
            return shown.bytes - before

        paused = [await cost(lambda one=one: services.pause([one.id])) for one in schedules[1:5]]
        for one in schedules[1:5]:
            await services.resume([one.id])
        shown.type("\t")
        followed, beside, fresh = [], [], []
        for number in range(6):
            shown.type("home")
            fresh.append(
                await cost(lambda: store.runs.request(account.id, SyncType.GRADE_PASSBACK, services.actor, queue=True))
            )
            if number % 2:
                shown.type("down")
                shown.type("down")
            costs = beside if number % 2 else followed
            run = None

            async def claim() -> None:
                nonlocal run
                run = await store.runs.claim("bench", 600 * SECOND)

            costs.append(await cost(claim))
            assert run is not None and run.fence is not None
            costs.append(await cost(lambda run=run: store.runs.finish(run.id, run.fence, RunStatus.COMPLETED)))
    await store.close()
    figures.append(Figure("80x24 a run's status changes", middle(beside), "B", 500))
    figures.append(Figure("80x24 the same, its details shown", middle(followed), "B"))
    figures.append(Figure("80x24 a schedule is paused elsewhere", middle(paused), "B", 500))
    figures.append(Figure("80x24 a new run comes in", middle(fresh), "B"))
    return figures


async def busy_database(path: Path, told: Mapping[str, Any]) -> None:
    """An account of the served district, with a run that waits for an engine."""
    clock = SystemClock()
    store = await Store.open(str(path), clock=clock)
    services = Services(store, clock=clock, actor=system_actor("bench"))
    await services.begin()
    account = await services.create_account(ACCOUNT, ZONE)
    canvas, sis = told["canvas"], told["sis"]
    await services.connect_canvas(
        account.id,
        CanvasConnection(url=canvas["url"], account=canvas["account_id"], token="env:BENCH_TOKEN"),
        try_it=False,
    )
    await services.connect_sis(
        account.id,
        SisConnection(
            url=sis["url_v1p1"],
            token_url=sis["token_url"],
            client_id="env:BENCH_ID",
            client_secret="env:BENCH_SECRET",
        ),
        try_it=False,
    )
    for hours in (4, 6, 8, 12, 24):
        rule = parse_every(f"{hours}h")
        draft = ScheduleDraft(
            account_id=account.id,
            type=SyncType.GRADE_PASSBACK,
            recurrence=rule,
            first_run=clock.now() + 3600 * SECOND,
            zone=ZONE,
            posted_by="Ana Lopez",
        )
        await services.add_schedule(draft)
    await services.run_account(account.id)
    await store.close()


async def scores_sent(path: Path) -> int:
    store = await Store.open(str(path), clock=SystemClock())
    try:
        # Ended early, the run was handed on, and one that waits to continue it may be the newest.
        return max(run.counts.scores for run in await store.runs.page(limit=10))
    finally:
        await store.close()


def busy(work: Path, environment: Mapping[str, str], pupils: int) -> list[Figure]:
    """Keys while the console's own engine carries a big sync."""
    words = gradesync("sandbox", "--teachers", "off", "--pupils", str(pupils))
    served = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        told = json.loads(served.stdout.readline())
        database = work / "busy.sqlite3"
        os.environ |= {
            "BENCH_TOKEN": told["canvas"]["token"],
            "BENCH_ID": told["sis"]["client_id"],
            "BENCH_SECRET": told["sis"]["client_secret"],
        }
        asyncio.run(busy_database(database, told))
        figures = []
        command = gradesync("console", "--database", str(database), "--start", START)
        with Measured(command, environment=environment) as shown:
            shown.until(lambda text: "In Progress" in text)
            answers: list[Answer] = []
            end = time.monotonic() + BUSY_SECONDS
            while time.monotonic() < end and "In Progress" in shown.text():
                # It never falls quiet, so only the time until the cursor has moved is waited for.
                key = "down" if len(answers) // 4 % 2 == 0 else "up"
                answers.append(shown.press(key, cursor_rows(shown), quiet=0.0))
                time.sleep(0.15)
            answers = [answer for answer in answers if answer.seen is not None]
            times = [answer.seen for answer in answers if answer.seen is not None]
            figures.append(Figure(f"during a sync: key to paint, p50 of {len(times)}", middle(times), "ms"))
            figures.append(Figure("during a sync: key to paint, p95", round(p95(times), 1), "ms", 30))
            figures.append(Figure("during a sync: key to paint, the longest", round(max(times), 1), "ms"))
            if "In Progress" in shown.text():
                wrote, cpu = shown.costs(5)
                figures.append(Figure("during a sync: written without a key, 80x24", wrote, "B/s"))
                figures.append(Figure("during a sync: part of a processor", cpu, "%"))
            figures.append(Figure("during a sync: memory", shown.megabytes, "MB"))
        figures.append(Figure("grades sent by then", asyncio.run(scores_sent(database)), ""))
        return figures
    finally:
        served.terminate()
        served.wait(10)


# --- telling ---------------------------------------------------------------------------------------------------------


def table(figures: Sequence[Figure], beside: Mapping[str, Any]) -> str:
    lines = [f"{'':55} {'figure':>12} {'target':>12} {'ratio':>6}"]
    for one in figures:
        target = "" if one.target is None else f"{one.target:,.0f} {one.unit}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}" + (" !" if one.ratio > 1 else "")
        lines.append(f"{one.name:55} {f'{one.value:,.1f} {one.unit}':>12} {target:>12} {ratio:>6}")
    lines.append("")
    lines.append(f"{'beside each other, medians':32} {'full paint':>16} {'best':>10} {'settled':>12} {'memory':>9}")
    for at, programs in beside.items():
        for name, each in programs.items():
            lines.append(
                f"{at:8} {name:23} {each['full_ms']:>13,.0f} ms {each['best_ms']:>7,.0f} ms "
                f"{each['bytes']:>10,.0f} B {each['mb']:>6,.0f} MB"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivals", action="append", default=[], metavar="DIR", help="where other programs are")
    parser.add_argument("--runs", type=int, default=7, help="starts of each program at each size")
    parser.add_argument("--history", type=int, default=1_000_000, help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=1_000_000, help=argparse.SUPPRESS)
    parser.add_argument("--pupils", type=int, default=PUPILS, help="of the district that is synced")
    parser.add_argument("--idle", type=float, default=10, help="seconds without a key")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--json", action="store_true", help="one object of JSON")
    options = parser.parse_args()
    parts = options.only or PARTS
    figures: list[Figure] = []
    beside: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = {name: str(work / name) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        database = work / "history.sqlite3"
        if set(parts) - {"records", "busy"}:
            asyncio.run(make(database, options.history))
        if "start" in parts:
            console = Program("gradesync", gradesync("console", "--database", str(database), "--no-engine",
                                                     "--start", START))  # fmt: skip
            minimal = Program("minimal", [sys.executable, str(HERE / "minimal_app.py")])
            told, beside = starting(console, [minimal, *rivals(options.rivals, work)], options.runs, home)
            figures += [*told, help_answers()]
        if "use" in parts:
            figures += using(database, home, options.idle, options.history)
        if "records" in parts:
            asyncio.run(make_run(work / "run.sqlite3", options.records))
            figures += records(work / "run.sqlite3", home)
        if "change" in parts:
            figures += asyncio.run(changes(database, home))
        if "busy" in parts:
            figures += busy(work, home, options.pupils)
    if options.json:
        print(json.dumps({"figures": [{**asdict(one), "ratio": one.ratio} for one in figures], "beside": beside}))
    else:
        print(table(figures, beside))


if __name__ == "__main__":
    main()
