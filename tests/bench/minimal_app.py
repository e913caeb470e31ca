"""The smallest application with a list: what the toolkit itself costs. python tests/bench/minimal_app.py"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header


class MinimalApp(App[None]):
    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012  (as the toolkit declares it)

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Started", "Requested by", "Type", "Status", "Scores")
        for number in range(100):
            table.add_row(f"Nov 20, {number % 12 + 1}:00 AM", "schedule", "Grade Passback", "Completed", f"{number}")


if __name__ == "__main__":
    MinimalApp().run()
