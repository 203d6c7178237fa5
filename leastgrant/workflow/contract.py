"""What the rules look at: the runs of all jobs, what they assume, and what the role trusts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import Assumption, LoginMethod, assumptions
from leastgrant.workflow.claims import of_run
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess
from leastgrant.workflow.runs import Run, runs, uncalled
from leastgrant.workflow.subject import subjects
from leastgrant.workflow.trust import RoleTrust, TrustVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.model import Workflow
    from leastgrant.workflow.subject import TokenSubject

DEFAULT_AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class JudgedSubject:
    """The subjects that a run may have, and which the role trusts."""

    run: Run
    subject: TokenSubject
    verdict: TrustVerdict


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

    @cached_property
    def trust(self) -> RoleTrust:
        """What the role trusts."""
        return RoleTrust(self.policy, self.facts.role_arn, self.facts.issuer)

    def trust_of(self, run: Run) -> RoleTrust:
        """Return what the role trusts of a run, with all that its token says."""
        if not self.trust.asked:
            return self.trust
        claims = partial(of_run, run, facts=self.facts)
        return RoleTrust(self.policy, self.facts.role_arn, self.facts.issuer, claims)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs of all jobs."""
        return runs(self.workflows, self.facts)

    @cached_property
    def alone(self) -> tuple[Run, ...]:
        """What would run of workflows that others call and none given does: whose token it has is not known."""
        return uncalled(self.workflows, self.facts)

    @cached_property
    def assumed(self) -> tuple[tuple[Run, Assumption], ...]:
        """Each role that a step of a run assumes."""
        return tuple((run, assumption) for run in (*self.runs, *self.alone) for assumption in assumptions(run))

    def is_ours(self, run: Run, assumption: Assumption) -> bool | None:
        """Tell whether it is this role that is assumed; what cannot be told counts as the declaration says."""
        is_this = assumption.is_of(self.facts.role_arn)
        return True if is_this is None and run.name in self.facts.assumed_by else is_this

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

    def takes_the_place(self, run: Run, assumption: Assumption) -> bool:
        """Tell whether a job assumes another role with a token that this one trusts."""
        has_token = run.access is TokenAccess.WRITE or run.name in self.facts.assumed_by
        is_other = assumption.way is LoginMethod.TOKEN and self.is_ours(run, assumption) is False
        return is_other and has_token and any(self.trusted_of(run))

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

    def about_role(self, kind: WorkflowKind, message: str, fix: str) -> WorkflowFinding:
        """Make a finding on the role itself."""
        return WorkflowFinding(kind, message, fix, self.template, self.line)

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


def finding(
    kind: WorkflowKind, run: Run, message: str, fix: str, *, line: int | None = None, is_note: bool = False
) -> WorkflowFinding:
    """Make a finding on a job; without a line, on the job's own."""
    return WorkflowFinding(kind, message, fix, run.workflow.file, line or run.job.line, run.job.id, is_note)


def listed(runs: Iterable[Run]) -> str:
    """Name the jobs of runs in a sentence: the first, and how many there are beside it."""
    every = list(runs)
    called = list(dict.fromkeys(run.name for run in every))
    more = f" (and {len(called) - 1} more: {', '.join(f'`{one}`' for one in called[1:])})" if called[1:] else ""
    return f"{every[0].called}{more}"
