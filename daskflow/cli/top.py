"""What ``daskflow top`` does: running flows as a table that is drawn anew, or once, or as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence

import click
from rich.console import Console
from rich.live import Live

from daskflow.cli.complaints import NothingToShow, UsageProblem
from daskflow.cli.keys import quit_event
from daskflow.cli.sighting import Sighting
from daskflow.cluster.asking import Unanswered
from daskflow.monitor.records import to_record
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.terminal.page import Page

PLAIN_WIDTH = 400
"""Where there is no terminal to fit: whoever reads a log can scroll, but not get a column back."""


def top(address: str | None, *, wanted: str | None, every_s: float, once: bool, as_json: bool) -> None:
    """Show running flows.

    Parameters
    ----------
    address : str or None
        Of a scheduler; None for this user's flows on this machine.
    wanted : str or None
        Only flows of this name, or the run whose id begins so.
    every_s : float
        How often the table is drawn anew, in seconds.
    once : bool
        Print one table and return, as is done where the output is no terminal.
    as_json : bool
        Print a line of JSON for each flow instead, and return.

    Raises
    ------
    UsageProblem
        The address is none.
    NothingToShow
        No such flow runs, or its scheduler gives no answer.
    """
    try:
        sighting = Sighting(address, wanted)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    console = Console()
    try:
        if as_json or once or not console.is_terminal or console.is_dumb_terminal:
            snapshots = asyncio.run(_once(sighting, history=as_json))
            if as_json:
                _print_json(snapshots)
            else:
                print_page(Page(snapshots), console)
            for trouble in sighting.troubles.values():
                click.echo(f"Warning: {trouble}", err=True)
        else:
            print_page(asyncio.run(_live(sighting, console, every_s)), console)
    except Unanswered as error:
        raise NothingToShow(str(error)) from error
    except KeyboardInterrupt:  # before the display took over
        raise click.exceptions.Exit(0) from None


def print_page(page: Page, console: Console) -> None:
    """Print flows: fitted on a terminal, elsewhere plain, and as wide as they are."""
    if console.is_terminal:
        console.print(page)
        return
    wide = Console(file=console.file, width=PLAIN_WIDTH, color_system=None)
    with wide.capture() as captured:
        wide.print(page)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _print_json(snapshots: Sequence[RunSnapshot]) -> None:
    for snapshot in snapshots:
        click.echo(json.dumps(to_record(snapshot), allow_nan=False))


async def _once(sighting: Sighting, *, history: bool = False) -> list[RunSnapshot]:
    try:
        return await _first(sighting, history=history)
    finally:
        await sighting.close()


async def _first(sighting: Sighting, *, history: bool = False) -> list[RunSnapshot]:
    snapshots = await sighting.look(history=history)
    if snapshots:
        return snapshots
    if sighting.others:
        raise NothingToShow(f"no such flow runs; those that run are {', '.join(sighting.others)}")
    if sighting.troubles:
        raise NothingToShow("; ".join(sighting.troubles.values()))
    raise NothingToShow(
        "no flow of yours runs on this machine. Start one with daskflow run FILE.py, or with flow.run() in a "
        "program; for one elsewhere give its scheduler's address, tcp://host:port"
    )


async def _live(sighting: Sighting, console: Console, every_s: float) -> Page:
    """Draw until q is pressed or nothing runs any more; what to leave on the terminal."""
    try:
        drawn = await _first(sighting)
        with (
            quit_event() as asked,
            Live(_page(drawn), console=console, screen=True, auto_refresh=False) as live,
        ):
            live.refresh()

            async def draw() -> None:
                nonlocal drawn
                while True:
                    await asyncio.sleep(every_s)
                    try:
                        snapshots = await sighting.look()
                    except Unanswered as error:
                        if error.is_gone:
                            return
                        live.update(_page(drawn, "no answer"), refresh=True)
                        continue
                    if not (snapshots or sighting.troubles):
                        return
                    drawn = snapshots or drawn
                    live.update(_page(drawn, _said_of(sighting)), refresh=True)

            drawing = asyncio.create_task(draw())
            waiting = asyncio.create_task(asked.wait())
            await asyncio.wait({drawing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            has_ended = drawing.done()
            for task in (drawing, waiting):
                task.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            with contextlib.suppress(asyncio.CancelledError):
                await drawing
        note = "has ended" if has_ended else ""
        return Page(drawn, has_tasks=False, note=note)
    finally:
        await sighting.close()


def _page(snapshots: Sequence[RunSnapshot], said: str = "") -> Page:
    return Page(snapshots, fills_screen=True, note=", ".join(filter(None, ("q ends", said))))


def _said_of(sighting: Sighting) -> str:
    return f"{len(sighting.troubles)} gave no answer" if sighting.troubles else ""
