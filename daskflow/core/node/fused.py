"""A chain of processors as one node, made by the plan of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.core.node.kinds import ProcessorNode
from daskflow.core.signature import call_with_context


class FusedNode(ProcessorNode):
    """Stands for a chain of stateless processors in a run, and only there: the user's graph is as it was.

    Each member is the user's own node, and stays where it is wired. In a task the runtime calls the members
    one after the other, as if they were nodes by themselves: see `daskflow.runtime.fused_runner.FusedRunner`.

    Parameters
    ----------
    members : sequence of ProcessorNode
        In the order of the chain; each but the first has the one before it as its only parent.
    names : sequence of str
        Theirs in the flow.
    name : str
        Its own, such as ``"grey+crop"``.
    nb_tasks : int
        How many copies of the whole chain run at a time.
    """

    def __init__(
        self, members: Sequence[ProcessorNode], names: Sequence[str], name: str, nb_tasks: int
    ) -> None:
        super().__init__(nb_tasks, name=name, resources={}, workers=())
        self._members = list(members)
        self._member_names = tuple(names)
        self.writable_inputs = members[0].writable_inputs

    @property
    def members(self) -> list[ProcessorNode]:
        """The processors, in the order in which they are called."""
        return list(self._members)

    @property
    def member_names(self) -> tuple[str, ...]:
        """Their names in the flow."""
        return self._member_names

    def process(self, *inputs: Any, ctx: Context | None = None) -> Any:
        """Call the members in turn, up to one that returns `SKIP`; for who calls the node by hand."""
        values: tuple[Any, ...] = inputs
        for member in self._members:
            result = call_with_context(member.process, values, ctx)
            if result is SKIP:
                return SKIP
            values = (result,)
        return values[0]
