"""Records on their way into a file: kept on disk until the file is published, so that none is lost on the way.

A run that ends before it publishes, however it ends, leaves its records behind; the next one takes them in and
publishes them with its own. Sending a record twice makes no second one, as its sourcedId stays the same.
"""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar
from uuid import uuid4

import msgspec

from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.sis.errors import SisError

_R = TypeVar("_R", LineItem, Result)


class Spool(Generic[_R]):
    """Records of one kind in the order first given; one that is given again replaces the earlier one.

    folder: where they are kept, made if need be. SisError (`disk_full`) where it cannot be written.
    """

    def __init__(self, kind: type[_R], folder: Path) -> None:
        self._kind: type[_R] = kind
        self._encoder = msgspec.json.Encoder()
        self._at: dict[str, int] = {}
        self._classes: defaultdict[str, dict[str, None]] = defaultdict(dict)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path, self._file = _made(folder, kind.__name__)
            self._take_in(folder)
        except OSError as problem:
            raise _no_room(problem) from problem

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, sourced_id: str) -> bool:
        return sourced_id in self._at

    def put(self, record: _R) -> None:
        """Keep a record; it outlives this process from here on. SisError where the disk has no room."""
        try:
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(self._encoder.encode(record) + b"\n")
            self._file.flush()
        except OSError as problem:
            raise _no_room(problem) from problem
        self._at[record.sourced_id] = at
        self._classes[record.class_id][record.sourced_id] = None

    def all(self) -> Iterator[_R]:
        """Every record, as last given."""
        return (self._read(sourced_id) for sourced_id in list(self._at))

    def of_class(self, class_id: str) -> Iterator[_R]:
        """The records of a class, as last given."""
        found = (self._read(sourced_id) for sourced_id in list(self._classes.get(class_id, ())))
        return (record for record in found if record.class_id == class_id)

    def published(self) -> None:
        """The records have arrived: nothing is to be kept."""
        self._at.clear()
        self._classes.clear()

    def close(self) -> None:
        """Let go of the file; what was not published stays for the next run."""
        if not self._at:
            with suppress(OSError):
                self._path.unlink()
        self._file.close()

    def _read(self, sourced_id: str) -> _R:
        self._file.seek(self._at[sourced_id])
        record: _R = msgspec.json.decode(self._file.readline(), type=self._kind)
        return record

    def _take_in(self, folder: Path) -> None:
        for path in sorted(folder.glob(f"*.{self._kind.__name__}")):
            if path == self._path:
                continue
            with suppress(FileNotFoundError), path.open("rb") as left:
                try:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # its run is alive, or only stopped
                for line in left:
                    # The last line of a process that was killed may be half a record, which nobody counts as sent.
                    with suppress(msgspec.DecodeError):
                        self.put(msgspec.json.decode(line, type=self._kind))
                path.unlink()


def _made(folder: Path, kind: str) -> tuple[Path, BinaryIO]:
    """A new file that is locked before its name shows, so that no other run takes it for one left behind."""
    path = folder / f"{uuid4().hex}.{kind}"
    hidden = path.with_suffix(".new")
    file = os.fdopen(os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        hidden.rename(path)
    except OSError:
        file.close()
        raise
    return path, file


def _no_room(problem: OSError) -> SisError:
    return SisError("disk_full", f"the file cannot be prepared: {problem.strerror}", retryable=True)
