"""The door into Dask's dashboard for the page about flows, on a flow's own cluster or any other scheduler."""

from __future__ import annotations

import functools
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin

from daskflow.transport.edge_queue import EdgeQueueExtension

PAGE = "daskflow"
"""Name of the page and of its tab."""


class FlowDashboard(SchedulerPlugin):  # type: ignore[misc]
    """Adds the page about flows to a scheduler that runs: ``client.register_plugin(FlowDashboard())``.

    It is there until the scheduler ends, at ``/daskflow`` and as a tab of Dask's pages, and shows the flows
    of the scheduler's process: those that a program starts beside a `LocalCluster` of its own, for instance.
    `Flow.run` adds it to the flow's own cluster without this, and ``dask scheduler --preload
    daskflow.cluster.dashboard`` to one that is started from the command line.

    Where the scheduler has no dashboard it does nothing.
    """

    name = "daskflow-dashboard"
    idempotent = True  # a second one is not registered

    async def start(self, scheduler: Any) -> None:
        """Add the page to `scheduler`; called by Dask, on its event loop."""
        add_page(scheduler)


async def dask_setup(scheduler: Any) -> None:
    """What ``dask scheduler --preload`` calls."""
    add_page(scheduler)


def add_page(scheduler: Any) -> bool:
    """Serve the page, if the scheduler has a dashboard; on the scheduler's event loop.

    Bokeh is loaded only where Dask has loaded it.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        Which runs.

    Returns
    -------
    bool
        Whether it is served now.
    """
    site = getattr(scheduler, "http_application", None)
    dasks = next((app for app in getattr(site, "applications", ()) if hasattr(app, "app_paths")), None)
    if site is None or dasks is None:
        return False
    if f"/{PAGE}" in dasks.app_paths:
        return True
    _serve(scheduler, site, dasks)
    return True


def _serve(scheduler: Any, site: Any, dasks: Any) -> None:
    """Add our pages as a second Bokeh application, made in the way that Dask makes its own."""
    from distributed.dashboard.core import BokehApplication
    from distributed.dashboard.scheduler import template_variables
    from tornado.ioloop import IOLoop

    from daskflow.monitor.page.document import PARTS

    around = template_variables(scheduler)
    pages = {f"/{PAGE}": _page(None), **{f"/individual-{PAGE}-{part}": _page(part) for part in PARTS}}
    ours = BokehApplication(pages, scheduler, prefix=dasks.prefix, template_variables=around)
    site.add_application(ours)
    ours.initialize(IOLoop.current())
    ours.start()
    # JupyterLab asks the first Bokeh application for what there is.
    dasks._applications.update(ours.applications)
    # The lists that Dask's templates read at each request.
    if PAGE not in around["pages"]:
        around["pages"].append(PAGE)
        around["plots"].extend(
            {"url": f"individual-{PAGE}-{part}", "name": f"Daskflow {part.title()}"} for part in PARTS
        )
        around["plots"].sort(key=lambda plot: plot["name"])


def _page(part: str | None) -> Any:
    def document(scheduler: Any, around: dict[str, Any], doc: Any) -> None:
        from daskflow.monitor.page.document import show_flows

        show_flows(doc, address_of=functools.partial(_address_of, scheduler), around=around, part=part)

    return document


def _address_of(scheduler: Any, run_id: str, task: str) -> str | None:
    """Of a task's worker, if the run is on this scheduler; another's may have a task of the same name."""
    queues = scheduler.extensions.get("queues")
    return queues.address_of(run_id, task) if isinstance(queues, EdgeQueueExtension) else None
