"""Records kept on disk until they are published, each once, so that a district's worth of them needs little memory."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.sis.errors import SisError

_R = TypeVar("_R", LineItem, Result)


class Spool(Generic[_R]):
    """Records of one kind in the order first given; one that is given again replaces the earlier one."""

    def __init__(self, kind: type[_R]) -> None:
        # No name in the file system: it is gone with the process, however that ends.
        self._file = tempfile.TemporaryFile(prefix="gradesync-")  # noqa: SIM115
        self._encoder = msgspec.json.Encoder()
        self._kind: type[_R] = kind
        self._at: dict[str, int] = {}
        self._classes: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, sourced_id: str) -> bool:
        return sourced_id in self._at

    def put(self, record: _R) -> None:
        """Keep a record; SisError where the disk has no room."""
        try:
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(self._encoder.encode(record) + b"\n")
        except OSError as problem:
            raise SisError("disk_full", f"the file cannot be prepared: {problem.strerror}", retryable=True) from problem
        self._at[record.sourced_id] = at
        self._classes[record.class_id][record.sourced_id] = None

    def all(self) -> Iterator[_R]:
        """Every record, as last given."""
        return (self._read(sourced_id) for sourced_id in list(self._at))

    def of_class(self, class_id: str) -> Iterator[_R]:
        """The records of a class, as last given."""
        found = (self._read(sourced_id) for sourced_id in list(self._classes.get(class_id, ())))
        return (record for record in found if record.class_id == class_id)

    def close(self) -> None:
        self._file.close()

    def _read(self, sourced_id: str) -> _R:
        self._file.seek(self._at[sourced_id])
        record: _R = msgspec.json.decode(self._file.readline(), type=self._kind)
        return record
