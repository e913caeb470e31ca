"""Opening a database: ours and current is opened; anything else is refused with what to do, and left as it is."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import apsw
import pytest

from gradesync_tui.domain.records import Account, Actor
from gradesync_tui.store import Store
from gradesync_tui.store.errors import Corrupt, Gone, NewerDatabase, NotFound, NotOurs, StoreError, Unwritable


async def test_a_missing_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "gradesync.db"
    store = await Store.open(f"sqlite:///{path}")
    await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_missing_file_is_refused_where_none_should_be_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gradesync init"):
        await Store.open(str(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []


async def test_a_second_opening_finds_what_the_first_kept(tmp_path: Path, ana: Actor) -> None:
    path = str(tmp_path / "gradesync.db")
    first = await Store.open(path)
    await first.accounts.create("Lakeside", "UTC", ana)
    second = await Store.open(path)
    assert [account.name for account in await second.accounts.list()] == ["Lakeside"]
    await first.close()
    await second.close()


async def test_many_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "gradesync.db")
    stores = await asyncio.gather(*(Store.open(path) for _ in range(6)))
    assert [await store.accounts.list() for store in stores] == [[]] * 6
    for store in stores:
        await store.close()


@pytest.mark.parametrize("content", [b"name,grade\nA,1\n", b"SQLite format 3\0" + b"\xff" * 500])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "grades.csv"
    path.write_bytes(content)
    with pytest.raises((NotOurs, Corrupt)):
        await Store.open(str(path))
    assert path.read_bytes() == content


async def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE music (title TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotOurs, match="another program"):
        await Store.open(str(path))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


async def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "gradesync.db")
    await (await Store.open(path)).close()
    connection = apsw.Connection(path)
    connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01')")
    connection.close()
    with pytest.raises(NewerDatabase, match="later version"):
        await Store.open(path)


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(NotOurs, match="folder"):
        await Store.open(str(tmp_path))


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable, match="--database"):
        await Store.open(str(tmp_path / "file" / "gradesync.db"))


async def test_a_scheme_that_is_not_known_is_refused() -> None:
    with pytest.raises(StoreError, match="sqlite:///PATH"):
        await Store.open("oracle://host/db")


async def test_a_damaged_file_is_named_so(tmp_path: Path, ana: Actor) -> None:
    path = tmp_path / "gradesync.db"
    store = await Store.open(str(path))
    for number in range(200):
        await store.accounts.create(f"District {number} {'x' * 200}", "UTC", ana)
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(Corrupt, match="backup"):
        damaged = await Store.open(str(path))
        try:
            await damaged.accounts.list()
        finally:
            await damaged.close()


async def test_a_file_that_was_deleted_or_replaced_takes_nothing_more_in(tmp_path: Path, ana: Actor) -> None:
    """SQLite itself would write on into a file without a name, and everything would be lost at the end."""
    path = tmp_path / "g.sqlite3"
    store = await Store.open(str(path))
    try:
        away = path.rename(tmp_path / "away")
        with pytest.raises(Gone, match="deleted, moved or replaced"):
            await store.audit.append(ana, "pause", "schedule 1")
        path.write_bytes(away.read_bytes())
        with pytest.raises(Gone):
            await store.feed.latest()
        away.rename(path)
        await store.audit.append(ana, "pause", "schedule 1")
    finally:
        await store.close()


async def test_the_sqlite_in_use_has_no_wal_reset_bug() -> None:
    assert tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) >= (3, 51, 3)


async def test_commits_are_durable_and_readers_do_not_wait(store: Store, account: Account) -> None:
    def pragmas() -> dict[str, object]:
        from gradesync_tui.store.models import database

        names = ("journal_mode", "synchronous", "foreign_keys")
        return {name: database.pragma(name) for name in names}

    assert await store._threads.write(pragmas) == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_the_tables_are_those_that_the_models_say(store: Store) -> None:
    def difference() -> object:
        from playhouse.schema_diff import diff_models

        from gradesync_tui.store.models import TABLES, database

        found = diff_models(database.obj, list(TABLES))
        return found.create_tables, found.add_columns, found.drop_columns

    assert await store._threads.write(difference) == ([], [], [])


_FILL = """
    import asyncio, resource, sys
    from gradesync_tui.domain.records import Actor
    from gradesync_tui.store import Store
    from gradesync_tui.store.errors import StoreError

    async def main(path):
        store = await Store.open(path)
        ana = Actor(login="ana", name="Ana")
        await store.accounts.create("Kept", "UTC", ana)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        try:
            for number in range(2000):
                await store.accounts.create(f"District {number} " + "x" * 2000, "UTC", ana)
        except StoreError as error:
            print(type(error).__name__, number, error)
        await store.close()

    asyncio.run(main(sys.argv[1]))
"""


async def test_a_full_disk_is_named_and_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "gradesync.db")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_FILL), path], capture_output=True, text=True, check=False
    )
    name, kept, message = done.stdout.split(" ", 2)
    assert (name, done.stderr) == ("DiskFull", "")
    assert "free some space" in message
    store = await Store.open(path)
    assert len(await store.accounts.list()) == int(kept) + 1
    assert await store.audit.verify() is None
    await store.close()


_UNPRIVILEGED = """
    import asyncio, os, sys
    from gradesync_tui.domain.records import Actor
    from gradesync_tui.store import Store
    import apsw, gradesync_tui.store.sqlite, playhouse.migrations
    from gradesync_tui.store.errors import StoreError

    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)

    async def main(path):
        try:
            await Store.open(path)
        except StoreError as error:
            print(type(error).__name__, error)

    asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("name", ["gradesync.db", "new.db", "new/gradesync.db"])
async def test_what_may_not_be_written_is_named_and_left_alone(name: str) -> None:
    # Not in tmp_path, which only its owner may enter: the child gives up root's rights, which know no bounds.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradesync.db"
        await (await Store.open(str(path))).close()
        before = path.read_bytes()
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(_UNPRIVILEGED), str(Path(folder) / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        Path(folder).chmod(0o755)
        assert (done.stdout.split(" ")[0], done.stderr) == ("Unwritable", "")
        assert path.read_bytes() == before
