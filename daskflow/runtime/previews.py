"""Pictures of a task's inputs for who looks at the flow: one each time that somebody asks, else nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from daskflow.core.frame import is_picture
from daskflow.core.secrets import masked
from daskflow.runtime.runner import Message
from daskflow.transport import wire

SWITCHED_OFF = "looking at pictures is switched off for this run"

_LONGEST_REASON = 300  # letters


class Previews:
    """Answers with a picture of the next message, or with the reason why there is none.

    A picture is made in the task's thread, between two messages: the arrays look into slots that are held no
    longer for it. What has to be loaded before the first is loaded in a thread.

    Parameters
    ----------
    is_allowed : bool
        Whether pictures may be shown at all.
    say : callable
        Sends a frame to the ledger.
    """

    def __init__(self, is_allowed: bool, say: Callable[[list[Any]], object]) -> None:
        self._is_allowed = is_allowed
        self._say = say
        self.asked: list[int] = []
        """Positions, among the node's inputs, of which a picture is wanted; empty while nobody looks."""

    def ask(self, argument: int) -> None:
        """Note that a picture of an argument of the next message is wanted."""
        if argument not in self.asked:
            self.asked.append(argument)
        if self._is_allowed:
            _maker.load_soon()

    def show(self, number: int, messages: Sequence[Message]) -> None:
        """Send what was asked for, of this message; or nothing yet, while the means are being loaded."""
        if self._is_allowed and _maker.is_loading:
            return
        asked, self.asked = self.asked, []
        for argument in asked:
            self._say([wire.PICTURE, argument, number, *self._made(argument, messages)])

    def _made(self, argument: int, messages: Sequence[Message]) -> tuple[bytes | str, int, int]:
        if not self._is_allowed:
            return SWITCHED_OFF, 0, 0
        try:
            value = messages[argument][0]
            if not is_picture(value):
                return f"the message is no picture, but {_described(value)}", 0, 0
            others = [other for i, (other, _) in enumerate(messages) if i != argument]
            return _maker.make(value, others)
        except Exception as error:  # noqa: BLE001  to look at a run shall never end it
            return masked(f"{type(error).__name__}: {error}")[:_LONGEST_REASON], 0, 0


class _Maker:
    """What pictures are made with, loaded when it is first needed; shared by the tasks of a process."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._thumbnail: Callable[..., tuple[bytes, int, int]] | None = None
        self._why_not = ""

    @property
    def is_loading(self) -> bool:
        return self._thumbnail is None and not self._why_not

    def load_soon(self) -> None:
        """Load in a thread what is not there yet: OpenCV alone takes a tenth of a second."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.load, name="daskflow preview", daemon=True)
            self._thread.start()

    def load(self) -> None:
        """Load it."""
        try:
            from daskflow.processors.vision.thumbnail import thumbnail, warm_up

            warm_up()
        except Exception as error:  # noqa: BLE001  OpenCV is missing, or does not fit this machine
            self._why_not = f"OpenCV, which makes the pictures, cannot be used in this worker: {error}"
        else:
            self._thumbnail = thumbnail

    def make(self, value: Any, others: Sequence[Any]) -> tuple[bytes | str, int, int]:
        """JPEG, width and height; or the reason why there is none."""
        if self._thumbnail is None:
            return self._why_not[:_LONGEST_REASON], 0, 0
        return self._thumbnail(value, others)


_maker = _Maker()


def _described(value: Any) -> str:
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return f"a {type(value).__name__}"
    return f"an array of {dtype} and shape {tuple(shape)}"
