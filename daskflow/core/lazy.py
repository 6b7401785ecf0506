"""Names of a package whose files load only when a name is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

_EXTRAS = {
    "trackers": "tracking",
    "onnxruntime": "onnx",
    "pyarrow": "tables",
    "matplotlib": "experiments",
    "scipy": "experiments",
}
"""Which of daskflow's extras brings a package; all others are in ``vision``."""


def lazy_names(package: str, files: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the module-level ``__getattr__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    files : mapping of str to str
        For each lazy name the module of the package that defines it.

    Returns
    -------
    callable
        Takes a name and returns what it stands for. It raises `AttributeError` for an unknown one, and
        `ModuleNotFoundError`, with the advice which extra to install, where a third-party package is not
        installed.
    """

    def load(name: str) -> Any:
        if name not in files:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{files[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == "daskflow":
                raise
            raise missing_package(name, error.name) from error

    return load


def missing_package(user: str, package: str) -> ModuleNotFoundError:
    """The error that says which extra brings a package that is not installed.

    Parameters
    ----------
    user : str
        What needs it.
    package : str
        The module that cannot be imported.
    """
    extra = _EXTRAS.get(package.partition(".")[0], "vision")
    return ModuleNotFoundError(
        f"{user} needs the package {package!r}, which is not installed: pip install 'daskflow[{extra}]'",
        name=package,
    )
