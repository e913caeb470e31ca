"""Asking for one value that is typed; what is wrong with it is said as one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradesync_tui.console.presenters.cells import cell
from gradesync_tui.console.presenters.forms import Wrong
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.services.errors import Invalid


class FieldScreen(FormScreen[str]):
    """One field. `check` gives the value as it is kept, or raises Invalid with what is wrong."""

    YES = "Go on"
    ROOM = 3

    def __init__(self, title: str, about: str, start: str, example: str, check: Callable[[str], str]) -> None:
        super().__init__(f"Change: {title}", [Field("value", title, f"such as {example}")], {"value": start})
        self._about = about
        self._check = check

    def understand(self, values: Mapping[str, str]) -> Outlook:
        try:
            self._check(values["value"])
        except Invalid as problem:
            return Outlook((), Wrong("value", str(problem)))
        return Outlook((cell(self._about, "muted"),))

    async def keep(self, values: Mapping[str, str]) -> str:
        return self._check(values["value"])
