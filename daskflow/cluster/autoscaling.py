"""Scales nodes of a run by what its snapshots say."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from daskflow.errors import DaskflowError
from daskflow.monitor.autoscaling import Autoscaling, Bounds
from daskflow.monitor.snapshot import RunSnapshot

logger = logging.getLogger("daskflow.cluster")

EVERY_S = 1.0
"""As often as there is a new sample."""


class Autoscaler:
    """A thread that looks at snapshots, and has nodes scaled; none until the first node is to be.

    Parameters
    ----------
    latest : callable
        The last snapshot of the run.
    scale : callable
        Gives a node so many tasks, for a reason; blocks until it has them.
    """

    def __init__(self, latest: Callable[[], RunSnapshot], scale: Callable[[str, int, str], None]) -> None:
        self._latest = latest
        self._scale = scale
        self._nodes: dict[str, Autoscaling] = {}
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, bounds: Bounds) -> None:
        """Scale a node within these bounds from now on."""
        with self._lock:
            self._nodes[bounds.node] = Autoscaling(bounds)
            if self._thread is None and not self._is_closing.is_set():
                self._thread = threading.Thread(target=self._run, name="daskflow autoscaler", daemon=True)
                self._thread.start()

    def leave(self, node: str) -> None:
        """Scale a node no more."""
        with self._lock:
            self._nodes.pop(node, None)

    def close(self) -> None:
        """Scale nothing more; blocks until what is under way is done."""
        self._is_closing.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closing.wait(EVERY_S):
            snapshot = self._latest()
            with self._lock:
                nodes = list(self._nodes.values())
            for node in nodes:
                decision = node.decide(snapshot)
                if decision is None:
                    continue
                try:
                    self._scale(node.bounds.node, decision.nb_tasks, decision.reason)
                except DaskflowError as error:
                    logger.warning("node %s is scaled no more: %s", node.bounds.node, error)
                    self.leave(node.bounds.node)
