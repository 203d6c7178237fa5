"""A job that assumes the role runs nothing that no lock file or hash names: whoever can change it has the role.

Sources: pip documentation, "Secure installs" (`--require-hashes`); npm Docs, "npm ci"; the Cargo Book, "cargo install"
(`--locked`). What an action or a script of the repository installs is not seen.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.shell import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from leastgrant.workflow.shell import Command

_FETCHES = re.compile(r"\b(curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b")
_SHELL = re.compile(r"(ba|z|da|k)?sh|pwsh|python[\d.]*|node|perl|ruby|iex|Invoke-Expression")
_INSIDE = re.compile(r"(?:<\(|\$\(|`)\s*(?:sudo\s+)?(?:curl|wget)\b")
_RUNS_TEXT = frozenset({"eval", "source", ".", "bash", "sh", "zsh"})
_PIP_HELD = frozenset({"--require-hashes", "--no-index"})


def it_installs_what_is_locked(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find scripts that run what they fetch, and installations without a lock or hashes; one finding a job."""
    for run in dict.fromkeys(run for run, _ in contract.logins):
        unlocked = [(step.line, one) for step in run.job.steps for one in _unlocked(commands(step.run or ""))]
        if unlocked:
            shown = ", ".join(f"`{text}`" for text in dict.fromkeys(_short(one.text) for _, one in unlocked))
            yield finding(
                WorkflowKind.INSTALL,
                run,
                f"assumes the role, and runs what no lock file or hash names: {shown}",
                "install from a lock file or with hashes (`npm ci`, `pip install --require-hashes`), or in another job",
                line=unlocked[0][0],
            )


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _unlocked(script: Sequence[Command]) -> Iterator[Command]:
    for before, command in zip((None, *script), script, strict=False):
        program, *arguments = command.program
        is_fetched = before is not None and command.is_piped and _FETCHES.search(before.text)
        if before is not None and is_fetched and _SHELL.fullmatch(program):
            yield before
        elif (program in _RUNS_TEXT and _INSIDE.search(command.text)) or _installs(program, arguments):
            yield command


def _installs(program: str, arguments: Sequence[str]) -> bool:
    """Tell whether a program installs packages of which no lock or hash says which."""
    if program.startswith("py") and arguments[:1] == ["-m"]:
        program, arguments = "".join(arguments[1:2]), arguments[2:]
    elif program == "uv" and arguments[:1] == ["pip"]:
        program, arguments = "pip", arguments[1:]
    given, words = set(arguments), [one for one in arguments if not one.startswith("-")]
    test = _INSTALLERS.get(re.sub(r"[\d.]+$", "", program))
    return test is not None and test("".join(words[:1]), words[1:], given)


def _pip(verb: str, words: Sequence[str], given: AbstractSet[str]) -> bool:
    is_of_here_alone = "--no-deps" in given and all(one.startswith(".") for one in words)
    return verb == "install" and not (given & _PIP_HELD) and not is_of_here_alone


_Installer: TypeAlias = "Callable[[str, Sequence[str], AbstractSet[str]], bool]"
_INSTALLERS: Mapping[str, _Installer] = MappingProxyType(
    {
        "pip": _pip,
        "npm": lambda verb, _, __: verb in ("install", "i", "add", "update", "exec"),
        **dict[str, _Installer].fromkeys(
            ("yarn", "pnpm", "bun"), lambda verb, _, __: verb in ("add", "dlx", "global", "x")
        ),
        **dict[str, _Installer].fromkeys(
            ("npx", "bunx"), lambda verb, _, given: bool(given & {"-y", "--yes"}) or "@" in verb[1:]
        ),
        **dict[str, _Installer].fromkeys(("uvx", "pipx"), lambda _, __, ___: True),
        "uv": lambda verb, _, __: verb == "tool",
        "gem": lambda verb, _, __: verb == "install",
        "cargo": lambda verb, _, given: verb == "install" and "--locked" not in given,
        "go": lambda verb, words, _: verb == "install" and any("@latest" in one for one in words),
    }
)
"""Whether a program installs what no lock holds: of its first word, the others, and the options."""
