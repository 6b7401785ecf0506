"""What the commands refuse before anything starts, and how they say it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

import daskflow
from daskflow.cli import main
from daskflow.plan import Gpu
from tests.unit.media import PEDESTRIANS


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("daskflow.flow.Run", None)  # whoever starts a flow fails

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return invoke


def refused(result: Result) -> str:
    """The one line that says why."""
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert result.stdout == ""
    return line


def test_version_and_help(command):
    assert command("--version").stdout == f"daskflow, version {daskflow.__version__}\n"
    said = command("--help").stdout
    assert all(word in said for word in ("demo", "run", "explain", "advise"))


def test_help_comes_without_the_heavy_imports():
    check = (
        "import sys; from daskflow.cli import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('dask', 'distributed', 'numpy', 'rich', 'bokeh') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_missing_input_is_one_line(command, tmp_path):
    assert refused(command("demo", "--input", "absent.mp4")) == "Error: there is no file absent.mp4"
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_is_no_video(command, tmp_path):
    (tmp_path / "notes.mp4").write_text("no video")
    assert "notes.mp4 cannot be read as a video" in refused(command("demo", "--input", "notes.mp4"))
    assert "is a folder" in refused(command("demo", "--input", tmp_path))


def test_an_output_that_cannot_be_written(command, tmp_path):
    assert "there is no folder" in refused(command("demo", "--output", "absent/out.mp4"))
    assert "ends in .mp4, .mkv, .webm or .avi" in refused(command("demo", "--output", "out.gif"))
    video = tmp_path / "in.mp4"
    video.write_bytes(PEDESTRIANS.read_bytes())
    assert "both input and output" in refused(command("demo", "--input", video, "--output", "in.mp4"))
    assert video.read_bytes() == PEDESTRIANS.read_bytes()


@pytest.mark.parametrize("package", ["av", "cv2", "supervision"])
def test_a_missing_package_names_the_extra(command, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    line = refused(command("demo"))
    assert f"package {package}, which is not installed" in line
    assert 'pip install "daskflow[vision]"' in line


def test_a_package_that_is_broken_says_so(command, monkeypatch):
    def broken(name: str) -> None:
        raise ImportError("libGL.so.1 is missing")

    monkeypatch.setattr("importlib.import_module", broken)
    assert "cannot be imported (libGL.so.1 is missing)" in refused(command("demo"))


def test_explain_prints_the_graph_and_the_plan(command, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "counts.py").write_text(
        "from daskflow import Flow\nfrom daskflow.producers import IntProducer\n"
        "from daskflow.consumers import VoidConsumer\nnumbers = IntProducer(0, 9)\n"
        "flow = Flow([numbers], [VoidConsumer()(numbers)], name='counts')\n"
    )
    result = command("explain", "counts.py")
    assert result.exit_code == 0
    assert result.stdout.startswith("flow counts (realtime): 2 nodes, 2 tasks\n")
    assert "│ producer     │───▸│ consumer      │\n" in result.stdout
    assert "int_producer -> void_consumer" in result.stdout
    monkeypatch.setenv("COLUMNS", "30")  # too narrow for boxes
    assert (
        "int_producer   producer, 1 task · cpu  ▸ void_consumer\n" in command("explain", "counts.py").stdout
    )


def test_explain_draws_the_graph_to_a_file_or_says_why_not(command, tmp_path):
    (tmp_path / "counts.py").write_text(
        "from daskflow import Flow\nfrom daskflow.producers import IntProducer\n"
        "flow = Flow([IntProducer(0, 9, name='numbers')], [])\n"
    )
    result = command("explain", "counts.py", "--picture", "flow.svg")
    assert result.stdout.endswith(f"wrote {tmp_path / 'flow.svg'}\n")
    assert ">numbers</text>" in (tmp_path / "flow.svg").read_text()
    for file, why in (
        ("flow.gif", "'flow.gif' does not say what"),
        ("absent/a.svg", "cannot be written: No such"),
    ):
        result = command("explain", "counts.py", "--picture", file)
        assert result.exit_code == 2
        assert why in result.stderr


WISHFUL = (
    "from daskflow import Flow, ProcessorNode\nfrom daskflow.producers import IntProducer\n"
    "class Net(ProcessorNode):\n    def process(self, value): return value\n"
    "numbers = IntProducer(0, 9)\nflow = Flow([Net(2, 'gpu', name='net')(numbers) and numbers])\n"
)


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        ("0", ["cpu: no GPU found", "cpu: no GPU found"]),
        ("1", ["gpu 0", "cpu: no GPU left, 1 of 1 taken by net"]),
        ("1,GPU-8f", ["gpu 1", "gpu GPU-8f"]),
        ("7,", ["gpu 7", "cpu: no GPU left, 1 of 1 taken by net"]),
    ],
)
def test_devices_says_what_a_flow_would_get(command, tmp_path, monkeypatch, gpus, expected):
    monkeypatch.setattr("daskflow.plan.inventory.gpus_of_driver", lambda: ())
    (tmp_path / "wishful.py").write_text(WISHFUL)
    result = command("devices", "wishful.py", "--gpus", gpus)
    assert result.exit_code == 0
    rows = [line for line in result.stdout.splitlines() if line.startswith("net-")]
    assert [row.split("  ", 1)[1].rsplit("  ", 1)[0].strip() for row in rows] == expected
    assert expected[0] in command("explain", "wishful.py", "--gpus", gpus).stdout


def test_devices_alone_says_what_there_is(command, monkeypatch):
    monkeypatch.setattr(
        "daskflow.plan.inventory.gpus_of_driver", lambda: (Gpu("0", "GPU-aa", "H1", 8 * 10**9),)
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-aa")
    said = command("devices").stdout
    assert "cores\n" in said
    assert "gpu 0  H1     8.0 GB  GPU-aa" in said
    assert "CUDA_VISIBLE_DEVICES is 'GPU-aa'" in said
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "no GPU\n" in command("devices").stdout


@pytest.mark.parametrize("name", ["run", "explain"])
def test_a_missing_file_is_one_line(command, name):
    assert refused(command(name, "absent.py")) == "Error: there is no file absent.py"


def test_the_demo_is_the_flow_it_says(monkeypatch, tmp_path):
    from daskflow.cli.demo import demo_flow

    plan = demo_flow(None, tmp_path / "out.mp4").plan()
    assert plan.flow_type == "batch"
    assert [task.name for task in plan.tasks] == [
        "videofile_reader-0", "motion_detector-0", "bounding_box_annotator-0", "bounding_box_annotator-1",
        "videofile_writer-0",
    ]  # fmt: skip
    assert not (tmp_path / "out.mp4").exists()


def test_options_of_nodes_by_name(command, tmp_path):
    (tmp_path / "wide.py").write_text(WIDE)
    said = "--set", "identity.nb_tasks=2", "--set", "flow.queue_size=1"
    printed = command("explain", "wide.py", *said).stdout
    assert "2 tasks · cpu" in printed
    assert re.search(r"int_producer -> identity +6 +blocks", printed)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("identity=3", "expected NODE.OPTION=VALUE, such as detector.nb_tasks=4, got 'identity=3'"),
        ("identity.nb_tasks", "expected NODE.OPTION=VALUE"),
        ("identity.nb_tasks={", "cannot make sense of the value '{'"),
        ("identiy.nb_tasks=3", "did you mean 'identity'?"),
        ("identity.nb_tasks=0", "node 'identity': nb_tasks is at least 1, got 0"),
        ("identity.memory_limit=much", "node 'identity': memory_limit is a number of bytes"),
        ("flow.gpus=two", "flow: gpus is a number of GPUs"),
    ],
)
@pytest.mark.parametrize("name", ["run", "explain"])
def test_options_that_make_no_sense(command, tmp_path, name, said, says):
    (tmp_path / "wide.py").write_text(WIDE)
    result = command(name, "wide.py", "--set", said)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["run", "explain"])
def test_an_option_that_is_set_twice(command, tmp_path, name):
    (tmp_path / "wide.py").write_text(WIDE)
    result = command(name, "wide.py", "--set", "identity.nb_tasks=2", "--set", "identity.nb_tasks=3")
    assert (result.exit_code, "identity.nb_tasks is set twice" in result.stderr) == (2, True)


def test_a_picture_is_of_the_flow_as_it_would_run(command, tmp_path):
    (tmp_path / "wide.py").write_text(WIDE)
    command("explain", "wide.py", "--set", "identity.nb_tasks=2", "--picture", "wide.mmd")
    assert "2 tasks" in (tmp_path / "wide.mmd").read_text()


WIDE = """
from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer

source = IntProducer(0, 9)
flow = Flow([source], [VoidConsumer()(IdentityProcessor(name="identity")(source))], BATCH)
"""
