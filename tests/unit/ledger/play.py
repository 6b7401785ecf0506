"""Plays events to a ledger, in the words of a small flow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from daskflow.ledger import FAILED, OUTPUT, SKIPPED, EdgeSpec, Ledger, NodeSpec, Outcome, Payload, Topology
from daskflow.ledger.slots import slot_number


class Play:
    """A ledger whose nodes and tasks have names, and a clock that goes on by a second an event.

    Parameters
    ----------
    flow : mapping of str to str
        For each node its parents, ``{"p": "", "a": "p", "j": "p a"}``.
    tasks : mapping of str to int
        How many tasks a node has, where that is not one.
    capacity : int
        Of each edge.
    inline_capacity : int
        The same for messages in no slot; 0 for `capacity`.
    lossy : collection of str
        The edges that drop, as ``"p>a"``.
    stateful : collection of str
        The nodes that cannot be resumed; producers cannot, unless `options` say so.
    durable : collection of str
        The nodes whose inputs are held until their results are safe.
    tolerates_loss : bool
        Whether messages that are lost with a host are counted.
    options : mapping of str to mapping
        Further fields of a node's `NodeSpec`.
    started : bool
        Whether all tasks have registered and opened their node.
    target : int
        How many leases each task wants.
    """

    def __init__(
        self,
        flow: Mapping[str, str],
        *,
        tasks: Mapping[str, int] | None = None,
        capacity: int = 8,
        inline_capacity: int = 0,
        lossy: Collection[str] = (),
        stateful: Collection[str] = (),
        durable: Collection[str] = (),
        tolerates_loss: bool = False,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        started: bool = True,
        target: int = 1,
    ) -> None:
        names = list(flow)
        specs = [
            NodeSpec(
                name,
                tuple(names.index(parent) for parent in parents.split()),
                (tasks or {}).get(name, 1),
                **{"resumable": bool(parents) and name not in stateful, **(options or {}).get(name, {})},
            )
            for name, parents in flow.items()
        ]
        edges = [
            EdgeSpec(
                names.index(parent),
                names.index(name),
                capacity,
                f"{parent}>{name}" in lossy,
                inline_capacity,
                name in durable,
            )
            for name, parents in flow.items()
            for parent in dict.fromkeys(parents.split())
        ]
        self.ledger = Ledger(Topology(tuple(specs), tuple(edges), tolerates_loss))
        self.now = 0.0
        self._index = {state.name: state.index for state in self.ledger.tasks}
        self._nodes = {name: self.ledger.nodes[i] for i, name in enumerate(names)}
        self._target = dict.fromkeys(self._index, target)
        if started:
            for name in self._index:
                self.register(name)
            for name in self._index:
                self.exchange(name)

    # -- events -----------------------------------------------------------------------------------------

    def register(self, task: str) -> int:
        start = self.ledger.register(self.index(task), self._tick())
        self.ledger.settle(self.now)
        return start.incarnation

    def exchange(
        self,
        task: str,
        outcomes: Sequence[Outcome] = (),
        *,
        released: Collection[int] = (),
        target: int | None = None,
        incarnation: int | None = None,
    ) -> None:
        index = self.index(task)
        if target is not None:
            self._target[self.ledger.tasks[index].name] = target
        if incarnation is None:
            incarnation = self.ledger.tasks[index].incarnation
        wanted = self._target[self.ledger.tasks[index].name]
        self.ledger.exchange(index, incarnation, outcomes, released, wanted, self._tick())
        self.ledger.settle(self.now)

    def emit(self, node: str, count: int = 1, *, slots: tuple[int, ...] = ()) -> None:
        """Let a producer give its next `count` messages, each in the same slots."""
        for _ in range(count):
            self.exchange(node, [output(self._nodes[node].next_number, slots, node)])

    def commit(
        self, task: str, *numbers: int, slots: tuple[int, ...] = (), released: Collection[int] = ()
    ) -> None:
        """Let a task finish numbers that it holds; each output says ``node:number``."""
        node = task.split("-")[0]
        self.exchange(task, [output(number, slots, node) for number in numbers], released=released)

    def skip(self, task: str, *numbers: int) -> None:
        self.exchange(task, [Outcome(number, SKIPPED) for number in numbers])

    def fail(self, task: str, number: int, error: Any) -> None:
        self.exchange(task, [Outcome(number, FAILED, error)])

    def end(self, *nodes: str) -> None:
        for node in nodes:
            index = self.index(node)
            self.ledger.end(index, self.ledger.tasks[index].incarnation)
            self.ledger.settle(self._tick())

    def close(self, *tasks: str) -> None:
        for task in tasks:
            index = self.index(task)
            self.ledger.close(index, self.ledger.tasks[index].incarnation)
            self.ledger.settle(self._tick())

    def lose(self, task: str, in_hand: int | None = None) -> bool:
        index = self.index(task)
        incarnation = self.ledger.tasks[index].incarnation
        reason = self.ledger.lose(index, incarnation, self._tick(), in_hand=in_hand)
        self.ledger.settle(self.now)
        return reason is None

    def restart(self, task: str, in_hand: int | None = None) -> None:
        """Lose a task, and let a new process of it open its node."""
        assert self.lose(task, in_hand)
        self.register(task)
        self.exchange(task)

    def join(self, node: str) -> str:
        """Let one more task of a node take part, and its process come and open it; returns its name."""
        index = self.ledger.add_task(self._nodes[node].index, self._tick())
        task = self.ledger.tasks[index].name
        self._index[task] = index
        self._target.setdefault(task, 1)
        self.register(task)
        self.exchange(task)
        return task

    def retire(self, *tasks: str) -> None:
        for task in tasks:
            self.ledger.retire(self.index(task), self._tick())
        self.ledger.settle(self.now)

    def lose_host(self, *tasks: str) -> list[tuple[str, int | None]]:
        """Lose tasks together with their slots; returns what ends the run, as node and number."""
        owners = [(self.index(task), self.ledger.tasks[self.index(task)].incarnation) for task in tasks]
        for index, incarnation in owners:
            self.ledger.lose(index, incarnation, self._tick())
        self.ledger.lose_slots(owners, self.now)
        return self.missing()

    def lost_input(self, task: str, number: int, *slots: int) -> list[tuple[str, int | None]]:
        """Let a task say that it cannot get at slots; returns the same."""
        index = self.index(task)
        self.ledger.lost_input(index, self.ledger.tasks[index].incarnation, number, slots, self._tick())
        return self.missing()

    def missing(self) -> list[tuple[str, int | None]]:
        self.ledger.settle(self._tick())
        return [(each.node.spec.name, each.number) for each in self.ledger.take_missing()]

    def stop(self) -> None:
        self.ledger.stop()
        self.ledger.settle(self._tick())

    # -- what came of them ------------------------------------------------------------------------------

    def index(self, task: str) -> int:
        """The index of a task; a node's name stands for its first."""
        return self._index[task if "-" in task else f"{task}-0"]

    def outbox(self, task: str) -> Any:
        return self.ledger.tasks[self.index(task)].outbox

    def given(self, task: str) -> list[int]:
        """The numbers that a task was leased since it was asked last."""
        return [number for number, _ in self.inputs(task)]

    def inputs(self, task: str) -> list[tuple[int, list[Any]]]:
        """The same, with what the parents said."""
        leases = self.outbox(task).leases
        taken = [(lease.number, [payload.descriptor for payload in lease.payloads]) for lease in leases]
        leases.clear()
        return taken

    def work(self, task: str) -> list[int]:
        """Let a task finish all that it is given, until it is given no more."""
        done: list[int] = []
        while numbers := self.given(task):
            done += numbers
            self.commit(task, *numbers)
        return done

    def told(self) -> list[str]:
        return sorted(state.name for state in self.ledger.take_to_tell())

    def counts(self, node: str) -> dict[str, int]:
        """How the numbers of a node ended, without the zeros."""
        counters = self._nodes[node].counters
        kinds = ("done", "skipped", "dropped", "lost", "failed", "voided")
        return {kind: getattr(counters, kind) for kind in kinds if getattr(counters, kind)}

    def waiting(self, node: str) -> list[int]:
        """How many messages wait in each edge into a node."""
        return [edge.waiting for edge in self._nodes[node].edges_in]

    def has_ended(self, task: str) -> bool:
        return bool(self.outbox(task).ended)

    def slot(self, task: str, count: int = 0, *, on_gpu: bool = False) -> int:
        """A slot of a task's present process."""
        index = self.index(task)
        return slot_number(index, self.ledger.tasks[index].incarnation, count, on_gpu=on_gpu)

    def _tick(self) -> float:
        self.now += 1.0
        return self.now


def output(number: int, slots: tuple[int, ...] = (), node: str = "") -> Outcome:
    """An output that says whose it is."""
    return Outcome(number, OUTPUT, Payload(f"{node}:{number}", slots), busy_s=0.5)
