"""Saving what is shown: to a new file in the folder where the console was started."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from gradesync_tui.console.presenters.cells import Cell, Column
from gradesync_tui.domain.text import csv_cell
from gradesync_tui.services.exportfile import new_file


async def save_text(subject: str, form: str, text: str) -> Path:
    """Save a text under a new name; where it is. Invalid if the folder cannot be written."""

    def write() -> Path:
        path, file = new_file(subject, form)
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
    path, file = await asyncio.to_thread(new_file, subject, form)
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
