"""What distributions and images are made of, as far as that can be seen without making one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import daskflow

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (ROOT / "docs" / "Dockerfile").read_text()


def pythons() -> list[str]:
    found = [
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", c)
        for c in PROJECT["project"]["classifiers"]
    ]
    return [match[1] for match in found if match]


def test_a_wheel_takes_every_file_of_the_package_along():
    package = ROOT / "daskflow"
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["daskflow"]
    taken = {path for pattern in patterns for path in package.glob(pattern)}
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert files - taken == set()
    assert all(any(package.glob(pattern)) for pattern in patterns), "and no pattern is of nothing"
    assert package / "py.typed" in files


def test_every_folder_of_the_package_with_modules_is_a_package():
    folders = {path.parent for path in (ROOT / "daskflow").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_version_is_said_once_and_is_semantic():
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+|\.dev\d+)?", daskflow.__version__)
    newest = re.search(r"^## \[(.+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest is not None
    assert newest[1] in (daskflow.__version__, "Unreleased")


def test_the_oldest_python_is_the_same_for_all():
    assert PROJECT["project"]["requires-python"] == f">={pythons()[0]}"
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{pythons()[0].replace('.', '')}"


def test_what_the_image_copies_is_there_and_its_python_is_one_of_ours():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    sources = [source for line in copied for source in line.split()]
    assert "daskflow" in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert set(re.findall(r"^FROM python:(\d+\.\d+)-slim", DOCKERFILE, re.M)) <= set(pythons())


def test_the_image_does_not_run_as_root():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\w+)$", last_stage, re.M)[-1] != "root"
