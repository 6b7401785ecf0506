"""What ``daskflow advise`` prints, and what it refuses, without a run."""

from __future__ import annotations

import re
import shlex

import pytest
from click.testing import CliRunner

from daskflow.cli import main
from tests.unit.advice.profiles import line, work

FLOW = """
from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer

source = IntProducer(name="source")
flow = Flow([source], [VoidConsumer(name="end")(IdentityProcessor(name="slow")(source))], BATCH)
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("daskflow.advice.measuring.Run", None)  # whoever starts a flow fails
    (tmp_path / "flow.py").write_text(FLOW)
    line(work("slow", 0.1)).save(tmp_path / "profile.json")
    line(work("other", 0.1)).save(tmp_path / "other.json")
    return lambda *arguments: CliRunner().invoke(main, ["advise", *map(str, arguments)])


def test_a_table_and_sentences_from_a_profile(command):
    result = command("flow.py", "--profile", "profile.json", "--target-rate", 30, "--cores", 16)
    assert result.exit_code == 0, result.stderr
    assert re.search(r"^slow +1 +4 +40/s +75 % +0.00$", result.stdout, re.MULTILINE)
    assert "40 messages/s expected" in result.stdout
    assert "of 16 cores busy" in result.stdout
    assert result.stdout.endswith("\nFor daskflow run: --set slow.nb_tasks=4\n")
    enough = command("flow.py", "--profile", "profile.json", "--target-rate", 5)
    assert enough.stdout.endswith("\nThat is what the flow is set to.\n")


def test_what_is_to_be_set_is_taken_by_run(command, tmp_path):
    fused = FLOW.replace("BATCH)", "BATCH, fuse='auto')").replace(
        'IdentityProcessor(name="slow")(source)',
        'IdentityProcessor(name="slow")(IdentityProcessor(name="quick")(source))',
    )
    (tmp_path / "fused.py").write_text(fused)
    line(work("quick", 0.1), work("slow", 0.1)).save(tmp_path / "apart.json")
    line(work("quick", 0.00005), work("slow", 0.00005)).save(tmp_path / "together.json")
    apart = command("fused.py", "--profile", "apart.json", "--target-rate", 5).stdout
    assert apart.endswith("\nFor daskflow run: --set 'flow.fuse=[]'\n")
    together = command("fused.py", "--profile", "together.json", "--target-rate", 5).stdout
    changes = shlex.split(together.splitlines()[-1].removeprefix("For daskflow run: "))
    assert changes == ["--set", 'flow.fuse=[["quick", "slow"]]']
    plan = CliRunner().invoke(main, ["explain", "fused.py", *changes])
    assert "quick+slow" in plan.stdout


def test_chains_of_the_flow_that_cannot_be_are_refused(command, tmp_path):
    (tmp_path / "wrong.py").write_text(FLOW.replace("BATCH)", "BATCH, fuse=[('source', 'slow')])"))
    result = command("wrong.py", "--profile", "profile.json")
    assert result.exit_code == 2
    assert "source + slow cannot run as one task" in result.stderr


def test_a_file_that_asks_for_advice_itself_is_executed_up_to_there(command, tmp_path):
    (tmp_path / "asks.py").write_text(FLOW + "flow.run(overrides=flow.advise(30))\nraise SystemExit(3)\n")
    result = command("asks.py", "--profile", "profile.json")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.py",), "there is no file absent.py"),
        (("flow.py", "--profile", "absent.json"), "No such file"),
        (("flow.py", "--profile", "flow.py"), "flow.py holds no profile"),
        (("flow.py", "--profile", "other.json"), "this one has source, slow and end"),
        (("flow.py", "--save-profile", "absent/profile.json"), "there is no folder"),
        (("flow.py", "--target-rate", "0"), "is not in the range"),
    ],
)
def test_what_is_refused(command, arguments, words):
    result = command(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""
