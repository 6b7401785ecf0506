"""A running flow in a notebook: its snapshot, drawn anew about once a second until it has ended."""

from __future__ import annotations

import sys
import threading
from typing import Any, Protocol

from daskflow.monitor.html import snapshot_html
from daskflow.monitor.progress import Followed
from daskflow.monitor.snapshot import RunSnapshot

EVERY_S = 1.0


class _Handle(Protocol):
    def update(self, data: dict[str, str], *, raw: bool) -> None:
        """Replace what is displayed."""


def is_notebook() -> bool:
    """Whether this is a kernel of Jupyter; IPython is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")  # a terminal's shell has none


def show_in_notebook(flow: Followed, every_s: float = EVERY_S) -> None:
    """Display a running flow below the cell; blocks until it has ended, as `Flow.join` does.

    Parameters
    ----------
    flow : Flow
        A flow that runs, or has run.
    every_s : float, default 1
        How often it is drawn anew, in seconds.

    Raises
    ------
    FlowFailed
        As `Flow.join` does, if the flow failed. The display shows the end by then.
    """
    from IPython.display import display

    handle: _Handle = display(_bundle(flow.metrics()), raw=True, display_id=True)
    ended = threading.Event()

    def draw_while_it_runs() -> None:
        while not ended.wait(every_s):
            handle.update(_bundle(flow.metrics()), raw=True)

    drawer = threading.Thread(target=draw_while_it_runs, name="daskflow notebook", daemon=True)
    drawer.start()
    try:
        flow.join()
    finally:
        ended.set()
        drawer.join()
        handle.update(_bundle(flow.metrics()), raw=True)


def _bundle(snapshot: RunSnapshot) -> dict[str, Any]:
    """The plain text is for what shows no HTML, such as a notebook's file on a terminal."""
    return {"text/html": snapshot_html(snapshot), "text/plain": str(snapshot)}
