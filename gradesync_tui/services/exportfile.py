"""New files for what is exported: only their owner reads them, and no name leads anywhere else."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TextIO

from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import Invalid


def new_file(subject: str, form: str, path: Path | None = None) -> tuple[Path, TextIO]:
    """A new file that only its owner reads, and where it is; names of pupils may stand in it.

    Without a path it is made in the folder where the program was started; of the subject only letters and digits are
    used, so that no name can lead to another folder. Invalid if it cannot be made, or if the path exists.
    """
    if path is not None:
        return _named(path)
    stem = "gradesync-" + "-".join("".join(c if c.isalnum() else " " for c in subject.lower()).split())
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for attempt in range(100):
        name = f"{stem}-{stamp}{f'-{attempt}' if attempt else ''}.{form}"
        try:
            handle = _open(name)
        except FileExistsError:
            continue
        except OSError as error:
            raise Invalid(f"{Path.cwd()} cannot be written: {error.strerror}. Start gradesync elsewhere.") from None
        return Path(name).absolute(), os.fdopen(handle, "w", encoding="utf-8", newline="")
    raise Invalid(f"There are too many files named {stem}-{stamp} already.")


def _named(path: Path) -> tuple[Path, TextIO]:
    shown = clean(str(path))
    try:
        handle = _open(str(path))
    except FileExistsError:
        raise Invalid(f"{shown} is there already. Give the name of a new file.") from None
    except OSError as error:
        raise Invalid(f"{shown} cannot be written: {error.strerror}.") from None
    return path.absolute(), os.fdopen(handle, "w", encoding="utf-8", newline="")


def _open(name: str) -> int:
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
