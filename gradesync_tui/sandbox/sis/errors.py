"""How the SIS says no: OneRoster's status information, wrapped or bare, or what some servers send in its place."""

from __future__ import annotations

import html
from typing import Literal

from gradesync_tui.sandbox.web import Answer, Json

Style = Literal["bare", "wrapped", "error", "text", "html"]


def failure(style: Style, version: str, status: int, code: str, message: str) -> Answer:
    """An error answer. code: OneRoster's minor code, such as `invaliddata`."""
    if style == "text":
        return Answer(status, f"{message}\n", content_type="text/plain; charset=utf-8")
    if style == "html":
        head, body = f"<title>Error {status}</title>", f"<h1>{status}</h1><p>{html.escape(message)}</p>"
        page = f"<html><head>{head}</head><body>{body}</body></html>"
        return Answer(status, page, content_type="text/html; charset=utf-8")
    if style == "error":
        return Answer(status, {"error": message})
    info: Json = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": message,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}]
        },
    }
    if version == "1.1":
        info["imsx_messageRefIdentifier"] = "00000000-0000-4000-8000-000000000000"
    return Answer(status, {"imsx_StatusInfo": info} if style == "wrapped" else info)
