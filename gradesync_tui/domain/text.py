"""Making text from outside safe to show, to print and to export."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls, DEL, line and paragraph separators, bidirectional overrides and isolates, zero-width and other
# invisible formatting characters, lone surrogates: whatever could drive a terminal or hide what a name says.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_SPACES = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def clean(text: str, *, limit: int = 500) -> str:
    """One line that is safe to hand to a terminal: line breaks become blanks, other control characters `�`.

    Names from Canvas or the SIS are data. `limit` is in characters; a longer text ends in `…`, so that one hostile
    name cannot fill a screen or a log.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return _UNSAFE.sub("\ufffd", text)


def clean_block(text: str, *, limit: int = 20_000) -> str:
    """As `clean`, for raw answers of several lines: line breaks stay, each line is made safe."""
    return "\n".join(clean(line, limit=2_000) for line in text[:limit].splitlines())


def csv_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    text = clean(str(value), limit=32_000)
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: `1 record`, `2,341 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
