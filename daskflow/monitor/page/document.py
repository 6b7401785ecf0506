"""A page about running flows as a Bokeh document, and what keeps it up to date while somebody looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daskflow.monitor.page.graph import Graph
from daskflow.monitor.page.head import Head
from daskflow.monitor.page.lines import CHARTS
from daskflow.monitor.page.look import bokeh_theme, template, theme
from daskflow.monitor.page.mishaps import Mishaps
from daskflow.monitor.page.part import Part
from daskflow.monitor.page.preview import Preview
from daskflow.monitor.page.slots import Slot, Slots
from daskflow.monitor.page.tasks import AddressOf, Tasks
from daskflow.monitor.page.timelines import TimeLine
from daskflow.monitor.page.words import escaped
from daskflow.monitor.runs import RUNS, Runs, WatchedRun
from daskflow.monitor.snapshot import RunSnapshot

EVERY_MS = 500
"""How often a session looks for something new: a preview changes as often, other figures once a second."""

PARTS = ("head", "graph", *CHARTS, "tasks", "preview", "errors")
"""All parts of the page, in its order; each can be had alone."""

RUN_LETTERS = 8
"""Letters of a run's id that name it in the page's address: the whole would say where its files are."""


def show_flows(
    doc: Any,
    *,
    address_of: AddressOf,
    around: Mapping[str, Any],
    part: str | None = None,
    runs: Runs = RUNS,
) -> None:
    """Make a new session's document. Called by Bokeh on the scheduler's event loop.

    That takes some tenths of a second, of a flow with 30 nodes; an update takes some milliseconds.

    Parameters
    ----------
    doc : bokeh.document.Document
        An empty one.
    address_of : callable
        Where Dask's page of a task's worker is.
    around : mapping
        What Dask's templates want to know: pages and plots for the navigation bar.
    part : str, optional
        Only that one of `PARTS`, without anything around it; by default all.
    runs : Runs, optional
        Which there are to be shown; by default those of this process.
    """
    request = doc.session_context.request if doc.session_context else None
    wanted = request.arguments.get("run", [b""])[0].decode("ascii", "replace") if request else ""
    run = _chosen(runs.all(), wanted)
    page = Page(runs, run, address_of, part)
    with doc.models.freeze():  # else it goes through all models once for each root
        for name, model in page.models.items():
            model.name = name
            doc.add_root(model)
    doc.js_on_event("document_ready", page.slots.write)
    doc.template = template("part.html" if part else "page.html")
    doc.template_variables.update(around)
    doc.template_variables.update(
        theme=theme(),
        part=part,
        has_run=run is not None,
        charts=CHARTS,
        html=page.html,
        models=set(page.models),
    )
    doc.title = f"Daskflow: {part or 'flows'}"
    doc.theme = bokeh_theme()
    doc.add_periodic_callback(lambda: page.update() if _is_looked_at(doc) else None, EVERY_MS)


def _is_looked_at(doc: Any) -> bool:
    """Bokeh keeps a session for some seconds after its browser has gone."""
    context = doc.session_context
    return context is not None and context.session is not None and context.session.connection_count > 0


def _chosen(runs: Sequence[WatchedRun], wanted: str) -> WatchedRun | None:
    """The one that the address names, else the one that began last and has not ended, else the last."""
    for run in runs:
        if wanted and run.run_id.startswith(wanted):
            return run
    running = [run for run in runs if not run.latest().is_over]
    shown = running or runs
    return shown[-1] if shown else None


class Page:
    """The parts of one session's page.

    Parameters
    ----------
    runs : Runs
        All that can be chosen.
    run : WatchedRun or None
        The one that is shown; None while there is none.
    address_of : callable
        Where Dask's page of a task's worker is.
    part : str, optional
        Only that one of `PARTS`.
    """

    def __init__(
        self, runs: Runs, run: WatchedRun | None, address_of: AddressOf, part: str | None = None
    ) -> None:
        self._runs = runs
        self._run = run
        self._snapshot = None if run is None else run.latest()
        self._tasks = set(self._snapshot.tasks if self._snapshot is not None else ())
        self._parts: dict[str, Part] = {}
        if run is not None and self._snapshot is not None:
            snapshot = self._snapshot
            names = PARTS if part is None else (part,)
            self._parts = {name: _part(name, run, snapshot, address_of, part is not None) for name in names}
        self._draw()
        self.slots = Slots(self._content())

    @property
    def models(self) -> dict[str, Any]:
        """Bokeh's models, by name."""
        models = {name: model for part in self._parts.values() for name, model in part.models.items()}
        return {"slots": self.slots.root, **models}

    @property
    def html(self) -> dict[str, str]:
        """The elements of each part."""
        return {name: part.html for name, part in self._parts.items()}

    def update(self) -> int:
        """Send what is new; how many slots have changed."""
        if self._run is not None:
            before, self._snapshot = self._snapshot, self._run.latest()
            if self._snapshot is before:
                return int(self.slots.fill({**self._around(), **self._pictures()}))
            self._draw()
        return int(self.slots.fill(self._content()))

    def _draw(self) -> None:
        for part in self._parts.values():
            assert self._snapshot is not None
            part.draw(self._snapshot)

    def _content(self) -> dict[Slot, str]:
        content = self._around()
        if self._snapshot is not None:
            verdict = self._snapshot.verdict
            for part in self._parts.values():
                content.update(part.slots(self._snapshot, verdict))
        return content

    def _around(self) -> dict[Slot, str]:
        """What all pages have, whichever parts are on them."""
        if self._snapshot is not None:
            return {
                # The rows of tasks that have joined are not there: the page is loaded anew then.
                ("page", "reload"): "yes" if self._tasks != self._snapshot.tasks.keys() else "",
                ("runs", "html"): self._tabs(),
                ("page", "data-state"): self._snapshot.state,
                ("page", "data-time"): f"{self._snapshot.time_s:.0f}",  # so that there is news each second
            }
        # The elements of a flow are not there: the page is loaded anew when there is one.
        return {("runs", "html"): "", ("page", "reload"): "yes" if self._runs.all() else ""}

    def _pictures(self) -> Mapping[Slot, str]:
        """What may change between two snapshots."""
        preview = self._parts.get("preview")
        assert self._snapshot is not None
        return preview.look(self._snapshot) if isinstance(preview, Preview) else {}

    def _tabs(self) -> str:
        """Links to all runs, where there are several."""
        runs = self._runs.all()
        if self._run is not None and self._run not in runs:
            runs.append(self._run)
        if len(runs) < 2:
            return ""
        return "".join(_tab(run.latest(), run is self._run) for run in runs)


def _tab(snapshot: RunSnapshot, is_shown: bool) -> str:
    marked = ' aria-current="page"' if is_shown else ""
    return (
        f'<a href="?run={escaped(snapshot.run_id[:RUN_LETTERS])}"{marked}>{escaped(snapshot.flow_name)} '
        f'<span class="df-state df-{snapshot.state}">{snapshot.state}</span></a>'
    )


def _part(name: str, run: WatchedRun, snapshot: RunSnapshot, address_of: AddressOf, is_alone: bool) -> Part:
    if name == "head":
        return Head(snapshot)
    if name == "graph":
        return Graph(snapshot)
    if name == "tasks":
        return Tasks(snapshot, address_of)
    if name == "preview":
        return Preview(run, snapshot)
    if name == "errors":
        return Mishaps()
    return TimeLine(name, snapshot, is_alone)
