"""`gradesync sandbox`."""

from __future__ import annotations

import click


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same district.")
@click.option("--pupils", type=click.IntRange(1, 200_000), default=500, show_default=True, help="How many pupils.")
@click.option(
    "--teachers", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Whether they grade."
)
@click.option("--canvas-port", type=click.IntRange(0, 65535), default=0, help="Canvas's port.  [default: a free one]")
@click.option("--sis-port", type=click.IntRange(0, 65535), default=0, help="The SIS's port.  [default: a free one]")
@click.option("--latency", metavar="MS", type=click.FloatRange(0, 60_000), default=0, help="Wait before each answer.")
@click.option("--faults", metavar="TEXT", help="What goes wrong, and when.")
@click.option("--profile", default="progressbook", show_default=True, help="Whose rules the SIS follows.")
def command(
    seed: int,
    pupils: int,
    teachers: str,
    canvas_port: int,
    sis_port: int,
    latency: float,
    faults: str | None,
    profile: str,
) -> None:
    """Serve a Canvas and a SIS on this machine until SIGTERM or Ctrl-C.

    Prints one JSON line with their addresses and credentials. About 25 pupils make a class, and a pupil has 7 classes.
    """
    import asyncio

    asyncio.run(_serve(seed, pupils, teachers == "on", canvas_port, sis_port, latency, faults, profile))


async def _serve(
    seed: int,
    pupils: int,
    teachers: bool,
    canvas_port: int,
    sis_port: int,
    latency: float,
    faults: str | None,
    profile: str,
) -> None:
    import asyncio

    from gradesync_tui.cli.engine import stop_on_signals
    from gradesync_tui.cli.output import emit
    from gradesync_tui.sandbox.district import District
    from gradesync_tui.sandbox.faults import BadFault
    from gradesync_tui.sandbox.sis.rules import PROFILES
    from gradesync_tui.services.process import keep_pauses_short

    keep_pauses_short()
    if profile not in PROFILES:
        raise click.UsageError(f"--profile: there is no {profile!r}. There are: {', '.join(PROFILES)}.")
    try:
        district = District(seed, pupils, teachers, canvas_port, sis_port, latency, faults, profile=profile)
    except BadFault as problem:
        raise click.UsageError(f"--faults: {problem}") from None
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await district.start()
    except OSError as problem:
        raise click.UsageError(f"A port cannot be used ({problem.strerror}). Leave it out, or name another.") from None
    try:
        emit(district.describe())
        await stop.wait()
    finally:
        await district.stop()
