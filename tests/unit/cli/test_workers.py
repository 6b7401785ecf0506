"""``daskflow workers``, and ``explain`` for a cluster."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from daskflow.cli import main

YARD = """
from daskflow import Flow, ProcessorNode
from daskflow.producers import IntProducer
camera = IntProducer(name="camera", resources={"camera-host": 1})
ProcessorNode(2, "gpu", name="net")(camera)
flow = Flow([camera], [], name="yard")
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yard.py").write_text(YARD)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_every_wish_is_granted_and_there_is_no_cluster(command):
    said = command("workers", "yard.py", "--set", "net.nb_tasks=3")
    assert said.exit_code == 0, said.stderr
    assert said.stdout.splitlines()[:5] == [
        "flow yard has 4 tasks, each for a worker of its own:",
        "",
        "by hand, or by a service manager",
        '    dask worker tcp://SCHEDULER:8786 --nworkers 3 --nthreads 1 --resources "GPU=1"',
        '    dask worker tcp://SCHEDULER:8786 --nworkers 1 --nthreads 1 --resources "camera-host=1"',
    ]


@pytest.mark.parametrize("name", ["workers", "explain"])
def test_what_makes_no_sense(command, name):
    said = command(name, "yard.py", "--cluster", "tcp://nowhere")
    assert said.exit_code == 2
    assert said.stderr.startswith("Error: 'tcp://nowhere' is no address of a scheduler")
    assert "no node 'nett'" in command(name, "yard.py", "--set", "nett.host=a").stderr
