"""A text file with one line for each message."""

from __future__ import annotations

import json
import os
from typing import Any, TextIO

from daskflow.consumers.target import absolute_target, check_target
from daskflow.core.node import ConsumerNode

_FORMATS = ("text", "json")


class FileAppenderConsumer(ConsumerNode):
    """Adds a line to a text file for each message; what the file holds already stays.

    Parameters
    ----------
    file : str or os.PathLike
        The file, UTF-8; made if need be, in a folder that exists. A relative path is taken from the directory
        in which the node is constructed.
    format : {"text", "json"}, default "text"
        ``text`` writes ``str(message)``, several parents' messages with `sep` between them; line breaks in it
        stay, so such a message takes several lines. ``json`` writes one JSON value per line, a list for
        several parents; NumPy numbers and arrays become numbers and lists.
    sep : str, default " "
        Between the messages of several parents, in format ``text``.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks.

    Raises
    ------
    ValueError
        There is no such `format`.

    Notes
    -----
    Each line is handed to the operating system before its message counts as done. A worker that is killed
    loses none of them; the message in hand may be written twice.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        format: str = "text",
        sep: str = " ",
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if format not in _FORMATS:
            raise ValueError(f"format is one of {', '.join(_FORMATS)}, got {format!r}")
        self._path = absolute_target(file)
        self._format = format
        self._sep = sep
        self._file: TextIO | None = None

    def open(self) -> None:
        """Open the file at its end; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            The file cannot be written; the message says why.
        """
        check_target(self._path)
        self._file = open(self._path, "a", encoding="utf-8", newline="\n")  # noqa: SIM115  closed in close()

    def consume(self, *items: Any) -> None:
        """Write the line for `items`, one per parent; runs in the consumer's worker.

        Raises
        ------
        TypeError
            In format ``json``: a message, or a part of it, has no JSON form.
        """
        if self._file is None:
            raise RuntimeError(f"{self!r} is not open")
        self._file.write(self._line(items) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; runs in the consumer's worker."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _line(self, items: tuple[Any, ...]) -> str:
        if self._format == "text":
            return self._sep.join(str(item) for item in items)
        value = items[0] if len(items) == 1 else items
        return json.dumps(value, default=self._plain, ensure_ascii=False)

    def _plain(self, value: Any) -> Any:
        """What JSON can say of a NumPy number or array."""
        if callable(getattr(value, "tolist", None)):
            return value.tolist()
        raise TypeError(
            f"{self!r} writes JSON, and a {type(value).__name__} has no JSON form: "
            'turn it into numbers, strings, lists and dicts first, or use format="text"'
        )
