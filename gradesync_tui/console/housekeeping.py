"""What the console does so that a session of days stays as small and as quick as it began."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from textual._styles_cache import StylesCache

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

_PAUSE = 1.0
"""Seconds after leaving a screen: who walks on meanwhile is not made to wait."""


class Housekeeping:
    """Frees what the screens that were left have held; each is a web of objects that only a search finds."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._timer: Timer | None = None

    def soon(self) -> None:
        """A screen was left: tidy up in a moment."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(_PAUSE, self._tidy)

    def _tidy(self) -> None:
        self._timer = None
        # The toolkit remembers two colours here for each widget that ever was, and with them all its drawn lines.
        StylesCache.get_inner_outer.cache_clear()
        gc.collect()
