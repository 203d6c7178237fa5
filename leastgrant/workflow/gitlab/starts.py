"""What starts a pipeline, on what, and whether a job is then in it.

Sources: GitLab Docs, "Predefined CI/CD variables reference" (which are set in which pipelines), "CI/CD YAML syntax
reference" (`rules`, `only`, `except`, `workflow`) and "Merge request pipelines": a job without `rules` is in no merge
request's pipeline, unless `workflow: rules` makes one; a name under `only` is no merge request's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.workflow.gitlab.expression import UNKNOWN, RefName, Unknown, Value, holds
from leastgrant.workflow.gitlab.model import Refs
from leastgrant.workflow.gitlab.names import NamesLike, names_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastgrant.workflow.gitlab.expression import Lookup
    from leastgrant.workflow.gitlab.facts import PipelineFacts
    from leastgrant.workflow.gitlab.model import Job, Pipeline, Rule


class RefKind(Enum):
    """What a pipeline runs on; the value is the `ref_type` of its tokens."""

    BRANCH = "branch"
    TAG = "tag"


MERGE_REQUEST = "merge_request_event"
PUSH = "push"
BY_HAND = ("schedule", "web", "api", "trigger", "pipeline", "parent_pipeline")
"""What people and other pipelines start, on whatever branch or tag, with whatever variables."""
_KEYWORDS = {
    "pushes": PUSH,
    "schedules": "schedule",
    "web": "web",
    "api": "api",
    "triggers": "trigger",
    "pipelines": "pipeline",
    "merge_requests": MERGE_REQUEST,
}


@dataclass(frozen=True, slots=True)
class Start:
    """What starts a pipeline: `CI_PIPELINE_SOURCE`, and what it runs on."""

    source: str
    kind: RefKind

    @property
    def is_by_hand(self) -> bool:
        """Whether a person, a schedule or another pipeline chooses the branch or tag."""
        return self.source in BY_HAND


STARTS = (
    *(Start(source, kind) for kind in RefKind for source in (PUSH, *BY_HAND)),
    Start(MERGE_REQUEST, RefKind.BRANCH),
)


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a job is in a pipeline, and whether it then waits for a person to start it."""

    is_there: bool | None
    """None: it may be."""
    is_manual: bool = False
    undecided: str = ""
    """The condition that cannot be told."""


def value_of(name: str, start: Start, ref: RefName, job: Job | None, facts: PipelineFacts) -> Value:
    """Return the value of a variable in a pipeline."""
    of_merge_request = start.source == MERGE_REQUEST
    of_tag = start.kind is RefKind.TAG
    given: dict[str, Value] = {
        "CI_COMMIT_BRANCH": None if of_merge_request or of_tag else ref,
        "CI_COMMIT_TAG": ref if of_tag else None,
        "CI_COMMIT_REF_NAME": ref,
        "CI_COMMIT_REF_PROTECTED": UNKNOWN,
        "CI_COMMIT_REF_SLUG": UNKNOWN,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": ref if of_merge_request else None,
        "CI_OPEN_MERGE_REQUESTS": None if of_tag else UNKNOWN,
        "CI_PIPELINE_SOURCE": start.source,
    }
    if name in given:
        return given[name]
    if name in _SET:
        return "1" if of_merge_request else None
    if name.startswith("CI_MERGE_REQUEST_"):
        return UNKNOWN if of_merge_request else None
    if name.startswith(("CI_EXTERNAL_PULL_REQUEST_", "CHAT_")):
        return None
    return known(name, job, facts, is_by_hand=start.is_by_hand)


_SET = frozenset({"CI_MERGE_REQUEST_ID", "CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_PROJECT_ID"})


def known(name: str, job: Job | None, facts: PipelineFacts, *, is_by_hand: bool = False) -> str | Unknown:
    """Return the value of a variable that is the same in each pipeline; one that starts it may set others."""
    group, _, project = facts.project.rpartition("/")
    given = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": facts.default_branch,
        "CI_PROJECT_PATH": facts.project,
        "CI_PROJECT_NAME": project,
        "CI_PROJECT_NAMESPACE": group,
        "CI_PROJECT_ROOT_NAMESPACE": group.partition("/")[0],
        "CI_SERVER_HOST": facts.issuer.partition(":")[0].partition("/")[0],
        "CI_SERVER_FQDN": facts.issuer,
        "CI_SERVER_URL": f"https://{facts.issuer}",
    }
    if name in given:
        return given[name]
    environment = job.environment if job is not None else None
    for one in (f"{name}@{environment}", name):
        if one in facts.variables:
            return facts.variables[one]
    values = job.variables.get(name, ()) if job is not None and not is_by_hand else ()
    return values[0] if len(values) == 1 and "$" not in values[0] else UNKNOWN


def presence(pipeline: Pipeline, job: Job, start: Start, ref: RefName, facts: PipelineFacts) -> Presence:
    """Tell whether a job is in the pipeline of a start on a branch or tag."""

    def lookup(name: str) -> Value:
        return value_of(name, start, ref, job, facts)

    if pipeline.rules is not None:
        of_pipeline = _by_rules(pipeline.rules, "always", lookup)
        if of_pipeline.is_there is False:
            return of_pipeline
    elif start.source == MERGE_REQUEST and job.rules is None and job.only is None:
        return Presence(is_there=False)
    else:
        of_pipeline = Presence(is_there=True)
    own = _of_job(job, start, ref, lookup, has_workflow_rules=pipeline.rules is not None)
    if own.is_there is True and of_pipeline.is_there is None:
        return Presence(None, own.is_manual, of_pipeline.undecided)
    return own


def _of_job(job: Job, start: Start, ref: RefName, lookup: Lookup, *, has_workflow_rules: bool) -> Presence:
    if job.rules is not None:
        return _by_rules(job.rules, job.when, lookup)
    only = job.only
    if only is None and (job.excepted is not None or not has_workflow_rules):
        only = _BRANCHES_AND_TAGS
    held = True if only is None else _refs_hold(only, start, ref, lookup, every=True)
    if job.excepted is not None:
        held = _and(held, _not(_refs_hold(job.excepted, start, ref, lookup, every=False)))
    undecided = "its `only` and `except`" if held is None else ""
    return Presence(held and job.when != "never", job.when == "manual", undecided)


def _by_rules(rules: Sequence[Rule], when: str, lookup: Lookup) -> Presence:
    """Take the first rule that holds; those that may hold before it leave it open."""
    open_to: list[Presence] = []
    undecided = ""
    for rule in rules:
        is_true = True if rule.condition is None else holds(rule.condition, lookup)
        if is_true is False:
            continue
        decides = rule.when or when
        open_to.append(Presence(decides != "never", decides == "manual"))
        if is_true:
            break
        undecided = undecided or rule.condition or ""
    else:
        open_to.append(Presence(is_there=False))
    there = {one.is_there for one in open_to}
    is_manual = all(one.is_manual for one in open_to if one.is_there)
    return Presence(there.pop() if len(there) == 1 else None, is_manual, undecided)


def _refs_hold(refs: Refs, start: Start, ref: RefName, lookup: Lookup, *, every: bool) -> bool | None:
    """Tell whether an `only` holds, by all that it asks for; or an `except`, by any of it."""
    asked = [] if refs.names is None else [_any(_named(name, start, ref) for name in refs.names)]
    if refs.expressions:
        asked.append(_any(holds(one, lookup) for one in refs.expressions))
    if every:
        return _not(_any(map(_not, asked)))
    return _any(asked)


def _named(name: str, start: Start, ref: RefName) -> bool | None:
    name = name.partition("@")[0]
    if name == "branches":
        return start.kind is RefKind.BRANCH and start.source != MERGE_REQUEST
    if name == "tags":
        return start.kind is RefKind.TAG
    if name in _KEYWORDS:
        return start.source == _KEYWORDS[name]
    if start.source == MERGE_REQUEST:
        return False
    if not name.startswith("/"):
        return ref.text == name
    names = regex_of(name)
    return names.matches(ref.text) if ref.is_exact else names.matches_any_like(ref.text)


def regex_of(name: str) -> NamesLike:
    """Return the names of a `/regular expression/` of `only`."""
    text, _, flags = name[1:].rpartition("/")
    return names_like(text.replace("\\/", "/"), flags)


def _any(values: Iterable[bool | None]) -> bool | None:
    found = set(values)
    return True if True in found else None if None in found else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _and(left: bool | None, right: bool | None) -> bool | None:
    return False if False in (left, right) else None if None in (left, right) else True


_BRANCHES_AND_TAGS = Refs(("branches", "tags"))
