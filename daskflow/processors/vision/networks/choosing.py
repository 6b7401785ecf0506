"""Which form the outputs of a network have."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from daskflow.processors.vision.networks.layouts import LAYOUTS, Given, Layout
from daskflow.processors.vision.networks.network import shapes_of

AUTO = "auto"


def checked_layout(layout: str, known: tuple[str, ...] = tuple(LAYOUTS)) -> str:
    """The name of a layout; raises `ValueError` if there is none of that name."""
    if layout != AUTO and layout not in known:
        raise ValueError(f"layout is one of {', '.join((AUTO, *known))}, got {layout!r}")
    return layout


def chosen_layout(
    wish: str,
    given: Given,
    said_by: str,
    shown: list[NDArray[Any]],
    known: tuple[str, ...] = tuple(LAYOUTS),
) -> Layout:
    """The layout of a network's outputs.

    Parameters
    ----------
    wish : str
        A name, or ``"auto"``.
    given : Given
        The outputs.
    said_by : str
        The node and the model, for messages.
    shown : list of numpy.ndarray
        The outputs with their batch, for messages.
    known : tuple of str
        Among which it is.

    Raises
    ------
    ValueError
        The outputs have not the shape of `wish`; or none can be told, or several are possible.
    """
    possible = [LAYOUTS[name] for name in known if LAYOUTS[name].can_be(given)]
    if wish != AUTO:
        found = [layout for layout in possible if layout.name == wish]
        problem = f"layout {wish!r} is {LAYOUTS[wish].says}; the layouts are:"
    else:
        found = [layout for layout in possible if layout.is_surely(given)]
        names = "" if given.names is None else f" for {given.names} class_names"
        problem = f"its layout cannot be told{names}, say layout="
    if len(found) != 1:
        lines = "".join(f"\n  {name!r}: {LAYOUTS[name].says}" for name in known)
        raise ValueError(f"{said_by} gives outputs of shape {shapes_of(shown)}; {problem}{lines}")
    _check_names(found[0].classes(given), given, said_by, found[0])
    return found[0]


def _check_names(classes: int | None, given: Given, said_by: str, layout: Layout) -> None:
    if classes is None or given.names is None:
        return
    if given.names > classes or (layout.overlaps and given.names < classes):
        raise ValueError(
            f"{said_by} tells {classes} classes apart, by layout {layout.name!r}; got "
            f"{given.names} class_names"
        )
