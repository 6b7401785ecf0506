"""``dask flow``, as Dask finds it."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import daskflow
from daskflow.cli import main

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def flow():
    ((name, value),) = PROJECT["entry-points"]["dask_cli"].items()
    command = EntryPoint(name, value, "dask_cli").load()
    assert isinstance(command, click.Group), "what Dask asks for"
    assert command.name == name == "flow", "Dask goes by the command's own"
    return command


def test_dask_has_every_command_of_daskflow(flow):
    dask = click.Group("dask", commands=[flow])
    said = CliRunner().invoke(dask, ["flow", "--help"])
    assert said.exit_code == 0
    assert all(f"\n  {name} " in said.stdout for name in main.commands)
    assert CliRunner().invoke(dask, ["flow", "--version"]).stdout == (
        f"daskflow, version {daskflow.__version__}\n"
    )


def test_what_is_refused_is_refused_there_too(flow, tmp_path):
    said = CliRunner().invoke(flow, ["run", str(tmp_path / "absent.py")])
    assert (said.exit_code, said.stderr) == (2, f"Error: there is no file {tmp_path / 'absent.py'}\n")
