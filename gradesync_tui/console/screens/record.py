"""One record, whole, with the raw answer of the SIS."""

from __future__ import annotations

from gradesync_tui.console.presenters import records as presenter
from gradesync_tui.console.screens.facts import FactsScreen
from gradesync_tui.domain.records import Outcome


class RecordScreen(FactsScreen):
    """Everything known of a record."""

    def __init__(self, outcome: Outcome, zone: str) -> None:
        super().__init__("Record", presenter.whole(outcome, zone))
