"""What a step costs the scheduler and a task, in seconds of processor time."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SchedulerCosts:
    """Processor time of the scheduler's process, measured by ``python -m benchmarks.scheduler``.

    Attributes
    ----------
    round_s : float
        To wake up for all that has come, from one task or several.
    step_s : float
        To take in what a task says.
    told_s : float
        To tell a task something.
    message_s : float
        For each message that a task has finished, from its outcome to the lease of the next.
    """

    round_s: float
    step_s: float
    told_s: float
    message_s: float

    def times(self, factor: float) -> SchedulerCosts:
        """Those of a machine on which all takes `factor` times as long."""
        names = self.__slots__
        return replace(self, **{name: factor * getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class TaskCosts:
    """Processor time of a task's process beside its node's, on the same machine.

    Attributes
    ----------
    message_s : float
        To unpickle the inputs of a message, and to pack its result.
    step_s : float
        To say something to the ledger.
    told_s : float
        To take in what it says.
    per_byte_s : float
        To copy a byte of a result into shared memory.
    wake_s : float
        What a call that waits takes longer than it wants: until a core runs it.
    """

    message_s: float = 25e-6
    step_s: float = 20e-6
    told_s: float = 20e-6
    per_byte_s: float = 2.5e-10
    wake_s: float = 100e-6


SOCKET_COSTS = SchedulerCosts(round_s=2e-6, step_s=18e-6, told_s=18e-6, message_s=4.5e-6)
"""Of the scheduler's own host, over the ledger's UNIX socket."""

TCP_COSTS = SchedulerCosts(round_s=45e-6, step_s=14e-6, told_s=14e-6, message_s=4.5e-6)
"""Of any host, over TCP."""

COMM_COSTS = SchedulerCosts(round_s=280e-6, step_s=120e-6, told_s=120e-6, message_s=12e-6)
"""Of any host, over Dask's comms, as with TLS."""
