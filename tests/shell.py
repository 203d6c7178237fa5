"""The command line in a real shell, as a reader types it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import ROOT


def in_bash(lines: Iterable[str], folder: Path) -> str:
    """What lines of bash print, in which `leastgrant` is that of this checkout; they write nothing to stderr."""
    bash = shutil.which("bash")
    assert bash is not None
    command = f'leastgrant() {{ "{sys.executable}" -m leastgrant "$@"; }}'
    done = subprocess.run(  # noqa: S603  (the documents' own commands)
        [bash, "-c", "\n".join([command, *lines])],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout
