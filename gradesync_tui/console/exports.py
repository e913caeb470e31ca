"""Saving what is shown: to a new file in the folder where the console was started, or for the browser to save."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradesync_tui.console.presenters.exported import Record, Value
from gradesync_tui.domain.text import clean, csv_cell
from gradesync_tui.services.exportfile import new_file

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_LONGEST = 32_000
"""In characters: what a cell of a spreadsheet holds."""


async def save_text(subject: str, form: str, text: str) -> Path:
    """Save a text under a new name; where it is. Invalid if the folder cannot be written."""

    def write() -> Path:
        path, file = new_file(subject, form)
        with file:
            file.write(text)
        return path

    return await asyncio.to_thread(write)


def hand_over(program: ConsoleApp, path: Path) -> str:
    """Where somebody finds a file that was just saved, in words; in a browser it becomes a download of theirs."""
    if not program.is_web:
        return f"as {path}"
    program.deliver_text(path, save_filename=path.name)
    # It is open, and goes with its last reader: nothing of it stays on the server.
    path.unlink()
    return f"as {path.name} in your browser's downloads"


def as_line(record: Record) -> str:
    """A row in one line, its values parted by tabs: what a spreadsheet takes and a mail can show."""
    return "\t".join("" if value is None else clean(str(value), limit=_LONGEST) for value in record.values())


async def export_rows(subject: str, form: str, pages: AsyncIterator[Sequence[Record]]) -> tuple[Path, int] | None:
    """Save rows as CSV or JSON, page by page, so that no list is too long; where they are and how many.

    None, and no file, where there is no row. A CSV cell never begins as a formula would. The JSON is an array with one
    object a row.
    """
    page = await _next(pages)
    if not page:
        return None
    path, file = await asyncio.to_thread(new_file, subject, form)
    rows = 0
    with file:
        await asyncio.to_thread(file.write, _csv_lines([list(page[0])]) if form == "csv" else "[")
        while page:
            text = _csv_lines([list(row.values()) for row in page]) if form == "csv" else _json_lines(page, rows)
            await asyncio.to_thread(file.write, text)
            rows += len(page)
            page = await _next(pages)
        if form == "json":
            await asyncio.to_thread(file.write, "\n]\n")
    return path, rows


async def _next(pages: AsyncIterator[Sequence[Record]]) -> Sequence[Record]:
    """The next page with rows in it: a filter may leave nothing of one. Empty after the last."""
    async for page in pages:
        if page:
            return page
    return ()


def _csv_lines(rows: Sequence[Sequence[Value]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _json_lines(rows: Sequence[Record], before: int) -> str:
    """before: how many rows are in the array already."""
    safe = (
        {title: clean(value, limit=_LONGEST) if isinstance(value, str) else value for title, value in row.items()}
        for row in rows
    )
    return "".join(
        ("\n" if before + at == 0 else ",\n") + json.dumps(row, ensure_ascii=False) for at, row in enumerate(safe)
    )
