"""Several processors run as one task."""

from __future__ import annotations

from typing import Any

from daskflow.core.constants import CPU, GPU, SKIP
from daskflow.core.context import Context
from daskflow.core.node.base import Node
from daskflow.core.node.kinds import ProcessorNode, keeps_state
from daskflow.core.signature import call_with_context
from daskflow.core.sorting import has_cycle, topological_sort


class TaskModuleNode(ProcessorNode):
    """Runs the subgraph between two processors, one after the other, as a single task.

    The module takes the place of its subgraph: the parents of `entry_node` become its parents, and the
    children of `exit_node` its children.

    Parameters
    ----------
    entry_node, exit_node : ProcessorNode
        The subgraph is `entry_node` and all below it down to `exit_node`.
    nb_tasks : int, default 1
        How many copies of the whole subgraph run at a time.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`. What the members say of it themselves does not count.

    Raises
    ------
    ValueError
        There is a cycle; `exit_node` is not below `entry_node`; a member is no processor, is a task module,
        is in another module, has device GPU, has a parent outside, or reads `exit_node`; or a member keeps
        state and `nb_tasks` is more than one. The graph is then as it was before.
    """

    def __init__(
        self,
        entry_node: ProcessorNode,
        exit_node: ProcessorNode,
        nb_tasks: int = 1,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nb_tasks, CPU, name, **options)
        self._members = _checked_members(entry_node, exit_node, nb_tasks)
        index: dict[Node, int] = {member: i for i, member in enumerate(self._members)}
        # Wiring inside the module by position, since a member that travels loses its own.
        self._inputs_of = [
            [index[parent] for parent in (member.parents or [])] if i else []
            for i, member in enumerate(self._members)
        ]
        self._exit_index = index[exit_node]
        self.writable_inputs = any(member.writable_inputs for member in self._members)
        self.resumable = all(member.resumable for member in self._members)
        self._take_place_of(entry_node, exit_node)

    def _take_place_of(self, entry_node: ProcessorNode, exit_node: ProcessorNode) -> None:
        if entry_node._parents is not None:
            self._parents, entry_node._parents = entry_node._parents, None
            for parent in dict.fromkeys(self._parents):
                parent.remove_child(entry_node)
                parent.add_child(self)
        for child in list(exit_node._children):
            exit_node.remove_child(child)
            self.add_child(child)
            if child._parents is not None:
                child._parents = [self if parent is exit_node else parent for parent in child._parents]
        for member in self._members:
            member._module = self

    @property
    def members(self) -> list[ProcessorNode]:
        """The processors inside, in the order they are called."""
        return list(self._members)

    @property
    def keeps_snapshots(self) -> bool:
        """Whether the state of all members that have one can be stored and taken up again."""
        members = self._members
        has_state = any(member.keeps_snapshots for member in members)
        return has_state and all(member.resumable or member.keeps_snapshots for member in members)

    def snapshot(self, ctx: Context | None = None) -> list[Any]:
        """The state of each member, None of one that has none."""
        members: list[Any] = self._members
        return [
            call_with_context(member.snapshot, (), ctx) if member.keeps_snapshots else None
            for member in members
        ]

    def restore(self, state: list[Any], ctx: Context | None = None) -> None:
        """Give each member its state again."""
        members: list[Any] = self._members
        for member, its_state in zip(members, state, strict=True):
            if member.keeps_snapshots:
                call_with_context(member.restore, (its_state,), ctx)

    def open(self, ctx: Context | None = None) -> None:
        """Open each member; runs in the task's worker."""
        for member in self._members:
            call_with_context(member.open, (), ctx)

    def process(self, *inputs: Any, ctx: Context | None = None) -> Any:
        """Run the subgraph on one message from each parent and return what the exit node returned.

        A member that gets a `SKIP` from another is not called, and skips too. All run in the task's worker.
        """
        results: list[Any] = []
        for member, sources in zip(self._members, self._inputs_of, strict=True):
            values = tuple(results[i] for i in sources) if results else inputs
            skipped = any(value is SKIP for value in values)
            results.append(SKIP if skipped else call_with_context(member.process, values, ctx))
        return results[self._exit_index]

    def close(self, ctx: Context | None = None) -> None:
        """Close each member, the last to open first; all are closed even where one raises."""
        failure: BaseException | None = None
        for member in reversed(self._members):
            try:
                call_with_context(member.close, (), ctx)
            except Exception as error:  # noqa: BLE001  the others must still be closed
                failure = failure or error
        if failure is not None:
            raise failure


def _checked_members(
    entry_node: ProcessorNode, exit_node: ProcessorNode, nb_tasks: int
) -> list[ProcessorNode]:
    if has_cycle([entry_node]):
        raise ValueError(f"there is a cycle below {entry_node!r}, the entry of the module")
    below = topological_sort([entry_node], stop_below=exit_node)
    if exit_node not in below:
        raise ValueError(f"{exit_node!r} is not below {entry_node!r}, the entry of the module")
    members: list[ProcessorNode] = []
    for node in below:
        members.append(_checked_member(node, nb_tasks))
    inside: set[Node] = set(members)
    for member in members[1:]:
        for parent in member.parents or []:
            if parent is exit_node:
                raise ValueError(
                    f"{member!r} reads {exit_node!r}, the exit of the module, but is inside the module by "
                    f"another way: make {member!r} the exit"
                )
            if parent not in inside:
                raise ValueError(
                    f"{member!r} in the module reads {parent!r}, which is outside: "
                    "only the entry node may have parents outside"
                )
    return members


def _checked_member(node: Node, nb_tasks: int) -> ProcessorNode:
    if not isinstance(node, ProcessorNode):
        raise ValueError(f"{node!r} is no processor: a module holds processors only")
    if isinstance(node, TaskModuleNode) or node._module is not None:
        raise ValueError(f"{node!r} is a task module or inside one: modules are not nested")
    if keeps_state(node) and nb_tasks > 1:
        raise ValueError(f"{node!r} keeps state: a module with it has nb_tasks=1, got {nb_tasks}")
    if node.device_type == GPU:
        raise ValueError(f"{node!r} wants a GPU: the members of a module run on the CPU")
    return node
