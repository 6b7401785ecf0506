"""A processor made of a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.node.kinds import ProcessorNode
from daskflow.core.signature import method_signature


class FunctionProcessorNode(ProcessorNode):
    """Calls a function for each message.

    Parameters
    ----------
    processor_function : callable
        Takes one argument per parent, and ``ctx`` last if it wants the context. Lambdas and functions of
        the main script are fine: they travel by cloudpickle.
    nb_tasks, device_type, name, **options
        As for `ProcessorNode`. The default name is that of the function.

    Raises
    ------
    TypeError, ValueError
        `processor_function` cannot be called, or another argument is of another type or out of its range.
    """

    def __init__(
        self,
        processor_function: Callable[..., Any],
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        **options: Any,
    ) -> None:
        if not callable(processor_function):
            raise TypeError(f"FunctionProcessorNode takes a callable, got {processor_function!r}")
        super().__init__(nb_tasks, device_type, name, **options)
        self._fn = processor_function
        self._takes_context = method_signature(processor_function).takes_context

    @property
    def function(self) -> Callable[..., Any]:
        """The wrapped function; the runtime may call it in place of `process`."""
        return self._fn

    def process(self, *inputs: Any, ctx: Context | None = None) -> Any:
        """Return ``processor_function(*inputs)``, with ``ctx=ctx`` where the function takes it.

        Runs in the task's worker.
        """
        return self._fn(*inputs, ctx=ctx) if self._takes_context else self._fn(*inputs)
