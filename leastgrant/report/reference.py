"""The reference of findings: what each kind means, how to fix it, and an example that has it.

`docs/findings.md` is made of it, and so are `leastgrant explain FINDING-ID` and the help of code scanning. A test finds
each kind in its example.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import FIXES, MEANINGS, TITLES, page_of
from leastgrant.report.text import WIDTH
from leastgrant.text import upper_first
from leastgrant.workflow.finding import WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Example(Enum):
    """What an example is an example of."""

    POLICY = "A policy of the role"
    ROLE = "A template with the role"
    TEMPLATE = "A template"
    WORKFLOW = "A workflow"


@dataclass(frozen=True, slots=True)
class Reference:
    """What is to be known of a kind of finding."""

    id: str
    """As findings, `leastgrant explain` and code scanning name it: `missing`, `workflow-subject`."""
    title: str
    meaning: str
    fix: str
    example: str
    """Something that has it, in YAML."""
    of: Example
    given: tuple[str, ...] = ()
    """The arguments with which it is found."""

    @property
    def page(self) -> str:
        """The address of its part of the documents."""
        return page_of(self.id)


@dataclass(frozen=True, slots=True)
class _Example:
    text: str
    of: Example = Example.WORKFLOW
    given: tuple[str, ...] = ()


_STATEMENT = """\
Statement:
  - Effect: Allow
    Action: {}
    Resource: "{}"
"""
_TRUSTING = """\
Resources:
  Deployer:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}
              StringLike: {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*"}
"""
_PROOF: Mapping[Kind, _Example] = {
    Kind.MISSING: _Example(
        _STATEMENT.format(
            "[events:PutRule, events:DeleteRule]", "arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-*"
        ),
        Example.POLICY,
    ),
    Kind.EXCESS: _Example(
        _STATEMENT.format("sqs:PurgeQueue", "arn:aws:sqs:eu-west-1:123456789012:shop-jobs"), Example.POLICY
    ),
    Kind.BROAD: _Example(
        _STATEMENT.format("events:PutRule", "arn:aws:events:eu-west-1:123456789012:rule/*"), Example.POLICY
    ),
    Kind.ESCAPE: _Example(
        _STATEMENT.format("sqs:CreateQueue", "arn:aws:sqs:*:*:*"),
        Example.POLICY,
        ("--namespace", "arn:aws:sqs:eu-west-1:123456789012:shop-*"),
    ),
    Kind.ESCALATION: _Example(
        _STATEMENT.format("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/*"), Example.POLICY
    ),
    Kind.TRUST: _Example(_TRUSTING, Example.ROLE, ("--trusted-subject", "repo:acme/shop:ref:refs/heads/main")),
    Kind.UNKNOWN: _Example(
        """\
Resources:
  Thing:
    Type: Acme::Shop::Thing
""",
        Example.TEMPLATE,
    ),
    Kind.UNDECIDED: _Example(
        """\
Resources:
  Deployer:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {AWS: "*"}
            Action: sts:TagSession
            Condition: {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}}
          - Effect: Deny
            Principal: {AWS: "*"}
            Action: sts:TagSession
            Condition: {StringLike: {"aws:TagKeys": "*"}} # of several keys, IAM's guide says nothing
""",
        Example.ROLE,
        ("--trusted-subject", "repo:acme/shop:ref:refs/heads/main"),
    ),
}


def _workflow(job: str, on: str = "{push: {branches: [main]}}", more: str = "") -> str:
    """Write a workflow whose one job, or whose jobs, are given."""
    jobs = "".join(f"    {line}\n" if line else "\n" for line in job.splitlines())
    return f"on: {on}\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n{jobs}{more}"


_TOKEN = "permissions: {id-token: write}\n"  # noqa: S105  (a permission, and no secret)
_LOGIN = """\
steps:
  - uses: aws-actions/configure-aws-credentials@v6
    with: {role-to-assume: "arn:aws:iam::123456789012:role/deployer", aws-region: eu-west-1}
"""


def _login(**changes: str) -> str:
    inputs = {"role-to-assume": '"arn:aws:iam::123456789012:role/deployer"', "aws-region": "eu-west-1"}
    given = ", ".join(f"{key}: {value}" for key, value in {**inputs, **changes}.items())
    return f"steps:\n  - uses: aws-actions/configure-aws-credentials@v6\n    with: {{{given}}}\n"


_SECOND = f"""\
  other:
    runs-on: ubuntu-24.04
    {_TOKEN}    steps: [{{run: make test}}]
"""
_WORKFLOWS: Mapping[WorkflowKind, tuple[_Example, str, str]] = {
    WorkflowKind.WIDE: (
        _Example(_TRUSTING, Example.ROLE),
        "The trust policy lets in tokens that no job which assumes the role has: who makes such a run has the role.",
        "Take the value out of the trust, or write the subject of the job there.",
    ),
    WorkflowKind.OUTSIDER: (
        _Example(_workflow(_TOKEN + _LOGIN, on="issue_comment")),
        "People who may not write to the repository can cause the event, and the role trusts the token of its run.",
        "Start it on another event, let its `if` ask who caused it, or let it wait for a reviewer (`--reviewed`).",
    ),
    WorkflowKind.SUBJECT: (
        _Example(_workflow(f"environment: production\n{_TOKEN}{_LOGIN}")),
        "The subject of the job's token (its branch, tag or environment) is not one that the trust policy names.",
        "Trust the subject, which the finding writes out; or move the environment to a job of its own.",
    ),
    WorkflowKind.TOKEN: (
        _Example(_workflow(_LOGIN)),
        "The job has no `id-token: write`, so GitHub gives it no token to assume the role with.",
        "Give the job, and what calls it, `permissions: {id-token: write}`.",
    ),
    WorkflowKind.AUDIENCE: (
        _Example(_workflow(_TOKEN + _login(audience="acme"))),
        "The token is made for an audience that the trust policy does not name.",
        "Take `audience` out, or trust it.",
    ),
    WorkflowKind.REGION: (
        _Example(_workflow(_TOKEN + _login(**{"aws-region": "us-east-1"}))),
        "The job works in another region than the stacks are in.",
        "Set `aws-region`, or declare the region (`--region`).",
    ),
    WorkflowKind.DURATION: (
        _Example(_workflow(_TOKEN + _login(**{"role-duration-seconds": "7200"}))),
        "The session would be longer than the role's `MaxSessionDuration`, or shorter than STS makes them.",
        "Ask for a shorter session, or set `MaxSessionDuration`.",
    ),
    WorkflowKind.SESSION_NAME: (
        _Example(
            _workflow(_TOKEN + _login(**{"role-session-name": "me"})),
            given=("--session-name", "deploy-${{ github.run_id }}"),
        ),
        "The session has another name than CloudTrail's readers are to find.",
        "Set `role-session-name` as it is declared.",
    ),
    WorkflowKind.KEYS: (
        _Example(_workflow(_TOKEN + _login(**{"aws-access-key-id": '"${{ secrets.KEY }}"'}))),
        "The job assumes the role with keys, and not with its token: whoever has the keys has the role.",
        "Take the keys out, and delete them.",
    ),
    WorkflowKind.DECLARED: (
        _Example(_workflow(_TOKEN + _LOGIN), given=("--assumed-by", "release.yml:publish")),
        "Those that assume the role are not those that are declared to.",
        "Declare the job (`--assumed-by`), or take the step out.",
    ),
    WorkflowKind.APPROVAL: (
        _Example(_workflow(_TOKEN + _LOGIN), given=("--approval", "production")),
        "The job has the role before a person has approved it.",
        "Let it need a job that has the environment, and does nothing else.",
    ),
    WorkflowKind.RUNNER: (
        _Example(_workflow(_TOKEN + _LOGIN).replace("ubuntu-24.04", "[self-hosted, linux]")),
        "The job runs on a machine that is not GitHub's: whatever ran there before may have left something.",
        "Run it on one of GitHub's own runners, or declare the runner (`--runner`).",
    ),
    WorkflowKind.INSTALL: (
        _Example(_workflow(f"{_TOKEN}{_LOGIN}  - run: npm install\n")),
        "A job that has the role runs packages that no lock file or hash names: whoever publishes one has the role.",
        "Install from a lock file or with hashes, or in another job.",
    ),
    WorkflowKind.STEP: (
        _Example(_workflow(f"{_TOKEN}{_LOGIN}  - run: make deploy\n"), given=("--steps", "steps.yml")),
        "The job has other steps than declared, or in another order.",
        "Declare the step, or take it out.",
    ),
    WorkflowKind.UNKNOWN: (
        _Example(_workflow(_TOKEN + _login(**{"role-to-assume": '"${{ inputs.role }}"'}), on="workflow_dispatch")),
        "It cannot be told before the run, so nothing is proved of it.",
        "Write it out, or say what it holds (`--variable`, `--secret`).",
    ),
    WorkflowKind.ROLE: (
        _Example(_workflow(_TOKEN + _login(**{"role-to-assume": '"arn:aws:iam::123456789012:role/reader"'}))),
        "The job assumes another role, with a token that this role trusts as well.",
        "Assume this role, or let the trust ask for what only this role's jobs have, such as an environment.",
    ),
    WorkflowKind.GRANTED: (
        _Example(_workflow(_TOKEN + _LOGIN, more=_SECOND)),
        "A job may request a token, and does nothing with it: any of its steps can.",
        "Give `id-token: write` to the job that needs it alone.",
    ),
}

WORKFLOW_TITLES: Mapping[WorkflowKind, str] = MappingProxyType(
    {
        WorkflowKind.SUBJECT: "Token whose subject the role does not trust",
        WorkflowKind.TOKEN: "Job that may not request its token",
        WorkflowKind.AUDIENCE: "Token for another audience",
        WorkflowKind.ROLE: "Another role",
        WorkflowKind.REGION: "Another region",
        WorkflowKind.DURATION: "Session of a length that is not allowed",
        WorkflowKind.SESSION_NAME: "Session of another name",
        WorkflowKind.KEYS: "Role assumed with other credentials",
        WorkflowKind.GRANTED: "Token for a job that needs none",
        WorkflowKind.OUTSIDER: "Trusted token on an event of outsiders",
        WorkflowKind.WIDE: "Trust that is wider than its jobs",
        WorkflowKind.DECLARED: "Jobs other than declared",
        WorkflowKind.APPROVAL: "Job without the declared approval",
        WorkflowKind.RUNNER: "Runner that is not GitHub's own",
        WorkflowKind.INSTALL: "Installation outside the lock",
        WorkflowKind.STEP: "Steps other than declared",
        WorkflowKind.UNKNOWN: "Not known before the run",
    }
)


def _references() -> Iterator[Reference]:
    for kind in Kind:
        example = _PROOF[kind]
        of, given = example.of, example.given
        yield Reference(kind.value, TITLES[kind], MEANINGS[kind], FIXES[kind], example.text, of, given)
    for kind in WorkflowKind:
        example, meaning, fix = _WORKFLOWS[kind]
        title = WORKFLOW_TITLES[kind]
        yield Reference(f"workflow-{kind.value}", title, meaning, fix, example.text, example.of, example.given)


REFERENCES: Mapping[str, Reference] = MappingProxyType({one.id: one for one in _references()})
"""Every kind of finding, by its id."""

_ID = re.compile(r"(?:leastgrant/)?(?P<id>[a-z-]+)(?:\[.*\])?", re.DOTALL)


def reference_of(text: str) -> Reference | None:
    """Return the reference of a finding, by its id or what it is acknowledged by, such as `excess[sqs:PurgeQueue]`."""
    match = _ID.fullmatch(text)
    return REFERENCES.get(match["id"]) if match else None


def reference_text(reference: Reference, width: int | None = None) -> str:
    """Write what is to be known of a kind of finding, for a terminal of that width."""
    given = f", with {' '.join(reference.given)}" if reference.given else ""
    lines = [
        f"{reference.id}: {reference.title}",
        "",
        *_wrapped(reference.meaning, width),
        *_wrapped(f"To fix: {upper_first(reference.fix)}", width),
        "",
        f"{reference.of.value} that has it{given}:",
        *(f"  {line}" for line in reference.example.splitlines()),
        "",
        reference.page,
    ]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int | None) -> list[str]:
    """Wrap a paragraph."""
    return wrap(text, width or WIDTH, break_long_words=False, break_on_hyphens=False)


def reference_page() -> str:
    """Write `docs/findings.md`."""
    parts = [_HEAD, *map(_part, REFERENCES.values())]
    return "\n".join(parts)


_HEAD = """\
# Findings

Every kind of finding, by its id. `leastgrant explain ID` prints the same; what a finding is acknowledged by, such as
`missing[events:DescribeRule ...]`, will do as well. In code scanning the ids begin with `leastgrant/`. A test finds
each kind in its example.

| id | finding |
| --- | --- |
""" + "".join(f"| [`{one.id}`](#{one.id}) | {one.title} |\n" for one in REFERENCES.values())


def _part(reference: Reference) -> str:
    given = f", with `{' '.join(reference.given)}`" if reference.given else ""
    return (
        f"## {reference.id}\n\n**{reference.title}.** {reference.meaning}\n\nTo fix: {reference.fix}\n\n"
        f"{reference.of.value} that has it{given}:\n\n```yaml\n{reference.example.rstrip()}\n```\n"
    )
