"""The door to the simulation: flows, hosts and times in, what would come of them out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from daskflow.advice import FlowProfile
from daskflow.cluster.compiling import CompiledRun, compile_run
from daskflow.errors import FlowStateError
from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.costs import TCP_COSTS, SchedulerCosts, TaskCosts
from daskflow.experiments.simulated.hosts import Host, Loss, Network, expanded
from daskflow.experiments.simulated.parts import Parts, Time
from daskflow.experiments.simulated.reading import read
from daskflow.experiments.simulated.result import SimulatedScale, result_of
from daskflow.experiments.simulated.run import SimulatedRun
from daskflow.experiments.simulated.scheduler import Scheduler
from daskflow.experiments.simulated.site import Site
from daskflow.flow import Flow
from daskflow.ledger import Ledger
from daskflow.options.flow_options import Overrides
from daskflow.plan import Gpu, Inventory, Plan, build_plan, fused_run
from daskflow.transport.places import RunPlaces

NOWHERE = RunPlaces(Path("simulated"), Path("simulated"))
"""Nothing is written."""

WARM_PART = 0.1
"""Which part of the time is not measured where nothing is said: tasks start, edges fill."""


def simulate(
    flow: Flow | Sequence[Flow],
    hosts: Host | Sequence[Host],
    service_s: Mapping[str, Time] | FlowProfile,
    *,
    sizes: Mapping[str, int] | None = None,
    passed: Mapping[str, float] | None = None,
    losses: Sequence[Loss] = (),
    duration_s: float = 60.0,
    warm_s: float | None = None,
    network: Network | None = None,
    scheduler: SchedulerCosts = TCP_COSTS,
    tasks: TaskCosts | None = None,
    shares_host: bool = False,
    tasks_per_worker: int = 1,
    overrides: Overrides | None = None,
    seed: int = 0,
) -> SimulatedScale:
    """Say what a flow would do on hosts that are not here.

    Ledger, plan, placement and what tasks say to their ledger and when are those of real runs. Time, hosts,
    network and the calls of nodes are simulated: no node is opened, nothing is started, and the time that it
    takes depends on the number of messages alone. It blocks, on one core.

    Parameters
    ----------
    flow : Flow or sequence of Flow
        What runs. Each flow has a scheduler of its own, and all share the hosts.
    hosts : Host or sequence of Host
        Where tasks may be.
    service_s : mapping of str to float or Work, or FlowProfile
        How long calls take, by names of nodes or patterns such as ``"detector-*"``. A number is processor
        time in seconds; of a producer it is how often it has a message. Nodes that are not named take no
        time. A profile says it of all nodes, and how large their results are.
    sizes : mapping of str to int, optional
        How large results are, in bytes; those that are not named are small.
    passed : mapping of str to float, optional
        Which part of its inputs a node gives a result for, from 0 to 1, where it skips some.
    losses : sequence of Loss
        Which hosts are lost, and when; see `random_losses`.
    duration_s : float, default 60
        How long to simulate.
    warm_s : float, optional
        From when on rates and latencies are measured; a tenth of the duration if not given.
    network : Network, optional
        What is between hosts.
    scheduler : SchedulerCosts
        What steps cost a scheduler; by default as over TCP on the machine where it was measured.
    tasks : TaskCosts, optional
        What messages cost a task beside its node.
    shares_host : bool, default False
        Whether all schedulers are on the first host and share its cores, as in a LocalCluster, rather than
        each on a host of its own.
    tasks_per_worker : int, default 1
        As for `Flow.run`.
    overrides : optional
        As for `Flow.run`.
    seed : int, default 0
        Of all that is left to chance.

    Returns
    -------
    SimulatedScale
        What came of it.

    Raises
    ------
    PlacementError
        The hosts cannot take the tasks.
    ValueError
        Something names a node or a host that there is not, or has no sense.
    FlowStateError
        A node cannot be pickled, or works on several messages in a call, which is not simulated.
    """
    begin_s = time.perf_counter()
    flows = [flow] if isinstance(flow, Flow) else list(flow)
    machines = expanded([hosts] if isinstance(hosts, Host) else list(hosts))
    warm_s = WARM_PART * duration_s if warm_s is None else warm_s
    _check(flows, machines, losses, duration_s, warm_s)
    network, costs = network or Network(), tasks or TaskCosts()
    agenda, random = Agenda(), Random(seed)
    site = Site(machines, len(flows), agenda, network, tasks_per_worker)
    inventory = Inventory(
        sum(host.cores for host in machines),
        tuple(Gpu(str(i)) for i in range(sum(host.gpus for host in machines))),
        gpu_ipc=False,
    )
    starts = [_planned(each, inventory, overrides) for each in flows]
    parts = Parts([plan for plan, _ in starts], service_s, sizes or {}, passed or {}, random)
    for i, (plan, start) in enumerate(starts):
        seat = site.machines[0] if shares_host else site.schedulers[i]
        seated = Scheduler(Ledger(start.topology), scheduler, agenda, site.wires, seat.index, seat.cores)
        run = SimulatedRun(
            plan, start, seated, parts.of(plan), costs, agenda, network.start_s, site.machine_of, site.caller
        )
        site.place(run)
    for loss in losses:
        site.expect(loss)
    agenda.run_until(warm_s)
    warm = read(site, agenda.now_s)
    agenda.run_until(duration_s)
    return result_of(site, warm, read(site, agenda.now_s), agenda.count, time.perf_counter() - begin_s)


def _check(
    flows: Sequence[Flow], hosts: Sequence[Host], losses: Sequence[Loss], duration_s: float, warm_s: float
) -> None:
    if not flows or not hosts:
        raise ValueError("a simulation has at least one flow and one host")
    if not 0.0 <= warm_s < duration_s:
        raise ValueError(f"warm_s is before the end of duration_s; got {warm_s} and {duration_s}")
    for loss in losses:
        if loss.host >= len(hosts):
            raise ValueError(f"{loss} is of a host that there is not: expected 0 to {len(hosts) - 1}")


def _planned(flow: Flow, inventory: Inventory, overrides: Overrides | None) -> tuple[Plan, CompiledRun]:
    """The plan of a flow, and what a real run would start from."""
    graph, options = fused_run(flow._graph, flow.options(overrides=overrides))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*tasks of replicated nodes on.*")
        plan = build_plan(graph, inventory, options, flow_name=flow.name, flow_type=flow.flow_type)
    for node in plan.nodes:
        if node.batch_size > 1:
            raise FlowStateError(
                f"node {node.name!r} works on {node.batch_size} messages in a call, and a simulation has one "
                f"in each: give it overrides={{{node.name!r}: {{'batch_size': 1}}}}"
            )
    return plan, compile_run(plan, graph.topological_sort(), "simulated", NOWHERE, options, is_foreign=True)
