"""The themes, and the tokens that every other colour comes from. No colour is named anywhere else."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from gradesync_tui.console.presenters.cells import Tone

DARK = "dark"
LIGHT = "light"
HIGH_CONTRAST = "high-contrast"
COLOUR_BLIND_DARK = "colour-blind-dark"
COLOUR_BLIND_LIGHT = "colour-blind-light"
ANSI = "ansi"
NO_COLOUR = "no-colour"


def _theme(name: str, *, dark: bool, colours: dict[str, str]) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=colours["accent"],
        secondary=colours["accent"],
        accent=colours["accent"],
        success=colours["ok"],
        warning=colours["warn"],
        error=colours["bad"],
        foreground=colours["text"],
        background=colours["ground"],
        surface=colours["ground"],
        panel=colours["raised"],
        boost=colours["raised"],
        luminosity_spread=0.1,
        text_alpha=1.0,
        variables={
            "gs-ok": colours["ok"],
            "gs-warn": colours["warn"],
            "gs-bad": colours["bad"],
            "gs-run": colours["run"],
            "gs-wait": colours["wait"],
            "gs-muted": colours["muted"],
            "gs-faint": colours["faint"],
            "gs-accent": colours["accent"],
            "gs-strong": colours["strong"],
            "gs-text": colours["text"],
            "gs-ground": colours["ground"],
            "gs-raised": colours["raised"],
            "gs-cursor": colours["cursor"],
            "gs-cursor-blurred": colours["blurred"],
            "gs-rule": colours["rule"],
            "scrollbar": colours["rule"],
            "scrollbar-hover": colours["muted"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background": colours["ground"],
            "scrollbar-background-hover": colours["ground"],
            "scrollbar-background-active": colours["ground"],
            "scrollbar-corner-color": colours["ground"],
            "border": colours["rule"],
            "border-blurred": colours["rule"],
            "input-cursor-background": colours["accent"],
            "input-cursor-foreground": colours["ground"],
            "input-selection-background": colours["cursor"],
            "block-cursor-background": colours["cursor"],
            "block-cursor-foreground": colours["strong"],
            "block-cursor-text-style": "none",
        },
    )


THEMES: tuple[Theme, ...] = (
    _theme(
        DARK,
        dark=True,
        colours={
            "ground": "#10141a",
            "raised": "#1a2029",
            "text": "#c9d3de",
            "strong": "#f1f5f9",
            "muted": "#98a5b5",
            "faint": "#788698",
            "accent": "#5fb3f6",
            "ok": "#63c98a",
            "run": "#8fe3b0",
            "warn": "#e9b955",
            "bad": "#f47b78",
            "wait": "#a9b6c6",
            "cursor": "#1f3347",
            "blurred": "#1a222c",
            "rule": "#2b3541",
        },
    ),
    _theme(
        LIGHT,
        dark=False,
        colours={
            "ground": "#fbfcfd",
            "raised": "#eef2f6",
            "text": "#2a3542",
            "strong": "#0b1420",
            "muted": "#4f5d6b",
            "faint": "#687684",
            "accent": "#0a62b4",
            "ok": "#17743c",
            "run": "#0d5c2d",
            "warn": "#8f5a00",
            "bad": "#b42318",
            "wait": "#4d5b6a",
            "cursor": "#d5e6f7",
            "blurred": "#e9eef3",
            "rule": "#cdd6df",
        },
    ),
    _theme(
        HIGH_CONTRAST,
        dark=True,
        colours={
            "ground": "#000000",
            "raised": "#1c1c1c",
            "text": "#ffffff",
            "strong": "#ffffff",
            "muted": "#d8d8d8",
            "faint": "#b0b0b0",
            "accent": "#5fd7ff",
            "ok": "#5fff87",
            "run": "#afffaf",
            "warn": "#ffd75f",
            "bad": "#ff8787",
            "wait": "#ffffff",
            "cursor": "#003a61",
            "blurred": "#2e2e2e",
            "rule": "#9e9e9e",
        },
    ),
    # Blue and orange stay apart for every common form of colour blindness (the Okabe-Ito set).
    _theme(
        COLOUR_BLIND_DARK,
        dark=True,
        colours={
            "ground": "#10141a",
            "raised": "#1a2029",
            "text": "#c9d3de",
            "strong": "#f1f5f9",
            "muted": "#98a5b5",
            "faint": "#788698",
            "accent": "#cc9fd0",
            "ok": "#56b4e9",
            "run": "#9ad5f5",
            "warn": "#f0e442",
            "bad": "#e8833a",
            "wait": "#a9b6c6",
            "cursor": "#2f2a40",
            "blurred": "#1a222c",
            "rule": "#2b3541",
        },
    ),
    _theme(
        COLOUR_BLIND_LIGHT,
        dark=False,
        colours={
            "ground": "#fbfcfd",
            "raised": "#eef2f6",
            "text": "#2a3542",
            "strong": "#0b1420",
            "muted": "#4f5d6b",
            "faint": "#687684",
            "accent": "#7a3f80",
            "ok": "#005f99",
            "run": "#00466f",
            "warn": "#6f6400",
            "bad": "#a34400",
            "wait": "#4d5b6a",
            "cursor": "#eadcec",
            "blurred": "#e9eef3",
            "rule": "#cdd6df",
        },
    ),
)

_ANSI_COLOURS = {
    "gs-ok": "ansi_green",
    "gs-warn": "ansi_yellow",
    "gs-bad": "ansi_red",
    "gs-run": "ansi_green",
    "gs-wait": "ansi_default",
    "gs-muted": "ansi_default",
    "gs-faint": "ansi_bright_black",
    "gs-accent": "ansi_cyan",
    "gs-strong": "ansi_default",
    "gs-text": "ansi_default",
    "gs-ground": "ansi_default",
    "gs-raised": "ansi_default",
    "gs-cursor": "ansi_default",
    "gs-cursor-blurred": "ansi_default",
    "gs-rule": "ansi_bright_black",
}


def _terminal_theme(name: str, colours: dict[str, str]) -> Theme:
    """A theme in the terminal's own colours; the cursor is shown by attributes, which every palette can show."""
    ground, accent = colours["gs-ground"], colours["gs-accent"]
    return Theme(
        name=name,
        ansi=True,
        dark=True,
        primary=accent,
        secondary=accent,
        accent=accent,
        success=colours["gs-ok"],
        warning=colours["gs-warn"],
        error=colours["gs-bad"],
        foreground=colours["gs-text"],
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        variables={
            **colours,
            "ansi-background": ground,
            "ansi-foreground": colours["gs-text"],
            "border": colours["gs-rule"],
            "border-blurred": colours["gs-rule"],
            "scrollbar": colours["gs-rule"],
            "scrollbar-hover": colours["gs-rule"],
            "scrollbar-active": accent,
            "scrollbar-background": ground,
            "scrollbar-background-hover": ground,
            "scrollbar-background-active": ground,
            "scrollbar-corner-color": ground,
            # Named, not reversed: the toolkit reverses the default colours into white on black, unseen on black.
            "input-cursor-background": colours["gs-accent"] if colours["gs-accent"] != ground else "ansi_white",
            "input-cursor-foreground": "ansi_black",
            "input-cursor-text-style": "reverse" if colours["gs-accent"] == ground else "none",
            "input-selection-background": ground,
            "input-selection-foreground": accent,
            "screen-selection-background": ground,
            "screen-selection-foreground": accent,
            "block-cursor-background": ground,
            "block-cursor-foreground": accent,
            "block-cursor-text-style": "reverse",
        },
    )


TERMINAL_THEMES: tuple[Theme, ...] = (
    _terminal_theme(ANSI, _ANSI_COLOURS),
    _terminal_theme(NO_COLOUR, dict.fromkeys(_ANSI_COLOURS, "ansi_default")),
)

ALL: tuple[Theme, ...] = THEMES + TERMINAL_THEMES
NAMES: tuple[str, ...] = tuple(theme.name for theme in ALL)

ABOUT: dict[str, str] = {
    DARK: "light on dark",
    LIGHT: "dark on light",
    HIGH_CONTRAST: "the strongest contrast there is",
    COLOUR_BLIND_DARK: "light on dark; blue is well, orange failed",
    COLOUR_BLIND_LIGHT: "dark on light; blue is well, orange failed",
    ANSI: "the terminal's own 16 colours",
    NO_COLOUR: "bold, dim and reverse alone",
}
"""What each theme is for, in some words."""


def tokens(variables: dict[str, str]) -> dict[str, str]:
    """Our tokens for a theme that does not know them, from the colours that every theme has."""
    return {
        "gs-ok": variables["success"],
        "gs-warn": variables["warning"],
        "gs-bad": variables["error"],
        "gs-run": variables["success"],
        "gs-wait": variables["foreground"],
        "gs-muted": variables["foreground-darken-3"],
        "gs-faint": variables["foreground-darken-3"],
        "gs-accent": variables["primary"],
        "gs-strong": variables["foreground"],
        "gs-text": variables["foreground"],
        "gs-ground": variables["background"],
        "gs-raised": variables["panel"],
        "gs-cursor": variables["primary-background"],
        "gs-cursor-blurred": variables["panel"],
        "gs-rule": variables["panel"],
    }


@dataclass(frozen=True, slots=True)
class Palette:
    """The theme as styles for what is drawn line by line."""

    tones: dict[Tone, Style]
    cursor: Style
    blurred: Style
    bar: Style
    header: Style
    sorted_header: Style

    def __getitem__(self, tone: Tone) -> Style:
        return self.tones[tone]


def palette(variables: dict[str, str], *, terminal: bool) -> Palette:
    """The styles of a theme's variables. terminal: the terminal's own colours, where a tint cannot show the cursor."""

    def ink(token: str, *, bold: bool | None = None, dim: bool | None = None) -> Style:
        return Style.from_color(Color.parse(variables[token]).rich_color) + Style(bold=bold, dim=dim)

    def ground(token: str) -> Style:
        return Style.from_color(None, Color.parse(variables[token]).rich_color)

    faded = True if terminal else None
    tones: dict[Tone, Style] = {
        "text": ink("gs-text"),
        "strong": ink("gs-strong", bold=True),
        "muted": ink("gs-muted", dim=faded),
        "faint": ink("gs-faint", dim=faded),
        "accent": ink("gs-accent"),
        "ok": ink("gs-ok"),
        "run": ink("gs-run", bold=True),
        "warn": ink("gs-warn"),
        "bad": ink("gs-bad", bold=True),
        "wait": ink("gs-wait"),
        "button": ink("gs-accent"),
        "button-off": ink("gs-faint", dim=faded),
        "heading": ink("gs-muted"),
    }
    reverse = Style(reverse=True)
    return Palette(
        tones=tones,
        cursor=reverse if terminal else ground("gs-cursor"),
        blurred=Style(bold=True) if terminal else ground("gs-cursor-blurred"),
        bar=ink("gs-accent", bold=True),
        header=ink("gs-muted", dim=faded),
        sorted_header=ink("gs-text", bold=True),
    )
