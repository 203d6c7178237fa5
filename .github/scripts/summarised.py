"""`summarised.py TITLE COMMAND [ARGUMENT ...]`: run a command, and put what it prints on the job's summary as well.

It ends as the command does. It needs Python alone, so that a job can use it before anything is installed.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GH_TOKEN")
_MOST = 200_000  # of a summary's 1 MiB a step; GitHub Docs, "Workflow commands", job summaries
_NOT_FOUND = 127


def main(title: str, command: list[str]) -> int:
    """Run it; what it prints is shown as it comes."""
    try:
        running = subprocess.Popen(  # noqa: S603  (the workflow's own command)
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="backslashreplace"
        )
    except OSError as error:
        print(f"{command[0]}: {error.strerror}")
        summarise(title, f"{command[0]}: {error.strerror}\n", _NOT_FOUND)
        return _NOT_FOUND
    printed: list[str] = []
    with running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            printed.append(line)
    summarise(title, "".join(printed), running.returncode)
    return running.returncode


def summarise(title: str, printed: str, status: int) -> None:
    """Add a section to the summary."""
    shown = without_secrets(printed)
    if len(shown) > _MOST:
        shown = f"... ({len(shown) - _MOST:,} characters are in the log)\n{shown[-_MOST:]}"
    verdict = "" if status == 0 else f" (stopped here: exit status {status})"
    fence = fence_of(shown)
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(f"### {title}{verdict}\n\n{fence}text\n{shown.rstrip()}\n{fence}\n\n")


def without_secrets(text: str) -> str:
    """Return a text without the values of the job's credentials."""
    for name in _SECRETS:
        if value := os.environ.get(name):
            text = text.replace(value, "***")
    return text


def fence_of(text: str) -> str:
    """Return a fence that nothing in a text ends."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
