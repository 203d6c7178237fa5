"""What expressions can ask for, as far as it is known before the run.

Source: GitHub Docs, "Contexts reference". What is not here (secrets, outputs, the event's payload) is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.expression import UNKNOWN, texts
from leastgrant.workflow.outsider import of_outsider
from leastgrant.workflow.source import BRANCHES, PULLS, TAGS

if TYPE_CHECKING:
    from leastgrant.workflow.expression import Atom, Values
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.matrix import Combination
    from leastgrant.workflow.source import RunSource
    from leastgrant.workflow.tree import Node

_NOTHING = _NO_ENVIRONMENT = Pattern.literal("")

Env = Mapping[str, "Values"]


@dataclass(frozen=True, slots=True)
class Contexts:
    """The contexts of one run of a job."""

    facts: Facts
    source: RunSource
    inputs: Mapping[str, Values] = field(default_factory=dict[str, "Values"])
    """Those of the workflow, or of a composite action; what is not here is empty."""
    secrets: Mapping[str, Values] | None = None
    """Those that a caller hands on; None: all that the repository has."""
    environment: tuple[Pattern, ...] = ()
    """What the job's environment may be; none: it has none."""
    of_outsider: bool = False
    """The run is taken to be one that somebody caused who may not write to the repository."""
    has_outputs: bool = True
    """Jobs before may have outputs."""
    matrix: Combination = field(default_factory=dict[str, "Node | None"])
    env: Env = field(default_factory=dict[str, "Values"])

    def __call__(self, path: tuple[str, ...]) -> Values:
        """Look up a path, in lower case, as names are compared so."""
        match path:
            case ("github", *names):
                return self._github(tuple(names))
            case ("env", name):
                return self.env.get(name, UNKNOWN)
            case ("inputs", name):
                return self.inputs.get(name, (None,))
            case ("vars" | "secrets" as kind, name):
                return self._setting(kind, name)
            case ("matrix", *names):
                return self._of_matrix(names)
            case _:
                is_output = path[:1] == ("needs",) and path[2:3] == ("outputs",)
                return (_NOTHING,) if is_output and not self.has_outputs else UNKNOWN

    def _setting(self, kind: str, name: str) -> Values:
        """Look up a variable or secret; an environment's goes before the repository's, or what a caller hands on."""
        declared = self.facts.variables if kind == "vars" else self.facts.secrets
        known = {key.lower(): Pattern.literal(value) for key, value in declared.items()}
        is_handed_on = kind == "secrets" and self.secrets is not None
        of_all: Values = self._handed_on(name) if is_handed_on else (known[name],) if name in known else UNKNOWN
        found: list[Atom] = []
        for environment in self.environment or (_NO_ENVIRONMENT,):
            of_it = [value for key, value in known.items() if _is_of(key, name, environment)]
            found += of_it if of_it and environment.is_literal else (*of_it, *of_all)
        return tuple(dict.fromkeys(found))

    def _handed_on(self, name: str) -> Values:
        handed_on = self.secrets or dict[str, "Values"]()
        return handed_on.get(name, UNKNOWN if self.environment else (None,))  # an environment may have its own

    def with_env(self, env: Mapping[str, Node]) -> Contexts:
        """Add variables, which may use what is known so far."""
        return replace(self, env={**self.env, **{name.lower(): texts(node.text, self) for name, node in env.items()}})

    def on_ref(self, ref: str) -> Contexts:
        """Return the contexts of a run on one ref."""
        return replace(self, source=replace(self.source, ref=Pattern.literal(ref)))

    def by_outsider(self) -> Contexts:
        """Return the contexts of a run that an outsider causes."""
        return replace(self, of_outsider=True)

    def forgetting(self, names: frozenset[str] | None) -> Contexts:
        """Return the contexts with variables that may have any value; None: all of them."""
        if names is None:
            return replace(self, env={})
        return replace(self, env={**self.env, **dict.fromkeys((name.lower() for name in names), UNKNOWN)})

    def without_outputs(self) -> Contexts:
        """Return the contexts as if no job had outputs."""
        return replace(self, has_outputs=False)

    def variable(self, name: str) -> tuple[Pattern, ...] | None:
        """Return an environment variable, if a workflow, job or step sets it."""
        values = self.env.get(name.lower())
        return None if values is None else tuple(value for value in values if isinstance(value, Pattern))

    def _github(self, path: tuple[str, ...]) -> Values:
        if self.of_outsider and (of_theirs := of_outsider(path)):
            return of_theirs
        ref = self.source.ref
        known: Mapping[tuple[str, ...], Pattern] = {
            ("ref",): ref,
            ("ref_name",): _without_prefix(ref),
            ("event_name",): Pattern.literal(self.source.event),
            ("repository",): Pattern.literal(self.facts.name),
            ("repository_owner",): Pattern.literal(self.facts.name.partition("/")[0]),
            ("event", "repository", "full_name"): Pattern.literal(self.facts.name),
            ("event", "repository", "default_branch"): Pattern.literal(self.facts.default_branch),
        }
        match path:
            case ("event", "inputs", name) if self.source.event == "workflow_dispatch":
                return tuple(_as_text(value) for value in self.inputs.get(name, (None,)))
            case ("event", "inputs", _):
                return (None,)
            case _:
                return (known[path],) if path in known else UNKNOWN

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

    def of_matrix(self, names: list[str]) -> Node | None:
        """Return the value of this run's matrix at a path, in lower case; None: it has none, or it is not known."""
        members: Mapping[str, Node | None] = self.matrix or {}
        node: Node | None = None
        for name in names:
            node = next((value for key, value in members.items() if key.lower() == name), None)
            members = node.content if node is not None and isinstance(node.content, Mapping) else {}
        return node


def _is_of(key: str, name: str, environment: Pattern) -> bool:
    """Tell whether a declared setting is of this name and environment."""
    own, sign, of_environment = key.partition("@")
    return own == name and sign == "@" and Pattern.parse(str(environment).lower()).matches(of_environment)


def _as_text(value: Atom) -> Atom:
    return Pattern.literal(str(value).lower()) if isinstance(value, bool) else value


def _without_prefix(ref: Pattern) -> Pattern:
    name = ref.head
    for prefix in (BRANCHES, TAGS, PULLS):
        name = name.removeprefix(prefix)
    return Pattern((name, *ref.tokens[1:])) if ref.head else ref
