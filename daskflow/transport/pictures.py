"""What somebody wants to see of a running flow, whom that was asked of, and what came."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from daskflow.ledger.state import NodeState, TaskState

logger = logging.getLogger("daskflow.transport")

AT_MOST_EVERY_S = 0.25
"""How often a picture of one edge is asked for at most, however many look at it and however often."""

PATIENCE_S = 1.0
"""After this time without an answer another task of the node is asked: the first may be in a long call."""

SEEN_S = 10.0
"""What nobody has looked at for this long is forgotten: who comes then shall not take it for the newest."""

OLD_NEWS = -float("inf")


class Shown(NamedTuple):
    """A picture of a message.

    Attributes
    ----------
    number : int
        Of the message.
    jpeg : bytes
        A small picture.
    width, height : int
        Of it, in pixels.
    """

    number: int
    jpeg: bytes
    width: int
    height: int


@dataclass(slots=True, eq=False)
class _View:
    """An edge, and what is seen of it."""

    target: NodeState
    argument: int
    asked: dict[int, float] = field(default_factory=dict)  # by task, when; until it answers or is gone
    asked_s: float = OLD_NEWS
    looked_s: float = OLD_NEWS
    shown: Shown | None = None
    why_not: str = ""


class Pictures:
    """The pictures of one run. One is asked for each time that somebody looks, and of one task.

    `look` and `is_due` may be called in any thread; all else in the ledger's.

    Parameters
    ----------
    nodes : iterable of NodeState
        The ledger's.
    is_allowed : bool
        Whether pictures may be shown; if not, nothing is asked for and nothing kept.
    now_s : callable
        The time.
    """

    def __init__(self, nodes: Iterable[NodeState], is_allowed: bool, now_s: Callable[[], float]) -> None:
        self.is_allowed = is_allowed
        self._now_s = now_s
        self._views: dict[tuple[str, str], _View] = {}
        nodes = list(nodes)
        for node in nodes:
            for argument, source in enumerate(node.spec.inputs):
                self._views.setdefault((nodes[source].spec.name, node.spec.name), _View(node, argument))

    def look(self, source: str, target: str) -> tuple[Shown | None, str]:
        """The last picture of an edge, given by the names of its nodes, and why the last message gave none.

        None and no words where nothing was seen yet, where that is not allowed, and where there is no such
        edge.
        """
        view = self._views.get((source, target))
        if view is None or not self.is_allowed:
            return None, ""
        now_s = self._now_s()
        if now_s - view.looked_s > SEEN_S:
            view.shown, view.why_not = None, ""
        view.looked_s = now_s
        return view.shown, view.why_not

    def is_due(self, source: str, target: str) -> bool:
        """Whether another may be asked for, so that the ledger's thread is not called in vain."""
        view = self._views.get((source, target))
        return view is not None and self.is_allowed and self._now_s() - view.asked_s >= AT_MOST_EVERY_S

    def next_task(self, source: str, target: str) -> tuple[TaskState, int] | None:
        """Whom to ask now, and for which of its arguments; None where nobody is to be asked."""
        if not self.is_due(source, target):
            return None
        view, now_s = self._views[source, target], self._now_s()
        if any(now_s - asked_s < PATIENCE_S for asked_s in view.asked.values()):
            return None
        # Each has one request at most, so that what hangs is not sent more and more of them.
        free = [task for task in view.target.tasks if _can_answer(task) and task.index not in view.asked]
        if not free:
            return None
        task = min(free, key=_how_soon)
        view.asked_s = view.asked[task.index] = now_s
        return task, view.argument

    def came(self, task: TaskState, argument: int, number: int, body: bytes | str, *size: int) -> None:
        """Keep what a task answered, unless nobody asked it: a JPEG, or words why there is none."""
        for (source, target), view in self._views.items():
            if view.target is task.node and view.argument == argument and task.index in view.asked:
                del view.asked[task.index]
                if isinstance(body, str):
                    if body != view.why_not:  # else it would be said as often as somebody looks
                        logger.info("no picture of what goes from %s to %s: %s", source, target, body)
                    view.why_not = body
                else:
                    view.shown, view.why_not = Shown(number, body, *size), ""

    def forget(self, task: int) -> None:
        """Take note that a task's process is gone: it will not answer."""
        for view in self._views.values():
            view.asked.pop(task, None)


def _can_answer(task: TaskState) -> bool:
    return task.present and task.attached and not task.closed


def _how_soon(task: TaskState) -> tuple[bool, int]:
    """Who waits is given the next message; of the others, who has several in hand takes one soonest."""
    return bool(task.leased), -len(task.leased)
