"""Commands in README and docs: each exists, with the options and arguments that it is given there."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator

import click
import pytest
from distributed.cli import dask_scheduler, dask_worker

from daskflow.cli import main
from tests.pages import NAMES, ROOT

DASK = click.Group("dask", {"flow": main, "scheduler": dask_scheduler.main, "worker": dask_worker.main})

GROUPS = {"daskflow": main, "dask": DASK}

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def lines_of(text: str) -> Iterator[str]:
    """Shell lines: of blocks, of what is indented, and what stands in the text between backticks."""
    for block in re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", text, re.M | re.S):
        yield from block.replace("\\\n", " ").splitlines()
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    yield from re.findall(r"^    ((?:daskflow|dask|python) .*)$", prose, re.M)
    yield from re.findall(r"`((?:daskflow|dask|python|pip) [^`]+)`", prose)


def commands_of(text: str) -> list[tuple[str, ...]]:
    """The commands for programs that we know, without what is not typed: prompts, comments, brackets."""
    found: dict[tuple[str, ...], None] = {}  # in order: the processes of a run name their tests alike
    for line in lines_of(text):
        for command in re.split(r"&&|\|(?!\|)|;", line.removeprefix("$ ")):
            if command.count("'") % 2:  # a part of what is quoted
                continue
            words = [
                word.strip("[]") if word.startswith("[") else word
                for word in shlex.split(command, comments=True)
            ]
            if words and words[0] in (*GROUPS, "python", "pip"):
                found[tuple(word for word in words if word != "...")] = None
    return list(found)


COMMANDS = {
    f"{name}: {shlex.join(words)}": words
    for name, page in NAMES.items()
    for words in commands_of(page.read_text())
}


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Have click read a command line, and not run it."""
    if isinstance(command, click.Group):
        if words:
            context = click.Context(command, parent, name)
            inner = command.get_command(context, words[0])
            if inner is None:
                raise click.UsageError(f"no such command: {words[0]}")
            parse(inner, words[0], words[1:], context)
    elif words or not is_named_only(command):
        command.make_context(name, words, parent)


def is_named_only(command: click.Command) -> bool:
    """Whether it wants arguments: then a text that has its name alone speaks of it, and does not call it."""
    return any(isinstance(each, click.Argument) and each.required for each in command.params)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_there_and_takes_what_it_is_given(name):
    program, *arguments = COMMANDS[name]
    if program in GROUPS:
        parse(GROUPS[program], program, arguments)
    elif program == "python":
        if arguments[0] == "-m" and arguments[1].startswith(("daskflow", "benchmarks")):
            assert importlib.util.find_spec(arguments[1])
    else:
        for extras in re.findall(r"(?:daskflow|\.)\[([\w,-]+)\]", name):
            assert set(extras.split(",")) <= set(EXTRAS)


def test_there_are_commands_and_wrong_ones_would_be_noticed():
    assert len(COMMANDS) > 50
    for wrong in ("advice yard.py", "run yard.py --no-such", "ps a b", "bench --repeats many"):
        with pytest.raises(click.UsageError):
            parse(main, "daskflow", wrong.split())


def test_each_command_is_on_the_page_about_commands():
    words_there = commands_of(NAMES["docs/command-line.md"].read_text())
    named = {words[1] for words in words_there if words[0] == "daskflow" and len(words) > 1}
    assert set(main.commands) <= named
