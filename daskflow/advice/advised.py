"""What flows have for profiles and advice: the doors to this folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from daskflow.advice.advice import Advice
from daskflow.advice.advising import check_asked
from daskflow.advice.choosing import advise_flow
from daskflow.advice.measuring import measure
from daskflow.advice.profile import FlowProfile
from daskflow.core.arguments import whole
from daskflow.core.graph import GraphEngine
from daskflow.core.node import Node
from daskflow.errors import FlowStateError
from daskflow.options import FlowOptions
from daskflow.options.flow_options import Overrides
from daskflow.options.gpus import Gpus
from daskflow.plan import Plan
from daskflow.plan.inventory import chosen_gpus

MESSAGES = 200
"""At the end of a flow, for a profile: a mean of times that vary as in a Poisson process is right within 14 %
then, in 19 of 20 cases, and one of times that are much alike within 1 %."""


class Advised:
    """A flow that can be profiled, and advised how many tasks its nodes need."""

    _graph: GraphEngine

    @property
    def name(self) -> str:
        """The flow's name."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """Whether the flow was started and has not ended."""
        raise NotImplementedError

    @property
    def nodes(self) -> list[Node]:
        """All nodes, each after everything it depends on."""
        raise NotImplementedError

    def options(self, *, gpus: Gpus = None, overrides: Overrides | None = None) -> FlowOptions:
        """What would hold for a run."""
        raise NotImplementedError

    def _planned(self, options: FlowOptions) -> tuple[Plan, list[Node], FlowOptions]:
        raise NotImplementedError

    def profile(
        self,
        messages: int = MESSAGES,
        *,
        cluster: Mapping[str, Any] | None = None,
        gpus: Gpus = None,
        overrides: Overrides | None = None,
        quiet: bool = False,
    ) -> FlowProfile:
        """Run the flow once and measure what its nodes cost. Blocks.

        It is a run like any other, but that nothing is fused: consumers write what they write, and may write
        it again when the flow is run after. It ends after so many messages at the end of the flow, those that
        were skipped or dropped on the way included, and two seconds, or when the producers end; what is under
        way then is finished. The first messages, a tenth of them and half a second, are not measured. The
        flow itself stays as it is: `metrics`, `results` and `join` are still about the run before, if there
        was one.

        Parameters
        ----------
        messages : int, default 200
            How many messages to measure at the end of the flow.
        cluster, gpus, overrides
            As for `run`.
        quiet : bool, default False
            Show no progress on the standard error stream.

        Returns
        -------
        FlowProfile
            Frozen; `print` shows it, `FlowProfile.save` writes it, `advise` takes it.

        Raises
        ------
        ProfileError
            The flow ended before there was anything to measure.
        FlowStateError
            The flow runs.
        FlowFailed
            It failed, as `join` says.
        OptionError, AllocationError, ClusterError
            As for `run`.
        """
        whole("messages", messages, least=1)
        if self.is_running:
            raise FlowStateError(f"flow {self.name!r} runs: a profile is a run of its own, join() this first")
        # Of fused nodes nobody could say what each of them costs.
        options = replace(self.options(gpus=gpus, overrides=overrides), fuse=None)
        plan, nodes, options = self._planned(options)
        from daskflow.advice.progress import shown  # it brings rich

        with shown(f"profile of {self.name}", messages, quiet=quiet) as watcher:
            return measure(
                plan,
                nodes,
                options,
                messages=messages,
                cluster=cluster or {},
                gpus=len(chosen_gpus(options.gpus)),
                watcher=watcher,
            )

    def advise(
        self,
        target_rate: float | None = None,
        *,
        cores: int | None = None,
        gpus: int | None = None,
        profile: FlowProfile | None = None,
        messages: int = MESSAGES,
    ) -> Advice:
        """How many tasks each node should have, which should share one, and what the flow would do then.

        Neighbours that are cheap beside a hop run in one task, unless the flow names chains (`fuse`), which
        are taken as they are; ``fuse=()`` is for none.

        Parameters
        ----------
        target_rate : float, optional
            Messages per second that are to come to the end of the flow: the advice is the fewest tasks that
            reach it, each occupied for 85 % of its time at most. If not given, the best for the cores.
        cores : int, optional
            How many cores there are, all for the flow. If not given, this machine's; what something else
            took of them during the profile lowers the rate that is expected.
        gpus : int, optional
            How many GPUs there are; if not given, as many as during the profile.
        profile : FlowProfile, optional
            Of this flow, so that nothing is run. If not given, `profile` is called, which blocks.
        messages : int, default 200
            For that.

        Returns
        -------
        Advice
            What ``run(overrides=advice)`` takes; `print` shows it.

        Raises
        ------
        ProfileError
            The profile is of another flow, or says too little.
        OptionError
            Chains that the flow names cannot be fused.
        ValueError, TypeError
            A number makes no sense, or `profile` is none.
        FlowStateError, FlowFailed, OptionError, AllocationError, ClusterError
            As for `profile`, where it is called.
        """
        check_asked(target_rate, cores, gpus)
        if profile is None:
            profile = self.profile(messages)
        elif not isinstance(profile, FlowProfile):
            got = type(profile).__name__
            raise TypeError(f"profile is what Flow.profile returns or FlowProfile.load reads, got a {got}")
        return advise_flow(profile, self._graph, self.options(), target_rate, cores=cores, gpus=gpus)
