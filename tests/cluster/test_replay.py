"""Dead letters fed back to real runs."""

from __future__ import annotations

import numpy as np
import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import CommandlineConsumer
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import NodeError
from daskflow.processors import JoinerProcessor
from daskflow.producers import IntProducer
from daskflow.replay import replay
from tests.cluster.nodes import Failing
from tests.cluster.programs import DASKFLOW
from tests.unit.deadletters.letters import letter

FILE = """
from dataclasses import dataclass
from enum import Enum

import numpy as np
from daskflow import Flow, ProcessorNode
from daskflow.consumers import CommandlineConsumer
from daskflow.producers import IntProducer

class Colour(Enum):
    RED = 1

@dataclass
class Picture:
    pixels: np.ndarray
    colour: Colour

class Painter(ProcessorNode):
    def process(self, number):
        return Picture(np.full((200, 200), number), Colour.RED)

class Judge(ProcessorNode):
    def process(self, picture, ctx):
        assert isinstance(picture, Picture) and picture.colour is Colour.RED
        return int(picture.pixels.max()), ctx.event_time, ctx.metadata["place"]

class Beside(ProcessorNode):
    def process(self, judged, number):
        return judged

numbers = IntProducer(0, 3, name="numbers")
painter = Painter(name="painter")(numbers)
judge = Judge(2, name="judge")(painter)
printed = CommandlineConsumer(name="printed")(judge)
beside = Beside(name="beside")(judge, numbers)
flow = Flow([numbers], [printed], name="gallery")
"""

WRITES = """
from daskflow.deadletters import DeadLetter, DeadLetterFolder

folder = DeadLetterFolder("letters")
for number in range(40, 43):
    letter = DeadLetter("gallery", "a1b2", "judge", "judge-0", number, "process", "ValueError: no", "", 0.0)
    picture = Picture(np.full((200, 200), number), Colour.RED)
    folder.put(letter, [(picture, {"production_time": 5.0, "place": "yard"})])
folder.put(DeadLetter("gallery", "a1b2", "numbers", "numbers-0", 9, "next", "ValueError: no", "", 0.0))
"""


def test_the_command_feeds_back_what_a_script_gave_up(start, tmp_path):
    (tmp_path / "gallery.py").write_text(FILE)
    assert start("-c", FILE + WRITES).wait(60) == 0
    process = start(*DASKFLOW, "deadletters", "replay", "letters", "gallery.py")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.splitlines() == [f"({number}, 5.0, 'yard')" for number in range(40, 43)]
    said = err.splitlines()
    assert "a1b2/numbers-9 cannot be fed back: a producer has no inputs" in said
    assert "beside is left out: it joins with numbers, which is not replayed" in said
    assert "feeding 3 dead letters to 'judge'" in said
    assert said[-1] == f"fed back 3 of 3, moved to {tmp_path / 'letters' / 'replayed'}"
    folder = DeadLetterFolder(tmp_path / "letters")
    assert [left.node for left in folder.letters()] == ["numbers"]
    assert [left.number for left in DeadLetterFolder(folder.path / "replayed").letters()] == [40, 41, 42]


def test_parents_stay_in_step_and_what_fails_again_has_a_new_letter(tmp_path, capsys):
    numbers = IntProducer(0, 3, name="numbers")
    other = IntProducer(0, 3, name="other")
    both = JoinerProcessor(name="both")(numbers, other)
    seen = FunctionProcessorNode(lambda pair: (int(pair[0].min()), pair[1]))(both)
    Failing(5, name="failing")(numbers)
    flow = Flow([numbers, other], [CommandlineConsumer()(seen)], BATCH)
    folder = DeadLetterFolder(tmp_path / "letters")
    for number in range(3):
        folder.put(letter("both", number), [(np.full((100, 300, 3), number, np.uint8), {}), (number, {})])
    folder.put(letter("failing", 5), [(5, {})])

    assert [fed.number for fed in replay(flow, folder.path, node="both")] == [0, 1, 2]
    assert capsys.readouterr().out.splitlines() == ["(0, 0)", "(1, 1)", "(2, 2)"]
    with pytest.raises(NodeError, match="node 'failing'"):
        replay(flow, folder)
    (again,) = folder.letters()  # in place of the old one
    assert (again.node, again.number) == ("failing", 0)
    assert again.run_id != letter("failing", 5).run_id
    assert folder.inputs(again)[0][0] == 5
    assert flow.run_id is None
