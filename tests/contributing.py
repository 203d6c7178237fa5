"""The steps of CONTRIBUTING.md, read from its text, so that a test can take them to the letter in a copy."""

import re
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.conftest import ROOT


@dataclass(frozen=True, slots=True)
class NewService:
    """How a service is added to the deploy role: a new file, and a change of another."""

    path: Path
    text: str
    diff: str

    @classmethod
    def read(cls) -> Self:
        """Read the section of CONTRIBUTING.md.

        Raises:
            ValueError: it does not show one file and one diff.
        """
        section = (ROOT / "CONTRIBUTING.md").read_text().partition("## To add a service to the role\n")[2]
        section = section.partition("\n## ")[0]
        (path,) = re.findall(r"So `([^`]+)` is:\n", section)
        blocks = {language: textwrap.dedent(text) for language, text in _BLOCK.findall(section)}
        return cls(Path(path), blocks["python"], blocks["diff"])

    def take(self, project: Path) -> None:
        """Take both steps in a copy of the project."""
        (project / self.path).write_text(self.text)
        apply(self.diff, project)

    def undo(self, project: Path) -> None:
        """Go back to the project as it was."""
        (project / self.path).unlink()
        apply(self.diff, project, "--reverse")


_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def apply(diff: str, project: Path, *options: str) -> None:
    """Apply a diff to a copy of the project, as `git apply` does."""
    done = subprocess.run(  # noqa: S603  (a diff of this project)
        ["git", "apply", *options, "-"],  # noqa: S607
        cwd=project,
        input=diff,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"the diff does not fit the project any more: {done.stderr}"
