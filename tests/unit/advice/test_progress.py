"""What is shown while a flow is profiled."""

from __future__ import annotations

import io

from rich.console import Console

from daskflow.advice.progress import shown


def said(*, quiet: bool = False, is_terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=100, quiet=quiet)
    with shown("profile of yard", 200, console) as show:
        show(0, 0.0)
        show(10, 10.0)
        show(60, 10.0)
        show(70, 10.0)
    return file.getvalue()


def test_lines_now_and_then_in_a_log():
    assert said() == "profile of yard: 60 messages, 10.0 per second\n"


def test_nothing_if_quiet():
    assert said(quiet=True) == ""


def test_a_bar_on_a_terminal():
    assert "profile of yard: 70 messages, 10.0 per second" in said(is_terminal=True)
