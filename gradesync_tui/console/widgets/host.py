"""What a widget asks of the program it lives in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widget import Widget

from gradesync_tui.console.themes import Palette

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


def console_of(widget: Widget) -> ConsoleApp:
    """The console that a widget belongs to."""
    return cast("ConsoleApp", widget.app)


def palette_of(widget: Widget) -> Palette:
    """The theme's styles for what is drawn line by line."""
    return console_of(widget).palette


def shows_icons(widget: Widget) -> bool:
    """Whether signs may be drawn; else ASCII stands for them."""
    return console_of(widget).options.icons
