"""Consumers that print, keep or ignore what they get."""

from __future__ import annotations

import sys
from typing import Any

from daskflow.consumers.appender import FileAppenderConsumer
from daskflow.core.node import CallerConsumerNode, ConsumerNode

__all__ = ["CollectConsumer", "CommandlineConsumer", "FileAppenderConsumer", "VoidConsumer"]


class CommandlineConsumer(CallerConsumerNode):
    """Prints each message where the flow was started, as `print` does.

    The text is made in the consumer's worker and printed by the process that called `Flow.run`: in a
    notebook it appears in the notebook.

    Parameters
    ----------
    sep : str, default " "
        Between the messages of several parents.
    end : str, default a line break
        After each text.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks.
    """

    def __init__(self, sep: str = " ", end: str = "\n", name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self._sep = sep
        self._end = end

    def consume(self, *items: Any) -> str:
        """Return the text to print for `items`, one per parent; runs in the consumer's worker."""
        return self._sep.join(str(item) for item in items) + self._end

    def deliver(self, value: Any) -> None:
        """Write the text `value` to ``sys.stdout``, as it stands now; runs in the caller's process."""
        sys.stdout.write(value)
        sys.stdout.flush()


class CollectConsumer(CallerConsumerNode):
    """Brings the messages back to the process that called `Flow.run`, as the list `results`.

    Meant for results, such as counts and boxes; a list of all frames of a video fills the memory.

    Parameters
    ----------
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks.
    """

    def __init__(self, name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self._results: list[Any] = []

    @property
    def results(self) -> list[Any]:
        """What came so far, in sequence order; a new list at each call. A new run starts it anew."""
        return list(self._results)

    def begin_run(self) -> None:
        """Forget the results of the run before; called in the caller's process."""
        self._results = []

    def consume(self, *items: Any) -> Any:
        """Return `items`, one per parent, or of one parent the message; runs in the consumer's worker."""
        return items[0] if len(items) == 1 else items

    def deliver(self, value: Any) -> None:
        """Add `value` to the results; runs in the caller's process."""
        self._results.append(value)

    def __getstate__(self) -> dict[str, Any]:
        """State for a worker: without the results."""
        state = super().__getstate__()
        state["_results"] = []
        return state


class VoidConsumer(ConsumerNode):
    """Ignores what it gets: the end of a branch of which only the work is wanted.

    Parameters
    ----------
    name, queue_size
        As for `Node`.
    """

    def consume(self, *items: Any) -> None:
        """Do nothing with `items`; runs in the consumer's worker."""
