"""Secrets by reference: settings and the database say where a secret is, never what it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_LIMIT = 64 * 1024

FORMS = "env:NAME, file:/path, systemd:NAME or keyring:service/name"


class SecretError(Exception):
    """A reference cannot be read. The message never holds a value, nor what might be one."""


class Secret:
    """A value that shows itself to nobody but who calls `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, to be put into a request and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


def resolve(reference: str) -> Secret:
    """The secret that a reference names; SecretError says why it cannot be read and what to do."""
    kind, colon, name = reference.partition(":")
    reader = _READERS.get(kind)
    if not colon or not name or reader is None:
        # Perhaps somebody gave the secret itself, so it is not repeated.
        raise SecretError(f"this is no reference to a secret. Give {FORMS}, not the secret itself.")
    value = reader(name).strip("\r\n")
    if not value:
        raise SecretError(f"{reference} is empty. Put the secret there.")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        # It would end up in an HTTP header, where a line break is an attack.
        raise SecretError(f"{reference} holds line breaks or control characters. It must be one line.")
    return Secret(value)


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(f"the environment variable {name} is not set. Set it for the engine and for yourself.")
    return value


def _from_file(name: str) -> str:
    path = Path(name).expanduser()
    if not path.is_absolute():
        raise SecretError(f"file:{name} is not an absolute path, so the engine would look for it elsewhere.")
    return _read(path, f"file:{name}", private=True)


def _from_systemd(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(f"systemd:{name} is only there in a unit with LoadCredential={name}:… (or Encrypted).")
    if "/" in name or name in (".", ".."):
        raise SecretError(f"systemd:{name} must be a credential's name, not a path.")
    # systemd keeps the folder private itself, and widens the files' mode where it grants access by ACL.
    return _read(Path(folder) / name, f"systemd:{name}", private=False)


def _read(path: Path, reference: str, *, private: bool) -> str:
    """The text of a small regular file; permissions are asked of the opened file, not of its name."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise SecretError(f"{reference} cannot be read: {problem.strerror}. Make it, or correct the path.") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SecretError(f"{reference} is not a file.")
        if private and status.st_mode & 0o077:
            raise SecretError(f"{reference} can be read by others. Run: chmod 600 {path}")
        if private and status.st_uid not in (os.geteuid(), 0):
            raise SecretError(f"{reference} belongs to somebody else. Run: chown {os.geteuid()} {path}")
        content = os.read(descriptor, _LIMIT + 1)
    except OSError as problem:
        raise SecretError(f"{reference} cannot be read: {problem.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(content) > _LIMIT:
        raise SecretError(f"{reference} is too large for a secret.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SecretError(f"{reference} is not text in UTF-8.") from None


def _from_keyring(name: str) -> str:
    service, slash, user = name.partition("/")
    if not slash or not service or not user:
        raise SecretError(f"keyring:{name} must be keyring:service/name.")
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise SecretError("the keyring package is not installed. Run: pip install keyring") from None
    try:
        value: str | None = keyring.get_password(service, user)
    except Exception as problem:  # every backend raises its own
        raise SecretError(f"keyring:{name} cannot be read: {type(problem).__name__}.") from None
    if value is None:
        raise SecretError(f"keyring:{name} is not in the keyring. Run: keyring set {service} {user}")
    return value


_READERS: dict[str, Callable[[str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "systemd": _from_systemd,
    "keyring": _from_keyring,
}
