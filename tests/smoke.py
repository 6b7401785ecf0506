"""A wheel and a source distribution as users meet them: installed in a clean environment.

    python -m build && python -m tests.smoke dist/* --python python3.11 --python python3.13

Each distribution is installed with the extra ``vision`` for each Python, and used: the packages are imported,
the commands run, a flow runs and a type checker is asked. Where this Python has no mypy, the last is left
out, with a line. It exits with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

IMPORTS = """
import importlib, pkgutil, sys
import daskflow
assert daskflow.__file__.startswith(sys.prefix), daskflow.__file__
packages = [m.name for m in pkgutil.walk_packages(daskflow.__path__, "daskflow.") if m.ispkg]
for name in ["daskflow", *packages]:
    package = importlib.import_module(name)
    for public in getattr(package, "__all__", ()):
        try:
            getattr(package, public)
        except ModuleNotFoundError as error:  # of another extra, which it should name
            assert "pip install 'daskflow[" in str(error), error
print(len(packages) + 1, "packages")
"""

FLOW = """
from importlib.resources import files
from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer, VideofileWriter
from daskflow.producers import VideofileReader

class Shape(ProcessorNode):
    def process(self, frame):
        return frame.shape

reader = VideofileReader(files("daskflow") / "data" / "pedestrians.mp4", stop=12)
shapes = CollectConsumer()(Shape(nb_tasks=2)(reader))
flow = Flow([reader], [shapes, VideofileWriter("clip.mp4")(reader)], BATCH)
flow.run()
flow.join()
assert shapes.results == [(576, 768, 3)] * 12, shapes.results
"""

TYPED = """
from daskflow.producers import IntProducer

IntProducer("one")
"""
"""What a type checker complains of if it sees our types: without py.typed it says nothing of the call."""

UNTYPED = 'error: Argument 1 to "IntProducer" has incompatible type "str"; expected "int"'


class Failed(Exception):
    """A step did not do what it should."""


def expect(command: Sequence[str | Path], folder: Path, *wanted: str, code: int = 0) -> None:
    """Run a program in a folder and an environment without anything of ours, and look at what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DASK"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
    )
    missing = [words for words in wanted if words not in done.stdout]
    if done.returncode != code or missing:
        shown = " ".join(map(str, command))[:200]
        raise Failed(f"{shown}: exit code {done.returncode}, missing {missing}\n{done.stdout}")


def check_contents(distribution: Path) -> None:
    """In a wheel is the package to the last file, in a source distribution all that git knows; no more."""
    if not (ROOT / ".git").exists():
        print("    this is no checkout: contents not compared")
        return
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = set(listed.stdout.splitlines())
    if distribution.suffix == ".whl":
        wanted = {name for name in wanted if name.startswith("daskflow/")}
        names = {name for name in zipfile.ZipFile(distribution).namelist() if ".dist-info/" not in name}
    else:
        with tarfile.open(distribution) as archive:
            names = {member.name.partition("/")[2] for member in archive if member.isfile()}
        names = {name for name in names if ".egg-info/" not in name} - {"PKG-INFO", "setup.cfg"}
    if wanted != names:
        lacking, more = sorted(wanted - names), sorted(names - wanted)
        raise Failed(f"{distribution.name} lacks {lacking}, and should not have {more}")


def use(environment: Path, version: str, folder: Path) -> None:
    """Do with an installed daskflow what a user does on the first day."""
    programs = environment / "bin"
    expect([programs / "python", "-W", "error::SyntaxWarning", "-c", IMPORTS], folder, "packages")
    expect([programs / "daskflow", "--version"], folder, f"daskflow, version {version}\n")
    expect([programs / "dask", "flow", "--help"], folder, "  run ", "  demo ")
    (folder / "flow.py").write_text(FLOW)
    expect([programs / "python", "flow.py"], folder)
    expect([programs / "daskflow", "demo", "--input", "clip.mp4"], folder, "12 of 12 messages", "wrote ")
    if importlib.util.find_spec("mypy") is None:
        print("    mypy is not installed here: types not checked")
        return
    (folder / "typed.py").write_text(TYPED)
    ours = ["--python-executable", programs / "python", "--cache-dir", folder / "cache"]
    expect([sys.executable, "-m", "mypy", *ours, "typed.py"], folder, UNTYPED, code=1)


def check(distribution: Path, python: str, folder: Path) -> None:
    """Install one distribution for one Python, and use it; the seconds are printed."""
    began = time.monotonic()
    environment = folder / "environment"
    expect([python, "-m", "venv", environment], folder)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", f"{distribution}[vision]"]
    expect(pip, folder)
    installed = time.monotonic()
    use(environment, distribution.name.split("-")[1].removesuffix(".tar.gz"), folder)
    took = f"installed in {installed - began:.0f} s, used in {time.monotonic() - installed:.0f} s"
    print(f"ok  {distribution.name} with {python}: {took}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("distributions", nargs="+", type=Path, metavar="DIST")
    parser.add_argument("--python", action="append", default=[], help="may be repeated; by default this one")
    given = parser.parse_args()
    failed = False
    for distribution in (path.resolve() for path in given.distributions):
        for python in given.python or [sys.executable]:
            with tempfile.TemporaryDirectory(prefix="daskflow-smoke-") as folder:
                try:
                    check_contents(distribution)
                    check(distribution, python, Path(folder))
                except Failed as error:
                    failed = True
                    print(f"FAILED  {distribution.name} with {python}: {error}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
