"""What can be done with a flow that runs, or has run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from daskflow.cluster.foreign.run import ForeignRun
from daskflow.cluster.run import Run
from daskflow.core.arguments import whole
from daskflow.core.node import Node
from daskflow.errors import FlowStateError, ScalingError
from daskflow.monitor.autoscaling import DEFAULT_TARGET, Bounds
from daskflow.monitor.snapshot import RunSnapshot


class RunningFlow:
    """The part of `daskflow.Flow` that is about its current or last run."""

    _name: str
    _run: Run | ForeignRun | None
    _own_nodes: Sequence[Node] = ()
    """Those that this program has made."""
    _starting: Callable[[], ForeignRun] | None = None
    """What starts it, where its cluster belongs to an event loop that has not come to it yet."""

    def join(self) -> None:
        """Block until the flow has ended and nothing of it is left.

        The first Ctrl-C while it waits is `stop`, the second ``stop(drain=False)``. Of a flow that was
        started with ``detach=True`` it only ends the waiting.

        Raises
        ------
        NodeError
            A node raised; its exception is the cause.
        TaskLostError
            A process died whose state the results depend on, or the processes of a task died too often.
        ClusterError
            A task could not be run on the cluster.
        FlowStateError
            The flow was never run.
        KeyboardInterrupt
            On the second Ctrl-C, after the flow has ended.
        """
        run = self._current_run("join")
        if run.is_delivering_here:
            raise FlowStateError("join() from deliver() would wait for itself: use stop() to end")
        try:
            run.wait()
        except KeyboardInterrupt:
            if run.is_detached:
                print(f"\nflow {self._name!r} goes on; daskflow stop {self._name} ends it", file=sys.stderr)
                raise
            try:
                run.stop(drain=True)
                print(f"\nstopping flow {self._name!r}; Ctrl-C again ends it at once", file=sys.stderr)
                run.wait()
            except KeyboardInterrupt:
                run.stop(drain=False)
                run.wait()
                raise
        if run.failure is not None:
            raise run.failure

    def stop(self, *, drain: bool = True) -> None:
        """End the flow and block until nothing of it is left; does nothing if it has ended already.

        From `deliver` of a consumer, which the end waits for, it asks for the end and returns.

        Parameters
        ----------
        drain : bool, default True
            Let the producers end and finish what is under way. If False, end at once: each task is allowed
            to finish the call it is in, then its node is closed.

        Raises
        ------
        FlowFailed
            As `join` does, if the flow failed.
        """
        run = self._current_run("stop")
        if not run.has_ended:
            run.stop(drain=drain)
        if not run.is_delivering_here:
            self.join()

    def show(self) -> None:
        """Show what the flow is doing, and block until it has ended, as `join` does.

        In a notebook, the graph with its rates and what limits it, drawn anew each second below the cell;
        elsewhere progress on the standard error stream. Interrupting the kernel is Ctrl-C.

        Raises
        ------
        FlowFailed
            As `join` does, if the flow failed. What is shown is the end by then.
        FlowStateError
            The flow was never run.
        """
        from daskflow.monitor.notebook import is_notebook, show_in_notebook
        from daskflow.monitor.progress import follow

        self._current_run("show")
        if is_notebook():
            show_in_notebook(self)
        else:
            follow(self)

    def scale(self, node: str | Node, nb_tasks: int) -> None:
        """Run a node by another number of tasks from now on, while messages move.

        Blocks until the tasks that join have opened their node, or until those that leave have finished what
        they had in hand and closed it; one change is made after the other. A Ctrl-C ends the wait, and not
        the change. Nothing is lost, repeated or brought out of order; a node that is left with one task is
        given its messages in order. GPUs are taken while there are any, and given back.

        Parameters
        ----------
        node : str or Node
            Of this flow, by name or itself: a processor without memory. A member of a fused chain stands for
            the chain.
        nb_tasks : int
            How many tasks it is to have, at least 1.

        Raises
        ------
        ScalingError
            The node cannot be scaled, is not part of the flow, or a worker did not start; the message says
            why, and nothing was changed. It is a `ValueError`.
        AllocationError
            The node only runs on a GPU, and none is left; nothing was changed.
        FlowStateError
            The flow does not run.
        TypeError, ValueError
            `nb_tasks` is no whole number, or below 1.
        """
        run = self._live_run("scale")
        run.scale(self._name_of(node), whole("nb_tasks", nb_tasks, least=1))

    def autoscale(
        self,
        node: str | Node,
        minimum: int = 1,
        maximum: int | None = None,
        target: float = DEFAULT_TARGET,
    ) -> None:
        """Let a node have as many tasks as it needs, from now on and until `scale` is called for it.

        Its load since the last change is looked at once a second. Tasks join within seconds where messages
        wait for it, or are dropped; where its tasks were occupied all the time, as many again. They leave
        when fewer have been enough for ten seconds. Each change is logged with its reason, and shown by all
        who watch the flow.
        Returns at once; the changes are made in a thread of this process.

        Parameters
        ----------
        node : str or Node
            Of this flow, by name or itself: a processor without memory. A member of a fused chain stands for
            the chain.
        minimum, maximum : int, optional
            How many tasks it may have: from 1 to as many as there are cores, if not given. Whatever the
            maximum, tasks that compute are only added while there are cores free for them.
        target : float, default 0.75
            The share of their time that its tasks should be occupied, above 0 and below 1.

        Raises
        ------
        ScalingError
            The node cannot be scaled, or is not part of the flow; the message says why. It is a `ValueError`.
        ValueError, TypeError
            A bound or `target` is of another type or out of its range, or `maximum` is below `minimum`.
        FlowStateError
            The flow does not run.
        """
        run = self._live_run("autoscale")
        if maximum is None:
            maximum = max(whole("minimum", minimum, least=1), run.snapshot().machine.cores)
        run.autoscale(Bounds.checked(self._name_of(node), minimum, maximum, target))

    @property
    def is_running(self) -> bool:
        """Whether the flow was started and has not ended."""
        return self._run is not None and not self._run.has_ended

    def metrics(self) -> RunSnapshot:
        """A frozen snapshot of every node's counters, during a run or after it."""
        run = self._current_run("metrics")
        return run.snapshot()

    @property
    def run_id(self) -> str | None:
        """Identifies the current or last run, as for an `EdgeQueue`; None before the first."""
        return None if self._run is None else self._run.run_id

    @property
    def scheduler_address(self) -> str | None:
        """Where a `distributed.Client` reaches the current run's scheduler; None if there is none."""
        if self._run is None or self._run.has_ended:
            return None
        return self._run.scheduler_address

    @property
    def dashboard_link(self) -> str | None:
        """Address of Dask's dashboard for the current run; None if there is none."""
        if self._run is None or self._run.has_ended:
            return None
        return self._run.dashboard_link

    def _live_run(self, what: str) -> Run | ForeignRun:
        run = self._current_run(what)
        if run.has_ended:
            raise FlowStateError(f"{what}() of flow {self._name!r}, which has ended")
        return run

    def _current_run(self, what: str) -> Run | ForeignRun:
        if self._starting is not None:
            raise FlowStateError(
                f"{what}() of flow {self._name!r}, which was not started: its cluster belongs to an event "
                "loop, so write async with flow.run(cluster=...):"
            )
        if self._run is None:
            raise FlowStateError(f"{what}() of flow {self._name!r} before run()")
        return self._run

    def _name_of(self, node: str | Node) -> str:
        if isinstance(node, str):
            return node
        if not isinstance(node, Node):
            raise TypeError(f"node is one of the flow's nodes or its name, got {node!r}")
        if node not in self._own_nodes:
            raise ScalingError(f"{node!r} is not part of flow {self._name!r}")
        return str(node.name)
