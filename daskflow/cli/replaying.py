"""Letters fed back on the command line, with the progress display of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.cli.letters import existing_folder, letters_of, refusing
from daskflow.cli.loading import load_flow
from daskflow.cli.show import start_and_show
from daskflow.deadletters.folder import REPLAYED
from daskflow.errors import NodeError
from daskflow.options.gpus import Gpus
from daskflow.replay import Replay, replays


def replay_and_show(
    path: Path,
    target: str,
    names: Sequence[str],
    *,
    node: str | None,
    gpus: Gpus = None,
    quiet: bool = False,
) -> None:
    """Feed letters back to the flow that a file makes.

    Parameters
    ----------
    path : pathlib.Path
        Folder of the letters.
    target : str
        The flow, as for `load_flow`.
    names : sequence of str
        Ids of letters; none for all.
    node : str or None
        Only letters of this node.
    gpus : int, sequence of int or str, optional
        As for `Flow.run`.
    quiet : bool, default False
        Say nothing but what went wrong.

    Raises
    ------
    UsageProblem
        Nothing can be fed back. Nothing was started.
    FlowProblem
        The file raised, or the flow failed: then the letters of that node stay where they are.
    """
    letters = letters_of(path, node, names)
    if not letters:
        raise UsageProblem(f"no dead letters in {path}")
    with_payload = [letter for letter in letters if letter.has_payload]
    without = [
        f"{letter.id} cannot be fed back: {letter.no_payload}" for letter in letters if not letter.has_payload
    ]
    if not with_payload:
        others = f"; nor can {len(without) - 1} others" if len(without) > 1 else ""
        raise UsageProblem(without[0] + others)
    flow = load_flow(target)
    with refusing():
        found = replays(flow, existing_folder(path), with_payload)
    for line in without:
        _say(line)
    for replay in found:
        _run(replay, gpus, quiet)


def _run(replay: Replay, gpus: Gpus, quiet: bool) -> None:
    name, count = replay.part.node.name, len(replay.letters)
    if not quiet:
        for reason in replay.part.reasons():
            _say(reason)
        _say(f"feeding {count} dead letter{'s' if count != 1 else ''} to {name!r}")
    try:
        start_and_show(replay.flow, lambda: replay.start(gpus), quiet=quiet)
    except FlowProblem as problem:
        error = problem.__cause__
        if isinstance(error, NodeError) and error.sequence_number is not None:
            letter = replay.letters[error.sequence_number]
            _say(f"message {error.sequence_number} of this run was dead letter {letter.id}")
        with refusing():
            replaced = len(replay.set_aside_replaced())
        if replaced:
            _say(f"{replaced} failed again: a letter of this run is in its place")
        if replaced < count:
            _say(f"the other dead letters of {name!r} stay where they are")
        raise
    with refusing():
        fed_back = replay.set_aside()
        again = len(list(replay.folder.letters(run_id=replay.flow.run_id)))
    if not quiet:
        _say(f"fed back {len(fed_back)} of {count}, moved to {replay.folder.path / REPLAYED}")
    if again:
        _say(f"dead letters of this run, {replay.flow.run_id}: {again}")


def _say(line: str) -> None:
    click.echo(line, err=True)  # the standard output is the flow's own
