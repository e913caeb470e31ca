"""Saving what is shown: to a new file in the folder where the console was started."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from gradesync_tui.console.presenters.cells import Cell, Column
from gradesync_tui.domain.text import csv_cell
from gradesync_tui.services.errors import Invalid


async def save_text(subject: str, form: str, text: str) -> Path:
    """Save a text under a new name; where it is. Invalid if the folder cannot be written."""

    def write() -> Path:
        path, file = _create(subject, form)
        with file:
            file.write(text)
        return path

    return await asyncio.to_thread(write)


async def export_rows(
    subject: str, form: str, columns: Sequence[Column], pages: AsyncIterator[Sequence[Mapping[str, Cell]]]
) -> tuple[Path, int]:
    """Save rows as CSV or JSON, page by page, so that no list is too long; where they are and how many.

    A CSV cell never begins as a formula would. The JSON is an array with one object a row.
    """
    path, file = await asyncio.to_thread(_create, subject, form)
    rows = 0
    with file:
        if form == "csv":
            await asyncio.to_thread(file.write, _csv_lines([[column.title for column in columns]]))
        else:
            await asyncio.to_thread(file.write, "[")
        async for page in pages:
            if form == "csv":
                lines = _csv_lines([[_plain(row, column) for column in columns] for row in page])
            else:
                objects = [{column.title: _plain(row, column) for column in columns} for row in page]
                lines = "".join(
                    ("\n" if rows + at == 0 else ",\n") + json.dumps(each, ensure_ascii=False)
                    for at, each in enumerate(objects)
                )
            rows += len(page)
            await asyncio.to_thread(file.write, lines)
        if form == "json":
            await asyncio.to_thread(file.write, "\n]\n")
    return path, rows


def _plain(row: Mapping[str, Cell], column: Column) -> str:
    cell = row.get(column.key)
    return cell.plain if cell is not None else ""


def _csv_lines(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _create(subject: str, form: str) -> tuple[Path, TextIO]:
    """A new file that only its owner reads, and where it is; names of pupils may stand in it.

    Of the subject only letters and digits are used, so that no name can lead to another folder.
    """
    stem = "gradesync-" + "-".join("".join(c if c.isalnum() else " " for c in subject.lower()).split())
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for attempt in range(100):
        name = f"{stem}-{stamp}{f'-{attempt}' if attempt else ''}.{form}"
        try:
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise Invalid(f"{Path.cwd()} cannot be written: {error.strerror}. Start the console elsewhere.") from None
        return Path(name).absolute(), os.fdopen(handle, "w", encoding="utf-8", newline="")
    raise Invalid(f"There are too many files named {stem}-{stamp} already.")
