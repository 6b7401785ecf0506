"""Dask's own report about a run: profiles of the workers, what they ran and when, the scheduler's logs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path

from distributed import Client, Future, performance_report

logger = logging.getLogger("daskflow.cluster")

PATIENCE_S = 2.0
"""How long Dask may take to hear that its tasks have ended; the ledger knows it before."""

MOST_S = 20.0
"""How long a report may take: of a worker whose process is stuck Dask would wait for ever."""


def check_report(path: Path) -> None:
    """See to it that a report can be written, which would else be known only when the run has ended.

    Raises
    ------
    OSError
        It cannot, for the reason that it says.
    """
    try:
        path.open("a").close()
    except OSError as error:
        words = f"performance_report cannot be written ({error.strerror}); name a file in an existing folder"
        raise OSError(error.errno, words, str(path)) from None


def begin_report(client: Client, path: Path, title: str, tasks: Collection[Future]) -> Callable[[], None]:
    """Let Dask take notes for `distributed.performance_report`, until the returned function is called.

    Parameters
    ----------
    client : Client
        Of the run.
    path : Path
        The file, in HTML.
    title : str
        What stands where the report shows the code that was run.
    tasks : collection of Future
        Dask's tasks, as far as they will be there at the end.

    Returns
    -------
    callable
        Writes the report; blocks for a second or two, and raises nothing: a run ends also without one. To be
        called while the workers are still there, since they are asked for their profiles.
    """
    report = performance_report(filename=str(path), mode="inline")  # with Bokeh's scripts in it
    with client.as_current():
        report.__enter__()

    def write() -> None:
        end_s = time.monotonic() + PATIENCE_S
        while any(task.status == "pending" for task in tasks) and time.monotonic() < end_s:
            time.sleep(0.01)
        try:
            with client.as_current():
                client.sync(report.__aexit__, None, None, None, code=title, callback_timeout=MOST_S)
        except Exception:
            logger.exception("there is no performance report at %s", path)

    return write
