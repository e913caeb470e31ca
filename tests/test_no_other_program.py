"""Whoever may use the console, and nothing else, must find no way out of it: no part of it starts another program."""

from __future__ import annotations

import ast
from pathlib import Path

import gradesync_tui

PACKAGE = Path(gradesync_tui.__file__).parent

MODULES = {"subprocess", "webbrowser", "pty", "multiprocessing", "code", "pdb", "pydoc", "readline"}
OF_A_MODULE = {
    "os": {"system", "popen", "posix_spawn", "posix_spawnp", "fork", "forkpty", "startfile"},
    "click": {"edit", "launch", "echo_via_pager", "pager"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
}
# The toolkit's ways to a shell, an editor, a browser, and a file that the person's client chooses.
ANYWHERE = {"suspend", "action_suspend_process", "open_url", "breakpoint", "subprocess_exec", "subprocess_shell"} | {
    *("deliver_text", "deliver_binary", "deliver_screenshot", "Markdown", "MarkdownViewer", "TextArea")
}


def found_in(text: str) -> list[tuple[int, str]]:
    """The lines and names by which a program text could start another program."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, name.name) for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            bad = OF_A_MODULE.get(node.module or "", set()) | ANYWHERE
            is_bad = (node.module or "").split(".")[0] in MODULES
            found += [(node.lineno, name.name) for name in node.names if is_bad or name.name in bad]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            bad = OF_A_MODULE.get(node.value.id, set()) | ANYWHERE
            starts = node.value.id == "os" and node.attr.startswith(("exec", "spawn"))
            found += [(node.lineno, node.attr)] if starts or node.attr in bad else []
        elif isinstance(node, ast.Name) and node.id in ANYWHERE:
            found.append((node.lineno, node.id))
    return sorted(found)


# A browser's person has no other way to a file; `hand_over` uses it there alone.
ALLOWED = {"console/exports.py": ["deliver_text"]}


def test_no_part_of_the_program_starts_another_one() -> None:
    files = {path.relative_to(PACKAGE): found_in(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    named = {path.as_posix(): [name for _, name in found] for path, found in files.items() if found}
    assert named == ALLOWED


def test_the_search_finds_what_it_looks_for() -> None:
    text = "import subprocess\nos.system('')\nos.execvp\nself.suspend()\nfrom click import edit\nos.path\n"
    assert found_in(text) == [(1, "subprocess"), (2, "system"), (3, "execvp"), (4, "suspend"), (5, "edit")]
