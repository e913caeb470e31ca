"""Where the person was and how they looked at it, kept from one session to the next."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct, field


class Session(Struct):
    """What is remembered. place: names along the path. theme: the last one chosen. sorts and filters: by list.

    rows: the key of the row under the cursor, by list. columns: those that are shown, by list, where somebody chose.
    """

    place: list[str] = field(default_factory=list)
    theme: str = ""
    sorts: dict[str, tuple[str, bool]] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | None) -> Session:
        """What was kept; a fresh session if nothing was, or if it cannot be read."""
        if folder is not None:
            with suppress(OSError, msgspec.MsgspecError):
                return msgspec.json.decode((folder / "console.json").read_bytes(), type=cls)
        return cls()

    def save(self, folder: Path | None) -> None:
        """Keep it. A folder that cannot be written is no reason to bother anybody."""
        if folder is None:
            return
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = folder / "console.json.new"
            fresh.write_bytes(msgspec.json.encode(self))
            fresh.replace(folder / "console.json")
