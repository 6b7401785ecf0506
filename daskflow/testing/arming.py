"""Faults made ready for a run: whom they are for, how often they have struck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from daskflow.core.node import Node
from daskflow.deadletters.choosing import nearest
from daskflow.plan import Plan
from daskflow.runtime.failure import OUTSIDE_MESSAGES
from daskflow.runtime.spec import TaskSpec
from daskflow.testing.faults import CLOSE, OPEN, PROCESS, Delay, Fail, Fault, Hang, Kill, LoseHost

F = TypeVar("F", bound=Kill | Fail | Hang)


class Armed(Generic[F]):
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

    def __init__(self, fault: F, name: str, *, is_for_task: bool) -> None:
        self.fault: F = fault
        self.left = fault.times
        self._name = name
        self._takes_later = is_for_task
        self.number: int | None = fault.at
        """The message that it strikes; None once it has struck outside of any."""

    def strikes(self, task: TaskSpec, numbers: Sequence[int | None]) -> bool:
        """Whether it strikes a task that has these messages in hand, or None of them."""
        if not self.left or self._name not in (task.task_name, task.node_name, *task.members):
            return False
        for number in numbers:
            if number is None or number == self.number or (self._takes_later and number >= self.fault.at):
                self.left -= 1
                self.number = number
                self._takes_later = False  # from now on it is for this message
                return True
        return False


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
    TypeError
        Something is no fault.
    """

    def __init__(self, faults: Iterable[Fault], plan: Plan) -> None:
        self._nb_siblings = {task.name: len(node.tasks) for node in plan.nodes for task in node.tasks}
        self._nodes = [node.name for node in plan.nodes]
        self._chains = {member: node for node in plan.nodes for member in node.members}
        self._edges = {(edge.source, edge.target) for edge in plan.edges}
        self._kills: list[Armed[Kill]] = []
        self._fails: list[Armed[Fail]] = []
        self._hangs: list[Armed[Hang]] = []
        self._delays_s: dict[tuple[str, str], float] = {}
        self._hosts: list[tuple[LoseHost, frozenset[str]]] = []  # that are still to be lost
        for fault in faults:
            match fault:
                case Kill():
                    self._kills.append(self._armed(fault))
                case Fail():
                    self._fails.append(self._armed(fault))
                case Hang():
                    self._hangs.append(self._armed(fault))
                case Delay():
                    self._delay(fault)
                case LoseHost():
                    self._hosts.append((fault, self._tasks_on(fault, plan)))
                case _:
                    raise TypeError(f"a fault is a Kill, Fail, Hang, Delay or LoseHost, got {fault!r}")

    def kill(self, task: TaskSpec, point: str, numbers: Sequence[int]) -> Armed[Kill] | None:
        """What kills a task at a point, with these messages in hand; None if it lives."""
        where: Sequence[int | None] = [None] if point in (OPEN, CLOSE) else numbers
        for armed in self._kills:
            if armed.fault.point == point and self._strikes(armed, task, where):
                return armed
        return None

    def host_lost(self, task: TaskSpec, point: str, numbers: Sequence[int]) -> frozenset[str]:
        """The tasks that are lost with their host when one of them comes to a point; empty if none is."""
        for each in self._hosts:
            fault, names = each
            if point == PROCESS and task.task_name in names and any(n >= fault.at for n in numbers):
                self._hosts.remove(each)
                return names
        return frozenset()

    def hangs(self, task: TaskSpec, number: int) -> bool:
        """Whether a call of a task is not to return."""
        return any(self._strikes(armed, task, [number]) for armed in self._hangs)

    def error(self, task: TaskSpec, method: str, number: int | None) -> BaseException | None:
        """What a call is to raise."""
        where = [None if method in OUTSIDE_MESSAGES else number]
        for armed in self._fails:
            fault = armed.fault
            if method == (fault.method or task.method) and self._strikes(armed, task, where):
                return fault.error.with_traceback(None)
        return None

    def delays_into(self, node: str) -> Iterator[tuple[str, float]]:
        """The parents of a node from which messages come later, and how much."""
        for (source, target), by_s in self._delays_s.items():
            if target == node:
                yield source, by_s

    def node(self, node: str | Node) -> str:
        """The name of a node of the flow; of the member of a fused chain that of the chain.

        Raises
        ------
        ValueError
            The flow has no such node.
        """
        name = _name(node)
        if name in self._chains:
            return self._chains[name].name
        if name not in self._nodes:
            raise ValueError(f"the flow has no node {name!r}{nearest(name, self._nodes)}")
        return name

    def called(self, node: str | Node) -> str:
        """The name of a node whose calls take a time of their own: a member of a chain, and no chain.

        Raises
        ------
        ValueError
            The flow has no such node, or it is a fused chain.
        """
        name = _name(node)
        if name in self._chains:
            return name
        members = [member for member, chain in self._chains.items() if chain.name == name]
        if members:
            raise ValueError(f"{name!r} is a fused chain: say it of {', '.join(members)}")
        return self.node(node)

    @property
    def missed(self) -> tuple[Fault, ...]:
        """Faults that did not strike as often as they were to."""
        lists: tuple[Sequence[Armed[Any]], ...] = self._kills, self._fails, self._hangs
        struck_less = [armed.fault for each in lists for armed in each if armed.left]
        return (*struck_less, *(fault for fault, _ in self._hosts))

    def _strikes(self, armed: Armed[F], task: TaskSpec, numbers: Sequence[int | None]) -> bool:
        # Not the caller's own task, which goes by the name of its consumer too.
        return task.task_name in self._nb_siblings and armed.strikes(task, numbers)

    def _armed(self, fault: F) -> Armed[F]:
        name = _name(fault.target)
        known = [*self._nodes, *self._chains, *self._nb_siblings]
        if name not in known:
            raise ValueError(f"the flow has no task or node {name!r}{nearest(name, known)}")
        return Armed(fault, name, is_for_task=self._nb_siblings.get(name, 0) > 1)

    def _tasks_on(self, fault: LoseHost, plan: Plan) -> frozenset[str]:
        tasks: set[str] = set()
        for target in fault.targets:
            name = _name(target)
            tasks.update([name] if name in self._nb_siblings else self._tasks_of(self.node(name), plan))
        return frozenset(tasks)

    def _tasks_of(self, node: str, plan: Plan) -> list[str]:
        return [task.name for task in plan.tasks if task.node == node]

    def _delay(self, fault: Delay) -> None:
        edge = self.node(fault.source), self.node(fault.target)
        if edge not in self._edges:
            why = "they run as one task" if edge[0] == edge[1] else f"{edge[1]} does not read {edge[0]}"
            raise ValueError(f"{why}: there is no edge to delay")
        self._delays_s[edge] = self._delays_s.get(edge, 0.0) + fault.by_s


def _name(target: str | Node) -> str:
    return (target.name or repr(target)) if isinstance(target, Node) else target
