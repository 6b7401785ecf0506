"""Starts and ends tasks of a run while messages move."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from daskflow.cluster.controller import RunController
from daskflow.cluster.crew import Crew
from daskflow.errors import ScalingError
from daskflow.plan import Plan, TaskPlan
from daskflow.plan.rescaling import scalable
from daskflow.runtime.spec import TaskSpec

T = TypeVar("T")


class TooLateError(ScalingError):
    """There is nothing left to do for a node, or in the whole run."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"node {name!r} cannot be scaled: {why}")


class Scaler:
    """Changes how many tasks run a node. One change is made at a time; each blocks until it is made.

    Parameters
    ----------
    plan : Plan
        What runs.
    controller : RunController
        Of the run.
    crew : Crew
        Has its tasks run.
    note_task : callable
        Told of each task that joins, before its worker starts; in the ledger's thread.
    """

    def __init__(
        self,
        plan: Plan,
        controller: RunController,
        crew: Crew,
        *,
        note_task: Callable[[TaskSpec], None] = lambda spec: None,
    ) -> None:
        self.plan = plan
        """As it is now."""
        self._controller = controller
        self._thread = controller.thread
        self._monitor = controller.monitor
        self._crew = crew
        self._note_task = note_task
        self._index_of = {task.name: i for i, task in enumerate(plan.tasks)}
        self._changing = threading.Lock()
        self._is_closed = False

    def scale(
        self, name: str, nb_tasks: int, reason: str = "", *, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Give a node so many tasks; blocks until those that join have opened, or those that leave are gone.

        A run that ends meanwhile ends the wait. A Ctrl-C ends it too, and the change is made all the same:
        half of one would leave tasks that nobody runs, or workers without a task.

        Parameters
        ----------
        name : str
            Of the node.
        nb_tasks : int
            How many tasks it is to have.
        reason : str
            For those who watch; empty where somebody asked.
        is_wanted : callable
            Asked when the changes before this one are made; if it says no, nothing is changed.

        Raises
        ------
        ScalingError
            The node cannot be scaled, a worker did not start, or the run is over; nothing was changed.
        AllocationError
            The node only runs on a GPU, and there is none left; nothing was changed.
        """
        made: concurrent.futures.Future[None] = concurrent.futures.Future()

        def make() -> None:
            try:
                with self._changing:
                    if is_wanted():
                        self._change(name, nb_tasks, reason)
            except BaseException as error:  # noqa: BLE001  it belongs to the thread that asked
                made.set_exception(error)
            else:
                made.set_result(None)

        threading.Thread(target=make, name="daskflow scaling", daemon=True).start()
        made.result()

    def name_of(self, node: str) -> str:
        """The name of a node that can be scaled: its own, or of a member of a chain that of the chain.

        Raises
        ------
        ScalingError
            It cannot be scaled, or there is none.
        """
        return scalable(self.plan, node).name

    def close(self) -> None:
        """Change nothing more; blocks until a change that is under way is made."""
        with self._changing:
            self._is_closed = True

    def _change(self, name: str, nb_tasks: int, reason: str) -> None:
        if self._is_closed:
            raise TooLateError(name, "the run has ended")
        plan = self._crew.planned(self.plan, name, nb_tasks)
        position = [node.name for node in plan.nodes].index(name)
        before, after = self.plan.nodes[position].tasks, plan.nodes[position].tasks
        if len(after) > len(before):
            self._start(plan, position, after[len(before) :], reason)
        elif len(after) < len(before):
            self._end(plan, position, before[len(after) :], reason)
        self._monitor.note_changed(name)

    def _start(self, plan: Plan, position: int, tasks: Sequence[TaskPlan], reason: str) -> None:
        name = plan.nodes[position].name
        specs = [self._crew.compiled(plan, position, task) for task in tasks]
        specs = self._changed(name, self._add, position, specs)
        self._index_of.update({spec.task_name: spec.task for spec in specs})
        try:
            self._crew.start(plan, tasks, specs)
        except Exception as error:
            self._changed(name, self._retire, [spec.task for spec in specs])
            raise ScalingError(
                f"further workers of node {name!r} did not start, and it goes on as it was: {error}"
            ) from error
        self._take_up(plan, position, reason)
        states = self._thread.service.ledger.tasks
        self._wait(lambda: all(states[spec.task].attached or states[spec.task].closed for spec in specs))

    def _end(self, plan: Plan, position: int, tasks: Sequence[TaskPlan], reason: str) -> None:
        indices, names = [self._index_of[task.name] for task in tasks], [task.name for task in tasks]
        ledger = self._thread.service.ledger
        self._changed(plan.nodes[position].name, self._retire, indices)
        self._take_up(plan, position, reason)
        self._wait(lambda: all(ledger.has_left(index) for index in indices))
        if ledger.is_over or ledger.is_aborting:
            return  # all that runs is taken down
        self._crew.end(plan, names)

    def _changed(self, name: str, change: Callable[..., T], *arguments: Any) -> T:
        """Make a change in the ledger's thread; it is refused for a node of this name once that has ended."""
        try:
            return self._thread.call(change, *arguments)
        except concurrent.futures.CancelledError as error:
            raise TooLateError(name, "the run has ended") from error

    def _take_up(self, plan: Plan, position: int, reason: str) -> None:
        """Go by a new plan from now on."""
        before, self.plan = self.plan, plan
        node, earlier_node = plan.nodes[position], before.nodes[position]
        self._monitor.replan(plan, node.name, len(earlier_node.tasks), len(node.tasks), reason)
        index = {node.name: i for i, node in enumerate(plan.nodes)}
        resize = self._thread.service.ledger.resize
        for edge, earlier in zip(plan.edges, before.edges, strict=True):
            if edge != earlier:
                ends = index[edge.source], index[edge.target]
                self._thread.post(resize, *ends, edge.capacity, edge.inline_capacity)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        """Block until something is so in the ledger's thread, or the run comes to its end."""
        ledger, come = self._thread.service.ledger, threading.Event()
        try:
            self._thread.call(
                self._thread.service.when,
                lambda: is_so() or ledger.is_over or ledger.is_aborting,
                come.set,
            )
        except concurrent.futures.CancelledError:
            return
        come.wait()

    # -- in the ledger's thread -------------------------------------------------------------------------

    def _add(self, position: int, specs: Sequence[TaskSpec]) -> list[TaskSpec]:
        added: list[TaskSpec] = []
        for spec in specs:
            try:
                index = self._thread.service.add_task(position)
            except ValueError as error:  # for the first, as nothing happens in between
                raise TooLateError(spec.node_name, str(error)) from error
            added.append(replace(spec, task=index))
            self._controller.add(added[-1])
            self._note_task(added[-1])
        return added

    def _retire(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._thread.service.retire(index)
