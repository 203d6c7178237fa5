"""Roles that are known to deploy their app, and what is reported as missing in them all the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from leastgrant import Environment, Kind, parse, prove, resolve, role_of_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant import Proof

FOLDER: Final = Path(__file__).parents[2] / "tests" / "leastgrant" / "known_to_deploy"


class Verdict(Enum):
    """Whether a permission that is reported as missing is."""

    TRUE = "TRUE"
    """The operation fails without it."""
    UPDATE = "UPDATE"
    """Only an update in place that changes the property fails without it; the role has seen none."""
    FALSE = "FALSE"
    """The role deploys without it, or has it."""
    NEVER = "NEVER"
    """It undoes what the template keeps."""
    READ = "READ"
    """Drift detection alone reads it."""
    UNDECIDED = "UNDECIDED"

    @property
    def is_false_alarm(self) -> bool:
        """Whether a report of it is wrong. What is not decided counts as wrong, too."""
        return self not in {Verdict.TRUE, Verdict.UPDATE}


@dataclass(frozen=True, slots=True)
class Finding:
    """A missing permission, of all resources of a type."""

    type: str
    action: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found out about a finding."""

    verdict: Verdict
    kind: str
    """What is behind it, in a few words, the same for all of a kind."""


@dataclass(frozen=True)
class Pair:
    """A role and the app that it deploys, rebuilt from a public repository."""

    name: str
    source: str
    known: str
    """How it is known that the role deploys the app."""
    how: str
    """What the role is: a CDK bootstrap's, a pipeline's, a person's."""
    template: Mapping[str, Any]
    role: tuple[Mapping[str, Any], ...]
    """The statements."""
    stack: str
    region: str
    verdicts: Mapping[Finding, Judged]
    false_alarms: int
    """No more of them may be reported."""
    stack_tags: bool = False
    """Its tool puts tags on the stack, which go to the resources."""

    @classmethod
    def read(cls, path: Path) -> Pair:
        """Read a file.

        Raises:
            ValueError: it is no pair; the message names the file and the key.
        """
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        keys = {"source", "known", "how", "stack", "region", "role", "resources", "findings", "false_alarms"}
        wrong = sorted((content.keys() - {"stack_tags"}) ^ keys)
        if wrong:
            raise ValueError(f"{path.name}: has {', '.join(wrong)}, or has not; see docs/accuracy.md")
        return cls(
            name=path.stem,
            source=content["source"],
            known=content["known"],
            how=content["how"],
            template={"Resources": content["resources"]},
            role=tuple(map(_statement, content["role"])),
            stack=content["stack"],
            region=content["region"],
            verdicts=dict(_verdicts(content["findings"], path)),
            false_alarms=content["false_alarms"],
            stack_tags=content.get("stack_tags", False),
        )

    @cached_property
    def proof(self) -> Proof:
        """What leastgrant says of the role and the app."""
        here = Environment("aws", self.region, "123456789012", self.stack)
        role = role_of_policy({"Version": "2012-10-17", "Statement": list(self.role)}, self.name)
        app = resolve(parse(json.dumps(self.template), f"{self.name}.json"), here)
        return prove(role, [app], stack_tags=self.stack_tags)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is reported as missing, each once for a type."""
        return _of_type(Finding(one.subject.type, one.action) for one in self.proof.of(Kind.MISSING) if one.subject)

    @property
    def asked(self) -> tuple[Finding, ...]:
        """What is asked of the role, whether granted or not."""
        return _of_type(Finding(need.subject.type, need.action) for need in self.proof.needs)

    @property
    def unjudged(self) -> tuple[Finding, ...]:
        """What is reported as missing, and nobody has looked at."""
        return tuple(one for one in self.missing if one not in self.verdicts)

    @property
    def false(self) -> tuple[Finding, ...]:
        """The false alarms."""
        judged = (one for one in self.missing if one in self.verdicts)
        return tuple(one for one in judged if self.verdicts[one].verdict.is_false_alarm)


def _of_type(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda one: (one.type, one.action)))


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement, which is written with its actions in one text."""
    statement = {"Effect": "Allow", "Action": row["allow"].split(), "Resource": row["resource"]}
    return statement | ({"Condition": row["when"]} if "when" in row else {})


def _verdicts(rows: Mapping[str, list[str]], path: Path) -> Iterator[tuple[Finding, Judged]]:
    """Yield the verdicts, which are written `TYPE: [ACTION VERDICT KIND, ...]`."""
    for type_name, findings in rows.items():
        for finding in findings:
            try:
                action, verdict, kind = finding.split(maxsplit=2)
                yield Finding(type_name, action), Judged(Verdict(verdict), kind)
            except ValueError:
                raise ValueError(
                    f"{path.name}: findings.{type_name} has {finding!r}, not ACTION VERDICT KIND"
                ) from None


@cache
def pairs() -> tuple[Pair, ...]:
    """All pairs, by name."""
    return tuple(Pair.read(path) for path in sorted(FOLDER.glob("*.yaml")))


def lower(pair: Pair, folder: Path = FOLDER) -> bool:
    """Write down that fewer false alarms are reported than before; tell whether there are."""
    fewer = len(pair.false) < pair.false_alarms
    if fewer:
        path = folder / f"{pair.name}.yaml"
        line, now = f"false_alarms: {pair.false_alarms}\n", f"false_alarms: {len(pair.false)}\n"
        path.write_text(path.read_text(encoding="utf-8").replace(line, now, 1), encoding="utf-8")
    return fewer
