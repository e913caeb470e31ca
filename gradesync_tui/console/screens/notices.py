"""Everything that the console has said, the last first."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.console.notices import Said
from gradesync_tui.console.screens.dialog import ReadingDialog
from gradesync_tui.console.widgets.scroll import Text, TextScroll
from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.text import count


class NoticesScreen(ReadingDialog):
    """The notices of this session, with the signs that they had."""

    def __init__(self, said: Sequence[Said], zone: str, icons: bool = True) -> None:
        facts: list[tuple[Text, Text]] = [
            (f"{to_datetime(each.at, zone):%H:%M:%S}", each.words(icons)) for each in reversed(said)
        ]
        text = TextScroll(facts or [("", "Nothing was said yet.")], id="text", label_width=10 if facts else 0)
        super().__init__("Notices", text, f"{count(len(said), 'notice')}, the last first" if facts else "")
        self.panel_width = 100
