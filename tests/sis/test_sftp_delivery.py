"""Files over SFTP, against a real SSH server on loopback: its key known, ours accepted, whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gradesync_tui.domain.clock import ManualClock
from gradesync_tui.domain.grades import Result
from gradesync_tui.domain.profiles import load_profile
from gradesync_tui.domain.records import SisConnection
from gradesync_tui.sis.csv import OneRosterCsv
from gradesync_tui.sis.errors import SisAuthError, SisCertificateError, SisError, SisRefused, SisUnavailable

RESULT = Result(
    sourced_id="r-1",
    line_item_id="li-1",
    student_id="s1",
    class_id="c1",
    score=7.5,
    status="fully graded",
    score_date=date(2026, 11, 20),
)


class Server:
    """An SSH server whose SFTP root is a folder, and the files that a client needs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        (self.root / "drop").mkdir(parents=True)
        self.key = folder / "id"
        self.known_hosts = folder / "known_hosts"
        self.outbox = folder / "outbox"
        self.port = 0
        self.renames: list[tuple[str, str]] = []


@pytest.fixture
async def ssh(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    host_key, user_key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user_key.write_private_key(server.key)
    server.key.chmod(0o600)
    authorized = tmp_path / "authorized_keys"
    authorized.write_text(user_key.export_public_key().decode())

    class Rooted(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(server.root).encode())

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            server.renames.append((oldpath.decode(), newpath.decode()))
            return super().posix_rename(oldpath, newpath)

    listener = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=str(authorized), sftp_factory=Rooted
    )
    server.port = listener.get_port()
    known = host_key.export_public_key().decode()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {known}")
    yield server
    listener.close()
    await listener.wait_closed()


def opened(ssh: Server, path: str = "/drop", **changes: Any) -> OneRosterCsv:
    connection = SisConnection(
        url=f"sftp://sync@127.0.0.1:{changes.pop('port', ssh.port)}{path}",
        version="csv-1.2",
        ssh_key=str(changes.pop("key", ssh.key)),
        ssh_known_hosts=str(changes.pop("known_hosts", ssh.known_hosts)),
    )
    return OneRosterCsv(connection, profile=load_profile("plain"), clock=ManualClock(0), outbox=ssh.outbox, **changes)


async def test_a_file_appears_whole_under_its_name(ssh: Server) -> None:
    sis = opened(ssh)
    await sis.put_result(RESULT)
    await sis.finish()
    await sis.close()
    [path] = (ssh.root / "drop").iterdir()
    assert path.name == sis.published
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.csv", "results.csv"]
    [(hidden, final)] = ssh.renames
    assert hidden.startswith("/drop/.") and hidden.endswith(".part")
    assert final == f"/drop/{path.name}"


async def test_the_siss_own_files_are_read_there(ssh: Server) -> None:
    (ssh.root / "drop" / "categories.csv").write_text("sourcedId,title\nhw,Homework\n")
    sis = opened(ssh)
    assert [one.title for one in await sis.categories()] == ["Homework"]
    assert await sis.grading_periods() == []
    assert [one.ok for one in await sis.check()] == [True, True, True]
    await sis.close()
    assert [path.name for path in (ssh.root / "drop").iterdir()] == ["categories.csv"]


async def failure(sis: OneRosterCsv) -> SisError:
    await sis.put_result(RESULT)
    with pytest.raises(SisError) as caught:
        await sis.finish()
    await sis.close()
    return caught.value


async def test_a_host_whose_key_is_not_known_gets_nothing(ssh: Server, tmp_path: Path) -> None:
    stranger = tmp_path / "strangers"
    stranger.write_text("")
    problem = await failure(opened(ssh, known_hosts=stranger))
    assert isinstance(problem, SisCertificateError)
    assert problem.cause == "certificate"
    assert list((ssh.root / "drop").iterdir()) == []


async def test_a_key_that_the_host_does_not_accept_is_a_matter_of_credentials(ssh: Server, tmp_path: Path) -> None:
    other = tmp_path / "other"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(other)
    problem = await failure(opened(ssh, key=other))
    assert isinstance(problem, SisAuthError)


async def test_a_key_file_that_is_none_is_named(ssh: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no key")
    assert (await failure(opened(ssh, key=broken))).cause in ("sis_auth", "sis_unavailable")
    assert "missing" in str(await failure(opened(ssh, key=tmp_path / "missing")))


async def test_a_folder_that_is_not_there_is_named(ssh: Server) -> None:
    problem = await failure(opened(ssh, "/nowhere"))
    assert isinstance(problem, SisRefused)
    assert "/nowhere" in str(problem)


async def test_a_host_that_does_not_answer_may_answer_later(ssh: Server) -> None:
    problem = await failure(opened(ssh, port=9))
    assert isinstance(problem, SisUnavailable)
    assert problem.retryable


async def test_an_upload_that_fails_leaves_no_part_behind(ssh: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise asyncssh.SFTPFailure("quota exceeded")

    monkeypatch.setattr(asyncssh.SFTPClient, "posix_rename", refused)
    assert "quota exceeded" in str(await failure(opened(ssh)))
    assert list((ssh.root / "drop").iterdir()) == []
