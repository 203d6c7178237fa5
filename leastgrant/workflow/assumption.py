"""What a step asks AWS for: the inputs of `aws-actions/configure-aws-credentials`, worked out.

Source: the action's README and its `action.yml`: inputs and their defaults, environment variables that stand in for
inputs, and which of keys, chaining, a token file and GitHub's token it assumes the role with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.expression import condition, may_be_true, texts
from leastgrant.workflow.parse import action_folder
from leastgrant.workflow.shell import variables_of_later_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastgrant.workflow.contexts import Contexts
    from leastgrant.workflow.model import LocalAction, WorkflowStep
    from leastgrant.workflow.runs import Run

_ACTION = re.compile(r"aws-actions/configure-aws-credentials(@.*)?", re.IGNORECASE)
_DEFAULTS = {
    "audience": "sts.amazonaws.com",
    "role-duration-seconds": "3600",
    "role-session-name": "GitHubActions",
}
_DEEPEST = 10  # composite actions that use one another; GitHub stops there
_NOTHING = Pattern.literal("")


class LoginMethod(Enum):
    """What a role is assumed with."""

    TOKEN = "GitHub's token"  # noqa: S105  (words, and no secret)
    KEYS = "access keys"
    CHAIN = "the credentials of a role assumed before"
    FILE = "a token from a file"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A step that assumes a role. Each input is all that it may be."""

    step: WorkflowStep
    way: LoginMethod
    role: tuple[Pattern, ...]
    region: tuple[Pattern, ...]
    audience: tuple[Pattern, ...]
    duration: tuple[Pattern, ...]
    session_name: tuple[Pattern, ...]
    hands_on: bool
    """It also makes the credentials outputs of the step."""
    outer: WorkflowStep | None = None
    """The job's step, if this one is of a composite action."""
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is written for each input, or for the variable or the action's input that it names."""

    def line(self, name: str) -> int:
        """Return the line of an input, or else of the step; of a composite action, of the step that uses it."""
        if self.outer is not None:
            return self.outer.line
        node = self.step.inputs.get(name)
        return self.step.line if node is None else node.line

    def text(self, name: str) -> str:
        """Return what is written for an input, where it cannot be told what it is; empty, if nothing is."""
        return self.written.get(name, "")

    def is_of(self, role_arn: str) -> bool | None:
        """Tell whether it is this role that is assumed; None if it cannot be told."""
        if all(role == Pattern.literal(role_arn) for role in self.role):
            return True
        return None if any(role.matches(role_arn) for role in self.role) else False


def assumptions(run: Run) -> Iterator[Assumption]:
    """Yield the roles that a run's steps assume, in order, those of the repository's composite actions too."""
    for step, contexts, outer in steps_of(run):
        if step.uses is not None and _ACTION.fullmatch(step.uses.strip()):
            found = _assumption(run, step, contexts, outer)
            yield from () if found is None else (found,)


@lru_cache(maxsize=1 << 14)  # several rules ask for those of each run
def steps_of(run: Run) -> tuple[tuple[WorkflowStep, Contexts, WorkflowStep | None], ...]:
    """Return the steps that may run; in the place of one that uses a composite action that was read, the action's."""
    return tuple(_walk(run, run.job.steps, run.contexts, None))


def _walk(
    run: Run, steps: Sequence[WorkflowStep], contexts: Contexts, outer: WorkflowStep | None, depth: int = 0
) -> Iterator[tuple[WorkflowStep, Contexts, WorkflowStep | None]]:
    for step in steps:
        action = local_action(run, step)
        inner = contexts.with_env(step.env)
        if step.condition is not None and not may_be_true(condition(step.condition.text, inner)):
            continue
        yield step, inner, outer
        if action is not None and depth < _DEEPEST:
            given = {**action.inputs, **step.inputs}  # the runner hands on what is not declared too
            values = {name: (_NOTHING,) if node is None else texts(node.text, inner) for name, node in given.items()}
            yield from _walk(run, action.steps or (), replace(inner, inputs=values), outer or step, depth + 1)
        contexts = contexts.forgetting(_set_by(run, step, depth))


def _set_by(run: Run, step: WorkflowStep, depth: int) -> frozenset[str] | None:
    """Return the variables that a step, or the repository's action that it uses, sets for those after; None: any."""
    action = local_action(run, step) if depth < _DEEPEST else None
    inside = [_set_by(run, one, depth + 1) for one in (action.steps if action else None) or ()]
    found = [frozenset[str]() if step.run is None else variables_of_later_steps(step.run), *inside]
    known = [names for names in found if names is not None]
    return frozenset[str]().union(*known) if len(known) == len(found) else None


def local_action(run: Run, step: WorkflowStep) -> LocalAction | None:
    """Return the repository's action that a step uses, if it was read."""
    return run.workflow.actions.get(action_folder(step.uses)) if is_of_repository(run, step) and step.uses else None


def unread(run: Run) -> Iterator[WorkflowStep]:
    """Yield the steps that use an action of the repository which was not read."""
    for step, _, _ in steps_of(run):
        action = local_action(run, step)
        if is_of_repository(run, step) and (action is None or action.steps is None):
            yield step


def is_of_repository(run: Run, step: WorkflowStep) -> bool:
    """Tell whether a step uses an action that is kept in the repository."""
    uses = (step.uses or "").lower()
    return uses.startswith(("./", f"{run.contexts.facts.name.lower()}/"))


_NAMED = re.compile(r"\$\{\{\s*(env|inputs)\.([A-Za-z_][\w-]*)\s*\}\}", re.IGNORECASE)


def _written(run: Run, step: WorkflowStep, outer: WorkflowStep | None, name: str) -> str:
    """Return what is written for an input; of a variable or a composite action's input, what is written for that."""
    node = step.inputs.get(name)
    found = node.text if node is not None and isinstance(node.content, str) else ""
    seen: set[str] = set()
    while (named := _NAMED.fullmatch(found.strip())) and found not in seen:
        seen.add(found)
        around = (step,) if outer is None else (step, outer)
        places = [run.workflow.env, run.job.env, *(one.env for one in reversed(around))]
        if named[1].lower() == "inputs":
            places = [one.inputs for one in around[1:]]
        by_name = {key.lower(): value for place in places for key, value in place.items()}
        other = by_name.get(named[2].lower())
        if other is None or not isinstance(other.content, str):
            break
        found = other.content
    return found


def _assumption(run: Run, step: WorkflowStep, contexts: Contexts, outer: WorkflowStep | None) -> Assumption | None:
    def given(name: str) -> tuple[Pattern, ...]:
        return _input(step, name, contexts)

    role = given("role-to-assume")
    if role == (_NOTHING,):
        return None
    return Assumption(
        step=step,
        way=_way(step, contexts),
        role=role,
        region=given("aws-region"),
        audience=given("audience"),
        duration=given("role-duration-seconds"),
        session_name=given("role-session-name"),
        hands_on=_is_set(given("output-credentials")),
        outer=outer,
        written={name: _written(run, step, outer, name) for name in ("role-to-assume", "aws-region")},
    )


def _input(step: WorkflowStep, name: str, contexts: Contexts) -> tuple[Pattern, ...]:
    node = step.inputs.get(name)
    values = (_NOTHING,) if node is None else texts(node.text, contexts)
    if values != (_NOTHING,):
        return values
    if name == "audience":  # has a default of its own, which no variable changes
        return (Pattern.literal(_DEFAULTS[name]),)
    stands_in = contexts.variable(name.replace("-", "_"))
    return stands_in or (Pattern.literal(_DEFAULTS.get(name, "")),)


def _way(step: WorkflowStep, contexts: Contexts) -> LoginMethod:
    for name, way in (("aws-access-key-id", LoginMethod.KEYS), ("web-identity-token-file", LoginMethod.FILE)):
        if _input(step, name, contexts) != (_NOTHING,):
            return way
    return LoginMethod.CHAIN if _is_set(_input(step, "role-chaining", contexts)) else LoginMethod.TOKEN


def _is_set(values: tuple[Pattern, ...]) -> bool:
    return any(value.matches(word) for value in values for word in ("true", "True", "TRUE"))
