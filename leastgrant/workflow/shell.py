"""The commands of a step's script, as far as they can be told apart without a shell.

It finds what people write, not what they hide: a command in a variable, a substitution or a file is not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\r?\n)"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<operator>\n|;|&&|\|\||\|&|\||&(?!>))"
    r"|(?P<word>(?:'[^']*'|\"(?:\\.|[^\"\\])*\"|\\[^\n]|(?<=[<>])&|&>|[^\s;&|\\'\"])+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_BEFORE = re.compile(r"sudo|env|exec|command|time|if|then|else|do|while|until|!|\{|\(|-\S+|[A-Za-z_]\w*=.*")
_QUOTES = re.compile(r"['\"]")


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, quotes taken off."""

    words: tuple[str, ...]
    line: int
    """Which line of the script, from 0."""
    is_piped: bool = False
    """It reads what the command before it writes."""

    @property
    def text(self) -> str:
        """The words, a space between each two."""
        return " ".join(self.words)

    @property
    def program(self) -> tuple[str, ...]:
        """The words from the program on: without `sudo`, `env`, variables and the words of control flow."""
        at = 0
        while at < len(self.words) and _BEFORE.fullmatch(self.words[at]):
            at += 1
        first, *rest = self.words[at:] or ("",)
        return (first.lstrip("({").rpartition("/")[2], *rest)


_VARIABLE = re.compile(r"(?:^|\\n|\n)([A-Za-z_]\w*)=")


@lru_cache(maxsize=1024)
def variables_of_later_steps(script: str) -> frozenset[str] | None:
    """Return the environment variables that a script sets for the steps after it; None: which cannot be told.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", on the file `GITHUB_ENV`.
    """
    if _VARIABLES not in script:
        return frozenset()
    names: set[str] = set()
    before: Command | None = None
    for command in commands(script):
        if _VARIABLES in command.text:
            is_copied = command.program[0] == "tee" and command.is_piped and before is not None
            writer = before if is_copied and before is not None else command
            program, *words = writer.program
            text = " ".join(word for word in words if not re.fullmatch(r"-[neE]+", word))
            if program not in ("echo", "printf") or not _VARIABLE.match(text):
                return None
            names.update(_VARIABLE.findall(text))
        before = command
    return frozenset(names) or None


_VARIABLES = "GITHUB_ENV"


def commands(script: str) -> tuple[Command, ...]:
    """Split a script into its commands, in order."""
    found: list[Command] = []
    words: list[str] = []
    line = begun = 0
    is_piped = False
    for token in _TOKEN.finditer(script + "\n"):
        if token.lastgroup == "operator":
            if words:
                found.append(Command(tuple(words), begun, is_piped))
                words = []
                is_piped = token[0] in ("|", "|&")
            elif token[0] != "\n":
                is_piped = False
        elif token.lastgroup in ("word", "other"):
            begun = begun if words else line
            words.append(_QUOTES.sub("", token[0]))
        line += token[0].count("\n")
    return tuple(found)
