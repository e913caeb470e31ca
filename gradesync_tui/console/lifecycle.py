"""From the first byte on the terminal to the last: signals, crashes, and the engine that must hand its run on."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from gradesync_tui.console.terminal import TerminalWatch

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


async def run_to_the_end(app: ConsoleApp) -> int:
    """Run the console; SIGTERM, SIGHUP and a terminal that vanishes end it as `q` does. The exit status.

    However it ends, the terminal is restored and the engine is waited for until its run is handed on.
    """
    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGHUP)
    for number in handled:
        loop.add_signal_handler(number, app.end, number)
    watch = TerminalWatch(lambda: loop.call_soon_threadsafe(app.end, signal.SIGHUP))
    watch.start()
    gc.freeze()  # the program itself is never looked through for garbage: no key waits for that
    try:
        await app.find_start()
        if app.ended_by is None:  # told to end before there was anything to end
            await app.run_async(mouse=app.options.mouse)
    finally:
        watch.stop()
        await app.engine.ended()
        for number in handled:
            loop.remove_signal_handler(number)
        app.keep_session()
    if app.crash is not None:
        where = write_crash(app.crash, app.options.state_folder)
        print(f"gradesync: the console stopped by a fault of its own ({type(app.crash).__name__}). "  # noqa: T201
              f"The report is in {where}; send it to SIS support.", file=sys.stderr)  # fmt: skip
        return 1
    if app.ended_by is not None:
        return 128 + app.ended_by
    if app.engine.leaves_none:
        print("gradesync: no engine runs now, so no schedule does, until somebody opens the console. "  # noqa: T201
              "An engine that stays: gradesync engine", file=sys.stderr)  # fmt: skip
    return app.return_code or 0


def write_crash(error: BaseException, folder: Path | None = None) -> Path:
    """Write where an error came from, without any value of a variable, to a file that only its owner reads.

    folder: where the file goes; None, or a folder that cannot be used, is the system's folder for what may be lost.
    """
    from textual.worker import WorkerFailed

    if isinstance(error, WorkerFailed) and error.error is not None:
        # The toolkit tells only that a worker failed; what failed in it is what support needs.
        error = error.error
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix="gradesync-crash-", suffix=".txt", dir=folder)
    except OSError:
        handle, name = tempfile.mkstemp(prefix="gradesync-crash-", suffix=".txt")
    lines = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=False).format()
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(lines)
    return Path(name)
