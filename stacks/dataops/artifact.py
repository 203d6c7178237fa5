"""A directory of built Lambda code, checked before it is packed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from settings import SettingsError

PLACEHOLDER_MARK: Final = b"dataops:placeholder"
"""A handler with this in its text is a placeholder, wherever it is copied to."""


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
        try:
            if not directory.is_dir():
                raise SettingsError(f"{setting}: {directory} is not a directory; build the artifact, or name another")
            handlers = [path for path in map(directory.joinpath, handler_files) if path.is_file()]
            if not handlers:
                raise SettingsError(
                    f"{setting}: {directory} has no {' or '.join(handler_files)}; is it the right artifact, and built?"
                )
            return cls(directory, any(PLACEHOLDER_MARK in handler.read_bytes() for handler in handlers))
        except OSError as error:
            raise SettingsError(f"{setting}: cannot be read ({error.strerror}); name another directory") from None
