"""From a setting to a flow that can be run with it."""

from __future__ import annotations

import contextlib
import inspect
import logging
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from daskflow.errors import AllocationError, SweepError
from daskflow.experiments.sweeps.grid import Settings, words
from daskflow.flow import Flow
from daskflow.options.naming import refuse_unknown

logger = logging.getLogger("daskflow.experiments")

SEED = "seed"
"""A parameter of this name gets the trial's seed."""


class FlowBuilder:
    """Makes a fresh flow for each trial.

    Parameters
    ----------
    build_flow : callable
        Returns a flow that does not run.
    """

    def __init__(self, build_flow: Callable[..., Flow]) -> None:
        self._build_flow = build_flow
        try:
            self._signature = inspect.signature(build_flow)
        except (TypeError, ValueError) as error:
            raise SweepError(f"build_flow is a function that returns a flow, got {build_flow!r}") from error

    def check(self, points: Iterable[Settings]) -> list[Flow]:
        """Refuse what could not be run: every setting is looked at, and nothing is started.

        The function is called once for each distinct set of its arguments. One for which it raises is warned
        of, since a grid has combinations that nobody asked for: its trials will be records of that failure.

        Parameters
        ----------
        points : iterable of Settings
            The settings.

        Returns
        -------
        list of Flow
            One for each distinct set of arguments for which there is one; at least one.

        Raises
        ------
        OptionError
            A node, an option or a parameter of the function does not exist, or a value makes no sense.
        SweepError
            The function needs an argument that the grid does not give, or returns no flow.
        Exception
            Whatever the function raises first, if it does for every setting.
        """
        flows: dict[str, Flow | None] = {}
        errors: dict[str, Exception] = {}
        for settings in points:
            arguments = self._arguments(settings, seed=0)
            key = repr(sorted(arguments.items()))
            if key not in flows:
                try:
                    flows[key] = self._built(arguments)
                except SweepError:
                    raise
                except Exception as error:  # noqa: BLE001  whatever the user's code raises
                    flows[key] = None
                    errors[words({name: settings[name] for name in arguments if name in settings})] = error
            flow = flows[key]
            if flow is not None:
                _refuse_what_cannot_be(flow, settings)
        built = [flow for flow in flows.values() if flow is not None]
        if not built:
            raise next(iter(errors.values()))
        for said, raised in errors.items():
            logger.warning("build_flow raises for %s, whose trials will fail: %r", said, raised)
        return built

    def flow_of(self, settings: Settings, seed: int) -> Flow:
        """A fresh flow for a setting. The overrides that belong to it are to be given to its run.

        Raises
        ------
        SweepError
            The function returns no flow, or one that runs.
        Exception
            Whatever the function raises.
        """
        return self._built(self._arguments(settings, seed))

    def _built(self, arguments: dict[str, Any]) -> Flow:
        flow = self._build_flow(**arguments)
        if not isinstance(flow, Flow):
            raise SweepError(f"build_flow returns a Flow, got a {type(flow).__name__}")
        if flow.is_running:
            raise SweepError("build_flow returned a flow that runs: the sweep runs it, with its settings")
        return flow

    def _arguments(self, settings: Settings, seed: int) -> dict[str, Any]:
        given = {key: value for key, value in settings.items() if "." not in key}
        parameters = self._signature.parameters
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            complaint = "build_flow has no parameter {}, and options are said as node.option or flow.option"
            refuse_unknown(given, list(parameters) or ["(none)"], complaint)
        if SEED in parameters:
            given.setdefault(SEED, seed)
        try:
            self._signature.bind(**given)
        except TypeError as error:
            raise SweepError(
                f"build_flow cannot be called for {words(settings)}: {error}. Parameters without a default "
                "are keys of the grid"
            ) from error
        return given


def _refuse_what_cannot_be(flow: Flow, settings: Settings) -> None:
    """Plan it. What this machine has not, such as GPUs, is for the trial to fail of."""
    with contextlib.suppress(AllocationError), warnings.catch_warnings(action="ignore", category=UserWarning):
        # The plan warns of more tasks than cores: that is what is tried.
        flow.plan(overrides=overrides_of(settings))


def overrides_of(settings: Settings) -> dict[str, dict[str, Any]]:
    """What of a setting is said to the run, as `Flow.run` takes it."""
    overrides: dict[str, dict[str, Any]] = {}
    for key, value in settings.items():
        node, dot, option = key.rpartition(".")
        if dot:
            overrides.setdefault(node, {})[option] = value
    return overrides
