"""The error that tells of a host which took with it what a run cannot do without."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.errors import HostLostError
from daskflow.ledger import Missing
from daskflow.ledger.state import NodeState, TaskState
from daskflow.runtime.spec import TaskSpec


def host_lost(
    missing: Missing, spec: TaskSpec, tasks: Sequence[TaskState], hosts: tuple[str, ...]
) -> HostLostError:
    """The error.

    Parameters
    ----------
    missing : Missing
        What was lost.
    spec : TaskSpec
        Of a task of the node that misses it.
    tasks : sequence of TaskState
        All of the run, by index.
    hosts : tuple of str
        Where it was, as far as that is known.
    """
    names = ", ".join(dict.fromkeys(tasks[task].name for task, _ in missing.owners))
    where = f"in the memory of {names or 'a task'}, whose host is gone or cannot be reached"
    if hosts:
        where = f"in the memory of {names} on host {', '.join(hosts)}, which is gone or cannot be reached"
    node = spec.node_name
    if missing.number is None:
        words = (
            f"the last snapshot of node {node!r} was {where}: no other process can take over what it knew. "
            "Snapshots of at most 16 KiB are kept by the scheduler, and outlive their host"
        )
        return HostLostError(words, node=node, hosts=hosts)
    words = (
        f"message {missing.number} for node {node!r} was {where}, and {missing.source.spec.name!r} cannot "
        f"make it again: {_reason(missing.source)}"
    )
    return HostLostError(words, node=node, sequence_number=missing.number, hosts=hosts)


def _reason(source: NodeState) -> str:
    name = source.spec.name
    if source.kept is not None and source.is_source:
        return "its process is still there, and only a new one begins at an earlier message"
    if source.kept is not None:
        return "what it was made of was lost too, or it was made again and lost too often"
    if source.can_make_again and source.is_source:
        return (
            "with durable=True, in Flow.run or on the nodes that read it, a new process of it begins at the "
            "first message that is missed"
        )
    if source.can_make_again:
        return (
            f"nobody held what it was made of. With durable=True, in Flow.run or on node {name!r}, its "
            "inputs are held until its results are safe"
        )
    if source.is_source:
        return "it has no seek(sequence), by which a new process could begin there"
    return "it keeps state, and has worked on later messages since"
