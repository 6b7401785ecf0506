"""The error that tells of a process whose end ended the run."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.cluster.exits import described_exit
from daskflow.core.secrets import masked
from daskflow.errors import FlowFailed, NodeError, TaskLostError
from daskflow.ledger import GPU_LOST, STATE_LOST, TOO_LONG
from daskflow.ledger.losses import MINUTE_S
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.surroundings import Loss


@dataclass(frozen=True, slots=True)
class LossReport:
    """What is known of a process whose end ended the run.

    Attributes
    ----------
    loss : Loss
        Whose it was, and why the run cannot go on.
    spec : TaskSpec
        Of the task.
    log_lines, stack : tuple of str
        What it logged last, and where in the node's code it was.
    deaths : int
        How many processes of the task died in the last minute.
    """

    loss: Loss
    spec: TaskSpec
    log_lines: tuple[str, ...]
    stack: tuple[str, ...]
    deaths: int

    def error(self, exit_code: int | None, *, memory_ran_out: bool) -> FlowFailed:
        """The error, once the exit code is known."""
        loss, spec = self.loss, self.spec
        node = spec.node_name if loss.in_hand is None else spec.node_at(loss.part)
        how = described_exit(exit_code, loss.killed_for, memory_ran_out=memory_ran_out)
        at = "" if loss.in_hand is None else f" at message {loss.in_hand}"
        if loss.reason == TOO_LONG:
            words = (
                f"{spec.method}() of node {node!r} (task {spec.task_name}) took longer than "
                f"process_timeout_s={spec.policy.process_timeout_s:g}{at}; its process was killed"
            )
            return NodeError(
                words + self._details(),
                node=node,
                task=spec.task_name,
                sequence_number=loss.in_hand,
                method=spec.method,
            )
        who = f"the process of task {spec.task_name} of node {node!r} died{at}"
        if loss.reason == STATE_LOST:
            why = (
                "with it went what the node remembered: its results cannot be continued by a fresh copy. "
                "snapshot() and restore(state) on the node, or seek(sequence) on a producer, let it go on"
            )
        elif loss.reason == GPU_LOST:
            why = (
                "with it went results in GPU memory that others had not read yet. With "
                "dask.config.set({'daskflow.gpu-ipc': False}) results are kept in main memory, where they "
                "outlive their process"
            )
        else:
            why = (
                f"it was the {_ordinal(self.deaths)} process of the task to die within {MINUTE_S:g} s, and "
                f"max_restarts is {spec.policy.max_restarts}"
            )
        return TaskLostError(
            f"{who}: {how}; {why}{self._details()}",
            node=node,
            task=spec.task_name,
            exit_code=exit_code,
        )

    def _details(self) -> str:
        lines: list[str] = []
        if self.stack:
            lines += ["It was here, the innermost call last:", *(f"  {line}" for line in self.stack)]
        if self.log_lines:
            lines += ["Its last log lines:", *(f"  {line}" for line in self.log_lines)]
        return masked("".join(f"\n{line}" for line in lines))


def _ordinal(count: int) -> str:
    suffix = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{suffix}"
