"""What the rules look at: the runs of all jobs, what they assume, and what the role trusts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING

from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.workflow.assumption import Assumption, LoginMethod, assumptions
from leastgrant.workflow.claims import of_run, of_subject
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind, sentence
from leastgrant.workflow.model import TokenAccess
from leastgrant.workflow.runs import Run, runs, uncalled
from leastgrant.workflow.subject import subjects
from leastgrant.workflow.trust import RoleTrust, TrustVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.model import Workflow
    from leastgrant.workflow.subject import TokenSubject
    from leastgrant.workflow.trust import Claims

DEFAULT_AUDIENCE = "sts.amazonaws.com"
_PLAIN_CLAIMS = ("repo", "context")


@dataclass(frozen=True, slots=True)
class JudgedSubject:
    """The subjects that a run may have, and which the role trusts."""

    run: Run
    subject: TokenSubject
    verdict: TrustVerdict


@dataclass(frozen=True)
class Runs:
    """What the jobs of the workflows do, whichever role is asked about."""

    workflows: Sequence[Workflow]
    facts: Facts

    @cached_property
    def every(self) -> tuple[Run, ...]:
        """The runs of all jobs."""
        return runs(self.workflows, self.facts)

    @cached_property
    def alone(self) -> tuple[Run, ...]:
        """What would run of workflows that others call and none given does: whose token it has is not known."""
        return uncalled(self.workflows, self.facts)

    @cached_property
    def assumed(self) -> tuple[tuple[Run, Assumption], ...]:
        """Each role that a step of a run assumes."""
        return tuple((run, assumption) for run in (*self.every, *self.alone) for assumption in assumptions(run))


@dataclass(frozen=True)
class Contract:
    """The workflows, the role and the facts, related to one another."""

    workflows: Sequence[Workflow]
    role: str
    """How findings call the role."""
    policy: TrustPolicy
    facts: Facts
    template: str
    line: int | None
    shared: Runs | None = None
    """The runs, if other roles are asked about too."""
    beside: tuple[Contract, ...] = ()
    """Those of the other roles, in order."""
    is_first: bool = True
    """Whether it is the first of several."""

    @cached_property
    def trust(self) -> RoleTrust:
        """What the role trusts."""
        return self._trust(of_subject)

    def _trust(self, claims: Claims) -> RoleTrust:
        facts = self.facts
        has_template = len(facts.subject_claims) > len(_PLAIN_CLAIMS)
        return RoleTrust(self.policy, facts.role_arn, facts.issuer, claims, facts.subject, has_template=has_template)

    def trust_of(self, run: Run) -> RoleTrust:
        """Return what the role trusts of a run, with all that its token says."""
        if not self.trust.asked:
            return self.trust
        return self._trust(partial(of_run, run, facts=self.facts))

    @cached_property
    def _runs(self) -> Runs:
        return self.shared or Runs(self.workflows, self.facts)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of all jobs."""
        return self._runs.every

    @property
    def alone(self) -> tuple[Run, ...]:
        """What would run of workflows that others call and none given does."""
        return self._runs.alone

    @property
    def assumed(self) -> tuple[tuple[Run, Assumption], ...]:
        """Each role that a step of a run assumes."""
        return self._runs.assumed

    def is_ours(self, run: Run, assumption: Assumption) -> bool | None:
        """Whether it is this role that is assumed; what cannot be told counts as the declaration says.

        Of several roles that it may be, it is taken for those that trust the job, or for the first if none does.
        """
        is_this = assumption.is_of(self.facts.role_arn)
        if is_this is not None:
            return is_this
        if run.name in self.facts.assumed_by:
            return True
        others = [one for one in self.beside if assumption.is_of(one.facts.role_arn) is None]
        if others and not self._may_trust_one_like(run):
            first = self.is_first or not any(one.is_first for one in others)
            return None if first and not any(one._may_trust_one_like(run) for one in others) else False
        return None

    def _may_trust_one_like(self, run: Run) -> bool:
        """Tell whether the role may trust a run of the same job, event and environment, on some branch or tag."""
        return _alike(run) in self._trusted_ones

    @cached_property
    def _trusted_ones(self) -> frozenset[tuple[object, ...]]:
        return frozenset(_alike(run) for run in self.runs if self.may_be_trusted(run))

    @cached_property
    def logins(self) -> tuple[tuple[Run, Assumption], ...]:
        """Those that assume this role with their token; those that may, if it is not declared which do."""
        may = (True,) if self.facts.assumed_by else (True, None)
        return tuple(
            (run, one) for run, one in self.assumed if one.way is LoginMethod.TOKEN and self.is_ours(run, one) in may
        )

    @cached_property
    def ours(self) -> tuple[tuple[Run, Assumption], ...]:
        """Those of them whose token is known."""
        return tuple((run, one) for run, one in self.logins if run not in self.alone)

    @cached_property
    def unsure(self) -> tuple[tuple[Run, Assumption], ...]:
        """Those of which it cannot be told whether they assume this role with their token."""
        return tuple(
            (run, one) for run, one in self.assumed if one.way is LoginMethod.TOKEN and self.is_ours(run, one) is None
        )

    @property
    def of_all_roles(self) -> tuple[Contract, ...]:
        """This contract and those of the other roles, to tell once what concerns several; none, if it is not first."""
        return (self, *self.beside) if self.is_first else ()

    @cached_property
    def _needed(self) -> tuple[JudgedSubject, ...]:
        return tuple(judged for run in dict.fromkeys(run for run, _ in self.ours) for judged in self.judged[run])

    def shared_subject(self, run: Run) -> str | None:
        """Return a trusted subject of a run that a job which assumes the role has too: no trust tells them apart.

        Any trusted one, if no job assumes the role.
        """
        if not self._needed:
            return next(self.trusted_of(run), None)
        of_run = self.judged.get(run, ())
        needed = list(dict.fromkeys(text for one in self._needed for text in one.verdict.trusted))
        of_both = (text for own in of_run for text in needed if own.subject.admits(text))
        of_this = (text for text in self.trusted_of(run) if any(one.subject.admits(text) for one in self._needed))
        return next(chain(of_both, of_this), None)

    def takes_the_place(self, run: Run, assumption: Assumption) -> bool:
        """Tell whether a job assumes another role with a token that this one trusts."""
        has_token = run.access is TokenAccess.WRITE or run.name in self.facts.assumed_by
        is_other = assumption.way is LoginMethod.TOKEN and self.is_ours(run, assumption) is False
        return is_other and has_token and self.shared_subject(run) is not None

    def trusts_role(self, arn: str) -> bool:
        """Whether the trust names another role as a principal that may assume this one."""
        principal = Principal(PrincipalKind.AWS, arn)
        return any(
            principal in statement.principals.principals and statement.effect is Effect.ALLOW
            for statement in self.policy.statements
        )

    @cached_property
    def with_token(self) -> tuple[Run, ...]:
        """The runs that may request a token."""
        return tuple(run for run in self.runs if run.access is TokenAccess.WRITE)

    @cached_property
    def judged(self) -> Mapping[Run, tuple[JudgedSubject, ...]]:
        """The subjects of each run, as the role takes them with an audience that it admits."""
        return {
            run: tuple(JudgedSubject(run, subject, self._verdict(subject)) for subject in subjects(run, self.facts))
            for run in self.runs
        }

    def trusted_of(self, run: Run) -> Iterator[str]:
        """Yield subjects of a run that the role trusts."""
        for judged in self.judged.get(run, ()):
            yield from judged.verdict.trusted

    def may_be_trusted(self, run: Run) -> bool:
        """Tell whether the role trusts a subject of a run, or may."""
        return any(one.verdict.trusted or not one.verdict.is_known for one in self.judged.get(run, ()))

    def about_role(self, kind: WorkflowKind, message: str, fix: str, *, is_note: bool = False) -> WorkflowFinding:
        """Return a finding on the role itself."""
        return WorkflowFinding(kind, message, fix, self.template, self.line, is_note=is_note)

    @cached_property
    def _verdicts(self) -> dict[tuple[object, ...], TrustVerdict]:
        return {}

    def _verdict(self, subject: TokenSubject) -> TrustVerdict:
        """Judge a subject once, as many runs have the same."""
        key = (subject.differs_by, id(subject.run) if self.trust.asked else None)
        if key not in self._verdicts:
            self._verdicts[key] = self.trust_of(subject.run).judge(subject, self.audience)
        return self._verdicts[key]

    @cached_property
    def audience(self) -> str:
        """An audience that the role trusts, the default one if it does."""
        audiences = (DEFAULT_AUDIENCE, *self.trust.audiences)
        return next(filter(self.trust.admits_audience, audiences), DEFAULT_AUDIENCE)


def _alike(run: Run) -> tuple[object, ...]:
    return run.name, run.callers, run.source.event, run.environments


def finding(
    kind: WorkflowKind,
    runs: Run | Sequence[Run],
    told: str,
    fix: str,
    *,
    line: int | None = None,
    is_note: bool = False,
) -> WorkflowFinding:
    """Return a finding that tells something of the jobs of runs; without a line, on the first job's own."""
    every = (runs,) if isinstance(runs, Run) else tuple(runs)
    first = every[0]
    jobs = tuple(dict.fromkeys(run.name for run in every))
    return WorkflowFinding(
        kind,
        sentence(first.called, jobs, told),
        fix,
        first.workflow.file,
        line or first.job.line,
        first.job.id,
        is_note,
        jobs,
        first.called,
        told,
    )
