"""What a network's classes are called: as the user says, or as the exporter wrote into the model."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Names = dict[int, str]
NamesSource = Mapping[int, str] | Sequence[str] | str | Path | None


def checked_names(source: Any) -> Names | Path | None:
    """Names as a user gives them, as far as they are known without reading a file.

    Parameters
    ----------
    source : sequence of str, mapping of int to str, str, Path or None
        Names from class 0 on, names by class, or a file of them.

    Raises
    ------
    TypeError
        `source` is nothing of that.
    """
    if source is None:
        return None
    if isinstance(source, str | Path):
        return Path(source).absolute()
    return _named(source, "class_names")


def read_names(path: Path, node: object) -> Names:
    """Names from a file: one a line, from class 0 on; or JSON, a list or an object, for ``.json``.

    Raises
    ------
    FileNotFoundError
        There is no such file on this machine.
    ValueError
        It is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{node!r}: there is no file of class names {path} on the machine of this task"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() != ".json":
            return dict(enumerate(line.strip() for line in text.rstrip().splitlines()))
        found = json.loads(text)
        if isinstance(found, dict):
            found = {int(number): name for number, name in found.items()}
        return _named(found, str(path))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{node!r}: {path} is no file of class names: {error}") from error


def names_in(metadata: Mapping[str, str]) -> Names | None:
    """Names from a model's metadata, where Ultralytics' exporter puts a dict; None if there are none."""
    try:
        return _named(ast.literal_eval(metadata.get("names", "")), "names")
    except (SyntaxError, TypeError, ValueError):
        return None


def classes_named(names: Names | None) -> int | None:
    """How many classes there are; None if some have no name, since more may follow."""
    return None if names is None or set(names) != set(range(len(names))) else len(names)


def _named(source: Any, what: str) -> Names:
    names: dict[Any, Any] | None = None
    if isinstance(source, Mapping):
        names = dict(source)
    elif isinstance(source, Sequence) and not isinstance(source, str | bytes):
        names = dict(enumerate(source))
    if names is None or not all(
        isinstance(number, int) and isinstance(name, str) for number, name in names.items()
    ):
        raise TypeError(
            f"{what} is a list of strings, a dict of numbers and strings, or a file of names, got {source!r}"
        )
    return names
