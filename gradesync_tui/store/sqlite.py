"""SQLite through APSW, which brings a SQLite of its own: the system's often has the WAL-reset bug (3.7.0 to 3.51.2)."""

from __future__ import annotations

import threading
from datetime import date, datetime, time
from typing import Any

import apsw
from playhouse.apsw_ext import APSWDatabase  # type: ignore[import-untyped]


class SqliteFile(APSWDatabase):  # type: ignore[misc]
    """Peewee's APSW database; its connections can all be closed from one thread."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, **options)
        self._opened: list[apsw.Connection] = []
        self._opened_lock = threading.Lock()

    def close_everywhere(self) -> None:
        """Close every thread's connection; the threads must be done with them."""
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _connect(self) -> apsw.Connection:
        connection: apsw.Connection = super()._connect()
        # APSW binds no dates by itself; the table of applied migrations has one.
        connection.convert_binding = _as_text
        with self._opened_lock:
            self._opened.append(connection)
        return connection


def _as_text(_cursor: object, _number: int, value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be stored")
