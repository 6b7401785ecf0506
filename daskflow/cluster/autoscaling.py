"""Scales nodes of a run by what its snapshots say."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from daskflow.cluster.monitoring import RunMonitor
from daskflow.cluster.scaling import Scaler, TooLateError
from daskflow.errors import AllocationError, DaskflowError, ScalingError
from daskflow.monitor.autoscaling import Autoscaling, Bounds, Decision

logger = logging.getLogger("daskflow.cluster")

EVERY_S = 1.0
"""As often as there is a new sample."""


class Autoscaler:
    """A thread that looks at snapshots, and has nodes scaled; none until the first node is to be.

    Parameters
    ----------
    monitor : RunMonitor
        Of the run.
    scaler : Scaler
        Of the run.
    """

    def __init__(self, monitor: RunMonitor, scaler: Scaler) -> None:
        self._monitor = monitor
        self._scaler = scaler
        self._nodes: dict[str, Autoscaling] = {}
        self._refusals: dict[str, str] = {}  # of each node, the last that was told
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def scale(self, node: str, nb_tasks: int) -> None:
        """Give a node so many tasks, and leave it at that; see `Scaler.scale`."""
        name = self._scaler.name_of(node)
        with self._lock:
            self._nodes.pop(name, None)  # what was decided and is not begun is not done either
        self._scaler.scale(name, nb_tasks)

    def follow(self, bounds: Bounds) -> None:
        """Scale a node within these bounds from now on.

        Raises
        ------
        ScalingError
            The node cannot be scaled.
        """
        name = self._scaler.name_of(bounds.node)
        with self._lock:
            self._nodes[name] = Autoscaling(replace(bounds, node=name))
            if self._thread is None and not self._is_closing.is_set():
                self._thread = threading.Thread(target=self._run, name="daskflow autoscaler", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Scale nothing more; blocks until what is under way is done."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closing.wait(EVERY_S):
            with self._lock:
                nodes = list(self._nodes.values())
            for node in nodes:  # a change takes a while: the next node is looked at after it
                snapshot = self._monitor.since_change(node.bounds.node)
                decision = node.decide(snapshot)
                if decision is None:
                    continue
                try:
                    self._carry_out(node, decision, snapshot[node.bounds.node].nb_tasks)
                except TooLateError:
                    self._leave(node)
                except DaskflowError as error:
                    logger.warning("node %s is scaled no more: %s", node.bounds.node, error)
                    self._leave(node)

    def _leave(self, node: Autoscaling) -> None:
        with self._lock:
            if self._nodes.get(node.bounds.node) is node:
                del self._nodes[node.bounds.node]

    def _carry_out(self, node: Autoscaling, decision: Decision, present: int) -> None:
        """Have a node scaled; by one task, where there is not so much to be had."""
        name = node.bounds.node
        one_more = [present + 1] if decision.nb_tasks > present + 1 else []
        refusal = ""
        for nb_tasks in (decision.nb_tasks, *one_more):
            try:
                self._scaler.scale(
                    name, nb_tasks, decision.reason, is_wanted=lambda: self._nodes.get(name) is node
                )
            except TooLateError:
                raise
            except (AllocationError, ScalingError) as error:
                refusal = str(error)
            else:
                return
        self._monitor.note_changed(name)  # as if: it is not tried each second
        if self._refusals.get(name) != refusal:
            self._refusals[name] = refusal
            logging.getLogger(f"daskflow.{name}").warning("no further task joins: %s", refusal)
