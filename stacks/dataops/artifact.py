"""A directory of built Lambda code, checked before it is packed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from settings import SettingsError

PLACEHOLDER_MARK: Final = "PLACEHOLDER"
"""A file of this name says that the directory holds a placeholder, wherever it is copied to."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A directory that holds a function's handler."""

    directory: Path
    is_placeholder: bool

    @classmethod
    def read(cls, setting: str, directory: Path, *handler_files: str) -> Self:
        """Look at the directory that a setting names.

        Raises:
            SettingsError: it is not there, or it has none of the files that the runtime would look for the handler in.
        """
        if not directory.is_dir():
            raise SettingsError(f"{setting}: {directory} is not a directory; build the artefact, or name another")
        if not any((directory / file).is_file() for file in handler_files):
            raise SettingsError(
                f"{setting}: {directory} has no {' or '.join(handler_files)}; is it the right artefact, and built?"
            )
        return cls(directory, (directory / PLACEHOLDER_MARK).is_file())
