"""Finds what is inside of the containers that results are made of."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any


def with_replaced(value: Any, is_meant: Callable[[Any], bool], replacement: Callable[[Any], Any]) -> Any:
    """A value with each object in it that is meant replaced.

    Looks into lists, tuples, named tuples, dicts and instances of dataclasses, to any depth. Where something
    is replaced the containers around it are copied, as what they are; everything else stays the same object.

    Parameters
    ----------
    value : object
        What to look into; it is not changed.
    is_meant : callable
        Whether an object is to be replaced.
    replacement : callable
        What takes its place; asked once for an object, however often that occurs.
    """
    return _walked(value, is_meant, replacement, {})


def _walked(
    item: Any,
    is_meant: Callable[[Any], bool],
    replacement: Callable[[Any], Any],
    seen: dict[int, tuple[Any, Any]],  # by identity: the object, which must live on, and what stands for it
) -> Any:
    # A function of the module: one inside of another that calls itself would keep all of `seen` alive.
    known = seen.get(id(item))
    if known is not None:
        return known[1]
    if is_meant(item):
        result = replacement(item)
    else:
        parts = _parts(item)
        if not parts:
            return item
        seen[id(item)] = item, item  # where a circle closes
        changed = [_walked(part, is_meant, replacement, seen) for part in parts]
        if all(new is old for new, old in zip(changed, parts, strict=True)):
            return item
        result = _copy_with(item, changed)
    seen[id(item)] = item, result
    return result


def _parts(value: Any) -> Sequence[Any]:
    kind = type(value)
    if kind is dict:
        return list(value.values())
    if kind is list or kind is tuple or _is_named_tuple(value):
        return value  # type: ignore[no-any-return]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, name) for name in _fields(value)]
    return ()


def _copy_with(value: Any, parts: list[Any]) -> Any:
    kind = type(value)
    if kind is dict:
        return dict(zip(value, parts, strict=True))
    if kind is list:
        return parts
    if kind is tuple:
        return tuple(parts)
    if _is_named_tuple(value):
        return kind._make(parts)
    made = copy.copy(value)
    for name, part in zip(_fields(value), parts, strict=True):
        object.__setattr__(made, name, part)  # frozen ones too
    return made


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_make")


def _fields(value: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
