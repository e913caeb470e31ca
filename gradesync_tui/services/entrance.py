"""Who somebody is on a shared service: who may say so (OpenSSH, by a forced command), and what they may bring along."""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
import stat
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from gradesync_tui.domain.records import Actor
from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import Refused
from gradesync_tui.services.settings import Settings, load_settings

LOGIN = re.compile(r"[a-z0-9_][a-z0-9._-]{0,63}")
"""A login that may stand in a forced command: nothing in it that a shell or an option parser would take for its own."""

_TERM = re.compile(r"[A-Za-z0-9._+-]{1,64}")
_SSH_SERVERS = ("sshd", "sshd-session")
_PARENTS = 2


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody whom OpenSSH let in: the actor, the service's own settings, and the folders that are theirs alone.

    home: the service account's; nothing that the person's client sent has a say in it.
    """

    actor: Actor
    settings: Settings
    home: Path

    @property
    def state(self) -> Path:
        """Where the console keeps this person's place and theme."""
        return self.home / ".local" / "state" / "gradesync" / "people" / self.actor.login

    def export_folder(self) -> Path:
        """The one folder that this person's exports go to, made if it is missing."""
        folder = self.state / "exports"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def service_settings(home: Path) -> tuple[Path, Settings]:
    """A service account's settings file and what it says, whatever the environment says.

    Refused if somebody else could have written it; SettingsError as `load_settings`.
    """
    path = home / ".config" / "gradesync" / "config.toml"
    try:
        status = path.stat()
    except OSError:
        return path, Settings()
    if status.st_uid not in (os.geteuid(), 0) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused(f"{clean(str(path))} can be changed by others. Run: chmod 600 {clean(str(path))}")
    return path, load_settings(path, environment={})


def account_home() -> Path:
    """The home folder of the account that this process runs as, by the system's own record."""
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        raise Refused(f"The user id {os.geteuid()} has no account on this machine.") from None


def enter(login: str, environment: Mapping[str, str] = os.environ, process: int | None = None) -> Entrance:
    """Let somebody in as `login`, on the word of the OpenSSH server that started this process.

    Refused unless the account's own settings file says `[service] shared = true` and an SSH server is what started
    the process (`process` is where to look from; None is this one). Of the environment only SSH_CONNECTION is read.
    """
    if not LOGIN.fullmatch(login):
        raise Refused("--as takes a login of small letters, digits and . _ - only.")
    home = account_home()
    path, settings = service_settings(home)
    if not settings.service.shared:
        raise Refused(
            "--as is for a shared service, where OpenSSH says who somebody is. "
            f"This account is none: {clean(str(path))} does not say [service] shared = true."
        )
    address = client_address(environment)
    if address is None or not started_by_ssh(os.getpid() if process is None else process):
        raise Refused(
            "--as is refused: OpenSSH did not start this process by a forced command. "
            "Let people in with: gradesync ssh authorize NAME KEYFILE"
        )
    return Entrance(Actor(login=login, name=login, origin=f"ssh from {address}"), settings, home)


def client_address(environment: Mapping[str, str]) -> str | None:
    """The client's address from SSH_CONNECTION (client address and port, server address and port); None if none."""
    parts = environment.get("SSH_CONNECTION", "").split(" ")
    if len(parts) != 4 or not (parts[1].isdecimal() and parts[3].isdecimal()):
        return None
    try:
        ipaddress.ip_address(parts[2])
        return clean(str(ipaddress.ip_address(parts[0])), limit=100)
    except ValueError:
        return None


def started_by_ssh(process: int, proc: Path = Path("/proc")) -> bool:
    """Whether an SSH server runs the command that this process is: it is the parent, or a shell between them is.

    sshd hands a forced command to the account's shell as `sh -c COMMAND`, and most shells become the command. An
    interactive shell in between means that a person typed the command.
    """
    for _ in range(_PARENTS):
        parent = _parent_of(process, proc)
        if parent is None or parent <= 1:
            return False
        try:
            name = (proc / str(parent) / "comm").read_text().strip()
            words = (proc / str(parent) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        if name in _SSH_SERVERS:
            return True
        if words[1:2] != [b"-c"]:
            return False
        process = parent
    return False


def _parent_of(process: int, proc: Path) -> int | None:
    try:
        text = (proc / str(process) / "stat").read_text(errors="replace")
        # The name stands in brackets and may hold anything; what follows the last bracket is ours to count.
        return int(text.rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def leave_behind(environment: MutableMapping[str, str], home: Path) -> None:
    """Drop everything from the environment that a client may have sent; keep what says how its terminal draws.

    An SSH server passes on what its AcceptEnv names, LC_* nearly everywhere and at worst anything: a database, a
    settings file, a driver for the terminal, a pager. Nothing in this process may depend on it.
    """
    kept = {name: environment[name] for name in ("SSH_CONNECTION",) if name in environment}
    if _TERM.fullmatch(environment.get("TERM", "")):
        kept["TERM"] = environment["TERM"]
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        kept["COLORTERM"] = environment["COLORTERM"]
    if environment.get("NO_COLOR"):
        kept["NO_COLOR"] = "1"
    environment.clear()
    environment.update(kept)
    environment.update(HOME=str(home), PATH="/usr/bin:/bin", SHELL="/bin/false", LC_ALL="C.UTF-8", LANG="C.UTF-8")
