"""What is varied, and in which order its settings are tried."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from daskflow.errors import SweepError

Settings = Mapping[str, Any]
"""A value for each key of a grid."""

MOST_SEED = 2**32
"""Seeds are below this, as NumPy's old generators and most libraries want them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a flow that is to be measured.

    Attributes
    ----------
    trial : int
        Which setting in which repeat: the same in every run of the same sweep, also if repeats are added.
    repeat : int
        From 0.
    order : int
        Its place in the order in which trials run.
    settings : mapping of str to object
        What is set, by the grid's keys.
    seed : int
        For whatever is random in the flow: from 0 to 2³² - 1, the same for all settings of a repeat.
    """

    trial: int
    repeat: int
    order: int
    settings: Settings
    seed: int


class Grid:
    """All combinations of some values for some keys.

    Parameters
    ----------
    values : mapping of str to iterable
        The values of each key: ``"node.option"``, ``"flow.option"``, or a parameter of the function that
        builds the flow. They are such as JSON can say, since results are kept so.

    Attributes
    ----------
    values : dict of str to list
        The values, as they were given.
    points : list of Settings
        All combinations; the last key's values vary fastest.

    Raises
    ------
    SweepError
        There is nothing to vary, a value comes twice, or JSON cannot say it.
    """

    def __init__(self, values: Mapping[str, Iterable[Any]]) -> None:
        if not isinstance(values, Mapping) or not values:
            raise SweepError(
                "a grid is a mapping of names to the values to try, such as {'detector.nb_tasks': [1, 2]}, "
                f"got {values!r}"
            )
        for key in values:
            if not isinstance(key, str):
                raise SweepError(f"a key of a grid is a text such as 'detector.nb_tasks', got {key!r}")
        self.values = {key: _listed(key, several) for key, several in values.items()}
        self.points: list[Settings] = [
            dict(zip(self.values, point, strict=True)) for point in itertools.product(*self.values.values())
        ]

    @property
    def plain(self) -> dict[str, list[Any]]:
        """The values as JSON gives them back."""
        return {key: [plain(key, value) for value in several] for key, several in self.values.items()}

    def trials(self, repeats: int, seed: int) -> list[Trial]:
        """Every setting so many times, in the order in which they are to run.

        Each repeat goes through all settings before the next begins, each in an order of its own, so that a
        machine that becomes slower or faster meanwhile does so for all of them (a randomised complete block
        design: Fisher, The Design of Experiments, 1935). All settings of a repeat have the same seed: they
        are compared on the same random input (common random numbers).

        Parameters
        ----------
        repeats : int
            At least 1.
        seed : int
            Of the orders and of the trials' seeds.
        """
        trials = []
        for repeat in range(repeats):
            places = list(range(len(self.points)))
            random.Random(f"{seed}/{repeat}").shuffle(places)
            trials += [
                Trial(
                    trial=repeat * len(places) + place,
                    repeat=repeat,
                    order=repeat * len(places) + turn,
                    settings=self.points[place],
                    seed=_seed_of(seed, repeat),
                )
                for turn, place in enumerate(places)
            ]
        return trials


def plain(key: str, value: Any) -> Any:
    """A value as JSON gives it back.

    Raises
    ------
    SweepError
        JSON cannot say it; the message names the key.
    """
    try:
        text = json.dumps(value, allow_nan=False, default=_of_numpy, ensure_ascii=False)
        return json.loads(text.encode())  # files are in UTF-8, which has not all that a text may have
    except (TypeError, ValueError) as error:
        raise SweepError(
            f"{key} in the grid has the value {value!r}, which JSON cannot say ({error}): results could not "
            "be kept. Name it by a text or a number, and let the function that builds the flow make it"
        ) from error


def words(settings: Settings) -> str:
    """A setting as on a command line: ``detector.nb_tasks=4 flow.queue_size=2``."""
    return " ".join(f"{key}={said(value)}" for key, value in settings.items())


def said(value: Any) -> str:
    """A value of a grid in words; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, default=_of_numpy, ensure_ascii=False)


def _listed(key: str, several: Iterable[Any]) -> list[Any]:
    if isinstance(several, (str, bytes, Mapping, set, frozenset)) or not isinstance(several, Iterable):
        # A set has another order in each process, and trials are numbered by it.
        raise SweepError(f"{key} in the grid is a list of values to try, got {several!r}")
    listed = list(several)
    if not listed:
        raise SweepError(f"{key} in the grid has no values to try")
    seen = [json.dumps(plain(key, value), sort_keys=True) for value in listed]
    for place, value in enumerate(seen):
        if value in seen[:place]:
            raise SweepError(f"{key} in the grid has the value {value} twice: repeats= is for that")
    return listed


def _of_numpy(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is none of its types")


def _seed_of(seed: int, repeat: int) -> int:
    digest = hashlib.blake2b(f"{seed}/{repeat}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % MOST_SEED
