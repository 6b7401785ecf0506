"""Tasks that join a node, and leave it, while messages move."""

from __future__ import annotations

from daskflow.ledger.state import STARVED, NodeState, TaskState
from daskflow.ledger.streams import Streams


class Scaling:
    """Changes how many tasks run a node whose tasks have no state.

    What a task that leaves has in hand it finishes; it is given no more. A task that has left may join again,
    as a new incarnation, so that names and indices do not grow without end.
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self.leaving: list[TaskState] = []
        """Tasks that are to leave and have not closed, as far as was noted."""

    def add(self, node: NodeState, now: float) -> TaskState:
        """Let one more task take part, whose process is still to come.

        Raises
        ------
        ValueError
            The node's tasks have state, or there is nothing left for it to do; the message is a clause
            about the node.
        """
        spec = node.spec
        if node.is_source or not spec.resumable or node.history is not None:
            raise ValueError("it runs as one task")
        if node.announced:
            raise ValueError("it has no more messages")
        left = [task for task in node.tasks if task.is_retiring and task.closed]
        if left:
            task = left[0]
            task.closed = task.is_retiring = False
            task.times_left += 1
        else:
            task = TaskState(len(self._streams.tasks), node, f"{spec.name}-{len(node.tasks)}")
            node.tasks.append(task)
            self._streams.tasks.append(task)
        task.mode, task.mode_since_s, task.joined_s = STARVED, now, now
        node.ordered = node.is_draining = False  # there are at least two now
        self._streams.touched[node] = None
        return task

    def retire(self, task: TaskState) -> None:
        """Give a task no more, and have it close when it has finished what it has in hand."""
        task.is_retiring = True
        task.node.wanted -= task.wanted
        task.wanted = 0
        task.outbox.ended = True
        self.leaving.append(task)

    def note_left(self, now: float, started_s: float) -> None:
        """Note that those have left that have closed, and for how long they took part."""
        for task in [task for task in self.leaving if task.closed]:
            self.leaving.remove(task)
            task.was_here_s += now - max(task.joined_s, started_s)
            node = task.node
            # Not before: the one that stays goes on while the last call of one that leaves takes long.
            if sum(not (other.is_retiring and other.closed) for other in node.tasks) == 1:
                node.is_draining = True
                self._streams.touched[node] = None

    def resize(self, source: int, target: int, capacity: int, inline_capacity: int) -> None:
        """Let an edge hold more or fewer messages; what it holds already stays."""
        for edge in self._streams.nodes[source].edges_out:
            if edge.target.index == target:
                edge.capacity, edge.inline_capacity = capacity, inline_capacity or capacity
                self._streams.touched[edge.source] = None
