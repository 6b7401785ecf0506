"""SIGTERM as another Ctrl-C."""

from __future__ import annotations

import os
import signal

import pytest
from click.testing import CliRunner

from daskflow.cli import main
from daskflow.cli.ending import sigterm_is_ctrl_c


def test_sigterm_interrupts_and_is_afterwards_what_it_was():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), sigterm_is_ctrl_c():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


RUNS_A_FLOW = {
    "demo": [],
    "run": ["flow.py"],
    "advise": ["flow.py"],
    "sweep": ["flow.py", "--set", "a=1"],
    "deadletters replay": ["letters", "flow.py"],
}


@pytest.mark.parametrize("command", RUNS_A_FLOW)
def test_commands_that_run_a_flow_take_it_from_the_beginning(command, monkeypatch, tmp_path):
    """Also while the user's file is executed: the first process of a container has no other way to end."""
    taken = []

    def note(*arguments: object, **options: object) -> None:
        taken.append(signal.getsignal(signal.SIGTERM))
        raise SystemExit(0)

    for place in (
        "loading.load_flow",
        "demo.demo_flow",
        "sweeping.sweep_and_show",
        "replaying.replay_and_show",
    ):
        monkeypatch.setattr(f"daskflow.cli.{place}", note)
    (tmp_path / "letters").mkdir()
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(main, [*command.split(), *RUNS_A_FLOW[command]])
    assert taken == [signal.default_int_handler]
