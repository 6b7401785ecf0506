"""The door to the simulation: a flow and its faults in, what came of them out."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from daskflow.core.node import Node
from daskflow.errors import FlowStateError
from daskflow.flow import Flow
from daskflow.monitor.mishaps import mishaps_of
from daskflow.monitor.sampling import Facts, Sample, run_snapshot
from daskflow.monitor.snapshot import ENDED, FAILED
from daskflow.options.flow_options import Overrides
from daskflow.plan import Inventory, build_plan, fused_run
from daskflow.testing.arming import Armory
from daskflow.testing.faults import Fault
from daskflow.testing.result import SimulationResult
from daskflow.testing.simulation import Simulation
from daskflow.transport.places import RunPlaces

LAST_EVENTS = 40
"""How much of the story goes with an error."""


def simulate(
    flow: Flow,
    faults: Iterable[Fault] = (),
    *,
    seed: int = 0,
    call_s: Mapping[str | Node, float] | None = None,
    stop_after_s: float | None = None,
    max_restarts: int | None = None,
    dead_letters: str | os.PathLike[str] | None = None,
    durable: bool | None = None,
    overrides: Overrides | None = None,
    check: bool = True,
) -> SimulationResult:
    """Run a flow in this process, without Dask, in a time of its own, and with faults.

    Each task runs the code of a real one over the real ledger, with a copy of its node, and frames pass
    through real slots, in a folder that is removed. Only one task runs at a time; which one, and how long
    calls and messages take, is decided by the seed. The same flow, faults and seed give the same story.
    Nobody waits: the time is that of the simulation, and jumps.

    Parameters
    ----------
    flow : Flow
        The flow; it is not run otherwise meanwhile. GPUs are not used.
    faults : iterable of Kill, Fail, Hang, Delay or LoseHost
        What is to befall it.
    seed : int, default 0
        Another one, another order in which things happen.
    call_s : mapping of str or Node to float, optional
        How long each call of a node takes, in seconds of the simulation. Calls of others take between some
        microseconds and some milliseconds, as the seed says.
    stop_after_s : float, optional
        When to ask the flow to end, as `Flow.stop` does; for producers without an end.
    max_restarts, dead_letters, durable, overrides
        As for `Flow.run`.
    check : bool, default True
        Raise what failed the run, as `Flow.join` does. If False, it is the result's `failure`.

    Returns
    -------
    SimulationResult
        What came of it.

    Raises
    ------
    FlowFailed
        The run failed, and `check` is True; the end of the story is in the error's notes.
    FlowStateError
        The flow is running, or a node cannot be pickled.
    ValueError
        A fault or `call_s` names something that the flow does not have.
    DeadlockError
        Nobody can go on, and the run is not over.
    """
    if flow.is_running:
        raise FlowStateError(f"flow {flow.name!r} is running: join() or stop() it first")
    options = flow.options(
        max_restarts=max_restarts, dead_letters=dead_letters, durable=durable, overrides=overrides
    )
    graph, its_options = fused_run(flow._graph, options)
    plan = build_plan(
        graph,
        Inventory(cores=sum(node.nb_tasks for node in its_options.nodes.values())),
        its_options,
        flow_name=flow.name,
        flow_type=flow.flow_type,
    )
    armory = Armory(faults, plan)
    times = {armory.called(node): time_s for node, time_s in (call_s or {}).items()}
    with _private_places() as places, _without_collector():
        simulation = Simulation(
            plan, graph.topological_sort(), places, armory, its_options, seed=seed, call_s=times
        )
        if stop_after_s is not None:
            simulation.agenda.at(stop_after_s, simulation.service.stop)
        try:
            simulation.run()
        except Exception as error:
            error.add_note(_end_of(simulation))
            raise
    failure = simulation.failure
    if failure is not None and check:
        failure.add_note(_end_of(simulation))
        raise failure
    assert simulation.final is not None
    return SimulationResult(
        metrics=run_snapshot(
            plan,
            f"simulated-{seed}",
            Sample(simulation.final),
            facts=Facts(ENDED if failure is None else FAILED, mishaps=mishaps_of(simulation.records.kept)),
        ),
        failure=failure,
        dead=tuple(simulation.dead),
        missed=armory.missed,
        story=simulation.story,
        elapsed_s=simulation.agenda.now_s,
        _results=simulation.results,
        _inputs=simulation.inputs,
    )


def _end_of(simulation: Simulation) -> str:
    story = simulation.story
    lines = "\n".join(map(str, story[-LAST_EVENTS:]))
    return f"In the simulation, at last, of {len(story)} events:\n{lines}"


@contextlib.contextmanager
def _private_places() -> Iterator[RunPlaces]:
    with tempfile.TemporaryDirectory(prefix="daskflow-simulated-") as folder:
        places = RunPlaces(Path(folder, "memory"), Path(folder, "disk"))
        places.create()
        yield places


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Arrays in cycles end when the collector comes, and that would be at another time in each run.

    All that was made meanwhile is young when it comes at last: it gives back what the tasks have mapped, as
    the ends of their processes would, and does not look through all else that the program has.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if was_enabled:
            gc.enable()
