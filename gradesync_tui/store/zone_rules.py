"""Which edition of the time zone rules the process computes with; governments change them, and then next runs move."""

from __future__ import annotations

import zoneinfo
from functools import cache
from pathlib import Path


@cache
def edition() -> str:
    """The rules' own name (`2026a`), from where zoneinfo takes them: the system, else the tzdata package."""
    for folder in map(Path, zoneinfo.TZPATH):
        for name, prefix in (("tzdata.zi", "# version "), ("+VERSION", "")):
            try:
                with (folder / name).open(encoding="utf-8") as stream:
                    first = stream.readline()
            except OSError:
                continue
            return first.removeprefix(prefix).strip()
        if (folder / "UTC").exists():
            return f"of {folder}"
    from importlib import metadata  # it costs every start 8 ms, and few systems come here

    return metadata.version("tzdata")
