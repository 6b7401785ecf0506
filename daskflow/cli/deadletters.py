"""The commands of ``daskflow deadletters``; how they are done is in the files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from daskflow.cli.ending import sigterm_is_ctrl_c
from daskflow.cli.options import TARGET, with_gpus, with_quiet

_with_folder = click.argument("folder", type=click.Path(path_type=Path))
_with_node = click.option("--node", metavar="NAME", help="Only letters of this node.")


@click.group()
def deadletters() -> None:
    """Look at messages that a flow gave up on, and feed them back."""


@deadletters.command("list")
@_with_folder
@_with_node
def list_letters(folder: Path, node: str | None) -> None:
    """Print a line for each letter in FOLDER."""
    from daskflow.cli.letters import letters_text

    click.echo(letters_text(folder, node))


@deadletters.command()
@_with_folder
@click.argument("name", metavar="ID")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write the arrays of the inputs there: pictures as .png, others as .npy. This unpickles them, "
    "which may execute what was put into them.",
)
def show(folder: Path, name: str, save: Path | None) -> None:
    """Print all that is known of a letter.

    ID is what `list` prints of a letter in FOLDER.
    """
    from daskflow.cli.letters import letter_text, one_letter
    from daskflow.cli.saving import save_arrays

    letter = one_letter(folder, name)
    click.echo(letter_text(folder, letter))
    if save is not None:
        for path in save_arrays(folder, letter, save):
            click.echo(f"wrote {path}")


@deadletters.command()
@_with_folder
@click.argument("target", metavar=TARGET)
@click.argument("names", metavar="[ID]...", nargs=-1)
@_with_node
@with_gpus
@with_quiet
@sigterm_is_ctrl_c()
def replay(
    folder: Path, target: str, names: tuple[str, ...], node: str | None, gpus: Any, quiet: bool
) -> None:
    """Feed letters back to their nodes.

    What comes of them goes to everything below; without an ID all letters in FOLDER are fed back. The nodes
    are those of the flow that FILE.py makes now; for NAME see `daskflow run --help`. Letters that were fed
    back are moved to the sub-folder `replayed`. They are unpickled, which may execute what was put into them.
    """
    from daskflow.cli.replaying import replay_and_show

    replay_and_show(folder, target, names, node=node, gpus=gpus, quiet=quiet)
