"""``./check``: its steps, and what it says of them. Stand-ins for the tools fail where they are told to."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CHECK = Path(__file__).parents[2] / "check"

PYTHON = '#!/bin/sh\necho "ran $2"\nfor tool in $FAILING; do [ "$2" = "$tool" ] && exit 3; done\nexit 0\n'


def checked(folder: Path, *steps: str, failing: str = "") -> tuple[int, list[str]]:
    """The exit code, and the lines."""
    shutil.copy(CHECK, folder)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").write_text(PYTHON)
    (folder / "bin" / "python").chmod(0o755)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        [folder / "check", *steps],
        env={**os.environ, "PATH": path, "FAILING": failing},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_all_of_it(tmp_path):
    code, lines = checked(tmp_path)
    assert code == 0
    assert [line for line in lines if line.startswith("ran")] == [
        "ran ruff", "ran ruff", "ran mypy", "ran sphinx", "ran pytest",
    ]  # fmt: skip
    assert lines[-1] == "== ok: lint types docs tests"


def test_what_failed_is_said_at_the_end_and_the_rest_is_run(tmp_path):
    code, lines = checked(tmp_path, failing="ruff sphinx")
    assert code == 1
    assert "ran pytest" in lines
    assert lines[-1] == "== FAILED: lint docs"


def test_steps_by_name(tmp_path):
    assert checked(tmp_path, "types", "lint") == (
        0,
        ["== types", "ran mypy", "== lint", "ran ruff", "ran ruff", "== ok: types lint"],
    )


def test_a_step_that_is_none_runs_nothing(tmp_path):
    assert checked(tmp_path, "lint", "spelling") == (
        2,
        ["there is no step spelling: lint, types, docs or tests"],
    )
