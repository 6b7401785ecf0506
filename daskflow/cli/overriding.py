"""How options of nodes are said on a command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from daskflow.cli.complaints import UsageProblem


def overrides_of(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What several ``NODE.OPTION=VALUE`` mean, as `Flow.run` takes it.

    Raises
    ------
    UsageProblem
        One of them is not of this form, or an option is set twice.
    """
    overrides: dict[str, dict[str, Any]] = {}
    for text in texts:
        target, value = split_setting(text)
        node, _, option = target.rpartition(".")
        options = overrides.setdefault(node, {})
        if option in options:
            raise UsageProblem(f"{target} is set twice")
        options[option] = value_of(value)
    return overrides


def split_setting(text: str) -> tuple[str, str]:
    """``"detector.nb_tasks=4"`` as ``("detector.nb_tasks", "4")``.

    Raises
    ------
    UsageProblem
        It is not of this form.
    """
    target, equals, value = text.partition("=")
    node, dot, option = target.strip().rpartition(".")
    if not (equals and dot and node and option):
        raise UsageProblem(f"expected NODE.OPTION=VALUE, such as detector.nb_tasks=4, got {text!r}")
    return target.strip(), value.strip()


def value_of(text: str) -> Any:
    """A value as in YAML: ``4``, ``2.5``, ``true``, ``null``, ``2GB``, ``{DEBUG: 1}``.

    Raises
    ------
    UsageProblem
        It is not YAML.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageProblem(f"cannot make sense of the value {text!r}: {error}") from error
