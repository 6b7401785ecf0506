"""A processor made of a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.core.constants import CPU
from daskflow.core.node.kinds import ProcessorNode


class FunctionProcessorNode(ProcessorNode):
    """Calls a function for each message.

    Parameters
    ----------
    processor_function : callable
        Takes one argument per parent, and ``ctx`` last if it wants the context. Lambdas and functions of
        the main script are fine: they travel by cloudpickle.
    nb_tasks, device_type, name, queue_size
        As for `ProcessorNode`. The default name is that of the function.
    """

    def __init__(
        self,
        processor_function: Callable[..., Any],
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        *,
        queue_size: int | None = None,
    ) -> None:
        if not callable(processor_function):
            raise TypeError(f"FunctionProcessorNode takes a callable, got {processor_function!r}")
        super().__init__(nb_tasks, device_type, name, queue_size=queue_size)
        self._fn = processor_function

    @property
    def function(self) -> Callable[..., Any]:
        """The wrapped function; the runtime calls it in place of `process`."""
        return self._fn

    def process(self, *inputs: Any) -> Any:
        """Return ``processor_function(*inputs)``."""
        return self._fn(*inputs)
