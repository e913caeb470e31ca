"""The command line. Every command is in a module of its own that is imported when the command is called, so that
`gradesync --help` answers at once."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from gradesync_tui import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "console": ("console", "Watch and act: the console (what bare `gradesync` opens)."),
    "web": ("web", "The console in a browser, behind a link that opens once."),
    "demo": ("demo", "A small district with its own Canvas and SIS, syncing before your eyes."),
    "init": ("init", "Make the database, and you its SIS support."),
    "accounts": ("accounts", "List, add and change accounts (districts)."),
    "connect": ("connect", "Say where an account's Canvas and SIS are."),
    "schedules": ("schedules", "List, preview, change, run, pause and resume schedules."),
    "rollovers": ("rollovers", "Plan windows in which schedules rest."),
    "categories": ("categories", "Map assignment groups to the SIS's categories."),
    "history": ("history", "What ran, newest first; --follow keeps watching."),
    "runs": ("runs", "One run: show, cancel, problems, log, export."),
    "trace": ("trace", "The whole way of one grade, over all runs."),
    "people": ("people", "Who may use gradesync, and their roles."),
    "ssh": ("ssh", "Who may come in over SSH, by key."),
    "audit": ("audit", "Who did what: list, verify, export."),
    "engine": ("engine", "Run what is due, in the foreground, until stopped."),
    "service": ("service", "Run the engine as a service of this machine (systemd)."),
    "doctor": ("doctor", "Check everything and say what to do."),
    "support": ("support", "Contact SIS Support, with a report that holds no secrets and no pupils."),
    "config": ("config", "Show and check the settings."),
    "sandbox": ("sandbox", "Serve a Canvas and a SIS on this machine, for trying and testing."),
}
"""Every command: the module in this package that holds it, as `command`, and its line in the help."""


class LazyGroup(click.Group):
    """A group that lists its commands from the table above and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"gradesync_tui.cli.{COMMANDS[cmd_name][0]}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the work failed, 2 wrong usage or configuration, 3 worth trying again. "
    "Data goes to stdout, everything else to stderr.",
)
@click.option("--database", metavar="URL", help="The database: sqlite:///path or a path.  [default: the settings']")
@click.version_option(__version__, prog_name="gradesync")
@click.pass_context
def gradesync(ctx: click.Context, database: str | None) -> None:
    """Carry every grade from Canvas to the student information system, on schedules, and see how.

    Without a command, gradesync opens the console.
    """
    if ctx.invoked_subcommand is None:
        console = gradesync.get_command(ctx, "console")
        if console is not None:
            ctx.invoke(console)


def main() -> NoReturn:
    """Run the command line and exit with its code; whatever goes wrong is said in one line on stderr."""
    # Whatever this program writes may hold pupils' names and grades, so it is for its owner alone.
    os.umask(0o077)
    # Looking for garbage costs a start a tenth of its time and finds nothing. What lives long looks more often, later.
    gc.set_threshold(200_000, 50, 1_000)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter of somebody's name shows a stand-in; it is no reason to fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = gradesync.main(prog_name="gradesync", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as problem:
        from gradesync_tui.cli.failures import explain

        code = explain(problem)
    sys.exit(code if isinstance(code, int) else 0)
