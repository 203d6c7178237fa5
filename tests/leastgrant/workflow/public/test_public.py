"""What public repositories have, each kind as a small workflow and role; the verdicts on the repositories themselves.

The repositories are those of `tools/accuracy/workflows.json`. What is here is written for this project: the facts are
theirs (which trust meets which job), the words are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.workflow import check, load_workflow, workflow_files
from tests.leastgrant.workflow.contract import FACTS, role, shown
from tools.accuracy.workflows import judged, sums

if TYPE_CHECKING:
    from pathlib import Path

STEP = "uses: aws-actions/configure-aws-credentials@v6\n        with: {role-to-assume: ROLE, aws-region: REGION}"
OWN = "repo:acme/shop:"


@dataclass(frozen=True)
class Kind:
    """A workflow or several, as some repositories have them."""

    like: str
    """The repositories."""
    files: dict[str, str]
    trust: tuple[str, ...]
    found: list[str]
    """What is told, all of it judged true."""
    facts: dict[str, Any]
    faults: int | None = None
    """Over-wide trusts and refused jobs, as they were read from the policy and the jobs before anything was run."""


def deploy(on: str, lines: str = "", role_text: str = FACTS.role_arn, region: str = "eu-west-1") -> str:
    own = "".join(f"    {line}\n" for line in lines.splitlines())
    step = STEP.replace("ROLE", f"'{role_text}'").replace("REGION", f"'{region}'")
    return (
        f"on: {on}\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n{own}"
        f"    steps:\n      - {step}\n"
    )


PUSH = "{push: {branches: [main]}}"
HIDDEN = "${{ secrets.ROLE }}"
KINDS = [
    Kind(
        "aws-c-io: the role's secret by way of a variable",
        {"ci.yml": deploy(PUSH, "env: {CI_ROLE: '${{ secrets.CI_ROLE_ARN }}'}", "${{ env.CI_ROLE }}")},
        (f"{OWN}ref:refs/heads/main",),
        ["unknown 9"],
        {},
    ),
    Kind(
        "aws-c-io: and it is declared",
        {"ci.yml": deploy(PUSH, "env: {CI_ROLE: '${{ secrets.CI_ROLE_ARN }}'}", "${{ env.CI_ROLE }}")},
        (f"{OWN}ref:refs/heads/main",),
        [],
        {"secrets": {"CI_ROLE_ARN": FACTS.role_arn}},
    ),
    Kind(
        "thirdmadman/rsschool-devops-course-tasks: every subject of the repository, the region a secret",
        {
            "a.yml": deploy(PUSH, region="${{ secrets.REGION }}"),
            "b.yml": deploy("pull_request", region="${{ secrets.REGION }}"),
        },
        (f"{OWN}*",),
        ["wide 2", "unknown 8"],
        {},
    ),
    Kind(
        "aws-cdk-cli, mountpoint-s3: outsiders' pull requests wait for an environment",
        {"a.yml": deploy("pull_request_target", "environment: run-tests")},
        (f"{OWN}environment:run-tests",),
        ["unknown 1"],
        {},
    ),
    Kind(
        "aws-cdk-cli: and a person lets them through",
        {"a.yml": deploy("pull_request_target", "environment: run-tests")},
        (f"{OWN}environment:run-tests",),
        [],
        {"reviewed": ("run-tests",)},
    ),
    Kind(
        "opensearch-build: nothing holds outsiders' issues up",
        {"a.yml": deploy("issues")},
        (f"{OWN}ref:refs/heads/main",),
        ["outsider 1"],
        {},
    ),
    Kind(
        "aws-cdk-cli: packages are published by a tool that exchanges the token",
        {
            "a.yml": deploy(PUSH),
            "b.yml": "on: {release: }\njobs:\n  npm:\n    permissions: {id-token: write}\n"
            "    steps: [{run: npx -p publib publib-npm}]\n",
        },
        (f"{OWN}ref:refs/heads/main",),
        [],
        {},
    ),
    Kind(
        "powertools-lambda-python: an input decides whether it is published",
        {
            "a.yml": deploy(PUSH),
            "b.yml": (
                "on: {workflow_dispatch: {inputs: {skip: {type: boolean}}}}\njobs:\n  pypi:\n    environment: pypi\n"
                "    permissions: {id-token: write}\n    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
                "        if: ${{ !inputs.skip }}\n"
            ),
        },
        (f"{OWN}ref:refs/heads/main",),
        [],
        {},
    ),
    Kind(
        "egobb/order-tracking: branches and an environment that no job has any more",
        {"a.yml": deploy("workflow_dispatch", "environment: dev")},
        (f"{OWN}environment:dev", f"{OWN}ref:refs/heads/develop", f"{OWN}ref:refs/heads/deploy/*"),
        ["wide 2"],
        {},
    ),
    Kind(
        "scalable-ml-systems/ml-inference-triton-aws-eks: the trust names no owner",
        {"a.yml": deploy(PUSH)},
        ("repo:shop:*",),
        ["subject 1"],
        {},
    ),
    Kind(
        "mohamedsorour1998/RosettaCloud: the repository has another owner now",
        {"a.yml": deploy(PUSH)},
        ("repo:former/shop:*",),
        ["wide 2", "subject 1"],
        {},
    ),
    Kind(
        "hackforla/incubator: any branch is trusted, and one deploys",
        {"a.yml": deploy(PUSH)},
        (f"{OWN}ref:refs/heads/*",),
        ["wide 2"],
        {},
    ),
    Kind(
        "HHS/simpler-grants-gov, navapbc/template-infra: the callers have no permissions",
        {
            "a.yml": f"on: {PUSH}\njobs:\n  one: {{uses: ./.github/workflows/b.yml}}\n"
            "  two: {uses: ./.github/workflows/b.yml}\n",
            "b.yml": deploy("{workflow_call: }"),
        },
        (f"{OWN}ref:refs/heads/main",),
        ["unknown 5"],
        {},
    ),
    Kind(
        "signapse/reusable-workflows: workflows that others call",
        {"a.yml": deploy("{workflow_call: }"), "b.yml": deploy("{workflow_call: }")},
        (f"{OWN}*",),
        ["unknown 3"],
        {},
    ),
    Kind(
        "AWS-Elderping/elderping-infrastructure: each repository of the organisation is trusted, and its pull requests",
        {"a.yml": deploy("workflow_dispatch"), "b.yml": deploy("pull_request")},
        ("repo:acme/*:ref:refs/heads/*", "repo:acme/*:pull_request"),
        ["wide 2", "note 1"],
        {},
    ),
    Kind(
        "Enterprise-CMCS/managed-care-review: what tells of a failure is a job without the environment",
        {
            "a.yml": deploy("[schedule, workflow_dispatch]", "environment: live"),
            "b.yml": deploy("[schedule, workflow_dispatch]"),
        },
        (f"{OWN}environment:live",),
        ["subject 1"],
        {},
    ),
    Kind(
        "aws-otel-python-instrumentation: a job before asks who opened the pull request",
        {
            "a.yml": deploy("pull_request_target", "needs: asks\nif: needs.asks.outputs.is_trusted == 'true'").replace(
                "jobs:\n",
                "jobs:\n  asks:\n    outputs: {is_trusted: '${{ steps.a.outputs.b }}'}\n    steps: [{run: x}]\n",
            )
        },
        (f"{OWN}pull_request", f"{OWN}ref:refs/heads/*"),
        ["unknown 1"],
        {},
    ),
    Kind(
        "BernardoJose90/Terraform-platform: the environment is an output of a job before",
        {"a.yml": deploy(PUSH, "environment: '${{ needs.find.outputs.of }}'")},
        (f"{OWN}environment:automated", f"{OWN}environment:approved"),
        ["unknown 6", "note 6"],
        {},
    ),
    Kind(
        "AbdullahAIOps/eks-gitops-platform: a plan and an environment that the trust of main refuses",
        {
            "a.yml": deploy("{push: {branches: [main]}, workflow_dispatch: }", role_text=HIDDEN),
            "b.yml": deploy(PUSH, "environment: production", HIDDEN),
            "c.yml": deploy("pull_request", role_text=HIDDEN),
        },
        (f"{OWN}ref:refs/heads/main",),
        ["subject 6", "subject 1", "unknown 8", "note 1"],
        {},
        faults=2,
    ),
    Kind(
        "Debasish-87/enterprise-devsecops-platform: pushes and pull requests, and any subject is trusted",
        {"a.yml": deploy("{push: {branches: [main]}, pull_request: {branches: [main]}}")},
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
    Kind(
        "AWS-IAM-Dashboard/IAM-Dashboard: the job deploys from main alone, by its condition",
        {
            "a.yml": deploy(
                "{push: {branches: [main]}, pull_request: }",
                "if: github.event_name == 'push' && github.ref_name == 'main'",
            )
        },
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
    Kind(
        "JungYoungseok/bitsfeed: six workflows push images from main",
        {"a.yml": deploy("{push: {branches: [main], paths: ['a/**']}, workflow_dispatch: }"), "b.yml": deploy(PUSH)},
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
    Kind(
        "MATATAT/resume-2.0: one workflow, one branch",
        {"a.yml": deploy("{push: {branches: [main], paths-ignore: [README.md]}}")},
        (f"{OWN}ref:refs/heads/main",),
        [],
        {},
        faults=0,
    ),
    Kind(
        "arianvp/nixcon2024: a called plan has a role of its own",
        {
            "a.yml": "on: {push: {branches: [main]}, pull_request: {branches: [main]}}\njobs:\n"
            "  infra:\n    permissions: {id-token: write}\n    uses: ./.github/workflows/b.yml\n",
            "b.yml": deploy("{workflow_call: }", role_text="${{ vars.PLAN_ROLE_ARN }}"),
        },
        (f"{OWN}ref:refs/heads/main", f"{OWN}pull_request"),
        [],
        {"variables": {"PLAN_ROLE_ARN": FACTS.role_arn}},
        faults=0,
    ),
    Kind(
        "Enterprise-CMCS/macpro-mdct-mcr: the environment follows from the branch",
        {
            "a.yml": deploy(
                "[push]",
                "environment: ${{ (github.ref_name == 'production' && 'production') || 'dev' }}\n"
                "if: ${{ !startsWith(github.ref_name, 'skipci') }}",
            )
        },
        (f"{OWN}environment:dev", f"{OWN}environment:production"),
        [],
        {},
        faults=0,
    ),
    Kind(
        "Opius-AI/cognito-flask-infrastructure: a deployment, and the difference for a pull request",
        {"a.yml": deploy("{push: {branches: [main, master]}}"), "b.yml": deploy("{pull_request: {branches: [main]}}")},
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
    Kind(
        "Walsen/openclaw-agentcore-crew: jobs of one workflow for one event each",
        {
            "a.yml": deploy("{pull_request: , workflow_dispatch: }", "if: github.event_name == 'pull_request'"),
            "b.yml": deploy("{pull_request: , workflow_dispatch: }", "if: github.event_name == 'workflow_dispatch'"),
        },
        (f"{OWN}ref:refs/heads/main",),
        ["subject 1", "note 1"],
        {},
        faults=1,
    ),
    Kind(
        "LibanIsse/ecs-memos: a deployment after another workflow, and a plan",
        {
            "ci.yml": "name: CI\n" + deploy(PUSH),
            "deploy.yml": deploy("{workflow_run: {workflows: [CI], types: [completed]}}", "environment: production"),
            "plan.yml": deploy("pull_request", "if: github.actor != 'dependabot[bot]'"),
        },
        (f"{OWN}ref:refs/heads/main", f"{OWN}environment:production"),
        ["subject 1"],
        {},
        faults=1,
    ),
    Kind(
        "Jaee-C/grocery-prices: callers name the environment",
        {
            "a.yml": f"on: {PUSH}\njobs:\n  call:\n    permissions: {{id-token: write}}\n"
            "    uses: ./.github/workflows/b.yml\n    with: {environment: production}\n",
            "b.yml": deploy(
                "{workflow_call: {inputs: {environment: {type: string}}}}", "environment: ${{ inputs.environment }}"
            ),
        },
        (f"{OWN}environment:production",),
        [],
        {},
        faults=0,
    ),
    Kind(
        "DouglasFriedmann/eks-oidc-observability: only where the variable is set",
        {
            "a.yml": deploy(
                "{push: {branches: [main]}}", "if: ${{ vars.AWS_ROLE_ARN != '' }}", "${{ vars.AWS_ROLE_ARN }}"
            )
        },
        (f"{OWN}ref:refs/heads/main",),
        [],
        {"variables": {"AWS_ROLE_ARN": FACTS.role_arn}},
        faults=0,
    ),
    Kind(
        "CDCgov/dibbs-query-connector: a merge queue, and any subject is trusted",
        {"a.yml": deploy("{merge_group: {types: [checks_requested]}, pull_request: }")},
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
    Kind(
        "hackforla/devops-security: pull requests are trusted, and no job assumes the role",
        {"a.yml": f"on: {PUSH}\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps: [{{run: terraform apply}}]\n"},
        (f"{OWN}pull_request",),
        ["unknown 2"],  # that no job assumes it, and so nothing of the trust was held against anything
        {},
    ),
    Kind(
        "marsupialmouse/bitsandbobs: a person chooses the environment, and one job has none",
        {
            "a.yml": deploy(
                "{workflow_dispatch: {inputs: {environment: {type: choice, options: [dev, prod]}}}}",
                "environment: ${{ inputs.environment }}",
            ),
            "b.yml": deploy("workflow_dispatch"),
        },
        (f"{OWN}*",),
        ["wide 2"],
        {},
        faults=1,
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.like)
def test_kind(kind: Kind, tmp_path: Path):
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name, text in kind.files.items():
        (workflows / name).write_text(text)
    read = [load_workflow(path) for path in workflow_files([workflows])]
    found = check(read, role(*kind.trust, operator="StringLike"), replace(FACTS, **kind.facts))
    assert shown(found) == kind.found, [one.message for one in found]


def test_what_reading_finds_is_told():
    """A wide trust has one finding, a refused job one; the cases are of thirty repositories and more."""
    for kind in KINDS:
        told = sum(one.partition(" ")[0] in {"wide", "subject"} for one in kind.found)
        assert kind.faults is None or told == kind.faults, kind.like
    assert len(KINDS) >= 30


ACTION = (
    "on: {workflow_call: {inputs: {role: {type: string}}}}\nruns:\n  using: composite\n  steps:\n"
    "    - uses: aws-actions/configure-aws-credentials@v6\n"
    "      with: {role-to-assume: '${{ inputs.role }}', aws-region: eu-west-1}\n"
)


def test_an_input_that_a_composite_action_does_not_declare(tmp_path: Path):
    """As cds-snc/notification-terraform has it; the runner hands such inputs on."""
    folder = tmp_path / ".github" / "actions" / "setup"
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(ACTION)
    text = deploy(PUSH).partition("    steps:")[0]
    uses = f"    steps:\n      - uses: ./.github/actions/setup\n        with: {{role: '{FACTS.role_arn}'}}\n"
    (tmp_path / ".github" / "workflows" / "a.yml").write_text(text + uses)
    read = [load_workflow(path) for path in workflow_files([tmp_path / ".github" / "workflows"])]
    assert check(read, role(f"{OWN}ref:refs/heads/main"), FACTS) == ()


def test_the_verdicts_add_up():
    for one in judged():
        assert one.true + one.false + one.useless == one.findings, one.name
        assert (one.faults is None) is (one.missed is None), one.name
        assert (one.missed or 0) <= (one.faults or 0), one.name
    assert len({one.name for one in judged()}) == len(judged())
    assert sum(len(one.repositories) for one in sums()) == len(judged()) >= 60


def test_at_most_a_tenth_is_false_useless_or_missed():
    """What is measured may get better, not worse: more findings are judged anew, and written down."""
    fixed_on, *_, newest = sums()
    for one in (fixed_on, newest):
        assert one.false <= 0.1 * one.findings, one.title
        assert one.useless <= 0.1 * one.findings, one.title
        assert one.missed <= 0.1 * one.faults, one.title
