"""What Dask's configuration says under ``daskflow``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dask.config
import yaml

from daskflow.errors import OptionError
from daskflow.options.naming import refuse_unknown

FILE = Path(__file__).with_name("daskflow.yaml")


def configured(key: str) -> Any:
    """What is configured under ``daskflow.<key>``: by the user, else the default of `FILE`.

    Parameters
    ----------
    key : str
        One that `FILE` has, such as ``"queue-size"`` or ``"dashboard.theme"``.
    """
    default = _defaults()[key]
    return dask.config.get(f"daskflow.{key}", default)


def check_configuration() -> None:
    """Refuse what nobody would read.

    Raises
    ------
    OptionError
        Dask's configuration has a key under ``daskflow`` that there is not; a misspelt one would be silent.
    """
    own = dask.config.get("daskflow", None) or {}
    if not isinstance(own, Mapping):
        raise OptionError(f"daskflow in Dask's configuration is a mapping, got {own!r}")
    known = list(_defaults())
    sections = {key.rpartition(".")[0] for key in known}
    said = [(key.replace("_", "-"), value) for key, value in _leaves(own)]
    # A file may leave a section empty.
    found = [key for key, value in said if value is not None or key not in sections]
    refuse_unknown(found, known, "Dask's configuration has no daskflow.{}")
    _tell_dask()  # afterwards: its update puts a mapping in place of what should have been one


@cache
def _shipped() -> dict[str, Any]:
    shipped: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return shipped


@cache
def _defaults() -> dict[str, Any]:
    """By dotted key."""
    return dict(_leaves(_shipped()["daskflow"]))


def _tell_dask() -> None:
    """Have Dask know the defaults, as those of its own packages; not at import, where nothing is configured.

    More than once, since a ``dask.config.set`` that was the first to say something of ``daskflow`` takes all
    of it away at its end.
    """
    shipped = _shipped()
    if shipped not in dask.config.defaults:
        dask.config.update_defaults(shipped)
    dask.config.update(dask.config.config, shipped, priority="old")


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
