"""Faults made ready for a run: whom they are for, how often they have struck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from daskflow.core.node import Node
from daskflow.deadletters.choosing import nearest
from daskflow.plan import Plan
from daskflow.runtime.failure import OUTSIDE_MESSAGES
from daskflow.runtime.spec import TaskSpec
from daskflow.testing.faults import CLOSE, OPEN, Delay, Fail, Fault, Hang, Kill


class Armed:
    """A fault, and the message that it strikes.

    Parameters
    ----------
    fault : Kill, Fail or Hang
        As the test wrote it.
    name : str
        Of the task or node that it is for.
    is_for_task : bool
        Whether that is one of several tasks of its node.
    """

    def __init__(self, fault: Kill | Fail | Hang, name: str, *, is_for_task: bool) -> None:
        self.fault = fault
        self.left = fault.times
        self._name = name
        self._takes_later = is_for_task
        self._number: int | None = fault.at

    def strikes(self, task: TaskSpec, numbers: Sequence[int | None]) -> int | None:
        """The first of these numbers of a task that it strikes, or -1 outside of messages; None if none."""
        if not self.left or self._name not in (task.task_name, task.node_name):
            return None
        for number in numbers:
            if number is None or number == self._number or (self._takes_later and self._is_later(number)):
                self.left -= 1
                self._number = number
                self._takes_later = False  # from now on it is for this message
                return -1 if number is None else number
        return None

    def _is_later(self, number: int) -> bool:
        return number >= self.fault.at


class Armory:
    """All faults of a run.

    Parameters
    ----------
    faults : iterable of Kill, Fail, Hang or Delay
        As the test wrote them.
    plan : Plan
        Of the run.

    Raises
    ------
    ValueError
        A fault names no task and no node of the flow, or no edge; the message says what is nearest.
    """

    def __init__(self, faults: Iterable[Fault], plan: Plan) -> None:
        self._tasks = {task.name: len(node.tasks) for node in plan.nodes for task in node.tasks}
        self._nodes = [node.name for node in plan.nodes]
        self._armed: list[Armed] = []
        self._delays: dict[tuple[str, str], float] = {}
        edges = {(edge.source, edge.target) for edge in plan.edges}
        for fault in faults:
            if isinstance(fault, Delay):
                edge = self._node(fault.source), self._node(fault.target)
                if edge not in edges:
                    raise ValueError(f"{edge[1]} does not read {edge[0]}: there is no edge to delay")
                self._delays[edge] = self._delays.get(edge, 0.0) + fault.by_s
            elif isinstance(fault, Kill | Fail | Hang):
                name = _name(fault.target)
                if name not in self._tasks and name not in self._nodes:
                    known = [*self._nodes, *self._tasks]
                    raise ValueError(f"the flow has no task or node {name!r}{nearest(name, known)}")
                is_for_task = self._tasks.get(name, 0) > 1
                self._armed.append(Armed(fault, name, is_for_task=is_for_task))
            else:
                raise TypeError(f"a fault is a Kill, Fail, Hang or Delay, got {fault!r}")

    def kills(self, task: TaskSpec, point: str, numbers: Sequence[int]) -> int | None:
        """The number with which a task is to be killed at a point; -1 outside of messages; None if not."""
        where: Sequence[int | None] = [None] if point in (OPEN, CLOSE) else numbers
        for armed in self._of(Kill, task):
            if armed.fault.point == point:  # type: ignore[union-attr]
                number = armed.strikes(task, where)
                if number is not None:
                    return number
        return None

    def hangs(self, task: TaskSpec, number: int) -> bool:
        """Whether a call of a task is not to return."""
        return any(armed.strikes(task, [number]) is not None for armed in self._of(Hang, task))

    def error(self, task: TaskSpec, method: str, number: int | None) -> BaseException | None:
        """What a call is to raise."""
        for armed in self._of(Fail, task):
            fault = armed.fault
            assert isinstance(fault, Fail)
            if method == (fault.method or task.method):
                numbers = [None if method in OUTSIDE_MESSAGES else number]
                if armed.strikes(task, numbers) is not None:
                    return fault.error.with_traceback(None)
        return None

    def delays_into(self, node: str) -> Iterator[tuple[str, float]]:
        """The parents of a node from which messages come later, and how much."""
        for (source, target), by_s in self._delays.items():
            if target == node:
                yield source, by_s

    def node(self, node: str | Node) -> str:
        """The name of a node of the flow, checked."""
        return self._node(node)

    @property
    def missed(self) -> tuple[Fault, ...]:
        """Faults that did not strike as often as they were to."""
        return tuple(armed.fault for armed in self._armed if armed.left)

    def _of(self, kind: type[Kill] | type[Fail] | type[Hang], task: TaskSpec) -> Iterator[Armed]:
        if task.task_name in self._tasks:  # not the caller's own, which goes by its consumer's name too
            yield from (armed for armed in self._armed if isinstance(armed.fault, kind))

    def _node(self, node: str | Node) -> str:
        name = _name(node)
        if name not in self._nodes:
            raise ValueError(f"the flow has no node {name!r}{nearest(name, self._nodes)}")
        return name


def _name(target: str | Node) -> str:
    return (target.name or repr(target)) if isinstance(target, Node) else target
