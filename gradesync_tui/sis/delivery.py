"""Where OneRoster files go: a folder of this machine, or one over SFTP. A file appears there whole or not at all."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import unquote, urlsplit

from gradesync_tui.domain.text import clean
from gradesync_tui.sis.errors import SisAuthError, SisCertificateError, SisError, SisRefused, SisUnavailable

if TYPE_CHECKING:
    import asyncssh

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_CHUNK = 256 * 1024


class Delivery(Protocol):
    """A place that files are read from and published to. Every method raises SisError and nothing else."""

    async def read(self, name: str, limit: int) -> bytes | None:
        """A file of the place, None where it has none of that name; `limit` is in bytes."""
        ...

    async def publish(self, source: Path, name: str) -> None:
        """Put a local file there under a name, whole or not at all."""
        ...

    async def check(self) -> None:
        """Whether files can be put there; leaves nothing behind."""
        ...

    async def close(self) -> None: ...


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, name: str, limit: int) -> bytes | None:
        return await asyncio.to_thread(self._read, name, limit)

    async def publish(self, source: Path, name: str) -> None:
        await asyncio.to_thread(self._publish, source, _checked(name))

    async def check(self) -> None:
        await asyncio.to_thread(self._check)

    async def close(self) -> None:
        """Nothing is held open."""

    def _read(self, name: str, limit: int) -> bytes | None:
        try:
            with (self._path / _checked(name)).open("rb") as file:
                content = file.read(limit + 1)
        except FileNotFoundError:
            if not self._path.is_dir():
                raise _no_folder(self._path) from None
            return None
        except OSError as problem:
            raise _file_error(f"{self._path / name} cannot be read", problem) from problem
        return _within(content, limit, name)

    def _publish(self, source: Path, name: str) -> None:
        hidden = self._path / f".{name}.{secrets.token_hex(4)}.part"
        try:
            with source.open("rb") as content, hidden.open("xb") as file:
                while chunk := content.read(_CHUNK):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            hidden.rename(self._path / name)
            self._sync_folder()
        except OSError as problem:
            with suppress(OSError):
                hidden.unlink()
            if not self._path.is_dir():
                raise _no_folder(self._path) from problem
            raise _file_error(f"{self._path / name} cannot be written", problem) from problem

    def _sync_folder(self) -> None:
        # The new name itself must outlast a power cut.
        handle = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _check(self) -> None:
        if not self._path.is_dir():
            raise _no_folder(self._path)
        probe = self._path / f".gradesync-{secrets.token_hex(4)}.part"
        try:
            probe.touch(exist_ok=False)
            probe.unlink()
        except OSError as problem:
            raise _file_error(f"nothing can be written to {self._path}", problem) from problem


class Sftp:
    """A folder over SFTP, `sftp://user@host:port/path`, with a key, to a host whose key is known."""

    def __init__(self, url: str, *, ssh_key: str | None = None, known_hosts: str | None = None) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port or 22
        except ValueError:
            raise SisRefused("sis_unavailable", f"{url!r} is no address", details={"error": "no address"}) from None
        if parts.password:
            raise SisRefused(
                "sis_unavailable",
                "the address holds a password; SFTP is reached with a key",
                details={"error": "a password inside the address"},
            )
        self._host = parts.hostname or ""
        self._port = port
        self._user = unquote(parts.username) if parts.username else None
        self._path = unquote(parts.path).rstrip("/") or "/"
        self._ssh_key = ssh_key
        self._known_hosts = known_hosts
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._lock = asyncio.Lock()

    async def read(self, name: str, limit: int) -> bytes | None:
        import asyncssh

        client = await self._opened()
        try:
            async with client.open(f"{self._path}/{_checked(name)}", "rb") as file:
                content = cast("bytes", await file.read(limit + 1))
        except asyncssh.SFTPNoSuchFile:
            return None
        except (asyncssh.Error, OSError) as problem:
            raise self._error(problem) from problem
        return _within(content, limit, name)

    async def publish(self, source: Path, name: str) -> None:
        import asyncssh

        client = await self._opened()
        hidden = f"{self._path}/.{_checked(name)}.{secrets.token_hex(4)}.part"
        try:
            try:
                await self._upload(client, source, hidden)
                await client.posix_rename(hidden, f"{self._path}/{name}")
            except asyncssh.SFTPOpUnsupported:
                await client.rename(hidden, f"{self._path}/{name}")
        except (asyncssh.Error, OSError) as problem:
            with suppress(asyncssh.Error, OSError):
                await client.remove(hidden)
            raise self._error(problem) from problem

    async def check(self) -> None:
        import asyncssh

        client = await self._opened()
        probe = f"{self._path}/.gradesync-{secrets.token_hex(4)}.part"
        try:
            async with client.open(probe, "xb"):
                pass
            await client.remove(probe)
        except (asyncssh.Error, OSError) as problem:
            raise self._error(problem) from problem

    async def close(self) -> None:
        client, self._client = self._client, None
        connection, self._connection = self._connection, None
        with suppress(Exception):
            if client is not None:
                client.exit()
            if connection is not None:
                connection.close()
                await connection.wait_closed()

    async def _upload(self, client: asyncssh.SFTPClient, source: Path, hidden: str) -> None:
        import asyncssh

        with source.open("rb") as content:
            async with client.open(hidden, "xb") as file:
                while chunk := await asyncio.to_thread(content.read, _CHUNK):
                    await file.write(chunk)
                with suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()

    async def _opened(self) -> asyncssh.SFTPClient:
        import asyncssh

        async with self._lock:
            if self._client is not None:
                return self._client
            options: dict[str, Any] = {"connect_timeout": 30, "login_timeout": 30, "keepalive_interval": 30}
            if self._ssh_key is not None:
                options |= {"client_keys": [self._ssh_key], "agent_path": None}
            if self._known_hosts is not None:
                # Without it asyncssh reads the user's own known_hosts; only an explicit None would trust everybody.
                options["known_hosts"] = self._known_hosts
            if self._user is not None:
                options["username"] = self._user
            try:
                self._connection = await asyncssh.connect(self._host, self._port, config=None, password=None, **options)
                self._client = await self._connection.start_sftp_client()
            except (asyncssh.Error, OSError, ValueError) as problem:
                await self.close()
                raise self._error(problem) from problem
            return self._client

    def _error(self, problem: Exception) -> SisError:
        import asyncssh

        words = clean(getattr(problem, "reason", "") or str(problem) or type(problem).__name__, limit=200)
        message = f"{self._host}: {words}"
        details = {"host": self._host, "error": words}
        if isinstance(problem, asyncssh.HostKeyNotVerifiable):
            return SisCertificateError(
                "certificate", f"{message} (name its key in the known-hosts file)", details=details
            )
        if isinstance(problem, asyncssh.PermissionDenied | asyncssh.KeyImportError | asyncssh.KeyEncryptionError):
            return SisAuthError("sis_auth", message, details=details)
        if isinstance(problem, asyncssh.SFTPPermissionDenied):
            return SisAuthError("sis_forbidden", message, details=details)
        if isinstance(problem, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
            return SisRefused("sis_unavailable", f"{self._host} has no folder {self._path}", details=details)
        if isinstance(problem, ValueError):
            return SisRefused("sis_unavailable", message, details=details)
        return SisUnavailable("sis_unavailable", message, details=details, retryable=True)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SisRefused("internal", f"{name!r} is no file name", details={"error": "a file name that cannot be used"})
    return name


def _within(content: bytes, limit: int, name: str) -> bytes:
    if len(content) > limit:
        raise SisRefused(
            "sis_bad_answer",
            f"{name} is larger than {limit:,} bytes",
            details={"error": f"{name} is larger than {limit // 1024:,} KiB"},
        )
    return content


def _no_folder(path: Path) -> SisError:
    return SisRefused(
        "sis_unavailable",
        f"there is no folder {path}",
        details={"host": "the folder", "error": f"there is no folder {path}"},
    )


def _file_error(message: str, problem: OSError) -> SisError:
    import errno

    words = problem.strerror or type(problem).__name__
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return SisUnavailable("disk_full", f"{message}: {words}", retryable=True)
    return SisUnavailable(
        "sis_unavailable", f"{message}: {words}", details={"host": "the folder", "error": words}, retryable=True
    )
