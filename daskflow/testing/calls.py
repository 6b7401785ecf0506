"""The calls of a simulated node: where faults strike, and how long the simulation lets them take."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from daskflow.core.context import Context
from daskflow.core.node import ConsumerNode, FusedNode, Node, ProducerNode
from daskflow.core.signature import method_signature
from daskflow.runtime.runner import working_method
from daskflow.runtime.spec import TaskSpec
from daskflow.testing.faults import CLOSE, OPEN, PROCESS

if TYPE_CHECKING:
    from daskflow.testing.process import Process
    from daskflow.testing.simulation import Simulation

SLOWEST_OPEN_S = 0.05

EVEN_SPREAD = 0.5, 1.5
"""By how much the calls of a task differ from their usual time."""


def surround(process: Process, simulation: Simulation, node: Node) -> None:
    """Put faults and time around the methods of a process's copy of its node, or of each of a chain."""
    spec = process.spec
    if not isinstance(node, FusedNode):
        Calls(process, simulation, spec).surround(node)
        return
    for i, (member, name) in enumerate(zip(node.members, node.member_names, strict=True)):
        # What is to befall the chain, and not one of its members, befalls the first.
        also = () if i else (spec.node_name,)
        own = replace(spec, node_name=name, method=working_method(member)[0], members=also)
        Calls(process, simulation, own).surround(member)


class Calls:
    """Surrounds the methods of a task's copy of its node.

    Parameters
    ----------
    process : Process
        Of the task.
    simulation : Simulation
        Of which it is a part.
    spec : TaskSpec
        Of the task, as if it ran only the node whose methods these are.
    """

    def __init__(self, process: Process, simulation: Simulation, spec: TaskSpec) -> None:
        self._process = process
        self._spec = spec
        self._whose = "" if spec.node_name == process.spec.node_name else f"{spec.node_name}."
        self._simulation = simulation
        self._inputs: list[Any] | None = None

    def surround(self, node: Node) -> None:
        """Put faults and time around the methods that a task calls."""
        method = self._spec.method
        if isinstance(node, ConsumerNode):
            self._inputs = self._simulation.inputs[self._spec.node_name]
        self._replace(node, method, self._working)
        self._replace(node, "open", self._opening)
        self._replace(node, "close", self._closing)
        if isinstance(node, ProducerNode):
            self._replace(node, "seek", self._other)
        if node.keeps_snapshots:
            self._replace(node, "snapshot", self._other)
            self._replace(node, "restore", self._other)

    def _replace(self, node: Node, name: str, around: Callable[..., Any]) -> None:
        method = getattr(node, name, None)
        if not callable(method):
            return
        takes_context = method_signature(method).takes_context

        def call(*values: Any, ctx: Context | None = None) -> Any:
            if ctx is None:  # the node itself calls it, in another call
                return method(*values)

            def itself() -> Any:
                return method(*values, ctx=ctx) if takes_context else method(*values)

            return around(itself, name, values, ctx)

        vars(node)[name] = call

    def _working(self, call: Callable[[], Any], name: str, values: tuple[Any, ...], ctx: Context) -> Any:
        process, simulation = self._process, self._simulation
        spec, random = self._spec, simulation.agenda.random
        assert ctx.sequence_number is not None
        # A node for batches inside of a module leaves its numbers behind.
        numbers = ctx.batch_numbers if name == "process_batch" else (ctx.sequence_number,)
        for number in numbers:
            process.note(f"{self._whose}{name} begins", number)
        process.begin_call(numbers[0], spec.policy.process_timeout_s)
        dies_late = random.random() < 0.5
        if not dies_late:
            process.may_die(PROCESS, numbers, spec)
        for number in numbers:
            if simulation.armory.hangs(spec, number):
                process.note(f"{self._whose}{name} hangs", number)
                process.spend(None)
            self._raise_if_told(name, number)
        if self._inputs is not None:
            self._inputs.append(copy.deepcopy(values[0] if len(values) == 1 else values))
        try:
            result = call()
        except StopIteration:
            raise
        except Exception:
            process.spend(simulation.call_time_s(spec))
            raise
        process.spend(simulation.call_time_s(spec))
        if dies_late:
            process.may_die(PROCESS, numbers, spec)
        return result

    def _opening(self, call: Callable[[], Any], name: str, _values: Any, _ctx: Any) -> None:
        self._process.note(f"opens {self._spec.node_name}" if self._whose else "opens")
        self._process.may_die(OPEN, spec=self._spec)
        self._raise_if_told(name, None)
        call()
        self._process.begin_call()
        self._process.spend(self._simulation.agenda.random.uniform(0.0, SLOWEST_OPEN_S))

    def _closing(self, call: Callable[[], Any], name: str, _values: Any, _ctx: Any) -> None:
        if self._process.is_killed:
            return  # the thread is only cleaned up: a killed process closes nothing
        self._process.note(f"closes {self._spec.node_name}" if self._whose else "closes")
        self._process.may_die(CLOSE, spec=self._spec)
        self._raise_if_told(name, None)
        call()

    def _other(self, call: Callable[[], Any], name: str, _values: Any, ctx: Context) -> Any:
        self._process.note(f"{self._whose}{name} is called")
        self._raise_if_told(name, ctx.sequence_number)
        return call()

    def _raise_if_told(self, name: str, number: int | None) -> None:
        error = self._simulation.armory.error(self._spec, name, number)
        if error is not None:
            self._process.note(f"{self._whose}{name} is made to raise {error!r}", number)
            raise error
