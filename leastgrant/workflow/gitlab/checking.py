"""A GitLab pipeline and a role, held against one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern, PatternTooComplex
from leastgrant.iam.trust import Doubt, called
from leastgrant.role import RoleError
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind, in_order, sentence, what_is_trusted
from leastgrant.workflow.gitlab.assumption import RoleAssumption, assumptions, removed_token
from leastgrant.workflow.gitlab.expression import Unknown, variables_in
from leastgrant.workflow.gitlab.starts import MERGE_REQUEST, PUSH, RefKind, known
from leastgrant.workflow.gitlab.subject import JobSubject
from leastgrant.workflow.reader import REFERENCE
from leastgrant.workflow.trust import GITLAB_FORMS, RoleTrust

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.role import Role
    from leastgrant.workflow.gitlab.facts import PipelineFacts
    from leastgrant.workflow.gitlab.model import Job, Pipeline
    from leastgrant.workflow.tree import Node
    from leastgrant.workflow.trust import TrustVerdict

SHORTEST = 900
"""Seconds of the shortest session; source: AWS STS API Reference, AssumeRoleWithWebIdentity, DurationSeconds."""
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def check_pipelines(
    pipelines: Sequence[Pipeline], roles: Sequence[tuple[Role, PipelineFacts]]
) -> tuple[WorkflowFinding, ...]:
    """Find what does not fit between pipelines of a project, a role's trust policy and what is declared.

    Args:
        pipelines: The project's own, each with what it includes.
        roles: Each with the facts, which differ in `role_arn` and `max_session_seconds` alone.

    Raises:
        RoleError: a role's trust policy is not known.
        PatternTooComplex: the patterns of a trust policy are too complex to compare.
    """
    found = [finding for role, facts in roles for finding in _Check(pipelines, role, facts).findings()]
    return in_order(found, [pipeline.file for pipeline in pipelines])


@dataclass(frozen=True, slots=True)
class _Assuming:
    """A job that assumes the role, or may, with the subjects of its token."""

    pipeline: Pipeline
    job: Job
    assumption: RoleAssumption
    is_ours: bool | None
    """None: it cannot be told whether it is this role."""
    subjects: tuple[tuple[JobSubject, TrustVerdict], ...]

    @property
    def runs(self) -> bool:
        """Whether it may be in some pipeline."""
        return any(verdict.trusted or verdict.refused or not verdict.is_known for _, verdict in self.subjects)

    @property
    def refused(self) -> Iterator[tuple[JobSubject, str]]:
        """Subjects that the role does not trust."""
        return ((subject, text) for subject, verdict in self.subjects for text in verdict.refused)

    @property
    def trusted(self) -> Iterator[tuple[JobSubject, str]]:
        """Subjects that it trusts."""
        return ((subject, text) for subject, verdict in self.subjects for text in verdict.trusted)


class _Check:
    """One role, held against the pipelines."""

    def __init__(self, pipelines: Sequence[Pipeline], role: Role, facts: PipelineFacts) -> None:
        if role.trust is None:
            raise RoleError(f"{role.template or role.name}: has no trust policy; give the role's template")
        self.pipelines, self.facts = pipelines, facts
        self.policy: TrustPolicy = role.trust
        self.template, self.line = role.template or role.name, role.line
        self.trust = RoleTrust(self.policy, facts.role_arn, facts.issuer, own=facts.subject, forms=GITLAB_FORMS)

    def findings(self) -> Iterator[WorkflowFinding]:
        """Yield what does not fit."""
        if issuer := self.trust.other_issuer():
            yield self._of_role(
                WorkflowKind.UNKNOWN,
                f"the role trusts the tokens of `{issuer}`, and none of `{self.facts.issuer}`: nothing was held "
                "against it",
                f"if that is the GitLab whose tokens the jobs have, say so (`--issuer {issuer}`), or else trust "
                f"`{self.facts.issuer}`",
            )
            return
        yield from self._unread()
        yield from self._left_open()
        for one in self.assuming:
            yield from self._of_job(one)
        yield from self._without_token()
        yield from self._others()
        if self.assuming:
            yield from self._wider()
        elif all(one.token is not None for _, _, one in self._all):
            yield self._of_role(
                WorkflowKind.UNKNOWN,
                f"no job of the pipelines that were given, in any that starts, assumes `{self.facts.role_arn}`: "
                "nothing was held against it",
                "give the pipeline that does; say what a variable that names the role holds (`--variable`)",
            )

    @cached_property
    def _written_out(self) -> frozenset[str]:
        return frozenset(str(value.head) for value in self.trust.subjects if value.is_literal)

    @cached_property
    def _all(self) -> tuple[tuple[Pipeline, Job, RoleAssumption], ...]:
        return tuple(
            (pipeline, job, one)
            for pipeline in self.pipelines
            for job in pipeline.jobs.values()
            for one in assumptions(job, self.facts)
        )

    @cached_property
    def assuming(self) -> tuple[_Assuming, ...]:
        """The jobs that assume the role, or may, in some pipeline."""
        found = (
            _Assuming(pipeline, job, one, is_ours, tuple(self._judged(pipeline, job, one)))
            for pipeline, job, one in self._all
            if one.token is not None and (is_ours := self._is_ours(job, one)) is not False
        )
        return tuple(one for one in found if one.runs)

    def _is_ours(self, job: Job, one: RoleAssumption) -> bool | None:
        """Whether it is this role; a token that the role does not take, and whose use is not seen, is for another."""
        is_this = one.is_of(self.facts.role_arn)
        if is_this is None and self.facts.assumed_by:
            return job.id in self.facts.assumed_by
        if is_this is None and not one.text and not any(self._may_be_trusted(audience) for audience in one.audience):
            return False
        return is_this

    def _may_be_trusted(self, audience: Pattern) -> bool:
        if audience.is_literal:
            return self.trust.admits_audience(audience.head) or self.trust.names_audience(audience.head)
        return any(audience.matches(one) for one in self.trust.audiences) or not self.trust.audiences

    def _judged(self, pipeline: Pipeline, job: Job, one: RoleAssumption) -> Iterator[tuple[JobSubject, TrustVerdict]]:
        asked = [audience.head for audience in one.audience if audience.is_literal]
        audience = next(filter(self.trust.admits_audience, (*asked, *self.trust.audiences)), "sts.amazonaws.com")
        for kind in RefKind:
            subject = JobSubject(pipeline, job, kind, self.facts, self._written_out)
            yield subject, self.trust.judge(subject, audience)

    def _of_role(self, kind: WorkflowKind, message: str, fix: str, *, is_note: bool = False) -> WorkflowFinding:
        return WorkflowFinding(kind, message, fix, self.template, self.line, is_note=is_note)

    def _unread(self) -> Iterator[WorkflowFinding]:
        for pipeline in self.pipelines:
            if pipeline.unread:
                first = pipeline.unread[0]
                more = f", and {len(pipeline.unread) - 1} more," if pipeline.unread[1:] else ""
                yield WorkflowFinding(
                    WorkflowKind.UNKNOWN,
                    f"`{_called(first)}`{more} is not of the files that were read: jobs and rules of it are not judged",
                    "give a copy of it as a local file, or a pipeline with all that it includes (Pipeline editor, Full "
                    "configuration)",
                    first.file,
                    first.line,
                )

    def _left_open(self) -> Iterator[WorkflowFinding]:
        if reason := self.trust.undecided:
            yield self._of_role(
                WorkflowKind.UNKNOWN,
                f"it is not decided whether the role trusts more than the tokens of its jobs: {reason}",
                "write the subjects out",
            )
        if keys := sorted(self.trust.other_keys):
            yield self._of_role(
                WorkflowKind.UNKNOWN,
                f"the role's trust also asks for {', '.join(keys)}, which cannot be told of a job: of a GitLab token "
                "AWS compares the subject and the audience",
                "hold the trust to the subject and the audience",
            )

    def _others(self) -> Iterator[WorkflowFinding]:
        for statement, other in self.trust.others():
            who = called(other.principal)
            is_open = isinstance(other, Doubt)
            yield self._of_role(
                WorkflowKind.UNKNOWN if is_open else WorkflowKind.WIDE,
                f"it is not decided whether the role trusts {who}, by {statement}: {other.reason}"
                if isinstance(other, Doubt)
                else f"the role trusts {who}, by {statement}, and jobs assume it with GitLab's tokens alone",
                "name GitLab's provider as the only principal",
            )

    def _of_job(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        if one.is_ours is None:
            yield self._which_role(one)
        yield from self._audience(one)
        yield from self._subject(one)
        yield from self._merge_request(one)
        yield from self._session(one)
        yield from self._approval(one)

    def _which_role(self, one: _Assuming) -> WorkflowFinding:
        job, text = one.job, one.assumption.text
        if not text:
            audience = ", ".join(f"`{audience}`" for audience in one.assumption.audience)
            return _finding(
                WorkflowKind.UNKNOWN,
                job,
                f"has a token for {audience}, `{one.assumption.token}`, and what it does with it is not read: judged "
                f"as if it assumed `{self.facts.role_arn}`",
                "say which jobs assume the role (`--assumed-by`)",
            )
        names = [name for name in variables_in(text) if isinstance(known(name, job, self.facts), Unknown)]
        said = ", ".join(f"`--variable {name}=...`" for name in names)
        return _finding(
            WorkflowKind.UNKNOWN,
            job,
            f"assumes `{text}`, and whether that is `{self.facts.role_arn}` cannot be told before the pipeline: judged "
            "as if it were",
            f"say what it holds ({said}), or which jobs assume the role (`--assumed-by`)"
            if said
            else "write the role's ARN out, or say which jobs assume the role (`--assumed-by`)",
            one.assumption.line,
        )

    def _audience(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        trusted = [text for text in self.trust.audiences if self.trust.admits_audience(text)]
        for audience in one.assumption.audience:
            fix = f"ask for `{trusted[0] if trusted else 'what the trust names'}` as `aud`"
            if not audience.is_literal:
                told = f"asks for a token for `{audience}`, which cannot be told before the pipeline"
                yield _finding(WorkflowKind.UNKNOWN, one.job, told, fix)
            elif not self._is_trusted(audience.head, trusted):
                told = f"asks for a token for `{audience}`, and the role trusts no such audience"
                yield _finding(WorkflowKind.AUDIENCE, one.job, told, fix)

    def _is_trusted(self, audience: str, trusted: Sequence[str]) -> bool:
        return self.trust.admits_audience(audience) or (not trusted and self.trust.names_audience(audience))

    def _subject(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        refused = list(one.refused)
        is_one_trusted = any(True for _ in one.trusted)
        if any(not verdict.is_known for _, verdict in one.subjects):
            yield _finding(
                WorkflowKind.UNKNOWN,
                one.job,
                "may have subjects of which it cannot be told whether the role trusts them",
                "write the branches or tags out",
            )
        sure, by_hand, open_ones = _sorted(refused)
        if sure or (by_hand and not is_one_trusted):
            yield self._refused(one, sure or by_hand, is_note=False)
        elif by_hand:
            yield self._refused(one, by_hand, is_note=True)
        if open_ones and not sure:
            subject, text = open_ones[0]
            conditions = dict.fromkeys(p.undecided for _, p in subject.presences(text) if p.undecided)
            condition = next(iter(conditions), "its rules")
            names = [name for name in variables_in(condition) if not name.startswith("CI_")]
            said = "".join(f", or say what it holds (`--variable {name}=...`)" for name in names[:1])
            yield _finding(
                WorkflowKind.UNKNOWN,
                one.job,
                f"may be in a pipeline whose token's subject is `{text}`, which the role does not trust: whether "
                f"`{condition}` is so cannot be told before the pipeline",
                f"hold the job to the branches or tags that the role trusts with `rules`{said}",
            )

    def _refused(self, one: _Assuming, refused: Sequence[tuple[JobSubject, str]], *, is_note: bool) -> WorkflowFinding:
        texts = list(dict.fromkeys(text for _, text in refused))
        more = f" (and {len(texts) - 1} more: {', '.join(f'`{text}`' for text in texts[1:4])})" if texts[1:] else ""
        subject, text = refused[0]
        sources = list(dict.fromkeys(s.source for s, p in subject.presences_on(text) if p.is_there))
        shown = ", ".join(f"`{source}`" for source in sources[:3])
        fix = _cause(self.trust.subjects, texts) or (
            "a job that is to work on what the role trusts alone says so with `rules`"
            if is_note
            else "hold the job to what the role trusts with `rules`, or trust it"
        )
        told = f"is in pipelines of {shown} whose token's subject is `{text}`{more}, which the role does not trust"
        return _finding(WorkflowKind.SUBJECT, one.job, told, fix, is_note=is_note)

    def _merge_request(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        for subject, text in one.trusted:
            there = [p for start, p in subject.presences_on(text) if start.source == MERGE_REQUEST and p.is_there]
            if there:
                yield _finding(
                    WorkflowKind.OUTSIDER,
                    one.job,
                    "is in pipelines of merge requests, and the subject is that of the source branch: if a member runs "
                    f"the pipeline of a fork's merge request in this project, the fork's code has `{text}`, which the "
                    "role trusts",
                    "let the job not run on merge requests, or trust no branch whose name a fork may have",
                    is_note=True,
                )
                return

    def _session(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        seconds, longest = one.assumption.seconds, self.facts.max_session_seconds
        if seconds is not None and not SHORTEST <= seconds <= longest:
            told = f"asks for a session of {seconds} seconds, and the role allows {SHORTEST} to {longest}"
            fix = f"ask for {longest} or fewer, or raise the role's MaxSessionDuration"
            yield _finding(WorkflowKind.DURATION, one.job, told, fix, one.assumption.line)
        for name in _REGIONS:
            region = known(name, one.job, self.facts)
            if isinstance(region, str) and region and region not in self.facts.regions:
                told = f"works in `{region}` ({name}), and not in {' or '.join(self.facts.regions)}"
                yield _finding(WorkflowKind.REGION, one.job, told, f"set {name} to {self.facts.regions[0]}")
                return

    def _approval(self, one: _Assuming) -> Iterator[WorkflowFinding]:
        approval = self.facts.approval
        if approval is None:
            return
        waiting = (one.job, *_needed(one.pipeline.jobs, one.job))
        present = [p for subject, _ in one.subjects for _, text in one.trusted for _, p in subject.presences_on(text)]
        is_manual = bool(present) and all(p.is_manual for p in present if p.is_there is not False)
        if not is_manual and all(job.environment != approval for job in waiting):
            told = f"neither has the environment `{approval}`, nor needs a job that has it, nor is started by hand"
            yield _finding(
                WorkflowKind.APPROVAL, one.job, told, f"give it `environment: {approval}`, or `when: manual`"
            )

    def _without_token(self) -> Iterator[WorkflowFinding]:
        for _, job, one in self._all:
            if one.token is None and one.is_of(self.facts.role_arn) is not False:
                removed = removed_token(job)
                line, told = (
                    (removed[0], f"assumes a role with `{removed[1]}`, which GitLab has no more since 17.0")
                    if removed
                    else (one.line, "assumes a role with a token that none of its `id_tokens` is")
                )
                yield _finding(
                    WorkflowKind.TOKEN, job, told, "give the job `id_tokens`, with the audience as `aud`", line
                )

    def _wider(self) -> Iterator[WorkflowFinding]:
        subjects = [subject for one in self.assuming for subject, _ in one.subjects]
        strangers = tuple(self._strangers())
        try:
            trusted = list(dict.fromkeys(self.trust.parts((p for s in subjects for p in s.apart), strangers)))
        except PatternTooComplex as error:
            yield self._of_role(
                WorkflowKind.UNKNOWN,
                f"it is not decided whether the role trusts more than the tokens of its jobs: {error.problem}",
                "write the subjects out",
            )
            return
        wide: dict[Pattern | None, str] = {}
        is_one_refused = any(not any(True for _ in one.trusted) for one in self.assuming)
        for text in sorted(trusted, key=[*strangers, *trusted].index):
            by = self.trust.naming(text)
            is_written_out = by is not None and by.is_literal
            if is_one_refused and is_written_out and self._is_own(text):
                continue  # it may be the one that the refused job is meant to have
            if not any(subject.admits(text, widened=not is_written_out) for subject in subjects):
                wide.setdefault(by, text)
        if wide:
            yield self._of_role(
                WorkflowKind.WIDE,
                f"the role trusts {what_is_trusted(wide, self._is_own)}",
                "let the trust name the subjects of the jobs that assume the role, and no others",
            )
        yield from self._unasked()

    def _is_own(self, subject: str) -> bool:
        return subject.startswith(self.facts.subject)

    def _strangers(self) -> Iterator[str]:
        """Yield subjects to be shown, the most foreign first."""
        group = self.facts.project.partition("/")[0]
        for start in ("project_path:other/shop:", f"project_path:{group}/other:", self.facts.subject):
            for name in (self.facts.default_branch, "feature"):
                yield f"{start}ref_type:branch:ref:{name}"
            yield f"{start}ref_type:tag:ref:v1"

    def _unasked(self) -> Iterator[WorkflowFinding]:
        asked = [audience for one in self.assuming for audience in one.assumption.audience]
        if not any(self.trust.admits_audience(audience.head) for audience in asked if audience.is_literal):
            return  # a job asks for another, which is told of it
        for text in filter(self.trust.admits_audience, self.trust.audiences):
            if not any(audience.matches(text) for audience in asked):
                yield self._of_role(
                    WorkflowKind.WIDE,
                    f"the role trusts tokens for the audience `{text}`, and no job that assumes it asks for one",
                    "let the trust name the audience that the jobs ask for, and no other",
                )


def _sorted(
    refused: Sequence[tuple[JobSubject, str]],
) -> tuple[list[tuple[JobSubject, str]], list[tuple[JobSubject, str]], list[tuple[JobSubject, str]]]:
    """Return the refused subjects of pipelines that start by themselves, those of a person's choice, and open ones."""
    sure: list[tuple[JobSubject, str]] = []
    by_hand: list[tuple[JobSubject, str]] = []
    open_ones: list[tuple[JobSubject, str]] = []
    for subject, text in refused:
        there = [(start, one) for start, one in subject.presences_on(text) if one.is_there]
        if any(start.source in (PUSH, MERGE_REQUEST) and not one.is_manual for start, one in there):
            sure.append((subject, text))
        elif there:
            by_hand.append((subject, text))
        else:
            open_ones.append((subject, text))
    return sure, by_hand, open_ones


def _cause(values: Sequence[Pattern], refused: Sequence[str]) -> str | None:
    """Return what is wrong with a value of the trust that was meant for a refused subject, if that is seen."""
    for value in values:
        text = value.head
        if value.is_literal and "*" in text and any(map(Pattern.parse(text).matches, refused)):
            return f"under StringEquals `*` stands for itself in `{text}`: write the subject out, or use StringLike"
        if any(Pattern(value.tokens, any_case=True).matches(one) and not value.matches(one) for one in refused):
            return f"the role trusts `{value}`, and subjects are compared with their case: write it as GitLab does"
        plain = text.replace(":ref:refs/heads/", ":ref_type:branch:ref:").replace("repo:", "project_path:", 1)
        if plain != text and plain in refused:
            return f"no token of GitLab has `{text}`: write `{plain}`"
        if value.is_literal and text.startswith("project_path:") and ":ref_type:" not in text and ":" in text[13:]:
            return (
                f"subjects are like `{text}` only where the project's ci_id_token_sub_claim_components say so: trust "
                f"`{refused[0]}`"
            )
        if value.is_literal and any(one.startswith(f"{text}:") for one in refused):
            return f"`{text}` is how subjects begin, and none is that alone: write the whole of it"
    return None


def _needed(jobs: Mapping[str, Job], job: Job) -> tuple[Job, ...]:
    """Return the jobs that a job needs, and those that these need."""
    found: dict[str, Job] = {}
    left = list(job.needs)
    while left:
        name = left.pop()
        if name in jobs and name not in found:
            found[name] = jobs[name]
            left += jobs[name].needs
    return tuple(found.values())


def _called(node: Node) -> str:
    """Name what was not read, as the file does."""
    if isinstance(node.content, str):
        return node.content
    for key in ("component", "project", "remote", "template", "local", "artifact"):
        if isinstance(node.content, dict) and (value := node.content.get(key)) is not None:
            return f"{key}: {value.text}"
    reference = node.content.get(REFERENCE) if isinstance(node.content, dict) else None
    return f"{REFERENCE} [{', '.join(one.text for one in reference.items())}]" if reference else "an include"


def _finding(
    kind: WorkflowKind, job: Job, told: str, fix: str, line: int | None = None, *, is_note: bool = False
) -> WorkflowFinding:
    name = f"{PurePath(job.file).name}:{job.id}"
    called_ = f"job `{job.id}`"
    message = sentence(called_, (name,), told)
    return WorkflowFinding(kind, message, fix, job.file, line or job.line, job.id, is_note, (name,), called_, told)
