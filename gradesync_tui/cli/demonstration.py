"""What `gradesync demo` sets up: a district, a fresh database, both connections and a few schedules."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradesync_tui.domain.records import Account
    from gradesync_tui.sandbox.district import District
    from gradesync_tui.services import Services

NAME = "Demo District"
ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running district, and the services on a database that knows it as one account."""

    district: District
    services: Services
    account: Account


@asynccontextmanager
async def demonstration(*, keep: str | None, seed: int, pupils: int, teachers: bool) -> AsyncIterator[Demonstration]:
    """Start everything, and end it again; the data is in the folder `keep`, or gone afterwards."""
    from gradesync_tui.cli.shell import system_actor
    from gradesync_tui.domain.clock import SystemClock
    from gradesync_tui.sandbox.district import District
    from gradesync_tui.services import Services
    from gradesync_tui.store import Store

    clock = SystemClock()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_folder(keep))
        # Teachers who are watched also make each of the usual mistakes once, so that there is something to explain.
        district = await stack.enter_async_context(District(seed, pupils, teachers, mistakes=int(teachers)))
        store = await Store.open(f"sqlite:///{folder / 'gradesync.sqlite3'}", clock=clock)
        stack.push_async_callback(store.close)
        services = Services(store, clock=clock, actor=system_actor("demo"))
        await services.begin()
        account = await services.create_account(NAME, ZONE)
        await _connect(services, account, district, folder)
        yield Demonstration(district, services, account)


@contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="gradesync-demo-") as name:
            yield Path(name)
        return
    folder = Path(keep).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_used = any(folder.iterdir())
    except OSError as problem:
        raise click.UsageError(f"--keep: {folder} cannot be used: {problem.strerror}.") from None
    if is_used:
        # The district lives as long as the command; data of an earlier one would not fit it.
        raise click.UsageError(
            f"--keep: {folder} is not empty. Name a new folder. To look at an earlier demo: "
            f"gradesync history --database {folder / 'gradesync.sqlite3'}"
        )
    yield folder


async def _connect(services: Services, account: Account, district: District, folder: Path) -> None:
    """Connect both sides as a person would, with the secrets in files that nobody else can read."""
    from gradesync_tui.domain.records import CanvasConnection, SisConnection

    known = district.describe()
    canvas, sis = known["canvas"], known["sis"]
    await services.connect_canvas(
        account.id,
        CanvasConnection(
            url=canvas["url"],
            account=canvas["account_id"],
            token=_secret(folder, "canvas-token", canvas["token"]),
        ),
        try_it=False,
    )
    await services.connect_sis(
        account.id,
        SisConnection(
            url=sis["url_v1p1"],
            token_url=sis["token_url"],
            client_id=_secret(folder, "sis-client-id", sis["client_id"]),
            client_secret=_secret(folder, "sis-client-secret", sis["client_secret"]),
        ),
        try_it=False,
    )


def _secret(folder: Path, name: str, value: str) -> str:
    path = folder / "secrets" / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(value)
    return f"file:{path}"


async def add_schedules(demo: Demonstration) -> None:
    """What a district's administrators have: one schedule that shows something at once, others, and a paused one."""
    from gradesync_tui.domain.clock import SECOND, to_datetime
    from gradesync_tui.domain.records import ScheduleDraft
    from gradesync_tui.domain.recurrence import Recurrence, parse_at, parse_every
    from gradesync_tui.domain.when import parse_moment
    from gradesync_tui.domain.words import SyncType

    services = demo.services
    now = services.clock.now()
    me = await services.me()
    morning = parse_moment(f"{to_datetime(now, ZONE).date()} 06:00", ZONE, now)
    rows: list[tuple[Recurrence, int]] = [
        (parse_every("1m"), now + 2 * SECOND),
        (parse_every("4h"), morning),
        (parse_at("18:00", "weekdays"), morning),
        (parse_every("30m"), morning),
    ]
    made = [
        await services.add_schedule(
            ScheduleDraft(
                account_id=demo.account.id,
                type=SyncType.GRADE_PASSBACK,
                recurrence=recurrence,
                first_run=first_run,
                zone=ZONE,
                posted_by=me.name,
            )
        )
        for recurrence, first_run in rows
    ]
    await services.pause([made[-1].id], reason="The schedule above is enough")
