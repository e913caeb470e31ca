"""A service account's authorized_keys file: one line a key, each bound to one person and one command."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gradesync_tui.domain.text import clean
from gradesync_tui.services.entrance import LOGIN
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.publickeys import PublicKey, parse_key

_OURS = re.compile(rf'command="(?P<command>[^"]+) console --as (?P<login>{LOGIN.pattern})",restrict,pty (?P<key>.+)')


@dataclass(frozen=True, slots=True)
class Authorization:
    """A key that opens the console as `login`."""

    login: str
    key: PublicKey


class AuthorizedKeys:
    """The file, and what gradesync may do with it: lines that it did not write stay as they are."""

    def __init__(self, path: Path, program: Path) -> None:
        self.path = path
        self.program = program

    def entries(self) -> list[Authorization]:
        """Every key that opens the console, in the file's order. Invalid if the file cannot be read."""
        return [one for one in map(_parsed, self._lines()) if one is not None]

    def foreign(self) -> int:
        """How many other lines with keys there are: each may open more than the console."""
        lines = (line.strip() for line in self._lines())
        return sum(bool(line) and not line.startswith("#") and _parsed(line) is None for line in lines)

    def add(self, login: str, key: PublicKey) -> Authorization:
        """Let a key open the console as `login`. Invalid if the key stands there already: a key is one person's."""
        if not LOGIN.fullmatch(login):
            raise Invalid("A login for SSH has small letters, digits and . _ - only, and begins with none of . and -")
        command = shlex.quote(str(_checked_program(self.program)))
        line = f'command="{command} console --as {login}",restrict,pty {key.line}'
        with self._locked():
            lines = self._lines()
            for other in lines:
                if key.base64 not in other.split():
                    continue
                known = _parsed(other)
                owner = f"of {known.login}" if known else "in a line that gradesync did not write"
                raise Invalid(f"The key {key.fingerprint} is there already, {owner}. Every person needs their own key.")
            self._write([*lines, line])
        return Authorization(login, key)

    def remove(self, login: str, fingerprint: str | None = None) -> list[Authorization]:
        """Take out a person's keys, or the one with the fingerprint; those that were taken out. Invalid if none is."""
        with self._locked():
            kept: list[str] = []
            gone: list[Authorization] = []
            for line in self._lines():
                one = _parsed(line)
                if one is not None and one.login == login and fingerprint in (None, one.key.fingerprint):
                    gone.append(one)
                else:
                    kept.append(line)
            if not gone:
                which = f"the key {clean(fingerprint)}" if fingerprint else "a key"
                raise Invalid(f"{clean(login)!r} has not {which} here. See: gradesync ssh list")
            self._write(kept)
        return gone

    def _lines(self) -> list[str]:
        try:
            if self.path.is_symlink():
                raise Invalid(f"{clean(str(self.path))} is a link. Name the file itself with --file.")
            text = self.path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise Invalid(f"{clean(str(self.path))} cannot be read: {problem.strerror}.") from None
        return text.removesuffix("\n").split("\n") if text else []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, whoever makes it; the folder is made if it is missing."""
        folder = self.path.parent
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as problem:
            raise Invalid(
                f"{clean(str(folder))} cannot be used: {problem.strerror}. Run this as the service account."
            ) from None
        try:
            if os.fstat(handle).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise Invalid(f"{clean(str(folder))} can be changed by others. Run: chmod 700 {clean(str(folder))}")
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, lines: list[str]) -> None:
        """Put the whole file in place at once: sshd, and a crash, see the old one or the new one."""
        text = "".join(f"{line}\n" for line in lines)
        try:
            handle, fresh = tempfile.mkstemp(prefix=".authorized_keys-", dir=self.path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                    os.fchmod(file.fileno(), 0o600)
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(fresh).replace(self.path)
            except BaseException:
                Path(fresh).unlink(missing_ok=True)
                raise
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as problem:
            raise Invalid(f"{clean(str(self.path))} cannot be written: {problem.strerror}.") from None


def installed_program() -> Path:
    """The `gradesync` program that is running, else the one beside this Python; Invalid if there is none."""
    beside = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    for program in (Path(sys.argv[0]), *(folder / "gradesync" for folder in beside)):
        if program.name == "gradesync" and program.is_absolute() and program.is_file():
            return program
    raise Invalid("The gradesync program is not installed beside this Python. Install it: pip install gradesync-tui")


def _checked_program(program: Path) -> Path:
    """Invalid unless everybody's sessions may safely start with it."""
    name = clean(str(program))
    if not program.is_absolute() or not os.access(program, os.X_OK):
        raise Invalid(f"{name} is no program with an absolute path.")
    if re.search(r"[\"\\$`%\x00-\x1f\x7f]", str(program)):
        raise Invalid(f"{name} cannot stand in authorized_keys. Install gradesync in a folder with an ordinary name.")
    if program.stat().st_mode & stat.S_IWOTH:
        raise Invalid(f"{name} can be changed by anybody. Run: chmod o-w {name}")
    return program


def _parsed(line: str) -> Authorization | None:
    """A line of ours; None for any other."""
    found = _OURS.fullmatch(line.strip())
    if found is None:
        return None
    try:
        return Authorization(found["login"], parse_key(found["key"]))
    except Invalid:
        return None
