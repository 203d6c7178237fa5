"""What the rules look at: the runs of all jobs, what they assume, and what the role trusts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import Assumption, LoginMethod, assumptions
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess
from leastgrant.workflow.runs import Run, runs
from leastgrant.workflow.subject import subjects
from leastgrant.workflow.trust import RoleTrust, TrustVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
        return RoleTrust(self.policy, self.facts.role_arn)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs of all jobs."""
        return runs(self.workflows, self.facts)

    @cached_property
    def assumed(self) -> tuple[tuple[Run, Assumption], ...]:
        """Each role that a step of a run assumes."""
        return tuple((run, assumption) for run in self.runs for assumption in assumptions(run))

    @cached_property
    def ours(self) -> tuple[tuple[Run, Assumption], ...]:
        """Those that assume this role, with their token."""
        arn = self.facts.role_arn
        return tuple((run, one) for run, one in self.assumed if one.is_of(arn) and one.way is LoginMethod.TOKEN)

    @cached_property
    def unsure(self) -> tuple[tuple[Run, Assumption], ...]:
        """Those of which it cannot be told whether they assume this role."""
        return tuple((run, one) for run, one in self.assumed if one.is_of(self.facts.role_arn) is None)

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
        """Subjects of a run that the role trusts."""
        for judged in self.judged[run]:
            yield from judged.verdict.trusted

    def about_role(self, kind: WorkflowKind, message: str, mend: str) -> WorkflowFinding:
        """A finding on the role itself."""
        return WorkflowFinding(kind, message, mend, self.template, self.line)

    @cached_property
    def _verdicts(self) -> dict[tuple[object, ...], TrustVerdict]:
        return {}

    def _verdict(self, subject: TokenSubject) -> TrustVerdict:
        """Many runs have the same subject, which is judged once."""
        key = subject.differs_by
        if key not in self._verdicts:
            self._verdicts[key] = self.trust.judge(subject, self.audience)
        return self._verdicts[key]

    @cached_property
    def audience(self) -> str:
        """An audience that the role trusts, the default one if it does."""
        audiences = (DEFAULT_AUDIENCE, *self.trust.audiences)
        return next(filter(self.trust.admits_audience, audiences), DEFAULT_AUDIENCE)


def finding(
    kind: WorkflowKind, run: Run, message: str, mend: str, *, line: int | None = None, is_note: bool = False
) -> WorkflowFinding:
    """A finding on a job; without a line, on the job's own."""
    return WorkflowFinding(kind, message, mend, run.workflow.file, line or run.job.line, run.job.id, is_note)
