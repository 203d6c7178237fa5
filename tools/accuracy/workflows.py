"""How often `leastgrant workflow` is right about public repositories, as it was judged by hand.

Each repository was fetched on 2026-11-29, its workflows and composite actions read as they are, and held against its
role. Where it has the role's trust policy, that is what was held against them; where it has none, `repo:OWNER/NAME:*`
was taken. Every finding was judged: true, false, or useless (true, and of no use, such as one cause told twice); notes
are not counted. A finding that shows a subject which GitHub never issues is false.

Kinds of mistakes were fixed on some repositories. The others are held out, in rounds: each round was fetched after the
kinds of the rounds before were fixed, judged, and its numbers are those of that day, before anything was changed for
it. The first ten were drawn by the hash of their names from forty of which thirty were fixed on; the later rounds, by
the hash of their names too, from those in a public index that have a workflow of a usual file name (`cdk-deploy.yml`
and `terraform-apply.yml`, then `terraform-plan.yaml`) and a job that assumes a role.

What was missed is known only where the trust policy is in the repository: it was read beside the workflows for values
that no job needs, and for jobs that it refuses, and what was found so is `faults`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("workflows.json")


@dataclass(frozen=True, slots=True)
class JudgedRepository:
    """A repository, and how much of what was found in it is right."""

    name: str
    round: int | None
    """The round in which it was held out; None: kinds were fixed on it."""
    workflows: int
    jobs: int
    findings: int
    true: int
    false: int
    useless: int
    faults: int | None = None
    """Over-wide values of its trust and refused jobs, as reading finds them; None: its trust is not known."""
    missed: int | None = None
    """How many of them were not told."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What was judged of several repositories."""

    title: str
    repositories: tuple[JudgedRepository, ...]

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return sum(one.findings for one in self.repositories)

    @property
    def false(self) -> int:
        """How many of them are false."""
        return sum(one.false for one in self.repositories)

    @property
    def useless(self) -> int:
        """How many of them are useless."""
        return sum(one.useless for one in self.repositories)

    @property
    def faults(self) -> int:
        """How many over-wide values and refused jobs there are, where the trust is known."""
        return sum(one.faults or 0 for one in self.repositories)

    @property
    def missed(self) -> int:
        """How many of these were not told."""
        return sum(one.missed or 0 for one in self.repositories)


@cache
def judged() -> tuple[JudgedRepository, ...]:
    """Return the repositories that were judged, those that kinds were fixed on first."""
    return tuple(JudgedRepository(**one) for one in json.loads(_FILE.read_text(encoding="utf-8")))


def sums() -> tuple[Sum, ...]:
    """Return the sums: of the repositories that kinds were fixed on, and of each round of those held out, in order."""
    by_round: dict[int | None, list[JudgedRepository]] = {None: []}
    for one in judged():
        by_round.setdefault(one.round, []).append(one)
    titles = {of: "kinds were fixed on them" if of is None else f"held out, round {of}" for of in by_round}
    return tuple(Sum(titles[of], tuple(ones)) for of, ones in by_round.items())
