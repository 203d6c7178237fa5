"""What expressions can ask for, as far as it is known before the run.

Source: GitHub Docs, "Contexts reference". What is not here (secrets, outputs, the event's payload) is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.expression import UNKNOWN, texts
from leastgrant.workflow.source import BRANCHES, PULLS, TAGS

if TYPE_CHECKING:
    from leastgrant.workflow.expression import Values
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.matrix import Combination
    from leastgrant.workflow.node import Node
    from leastgrant.workflow.source import RunSource

Env = Mapping[str, "Values"]


@dataclass(frozen=True, slots=True)
class Contexts:
    """The contexts of one run of a job."""

    facts: Facts
    source: RunSource
    inputs: Mapping[str, Values] = field(default_factory=dict[str, "Values"])
    """Of a called workflow; those of a person who starts a run are not known."""
    matrix: Combination = field(default_factory=dict[str, "Node | None"])
    env: Env = field(default_factory=dict[str, "Values"])

    def __call__(self, path: tuple[str, ...]) -> Values:
        """What is at a path, in lower case, as names are compared so."""
        match path:
            case ("github", name):
                return self._github(name)
            case ("env", name):
                return self.env.get(name, UNKNOWN)
            case ("inputs", name):
                return self.inputs.get(name, UNKNOWN)
            case ("vars", name):
                known = {key.lower(): value for key, value in self.facts.variables.items()}
                return (Pattern.literal(known[name]),) if name in known else UNKNOWN
            case ("matrix", *names):
                return self._of_matrix(names)
            case _:
                return UNKNOWN

    def with_env(self, env: Mapping[str, Node]) -> Contexts:
        """With variables more, which may use what is known so far."""
        return replace(self, env={**self.env, **{name.lower(): texts(node.text, self) for name, node in env.items()}})

    def on_ref(self, ref: str) -> Contexts:
        """The same of a run on one ref."""
        return replace(self, source=replace(self.source, ref=Pattern.literal(ref)))

    def without_env(self) -> Contexts:
        """With variables that may have any value."""
        return replace(self, env={})

    def variable(self, name: str) -> tuple[Pattern, ...] | None:
        """An environment variable, if a workflow, job or step sets it."""
        values = self.env.get(name.lower())
        return None if values is None else tuple(value for value in values if isinstance(value, Pattern))

    def _github(self, name: str) -> Values:
        ref = self.source.ref
        known: Mapping[str, Pattern] = {
            "ref": ref,
            "ref_name": _without_prefix(ref),
            "event_name": Pattern.literal(self.source.event),
            "repository": Pattern.literal(self.facts.name),
            "repository_owner": Pattern.literal(self.facts.name.partition("/")[0]),
        }
        return (known[name],) if name in known else UNKNOWN

    def _of_matrix(self, names: list[str]) -> Values:
        if self.matrix is None or not names:
            return UNKNOWN
        members: Mapping[str, Node | None] = self.matrix
        for number, name in enumerate(names, 1):
            by_name = {key.lower(): value for key, value in members.items()}
            if name not in by_name:
                return (None,)
            node = by_name[name]
            if node is None or isinstance(node.content, tuple):
                return UNKNOWN
            if not isinstance(node.content, Mapping):
                return texts(node.text, replace(self, matrix=None)) if number == len(names) else (None,)
            members = node.content
        return UNKNOWN


def _without_prefix(ref: Pattern) -> Pattern:
    name = ref.head
    for prefix in (BRANCHES, TAGS, PULLS):
        name = name.removeprefix(prefix)
    return Pattern((name, *ref.tokens[1:])) if ref.head else ref
