"""What the processes of a node are surrounded by: environment variables, Dask resources, a place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from daskflow.core.arguments import number

OWN_TAG = "task:"
"""So begins the resource that binds a task to its worker."""


def checked_env(env: Mapping[str, Any] | None) -> dict[str, str]:
    """Environment variables, as text.

    Raises
    ------
    TypeError
        It is no mapping of names to text or numbers.
    """
    if env is None:
        return {}
    if not isinstance(env, Mapping):
        raise TypeError(f"env is a mapping of names to text, got {env!r}")
    for name, value in env.items():
        if not isinstance(name, str) or not name or "=" in name or not isinstance(value, str | int | float):
            raise TypeError(f"env maps names of environment variables to text, got {name!r}: {value!r}")
    return {name: str(value) for name, value in env.items()}


def checked_resources(resources: Mapping[str, Any] | None) -> dict[str, float]:
    """Dask resources, each an amount above 0.

    Raises
    ------
    TypeError, ValueError
        It is no mapping of names to such amounts, or a name is one that is given by the plan.
    """
    if resources is None:
        return {}
    if not isinstance(resources, Mapping):
        raise TypeError(f"resources is a mapping of names to amounts, got {resources!r}")
    for name, amount in resources.items():
        if not isinstance(name, str) or not name or name.startswith(OWN_TAG):
            raise ValueError(f"a resource has a name that does not begin with {OWN_TAG!r}, got {name!r}")
        if not number(f"resource {name!r}", amount) > 0:
            raise ValueError(f"resource {name!r} is an amount above 0, got {amount!r}")
    return {name: float(amount) for name, amount in resources.items()}


def checked_places(option: str, wanted: object) -> tuple[str, ...]:
    """Names of hosts or workers, each once.

    Parameters
    ----------
    option : str
        What they were said as, for the message.
    wanted : str, int, or iterable of these, or None
        Names; a worker's may be a number. None for no wish.

    Raises
    ------
    TypeError
        It is none of these.
    ValueError
        There is nothing in it.
    """
    if wanted is None:
        return ()
    names = [wanted] if isinstance(wanted, str | int) else wanted
    if not isinstance(names, Iterable) or isinstance(names, Mapping | bytes):
        raise TypeError(f"{option} is a name or several, got {wanted!r}")
    found = list(names)
    for name in found:
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise TypeError(f"{option} is a name or several, got {wanted!r}")
        if not str(name).strip():
            raise ValueError(f"{option} has a name that is empty: {wanted!r}")
    return tuple(dict.fromkeys(str(name).strip() for name in found))


def annotated(key: str) -> Any:
    """What ``with dask.annotate(...)`` says here of a key; who has not imported Dask says nothing by it."""
    dask = sys.modules.get("dask")
    annotations = dask.get_annotations() if dask is not None and hasattr(dask, "get_annotations") else {}
    return annotations.get(key)
