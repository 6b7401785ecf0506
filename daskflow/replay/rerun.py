"""Letters fed back, one node after the other."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daskflow.core.node import Node, ProducerNode
from daskflow.deadletters import DeadLetter, DeadLetterError, DeadLetterFolder, chosen_letters
from daskflow.deadletters.choosing import nearest
from daskflow.deadletters.producer import LetterProducer
from daskflow.deadletters.unpickling import classes_here
from daskflow.errors import FlowFailed
from daskflow.flow import Flow
from daskflow.options.gpus import Gpus
from daskflow.replay.part import Part, part_below
from daskflow.replay.rewiring import flow_of_part

logger = logging.getLogger("daskflow.replay")


@dataclass(frozen=True, slots=True)
class Replay:
    """The letters of one node, with the flow that feeds them back.

    Attributes
    ----------
    folder : DeadLetterFolder
        Where they are.
    part : Part
        Which part of the user's flow is run, and what is left out.
    letters : tuple of DeadLetter
        What is fed back, in this order.
    flow : Flow
        Runs the part. Its nodes are copies of the user's, with the same names.
    """

    folder: DeadLetterFolder
    part: Part
    letters: tuple[DeadLetter, ...]
    flow: Flow

    def start(self, gpus: Gpus = None) -> None:
        """Run the flow and return while it runs; what fails again becomes a letter of the new run.

        Parameters
        ----------
        gpus : int, sequence of int or str, optional
            As for `Flow.run`, which says what is raised too.
        """
        self.flow.run(gpus=gpus, dead_letters=self.folder.path)

    def set_aside(self) -> list[DeadLetter]:
        """After a run that has ended without failing, move what was fed back to ``replayed``; returns it.

        That is not everything where the run was stopped.
        """
        metrics = self.flow.metrics()
        count = min(metrics[node].emitted for node in self.flow.nodes if isinstance(node, ProducerNode))
        fed_back = list(self.letters[:count])
        self.folder.set_aside(fed_back)
        return fed_back

    def set_aside_replaced(self) -> list[DeadLetter]:
        """After a run that has failed, move what failed again, and so has a new letter, to ``replayed``.

        What failed at a node below has a letter of its own there, and stays: its effects here are not known.
        """
        name = self.part.node.name
        again = {letter.number for letter in self.folder.letters(node=name, run_id=self.flow.run_id)}
        replaced = [letter for number, letter in enumerate(self.letters) if number in again]
        self.folder.set_aside(replaced)
        return replaced


def replays(flow: Flow, folder: DeadLetterFolder, letters: Iterable[DeadLetter]) -> list[Replay]:
    """What feeds these letters back; runs nothing. One for each node, in the order of the flow.

    Parameters
    ----------
    flow : Flow
        A flow with the nodes that gave the letters up. It is not changed, and not run.
    folder : DeadLetterFolder
        Where the letters are.
    letters : iterable of DeadLetter
        Those with a payload.

    Raises
    ------
    DeadLetterError
        There are none, the flow has no such node, or the node has other inputs than the letter.
    """
    nodes = {node.name: node for node in flow.nodes if node.name is not None}
    by_node: dict[str, list[DeadLetter]] = {name: [] for name in nodes}
    for letter in letters:
        if letter.node not in nodes:
            raise DeadLetterError(
                f"flow {flow.name!r} has no node {letter.node!r}, which letter {letter.id} is of"
                f"{nearest(letter.node, list(nodes))}"
            )
        _check_inputs(letter, nodes[letter.node])
        by_node[letter.node].append(letter)
    if not any(by_node.values()):
        raise DeadLetterError("there is nothing to feed back")
    classes = classes_here()
    return [
        _replay(flow, folder, nodes[name], of_node, classes) for name, of_node in by_node.items() if of_node
    ]


def replay(
    flow: Flow,
    folder: DeadLetterFolder | str | os.PathLike[str],
    *,
    node: str | None = None,
    ids: Sequence[str] = (),
    gpus: Gpus = None,
) -> list[DeadLetter]:
    """Feed letters back and wait until everything below their nodes has had what came of them.

    Parameters
    ----------
    flow : Flow
        A flow with the nodes that gave the letters up. It is not changed, and not run.
    folder : DeadLetterFolder, str or os.PathLike
        Where the letters are.
    node : str, optional
        Only letters of this node.
    ids : sequence of str, optional
        Only these letters.
    gpus : int, sequence of int or str, optional
        As for `Flow.run`.

    Returns
    -------
    list of DeadLetter
        Those that were fed back, and moved to the sub-folder ``replayed``. Those without a payload are
        left where they are, with a warning.

    Raises
    ------
    DeadLetterError
        Nothing can be fed back; see `replays` and `chosen_letters`.
    FlowFailed
        As `Flow.join` does. The letters of that node stay where they are, but for those that failed again:
        they are replaced by letters of the new run.
    """
    if not isinstance(folder, DeadLetterFolder):
        folder = DeadLetterFolder(folder)
    letters = chosen_letters(folder.letters(), node=node, ids=ids)
    for letter in letters:
        if not letter.has_payload:
            logger.warning("%s cannot be fed back: %s", letter.id, letter.no_payload)
    fed_back: list[DeadLetter] = []
    for part in replays(flow, folder, [letter for letter in letters if letter.has_payload]):
        for reason in part.part.reasons():
            logger.warning(reason)
        part.start(gpus)
        try:
            part.flow.join()
        except FlowFailed:
            part.set_aside_replaced()
            raise
        fed_back += part.set_aside()
    return fed_back


def _replay(
    flow: Flow,
    folder: DeadLetterFolder,
    node: Node,
    letters: Sequence[DeadLetter],
    classes: dict[tuple[str, str], bytes],
) -> Replay:
    part = part_below(node, flow.nodes)

    def producer(index: int, name: str) -> ProducerNode:
        return LetterProducer(folder, letters, index, classes, name)

    return Replay(folder, part, tuple(letters), flow_of_part(part, flow, producer))


def _check_inputs(letter: DeadLetter, node: Node) -> None:
    if not letter.has_payload:
        raise DeadLetterError(f"{letter.id} cannot be fed back: {letter.no_payload}")
    count = len(node.parents or ())
    if len(letter.inputs) != count:
        raise DeadLetterError(
            f"{letter.id} cannot be fed back: it has {len(letter.inputs)} inputs, and {node!r} has {count} "
            "parents: was it of another flow?"
        )
