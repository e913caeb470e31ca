"""`--as` is believed on a shared service from OpenSSH, and from nobody else; nothing else that a client sends is."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradesync_tui.domain.records import Actor
from gradesync_tui.services import Invalid, Refused, Services
from gradesync_tui.services.authorizedkeys import AuthorizedKeys
from gradesync_tui.services.entrance import client_address, enter, leave_behind, service_settings, started_by_ssh
from gradesync_tui.services.publickeys import parse_key
from gradesync_tui.store import Store
from tests.e2e.terminal import Terminal

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43 + " ana@laptop"
CONNECTION = {"SSH_CONNECTION": "192.0.2.7 50022 192.0.2.1 22"}
As = Callable[..., Services]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the account that this process runs as, as the system's record would give it."""
    entry = pwd.getpwuid(os.geteuid())
    moved = pwd.struct_passwd((*entry[:5], str(tmp_path), entry.pw_shell))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: moved)
    return tmp_path


def configured(home: Path, text: str, mode: int = 0o600) -> Path:
    path = home / ".config" / "gradesync" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def processes(tmp_path: Path, *chain: tuple[str, list[str]]) -> tuple[int, Path]:
    """A /proc with a line of processes, the youngest first; that one's number, and where the folder is."""
    proc = tmp_path / "proc"
    for number, (name, words) in enumerate(chain):
        folder = proc / str(1000 - number)
        folder.mkdir(parents=True)
        parent = 999 - number if number < len(chain) - 1 else 1
        (folder / "stat").write_text(f"{1000 - number} (a) b) S {parent} 1 1")
        (folder / "comm").write_text(name + "\n")
        (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")
    return 1000, proc


PYTHON = ("gradesync", ["python", "gradesync", "console", "--as", "ana"])
SSHD = ("sshd", ["sshd: gradesync@pts/0"])


@pytest.mark.parametrize(
    ("chain", "is_forced"),
    [
        ([PYTHON, SSHD], True),
        ([PYTHON, ("sshd-session", ["sshd-session: gradesync@pts/0"])], True),
        ([PYTHON, ("sh", ["sh", "-c", "gradesync console --as ana"]), SSHD], True),
        ([PYTHON, ("bash", ["-bash"]), SSHD], False),
        ([PYTHON, ("sudo", ["sudo", "-u", "gradesync", "gradesync"]), ("bash", ["-bash"]), SSHD], False),
        ([PYTHON, ("sh", ["sh", "-c", "x"]), ("su", ["su", "-c", "x"]), ("bash", ["bash", "-c", "su"]), SSHD], False),
        ([PYTHON, ("bash", ["bash"])], False),
        ([PYTHON], False),
    ],
)
def test_only_a_command_that_an_ssh_server_runs_counts(
    tmp_path: Path, chain: list[tuple[str, list[str]]], is_forced: bool
) -> None:
    process, proc = processes(tmp_path, *chain)
    assert started_by_ssh(process, proc) is is_forced


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("192.0.2.7 50022 192.0.2.1 22", "192.0.2.7"),
        ("2001:db8::7 50022 2001:db8::1 22", "2001:db8::7"),
        ("", None),
        ("192.0.2.7", None),
        ("evil\x1b[2J 1 192.0.2.1 22", None),
        ("192.0.2.7 x 192.0.2.1 22", None),
        ("192.0.2.7 50022 192.0.2.1 22 more", None),
    ],
)
def test_the_address_is_an_address_or_nothing(value: str, address: str | None) -> None:
    assert client_address({"SSH_CONNECTION": value}) == address


def test_an_account_that_is_no_shared_service_refuses(home: Path) -> None:
    for text in ("", "[service]\nshared = false\n"):
        configured(home, text)
        with pytest.raises(Refused, match=r"\[service\] shared = true"):
            enter("ana", CONNECTION)


def test_a_shared_service_refuses_whoever_types_it(home: Path) -> None:
    configured(home, "[service]\nshared = true\n")
    for environment in ({}, CONNECTION):
        with pytest.raises(Refused, match="OpenSSH did not start this process"):
            enter("ana", environment, process=1)


@pytest.mark.parametrize("login", ["", "Ana", "../ana", "-x", "ana\n", "a b"])
def test_a_login_that_is_none_is_refused_before_anything_is_read(home: Path, login: str) -> None:
    with pytest.raises(Refused, match="small letters"):
        enter(login, CONNECTION)


def test_settings_that_others_could_have_written_are_refused(home: Path) -> None:
    for mode in (0o620, 0o602):
        configured(home, "[service]\nshared = true\n", mode)
        with pytest.raises(Refused, match="chmod 600"):
            service_settings(home)


def test_the_environment_chooses_neither_settings_nor_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(home, '[database]\nurl = "sqlite:////srv/g.sqlite3"\n[service]\nshared = true\n')
    evil = home / "evil.toml"
    evil.write_text("")
    monkeypatch.setenv("GRADESYNC_CONFIG", str(evil))
    monkeypatch.setenv("GRADESYNC_DATABASE", "sqlite:////evil")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "evil"))
    _, settings = service_settings(home)
    assert settings.service.shared
    assert settings.database.url == "sqlite:////srv/g.sqlite3"


def test_of_what_a_client_sends_only_how_its_terminal_draws_is_kept(tmp_path: Path) -> None:
    environment = {
        **CONNECTION,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "NO_COLOR": "yes",
        "PATH": "/evil",
        "SHELL": "/bin/bash",
        "HOME": "/evil",
        "SSH_ORIGINAL_COMMAND": "id",
        **dict.fromkeys(("LC_ALL", "LC_EVIL", "LANG", "EDITOR", "VISUAL", "PAGER", "BROWSER", "TMPDIR"), "evil"),
        **dict.fromkeys(("GRADESYNC_DATABASE", "GRADESYNC_PROFILES", "TEXTUAL_DRIVER", "TEXTUAL_LOG"), "evil"),
        **dict.fromkeys(("PYTHONSTARTUP", "LD_PRELOAD", "XDG_STATE_HOME", "SSL_CERT_FILE", "HTTPS_PROXY"), "evil"),
    }
    leave_behind(environment, tmp_path)
    assert environment == {
        **CONNECTION,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "NO_COLOR": "1",
        "PATH": "/usr/bin:/bin",
        "SHELL": "/bin/false",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
    }
    for name in ("../../etc/x", "xterm\n", "x" * 65, ""):
        environment["TERM"] = name
        leave_behind(environment, tmp_path)
        assert "TERM" not in environment


def test_as_typed_by_hand_is_refused_and_stands_in_the_audit_log(tmp_path: Path) -> None:
    database = tmp_path / "gradesync.sqlite3"
    environment = {**os.environ, **CONNECTION, "GRADESYNC_DATABASE": str(database), "HOME": str(tmp_path)}
    program = [sys.executable, "-m", "gradesync_tui"]
    subprocess.run([*program, "init"], env=environment, check=True, capture_output=True)
    with Terminal([*program, "console", "--as", "ana"], environment=environment) as terminal:
        assert terminal.until_ended() == 2
        assert "--as is for a shared service" in terminal.text()
    listed = subprocess.run([*program, "audit", "list"], env=environment, capture_output=True, text=True, check=True)
    assert any("console as ana" in line and "refused" in line for line in listed.stdout.splitlines())


# --- keys, as verbs --------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(tmp_path: Path) -> AuthorizedKeys:
    return AuthorizedKeys(tmp_path / ".ssh" / "authorized_keys", Path(sys.executable))


async def test_support_lets_a_known_person_in_and_out_and_both_are_on_record(
    as_: As, store: Store, keys: AuthorizedKeys
) -> None:
    ana = as_("ana")
    entry = await ana.authorize_key(keys, "ben", parse_key(ED25519))
    assert [(one.login, one.person.name if one.person else "") for one in await ana.ssh_keys(keys)] == [
        ("ben", "Ben Admin")
    ]
    assert await ana.revoke_keys(keys, "ben") == 1
    revoked, authorized = await store.audit.page(limit=2)
    assert (authorized.verb, authorized.target, authorized.name) == ("authorize key", "person ben", "ana")
    assert entry.key.fingerprint in authorized.after
    assert (revoked.verb, revoked.target) == ("revoke key", "person ben")
    assert await store.audit.verify() is None


async def test_a_person_who_is_not_known_gets_no_key(as_: As, keys: AuthorizedKeys) -> None:
    with pytest.raises(Invalid, match="There is no person 'zoe'"):
        await as_("ana").authorize_key(keys, "zoe", parse_key(ED25519))
    assert not keys.path.exists()


async def test_neither_viewer_nor_admin_lets_anybody_in_or_out(as_: As, store: Store, keys: AuthorizedKeys) -> None:
    await as_("ana").authorize_key(keys, "ben", parse_key(ED25519))
    before = keys.path.read_bytes()
    for login in ("vera", "ben"):
        with pytest.raises(Refused):
            await as_(login).authorize_key(keys, "vera", parse_key(ED25519))
        with pytest.raises(Refused):
            await as_(login).revoke_keys(keys, "ben")
        assert not (await store.audit.page(limit=1))[0].allowed
    assert keys.path.read_bytes() == before


async def test_a_login_is_on_record_with_its_address_and_an_unknown_one_is_refused(as_: As, store: Store) -> None:
    def entered(login: str) -> Services:
        actor = Actor(login=login, name=login, origin="ssh from 192.0.2.7")
        return Services(store, clock=as_("ana").clock, actor=actor)

    assert (await entered("vera").log_in()).name == "Vera Viewer"
    entry = (await store.audit.page(limit=1))[0]
    assert (entry.name, entry.verb, entry.origin, entry.allowed) == (
        "Vera Viewer",
        "log in",
        "ssh from 192.0.2.7",
        True,
    )
    with pytest.raises(Refused, match="not known here"):
        await entered("zoe").log_in()
    entry = (await store.audit.page(limit=1))[0]
    assert (entry.login, entry.origin, entry.allowed) == ("zoe", "ssh from 192.0.2.7", False)


def test_no_process_of_ours_leaves_a_core_dump_or_lets_another_read_its_memory() -> None:
    script = (
        "import ctypes, resource; from gradesync_tui.services.process import keep_memory_private\n"
        "keep_memory_private()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "(0, 0) 0"
