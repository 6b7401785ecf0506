"""The trackers of the package `trackers` by name, and what each can be told."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Mapping
from typing import Any

from trackers import BaseIoU, ByteTrackTracker, OCSORTTracker, SORTTracker
from trackers.utils.state_representations import (
    BaseStateEstimator,
    XCYCSRStateEstimator,
    XYXYStateEstimator,
)

ALGORITHMS: dict[str, Any] = {"sort": SORTTracker, "bytetrack": ByteTrackTracker, "ocsort": OCSORTTracker}

STATES: dict[str, Any] = {"xyxy": XYXYStateEstimator, "xcycsr": XCYCSRStateEstimator}

_FRACTIONS = ("track_activation_threshold", "high_conf_det_threshold")
_AT_LEAST_ONE = ("minimum_consecutive_frames", "delta_t")


def checked_algorithm(name: object) -> str:
    """A name of `ALGORITHMS`, from one with capitals, hyphens, underscores or blanks in it.

    Raises
    ------
    TypeError, ValueError
        It is no string, or none of them.
    """
    if not isinstance(name, str):
        raise TypeError(f"algorithm is one of {', '.join(ALGORITHMS)}, got {name!r}")
    plain = name.casefold().translate(str.maketrans("", "", "-_ "))
    if plain not in ALGORITHMS:
        raise ValueError(f"algorithm is one of {', '.join(ALGORITHMS)}, got {name!r}")
    return plain


def checked_parameters(algorithm: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the tracker's class is to be called with.

    Parameters
    ----------
    algorithm : str
        A name of `ALGORITHMS`.
    parameters : mapping of str to object
        By the library's own names; ``state`` may stand for ``state_estimator_class``, as a name of `STATES`.
        SORT uses ``"xcycsr"`` if nothing is said, as its authors do, and not ``"xyxy"`` as the library does.

    Raises
    ------
    TypeError
        The algorithm has no such parameter, or a value is of another type.
    ValueError
        A value is out of its range.
    """
    given = dict(parameters)
    if "state" in given:
        if "state_estimator_class" in given:
            raise TypeError("state and state_estimator_class say the same thing: give one of them")
        given["state_estimator_class"] = _estimator(given.pop("state"))
    elif algorithm == "sort":
        given.setdefault("state_estimator_class", XCYCSRStateEstimator)
    known = _defaults(algorithm)
    for name, value in given.items():
        if name not in known:
            raise TypeError(_unknown(algorithm, name, [*known, "state"]))
        _check(name, value, known[name])
    ALGORITHMS[algorithm](**given)  # what the library refuses is refused here, in the user's process
    return given


def frame_rate_of(algorithm: str, parameters: Mapping[str, Any]) -> float:
    """Frames per second that a tracker goes by."""
    return float(parameters.get("frame_rate", _defaults(algorithm)["frame_rate"]))


def _defaults(algorithm: str) -> dict[str, Any]:
    signature = inspect.signature(ALGORITHMS[algorithm])
    return {name: parameter.default for name, parameter in signature.parameters.items()}


def _unknown(algorithm: str, name: str, known: list[str]) -> str:
    others = [other for other in ALGORITHMS if other != algorithm and name in _defaults(other)]
    if others:
        return f"{algorithm} has no parameter {name!r}, which is of {' and '.join(others)}"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
    return f"{algorithm} has no parameter {name!r}: {hint}"


def _estimator(state: object) -> Any:
    if isinstance(state, str) and state.casefold() in STATES:
        return STATES[state.casefold()]
    raise ValueError(f"state is one of {', '.join(STATES)}, got {state!r}")


def _check(name: str, value: Any, default: Any) -> None:
    if name == "state_estimator_class":
        if not (isinstance(value, type) and issubclass(value, BaseStateEstimator)):
            raise TypeError(f"{name} is a class such as trackers' XCYCSRStateEstimator, got {value!r}")
    elif name == "iou":
        if value is not None and not isinstance(value, BaseIoU):
            raise TypeError(f"iou is an object such as trackers.GIoU(), got {value!r}")
    elif isinstance(default, int):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} is a whole number, got {value!r}")
        least = 1 if name in _AT_LEAST_ONE else 0
        if value < least:
            raise ValueError(f"{name} is at least {least}, got {value}")
    elif isinstance(default, float):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is a number, got {value!r}")
        if not math.isfinite(value) or (name in _FRACTIONS and not 0 <= value <= 1):
            raise ValueError(f"{name} is {'from 0 to 1' if name in _FRACTIONS else 'finite'}, got {value}")
