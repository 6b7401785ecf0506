"""Classes of the flow's own file: after reading a letter they are those that the file has now."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import cloudpickle
import pytest

from daskflow.core.pickling import FLOW_FILE, dumps
from daskflow.deadletters.unpickling import classes_here, unpickled

FILE = """
import enum
import threading
from dataclasses import dataclass

class Colour(enum.Enum):
    RED = 1

@dataclass
class Pair:
    first: int
    second: object
    def total(self):
        return self.first + {extra}

class Holder:
    lock = threading.Lock()
"""

WRITES = """
import sys
from daskflow.core.pickling import dumps
sys.stdout.buffer.write(dumps([Pair(1, Colour.RED), {"again": Pair(2, Pair)}]))
"""


@pytest.fixture
def flow_file():
    module = ModuleType(FLOW_FILE)
    sys.modules[FLOW_FILE] = module
    exec(FILE.format(extra=100), module.__dict__)
    cloudpickle.register_pickle_by_value(module)
    yield module
    cloudpickle.unregister_pickle_by_value(module)
    del sys.modules[FLOW_FILE]


@pytest.fixture(scope="module")
def pickled() -> bytes:
    """By a script that was run as a program, before its class was changed."""
    script = FILE.format(extra=1) + WRITES
    return subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout


def test_values_of_a_script_become_those_of_the_file_as_it_is_now(flow_file, pickled):
    first, second = unpickled(pickled, classes_here())
    assert type(first) is flow_file.Pair
    assert first.second is flow_file.Colour.RED
    assert second["again"].second is flow_file.Pair
    assert first.total() == 101
    assert flow_file.Pair(1, 2).total() == 101


def test_without_the_file_they_bring_their_own_code(pickled):
    first, second = unpickled(pickled)
    assert type(first) is type(second["again"])
    assert first.total() == 2


def test_a_class_of_another_module_is_left_alone(flow_file, monkeypatch):
    other = ModuleType("another_module")
    monkeypatch.setitem(sys.modules, "another_module", other)
    exec(FILE.format(extra=5), other.__dict__)
    monkeypatch.delitem(sys.modules, "another_module")
    pair = unpickled(dumps(other.Pair(1, 2)), classes_here())
    assert type(pair) is not flow_file.Pair
    assert pair.total() == 6


def test_a_class_that_cannot_be_pickled_is_left_out(flow_file):
    names = {name for _, name in classes_here()}
    assert {"Pair", "Colour"} <= names
    assert "Holder" not in names
