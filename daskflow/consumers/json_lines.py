"""Messages or events as lines of JSON."""

from __future__ import annotations

import os
from typing import Any

from daskflow.consumers.resumable import Mark, ResumableFile
from daskflow.consumers.target import absolute_target, check_target
from daskflow.core.context import Context
from daskflow.core.node import ConsumerNode
from daskflow.scene.event import events_of
from daskflow.scene.records import json_bytes


class JsonLinesConsumer(ConsumerNode):
    """Writes each message, or each event in it, as one line of JSON.

    Parameters
    ----------
    path : str or os.PathLike
        The file, UTF-8, in a folder that exists. A relative path is taken from the directory in which the
        node is constructed.
    append : bool, default False
        Keep what the file holds, and add to it; else it is replaced as the first message comes.
    events_only : bool, default False
        Write a line for each `daskflow.scene.Event` in the messages, such as those of a `LineCount`, and
        nothing else.
    flush_every : int, default 1
        After how many messages the lines are handed to the operating system, where others can read them.
        They are so at each snapshot too: see `snapshot_every` of `Node`.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, on_error, snapshot_every.

    Raises
    ------
    TypeError, ValueError
        `flush_every` is no whole number, or below 1.

    Notes
    -----
    Messages are numbers, strings, lists, dicts, dataclasses, NumPy's numbers and small arrays, or
    `supervision.Detections`, of which each is an object: ``daskflow.scene.records.record_of`` says how
    each is written. NaN and the infinities become null. Several parents' messages become a list.

    Where the consumer's process is killed another goes on at its last snapshot, and takes back what was
    written since: no line is torn, missing or there twice. With `append` there is a ``<path>.begin``
    meanwhile, which says where the run began. While a run lasts nothing else may write to the file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        append: bool = False,
        events_only: bool = False,
        flush_every: int = 1,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if isinstance(flush_every, bool) or not isinstance(flush_every, int):
            raise TypeError(f"flush_every is a whole number of messages, got {flush_every!r}")
        if flush_every < 1:
            raise ValueError(f"flush_every is at least 1, got {flush_every}")
        self._path = absolute_target(path)
        self._append = bool(append)
        self._events_only = bool(events_only)
        self._flush_every = flush_every
        self._since_flush = 0
        self._writer = ""  # of the lines: this node in this run
        self._file: ResumableFile | None = None

    def open(self, ctx: Context) -> None:
        """Check that the file can be written; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            It cannot; the message says why.
        """
        check_target(self._path)
        self._writer = f"{ctx.run_id} {ctx.node_name}"
        self._since_flush = 0

    def consume(self, *items: Any) -> None:
        """Write the lines for `items`, one per parent; runs in the consumer's worker.

        Raises
        ------
        TypeError, ValueError
            A message, or a part of it, has no JSON form, such as a frame.
        OSError
            The file cannot be written, as on a full disk. It then holds whole lines.
        """
        file = self._begun()
        try:
            piece = b"".join(json_bytes(value) + b"\n" for value in self._values(items))
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{self!r} writes JSON: {error}") from None
        file.write(piece)
        self._since_flush += 1
        if self._since_flush >= self._flush_every:
            file.flush(len(piece))
            self._since_flush = 0

    def snapshot(self) -> Mark:
        """How far the file is; hands it to the operating system so far."""
        return self._begun().mark()

    def restore(self, state: Mark) -> None:
        """Go on where `snapshot` said; what a killed process wrote after that is taken back."""
        self._begun().resume(state)

    def close(self) -> None:
        """Write what waits and close the file; runs in the consumer's worker."""
        file, self._file, self._writer = self._file, None, ""
        if file is not None:
            file.finish()

    def _begun(self) -> ResumableFile:
        """The file, begun by the first message, so that a run that fails before it leaves an older one."""
        if not self._writer:
            raise RuntimeError(f"{self!r} is not open")
        if self._file is None:
            self._file = ResumableFile(self._path, keep_as=self._writer if self._append else None)
        return self._file

    def _values(self, items: tuple[Any, ...]) -> list[Any]:
        if self._events_only:
            return [event for item in items for event in events_of(item)]
        return [items[0] if len(items) == 1 else items]
