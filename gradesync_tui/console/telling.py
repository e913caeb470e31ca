"""Telling: what is said to the person, for how long it stands, and taking back what can be."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.css.query import NoMatches
from textual.timer import Timer

from gradesync_tui.console.actions import BY_ID
from gradesync_tui.console.notices import Kind, Notices, Said, Undo
from gradesync_tui.console.screens.base import Place
from gradesync_tui.domain.clock import MINUTE
from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_NOTICE_SECONDS = 4.0
_LETTERS_A_SECOND = 20
"""How long a notice stays: some seconds, and as long as its words take to be read."""
_UNDO_AT_ONCE = 10 * MINUTE


class Telling:
    """Shows notices one after another over the place in sight; all of them are kept."""

    def __init__(self, program: ConsoleApp) -> None:
        self._program = program
        self.notices = Notices()
        self._hush_timer: Timer | None = None
        self._shown: Said | None = None
        self._waiting_news: deque[Said] = deque(maxlen=5)

    def tell(self, text: str, kind: Kind = "done", undo: Undo | None = None, *, quietly: bool = False) -> None:
        """Say something to the person, and keep it in the notices; `quietly` only keeps it."""
        said = Said(self._program.now(), kind, clean(text), undo)
        self.notices.add(said)
        place = self._program.place
        if quietly or place is None or not place.is_mounted:
            return
        if kind == "news" and self._shown is not None:
            # What came of one's own act is read first.
            self._waiting_news.append(said)
        else:
            self._show(place, said)

    def _show(self, place: Place, said: Said) -> None:
        self._shown = said
        place.say(said.cell(self._program.options.icons, self._program.key_of(BY_ID["app.undo"])))
        if self._hush_timer is not None:
            self._hush_timer.stop()
        self._hush_timer = self._program.set_timer(_NOTICE_SECONDS + len(said.text) / _LETTERS_A_SECOND, self._hush)

    def _hush(self) -> None:
        self._shown = None
        place = self._program.place
        if self._waiting_news and place is not None and place.is_mounted:
            self._show(place, self._waiting_news.popleft())
            return
        for screen in self._program.screen_stack:
            if isinstance(screen, Place):
                try:
                    screen.hush()
                except NoMatches:
                    continue

    async def take_back(self, said: Said) -> None:
        """Undo what was said last that can be; what was done a while ago is named before it is touched."""
        if self._program.now() - said.at > _UNDO_AT_ONCE:
            from gradesync_tui.console.screens.confirm import ConfirmScreen
            from gradesync_tui.domain import when

            effects = [f"{when.relative(said.at, self._program.now())}: {said.text}"]
            if await self._program.push_screen_wait(ConfirmScreen("Take this back?", effects, "Undo")) is None:
                return
        undo = self.notices.take_undo(said)
        if undo is None:
            return
        try:
            undone = await undo.act()
        except (ServiceError, StoreError):
            self.notices.can_undo(said)
            raise
        self.tell(undone.words, "done" if undone.whole else "warning")
