"""Pickles whose classes of the flow's own file become those that the file has now.

A class of the main script, or of a file that ``daskflow run`` executed, is pickled with its code, since no
other process can import it. Read back later, it would be a class of its own that only looks the same:
``isinstance`` in the user's node would say no, and an enumeration's members would be different ones.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Mapping
from typing import Any, TypeAlias

import cloudpickle

from daskflow.core import pickling

FILE_MODULES = ("__main__", pickling.FLOW_FILE)
"""``__name__`` of a flow's file, by how it was run."""

Classes: TypeAlias = Mapping[tuple[str, str], bytes]
"""Pickled classes by module and name; the module is empty for those of a flow's file."""

_PICKLES_WITH_CODE = "cloudpickle.cloudpickle"


def classes_here() -> dict[tuple[str, str], bytes]:
    """All classes of this process that are pickled with their code; those that cannot be are left out."""
    found: dict[tuple[str, str], bytes] = {}
    for module_name in ("__main__", *cloudpickle.list_registry_pickle_by_value()):
        module = sys.modules.get(module_name)
        for value in [] if module is None else list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module_name:
                try:
                    found[_key(module_name, value.__name__)] = pickling.dumps(value)
                except Exception:  # noqa: BLE001  its code may refer to anything
                    continue
    return found


def unpickled(data: bytes, classes: Classes | None = None) -> Any:
    """What `daskflow.core.pickling.dumps` made `data` of.

    Parameters
    ----------
    data : bytes
        The pickle.
    classes : mapping, optional
        What `classes_here` returned where the user's file was loaded.

    Raises
    ------
    Exception
        Whatever unpickling raises.
    """
    return _Unpickler(io.BytesIO(data), classes or {}).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, classes: Classes) -> None:
        super().__init__(file)
        self._classes = classes
        self._taken: list[type] = []

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        if module != _PICKLES_WITH_CODE or not self._classes:
            return found
        if name == "_make_skeleton_class":
            return lambda metaclass, called, bases, names, *rest: (
                self._known(names.get("__module__", ""), called)
                or found(metaclass, called, bases, names, *rest)
            )
        if name == "_make_skeleton_enum":
            return lambda bases, called, qualified, members, of, *rest: (
                self._known(of, called) or found(bases, called, qualified, members, of, *rest)
            )
        if name == "_class_setstate":  # not on a class that has its code already
            return lambda known, state: known if known in self._taken else found(known, state)
        return found

    def _known(self, module: str, name: str) -> type | None:
        data = self._classes.get(_key(module, name))
        if data is None:
            return None
        known: type = pickle.loads(data)
        self._taken.append(known)
        return known


def _key(module: str, name: str) -> tuple[str, str]:
    return ("" if module in FILE_MODULES else module, name)
