"""The mutants that may survive: what they change, and why no test can notice or need notice."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed function."""

    name: str
    """As mutmut numbers it; another change to the function gives another number."""
    diff: str

    @property
    def change(self) -> str:
        """What is changed, and where: `MODULE.FUNCTION: BEFORE => AFTER`."""
        lines = [line for line in self.diff.splitlines() if not line.startswith(("---", "+++"))]
        before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
        return f"{_MANGLED.sub('.', self.name.rpartition('__mutmut_')[0])}: {before} => {after}"


_MANGLED = re.compile(r"\.xǁ|ǁ|\.x_")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some mutants may survive."""

    why: str
    changes: tuple[str, ...]
    """Patterns of `fnmatch` of what is changed."""


def read_reasons(path: Path) -> tuple[Reason, ...]:
    """Read the list.

    Raises:
        KeyError: an entry lacks `why` or `changes`.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return tuple(Reason(entry["why"], tuple(entry["changes"])) for entry in entries)


def unexplained(mutants: Iterable[Mutant], reasons: Iterable[Reason]) -> Iterator[Mutant]:
    """Find the mutants that no reason is given for."""
    patterns = [pattern for reason in reasons for pattern in reason.changes]
    return (mutant for mutant in mutants if not any(fnmatchcase(mutant.change, pattern) for pattern in patterns))


def stale(mutants: Iterable[Mutant], reasons: Iterable[Reason]) -> list[str]:
    """Find the patterns that no surviving mutant matches."""
    changes = [mutant.change for mutant in mutants]
    patterns = (pattern for reason in reasons for pattern in reason.changes)
    return [pattern for pattern in patterns if not any(fnmatchcase(change, pattern) for change in changes)]
