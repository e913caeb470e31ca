"""The doctor looks at who can come in over SSH: only known people, and only into the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.services.authorizedkeys import AuthorizedKeys
from gradesync_tui.services.doctor import Check
from gradesync_tui.services.publickeys import parse_key
from gradesync_tui.services.settings import ServiceSettings, Settings

BEN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "B" * 43 + " ben@desk"
GONE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "C" * 43 + " gone@desk"


@pytest.fixture
def keys(tmp_path: Path) -> AuthorizedKeys:
    program = tmp_path / "bin" / "gradesync"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return AuthorizedKeys(tmp_path / ".ssh" / "authorized_keys", program)


async def _found(as_: Any, keys: AuthorizedKeys, tmp_path: Path, *, shared: bool = True) -> Check | None:
    services = as_("vera")
    await services.me()
    services.settings = Settings(service=ServiceSettings(shared=shared))
    checks = [check async for check in services.checks(str(tmp_path / "gradesync.sqlite3"), keys)]
    return next((check for check in checks if check.name == "SSH keys"), None)


async def test_keys_of_known_people_are_well(as_: Any, keys: AuthorizedKeys, tmp_path: Path) -> None:
    keys.add("ben", parse_key(BEN))
    check = await _found(as_, keys, tmp_path)
    assert check is not None and check.ok and "1 key in" in check.found


async def test_a_line_that_gradesync_did_not_write_is_told(as_: Any, keys: AuthorizedKeys, tmp_path: Path) -> None:
    keys.add("ben", parse_key(BEN))
    with keys.path.open("a") as file:
        file.write("# a remark\nssh-ed25519 AAAAforeign root@\x1b[31mhost\n")
    check = await _found(as_, keys, tmp_path)
    assert check is not None and not check.ok and "1 line in" in check.found and "\x1b" not in check.found + check.do


async def test_a_key_of_somebody_unknown_is_named(as_: Any, keys: AuthorizedKeys, tmp_path: Path) -> None:
    keys.add("gone", parse_key(GONE))
    check = await _found(as_, keys, tmp_path)
    assert check is not None and not check.ok and "gone" in check.found
    assert check.do.endswith("gradesync ssh revoke gone")


async def test_a_file_that_cannot_be_read_is_no_crash(as_: Any, keys: AuthorizedKeys, tmp_path: Path) -> None:
    keys.path.parent.mkdir()
    keys.path.symlink_to(tmp_path / "elsewhere")
    check = await _found(as_, keys, tmp_path)
    assert check is not None and not check.ok and "is a link" in check.found


async def test_an_account_that_is_no_shared_service_has_no_such_check(
    as_: Any, keys: AuthorizedKeys, tmp_path: Path
) -> None:
    assert await _found(as_, keys, tmp_path, shared=False) is None
