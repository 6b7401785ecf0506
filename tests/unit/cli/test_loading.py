"""Flows out of files."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap

import cloudpickle
import pytest

from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.cli.loading import load_build, load_flow
from daskflow.core.pickling import FLOW_FILE
from daskflow.flow import Flow

NODES = """
from __future__ import annotations
from dataclasses import dataclass
from daskflow import BATCH, Flow, ProcessorNode
from daskflow.producers import IntProducer

@dataclass
class Pair:
    first: int
    second: int

class Doubler(ProcessorNode):
    def process(self, value):
        return Pair(value, 2 * value)

def make(name, end=3):
    numbers = IntProducer(0, end)
    Doubler(name="doubler")(numbers)
    return Flow([numbers], [], BATCH, name=name)
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield lambda text="", name="a_flow.py": _write(tmp_path / name, NODES + textwrap.dedent(text))
    sys.modules.pop(FLOW_FILE, None)


def _write(path, text):
    path.write_text(text)
    return str(path)


def test_the_only_global_flow(file):
    assert load_flow(file("flow = make('one')\nalias = flow")).name == "one"


def test_a_factory_by_name_or_by_custom(file):
    text = "def other(): return make('other')\ndef build_flow(): return make('by custom')"
    assert load_flow(file(text)).name == "by custom"
    assert load_flow(file(text) + ":other").name == "other"


def test_a_global_flow_comes_before_a_factory_and_can_be_named(file):
    text = "first = make('first')\ndef build(): return make('built')"
    assert load_flow(file(text)).name == "first"
    assert load_flow(file(text) + ":build").name == "built"
    assert load_flow(file("a = make('a')\nb = make('b')") + ":b").name == "b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = make('a')\nb = make('b')", "the flows a, b and the functions make"),
        (
            "",
            r"the flows \(none\) and the functions make.*one global Flow.*build or build_flow.*:NAME",
        ),
    ],
)
def test_unclear_files_are_refused_with_what_was_found_and_expected(file, text, said):
    with pytest.raises(UsageProblem, match=said):
        load_flow(file(text))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", "has no absent: it has the flows .* the functions make"),
        ("number", r"a_flow\.py:number is of type int: name a Flow"),
        ("wrong", r"wrong\(\) returned something of type str, not a Flow"),
    ],
)
def test_names_that_are_no_flow(file, name, said):
    with pytest.raises(UsageProblem, match=said):
        load_flow(file("number = 3\ndef wrong(): return 'flow'") + f":{name}")


def test_no_file(tmp_path):
    for target in (f"{tmp_path}/none.py", f"{tmp_path}/none.py:build", str(tmp_path)):
        with pytest.raises(UsageProblem, match="there is no file"):
            load_flow(target)


def test_a_main_guard_is_left_out_and_a_run_ends_the_loading(file):
    ran = "flow = make('ran')\nflow.run()\nflow.join()\nraise AssertionError('beyond run()')"
    flow = load_flow(file(ran))
    assert flow.name == "ran"
    assert flow.run_id is None
    assert load_flow(file("flow = make('guarded')\nif __name__ == '__main__': 1 / 0")).name == "guarded"
    assert load_flow(file("def build():\n    make('inside').run(cluster={})")).name == "inside"


def test_run_is_itself_again_after_loading(file):
    original = Flow.run
    load_flow(file("flow = make('ran')\nflow.run()"))
    assert Flow.run is original
    with pytest.raises(FlowProblem):
        load_flow(file("1 / 0"))
    assert Flow.run is original


@pytest.mark.parametrize("text", ["1 / 0", "def build(): return 1 / 0", "class\n"])
def test_what_the_file_raises_is_shown_without_frames_of_daskflow(file, text, capsys):
    target = file(text)
    with pytest.raises(FlowProblem) as caught:
        load_flow(target)
    caught.value.show()
    said = capsys.readouterr().err
    assert "loading.py" not in said
    assert said.splitlines()[-1].startswith(f"Error: {target}")
    if text != "class\n":
        assert f'File "{target}", line' in said
        assert said.splitlines()[-1].endswith("failed: ZeroDivisionError: division by zero")


def test_modules_beside_the_file_can_be_imported(file, tmp_path):
    (tmp_path / "beside_the_flow.py").write_text("name = 'from beside'")
    assert load_flow(file("import beside_the_flow\nflow = make(beside_the_flow.name)")).name == "from beside"


def test_classes_of_the_file_travel_by_value(file, tmp_path):
    flow = load_flow(file("flow = make('travels')"))
    (tmp_path / "node").write_bytes(cloudpickle.dumps(flow.nodes[1]))
    elsewhere = "import pickle; print(pickle.load(open('node', 'rb')).process(4))"
    done = subprocess.run(
        [sys.executable, "-c", elsewhere], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "Pair(first=4, second=8)\n", done.stderr


def test_values_of_the_file_come_back_as_its_own_classes(file):
    flow = load_flow(file("flow = make('returns')"))
    pair = sys.modules[FLOW_FILE].Pair(1, 2)
    assert flow.name == "returns"
    assert type(pickle.loads(cloudpickle.dumps(pair))) is type(pair)


def test_the_file_sees_a_command_line_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["daskflow", "run", "flow.py"])
    path = tmp_path / "flow.py"
    path.write_text(
        "import sys\nfrom daskflow import Flow\nfrom daskflow.producers import IntProducer\n"
        "flow = Flow([IntProducer()], name=str(len(sys.argv)))\n"
    )
    assert load_flow(str(path)).name == "1"
    assert sys.argv[0] == "daskflow"


def test_a_function_is_called_anew_with_its_parameters(file):
    import inspect

    build = load_build(file("calls = []\ndef build(end=3): calls.append(end); return make(str(calls), end)"))
    assert list(inspect.signature(build).parameters) == ["end"]
    assert [build().name, build(end=5).name] == ["[3]", "[3, 5]"]


def test_a_file_with_a_flow_is_executed_anew(file):
    for text in ("flow = make('one')", "flow = make('one')\nflow.run()"):
        build = load_build(file(text))
        assert build().name == "one"
        assert build() is not build()


def test_what_makes_no_flow_again_and_again_is_refused(file):
    with pytest.raises(UsageProblem, match="name a Flow, or a function"):
        load_build(file("build = 3") + ":build")
    with pytest.raises(UsageProblem, match="not a Flow"):
        load_build(file("def build(): return 3"))()
    with pytest.raises(FlowProblem, match="build\\(\\) failed: ZeroDivisionError"):
        load_build(file("def build(): return 1 / 0"))()
