"""Consumers whose results come back to the process that runs the flow."""

from __future__ import annotations

from typing import Any

from daskflow.core.node.kinds import ConsumerNode


class CallerConsumerNode(ConsumerNode):
    """A consumer in two halves: `consume` in its worker, `deliver` in the process that called `Flow.run`.

    Whatever `consume` returns is carried back, in sequence order and exactly once, also where the worker was
    killed in between, and given to `deliver` of the node that the user wired, not of the worker's copy.

    Parameters
    ----------
    name : str, optional
        Unique in the flow.
    queue_size : int, optional
        How many messages may wait at each input.

    Notes
    -----
    What `deliver` gathers stays with the caller: leave it out in ``__getstate__``, or each task is sent the
    results of the run before.
    """

    def begin_run(self) -> None:
        """Get ready for a new run; called in the caller's process before each. Does nothing by default."""

    def deliver(self, value: Any) -> None:
        """Take what `consume` returned for the next message; called in the caller's process.

        Parameters
        ----------
        value : object
            The return value of `consume`, after pickling.
        """
        raise NotImplementedError(f"{type(self).__name__} has no deliver()")
