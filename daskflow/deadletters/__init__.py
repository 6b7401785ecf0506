"""Messages that a flow gave up on, kept in a folder: what they were, where and why, and their inputs."""

from daskflow.deadletters.choosing import chosen_letters
from daskflow.deadletters.folder import DeadLetterFolder
from daskflow.deadletters.letter import DeadLetter, InputDescription
from daskflow.errors import DeadLetterError

__all__ = ["DeadLetter", "DeadLetterError", "DeadLetterFolder", "InputDescription", "chosen_letters"]
