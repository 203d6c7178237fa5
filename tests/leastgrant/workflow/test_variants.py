"""Workflows as people write them, each with what is found in it.

The issues are of aws-actions/configure-aws-credentials; a variant is the case that its reporter had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.leastgrant.workflow.contract import ARN, DEPLOY, PROVIDER, STEP, findings, role, shown

if TYPE_CHECKING:
    from leastgrant.role import Role

ISSUES = "https://github.com/aws-actions/configure-aws-credentials/issues"


@dataclass(frozen=True)
class Variant:
    """A workflow, and what is found: `KIND LINE`."""

    name: str
    text: str
    found: list[str]
    said: str = ""
    """A part of the first finding's sentence or fix."""
    trust: Role | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def job(lines: str = "", *, on: str = "push: {branches: [main]}", step: str = STEP, top: str = "{}") -> str:
    """A workflow of one job that assumes the role; the job's own lines begin on line 7."""
    own = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"on:\n  {on}\npermissions: {top}\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n{own}{step}"


def asks(**inputs: str) -> str:
    """A step that assumes the role, with inputs more or others."""
    given = {"role-to-assume": ARN, "aws-region": "eu-west-1"}
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    lines = "".join(f"          {name}: {value}\n" for name, value in given.items() if value)
    return f"    steps:\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n{lines}"


TOKEN = "permissions: {id-token: write}"  # noqa: S105  (a permission, and no secret)
ENVIRONMENT = f"{TOKEN}\nenvironment: production"
PRODUCTION = role("repo:acme/shop:environment:production")

VARIANTS = [
    Variant("it fits", DEPLOY, []),
    # issues
    Variant(
        f"{ISSUES}/452 (an environment; the trust is for branches)",
        job(ENVIRONMENT),
        ["wide 2", "subject 8"],
        "the role trusts `repo:acme/*:ref:refs/heads/*`",
        role("repo:acme/*:ref:refs/heads/*", operator="StringLike"),
    ),
    Variant(
        f"{ISSUES}/454 (environments in the repository; the trust names the branch)",
        job(f"{TOKEN}\nenvironment:\n  name: staging\n  url: https://example.com"),
        ["subject 9"],
        "repo:acme/shop:environment:staging",
    ),
    Variant(
        f"{ISSUES}/672 (the trust is for the environment; the job has none)",
        job(TOKEN),
        ["subject 2"],
        "its token's subject is `repo:acme/shop:ref:refs/heads/main`, which the role does not trust",
        role("repo:acme/shop:environment:dev"),
    ),
    Variant(
        f"{ISSUES}/1024 (an environment on a push to another branch)",
        job(f"{TOKEN}\nenvironment: develop", on="push: {branches: [test]}"),
        ["subject 8"],
        "move the approval to a job of its own",
        role("repo:acme/shop:ref:refs/heads/test"),
    ),
    Variant(
        f"{ISSUES}/1238 (not authorised, by hand, with an environment)",
        job(ENVIRONMENT, on="workflow_dispatch:"),
        ["subject 8"],
        "repo:acme/shop:environment:production",
    ),
    Variant(
        f"{ISSUES}/1137 (StringEquals does not read the wildcard)",
        job(TOKEN),
        ["subject 2"],
        "under StringEquals `*` stands for itself",
        trust=role("repo:acme/*"),
    ),
    Variant(
        f"{ISSUES}/1888 (the repository has the immutable form, and the trust the plain one)",
        job(TOKEN),
        ["subject 2"],
        "the role trusts the plain form: trust `repo:acme@1/shop@2:...`",
        facts={"repository": "acme@1/shop@2"},
    ),
    Variant(
        f"{ISSUES}/271 (no permission for a token)",
        job(),
        ["token 3"],
        "job `deploy` assumes the role, and has no `id-token: write`",
    ),
    # subjects
    Variant("the environment is trusted", job(ENVIRONMENT), [], trust=PRODUCTION),
    Variant(
        "a colon in an environment",
        job(f'{TOKEN}\nenvironment: "a:b"'),
        [],
        trust=role("repo:acme/shop:environment:a%3Ab"),
    ),
    Variant(
        "the immutable form, trusted",
        job(TOKEN),
        [],
        trust=role("repo:acme@1/shop@2:ref:refs/heads/main"),
        facts={"repository": "acme@1/shop@2"},
    ),
    Variant(
        "the immutable form is trusted, and not declared",
        job(TOKEN),
        ["subject 2"],
        "declare the repository as OWNER@ID/NAME@ID",
        role("repo:acme@1/shop@2:ref:refs/heads/main"),
    ),
    Variant("another branch too", job(TOKEN, on="push: {branches: [main, develop]}"), ["subject 2"], "heads/develop"),
    Variant("any branch", job(TOKEN, on="push: {branches: ['**']}"), ["note 2"], "does not trust all of them"),
    Variant("all branches but main", job(TOKEN, on="push: {branches-ignore: [main]}"), ["subject 2"], "none of them"),
    Variant("main taken back", job(TOKEN, on="push: {branches: ['*', '!main']}"), ["subject 2"]),
    Variant("a push of anything", job(TOKEN, on="push:"), ["note 2"]),
    Variant("a push of some files", job(TOKEN, on="push: {branches: [main], paths: ['src/**']}"), []),
    Variant("tags", job(TOKEN, on="push: {tags: ['v*']}"), ["subject 2"], "refs/tags/v*`, and the role trusts none"),
    Variant(
        "tags that are trusted",
        job(TOKEN, on="push: {tags: ['v*']}"),
        [],
        trust=role("repo:acme/shop:ref:refs/tags/v*", operator="StringLike"),
    ),
    Variant(
        "one glob level, where trusted is what is below",
        job(TOKEN, on="push: {branches: ['release/*']}"),
        ["subject 2"],
        trust=role("repo:acme/shop:ref:refs/heads/release/1/2"),
    ),
    Variant("by hand", job(TOKEN, on="workflow_dispatch:"), ["note 2"]),
    Variant(
        "by hand, of main alone",
        job(f"{TOKEN}\nif: github.ref == 'refs/heads/main'", on="workflow_dispatch:"),
        [],
    ),
    Variant("each night", job(TOKEN, on='schedule: [{cron: "0 3 * * *"}]'), []),
    Variant(
        "each night, of another default branch",
        job(TOKEN, on='schedule: [{cron: "0 3 * * *"}]'),
        ["subject 2"],
        facts={"default_branch": "trunk"},
    ),
    Variant("a release", job(TOKEN, on="release:"), ["subject 2"], "refs/tags/*"),
    Variant("the merge queue", job(TOKEN, on="merge_group:"), ["subject 2"], "gh-readonly-queue/*"),
    Variant("an event of the future", job(TOKEN, on="moonrise:"), ["unknown 2", "note 2"]),
    Variant("never", job(f"{TOKEN}\nif: false"), ["unknown 2"], "nothing was held against it"),
    Variant(
        "on push alone",
        job(f"{TOKEN}\nif: github.event_name == 'push'", on="{push: {branches: [main]}, release: }"),
        [],
    ),
    # trusts that are wider than the jobs
    Variant(
        "all of the repository is trusted",
        job(TOKEN),
        ["wide 2"],
        "trusts `repo:acme/shop:*`, so also the subject `repo:acme/shop:ref:refs/heads/feature`, which",
        role("repo:acme/shop:*", operator="StringLike"),
    ),
    Variant(
        "any branch is trusted, and needed",
        job(TOKEN, on="push: {branches: ['**']}"),
        [],
        trust=role("repo:acme/shop:ref:refs/heads/*", operator="StringLike"),
    ),
    Variant(
        "two conditions on the subject, of which both count",
        job(TOKEN, on="push: {branches: ['**']}"),
        ["note 2"],
        "does not trust all of them",
        role(
            conditions={
                "StringLike": {f"{PROVIDER}:sub": "*:ref:refs/heads/*-release"},
                "ForAnyValue:StringLike": {f"{PROVIDER}:sub": "repo:acme/shop:ref:refs/heads/v*"},
                "StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com"},
            }
        ),
    ),
    Variant(
        "a glob of letters, of which one is trusted",
        job(TOKEN, on="push: {branches: ['[ab][ab]']}"),
        ["note 2"],
        "the role does not trust all of them",
        role("repo:acme/shop:ref:refs/heads/?b", operator="StringLike"),
    ),
    Variant(
        "no subject is asked for",
        job(TOKEN),
        ["wide 2"],
        "trusts subjects that it does not name, such as `repo:octocat/other:ref:refs/heads/main`, which",
        role(conditions={"StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com"}}),
    ),
    # environments by expression
    Variant(
        "an environment by matrix",
        job(f"{TOKEN}\nstrategy: {{matrix: {{stage: [production, staging]}}}}\nenvironment: ${{{{ matrix.stage }}}}"),
        ["subject 9"],
        "environment:staging",
        PRODUCTION,
    ),
    Variant(
        "an environment by branch",
        job(
            f"{TOKEN}\nenvironment: ${{{{ github.ref_name == 'main' && 'production' || 'staging' }}}}",
        ),
        [],
        trust=PRODUCTION,
    ),
    Variant(
        "an environment by input",
        job(f"{TOKEN}\nenvironment: ${{{{ inputs.stage }}}}", on="workflow_dispatch: {inputs: {stage: }}"),
        ["unknown 8", "note 8"],
        "write the environment's name out",
        PRODUCTION,
    ),
    Variant(
        "an environment by variable",
        job(f"{TOKEN}\nenvironment: ${{{{ vars.STAGE }}}}"),
        [],
        trust=PRODUCTION,
        facts={"variables": {"STAGE": "production"}},
    ),
    # permissions
    Variant("from the top", job(top="{id-token: write}"), []),
    Variant("from the top, taken away", job("permissions: {}", top="{id-token: write}"), ["token 7"]),
    Variant("write-all", job(top="write-all"), []),
    Variant("read-all", job(top="read-all"), ["token 3"]),
    # inputs
    Variant("another audience", job(TOKEN, step=asks(audience="sts.example.com")), ["audience 13"]),
    Variant("an environment variable does not change the audience", "env: {AUDIENCE: x}\n" + job(TOKEN), []),
    Variant("an audience that is a secret", job(TOKEN, step=asks(audience="${{ secrets.A }}")), ["unknown 13"]),
    Variant(
        "another role",
        job(TOKEN, step=asks(role_to_assume="arn:aws:iam::123456789012:role/deploy")),
        ["role 11"],
    ),
    Variant("a role that is a secret", job(TOKEN, step=asks(role_to_assume="${{ secrets.ROLE }}")), ["unknown 11"]),
    Variant(
        "a role of another account, whichever",
        job(TOKEN, step=asks(role_to_assume="arn:aws:iam::999999999999:role/${{ secrets.ROLE }}")),
        ["role 11"],
    ),
    Variant(
        "a role by variable",
        job(TOKEN, step=asks(role_to_assume="${{ vars.ROLE }}")),
        [],
        facts={"variables": {"Role": ARN}},
    ),
    Variant(
        "a role by environment variable",
        f"env: {{ROLE: '{ARN}'}}\n" + job(TOKEN, step=asks(role_to_assume="${{ env.ROLE }}")),
        [],
    ),
    Variant(
        "an environment variable that a script may change",
        f"env: {{ROLE: '{ARN}'}}\n"
        + job(
            TOKEN,
            step=asks(role_to_assume="${{ env.ROLE }}").replace(
                "steps:\n", "steps:\n      - run: echo ROLE=x >> $GITHUB_ENV\n"
            ),
        ),
        ["unknown 13"],
    ),
    Variant(
        "another region", job(TOKEN, step=asks(aws_region="us-east-1")), ["region 12"], "set `aws-region: eu-west-1`"
    ),
    Variant("no region", job(TOKEN, step=asks(aws_region="")), ["region 9"], "in no region"),
    Variant(
        "a region by environment variable",
        "env: {AWS_REGION: eu-west-1}\n" + job(TOKEN, step=asks(aws_region="")),
        [],
    ),
    Variant(
        "a region by matrix",
        job(
            f"{TOKEN}\nstrategy: {{matrix: {{region: [eu-west-1, us-east-1]}}}}",
            step=asks(aws_region="${{ matrix.region }}"),
        ),
        ["region 13"],
    ),
    Variant(
        "a matrix that a job makes",
        job(
            f"{TOKEN}\nstrategy: {{matrix: '${{{{ fromJSON(needs.a.outputs.b) }}}}'}}",
            step=asks(aws_region="${{ matrix.region }}"),
        ),
        ["unknown 13"],
    ),
    Variant("too long", job(TOKEN, step=asks(role_duration_seconds="7200")), ["duration 13"], "allows 900 to 3600"),
    Variant(
        "long enough", job(TOKEN, step=asks(role_duration_seconds="7200")), [], facts={"max_session_seconds": 7200}
    ),
    Variant("too short", job(TOKEN, step=asks(role_duration_seconds="60")), ["duration 13"]),
    Variant(
        "an hour in words",
        job(TOKEN, step=asks(role_duration_seconds="1h")),
        ["duration 13"],
        "which is read as 1, and",
    ),
    Variant("seconds with their unit", job(TOKEN, step=asks(role_duration_seconds="3600s")), []),
    Variant("no number is the default", job(TOKEN, step=asks(role_duration_seconds="long")), []),
    Variant("too long, with its unit", job(TOKEN, step=asks(role_duration_seconds="7200s")), ["duration 13"]),
    Variant(
        "the owner in another case",
        job(TOKEN),
        ["subject 2"],
        "the role trusts `repo:Acme/shop:ref:refs/heads/main`, and subjects are compared with their case",
        role("repo:Acme/shop:ref:refs/heads/main"),
    ),
    Variant(
        "an @ that is no id",
        job(TOKEN),
        ["subject 2"],
        "--subject-claims repo,context,job_workflow_ref",
        role("repo:acme/shop:ref:refs/heads/main:job_workflow_ref:acme/shop/.github/workflows/x.yml@refs/heads/main"),
    ),
    Variant(
        "a duration that is not known", job(TOKEN, step=asks(role_duration_seconds="${{ secrets.D }}")), ["unknown 13"]
    ),
    Variant(
        "a name with a space", job(TOKEN, step=asks(role_session_name="a b")), ["session-name 13"], "STS does not take"
    ),
    Variant("named by run", job(TOKEN, step=asks(role_session_name="run-${{ github.run_id }}")), []),
    Variant(
        "named by run, and a name is declared",
        job(TOKEN, step=asks(role_session_name="run-${{ github.run_id }}")),
        ["session-name 13"],
        facts={"session_name": "deploy"},
    ),
    Variant(
        "no name, and one is declared",
        job(TOKEN),
        ["session-name 9"],
        "GitHubActions",
        facts={"session_name": "deploy"},
    ),
    Variant(
        "the declared name", job(TOKEN, step=asks(role_session_name="deploy")), [], facts={"session_name": "deploy"}
    ),
    Variant(
        "stored keys",
        job(TOKEN, step=asks(aws_access_key_id="${{ secrets.K }}")),
        ["keys 13", "granted 7"],
        facts={},
    ),
    Variant("chained", job(TOKEN, step=asks(role_chaining="true")), ["keys 13", "granted 7"]),
    Variant("credentials as outputs", job(TOKEN, step=asks(output_credentials="true")), ["note 13"]),
    Variant(
        "two steps, of which one does not run",
        job(TOKEN, step=asks() + asks(aws_region="us-east-1").partition("steps:\n")[2] + "        if: ${{ false }}\n"),
        [],
    ),
    Variant("the action in capitals", job(TOKEN, step=STEP.replace("aws-actions/c", "AWS-Actions/C")), []),
    # outsiders
    Variant("a pull request too", job(TOKEN, on="{push: {branches: [main]}, pull_request: }"), ["subject 2"]),
    Variant(
        "a pull request that is trusted: those of forks get no token",
        job(TOKEN, on="pull_request:"),
        [],
        trust=role("repo:acme/shop:pull_request"),
    ),
    Variant(
        "a pull request that is trusted, of a private repository that sends tokens to forks",
        job(TOKEN, on="pull_request:"),
        ["outsider 2"],
        "people without write access can cause",
        role("repo:acme/shop:pull_request"),
        {"forks_get_tokens": True},
    ),
    Variant("pull_request_target", job(TOKEN, on="pull_request_target:"), ["outsider 2", "note 2"]),
    Variant("a comment", job(TOKEN, on="issue_comment:"), ["outsider 2"], "starts on `issue_comment`"),
    Variant(
        "after another workflow, which a fork's pull request may start",
        job(TOKEN, on="workflow_run: {workflows: [CI]}"),
        ["outsider 2"],
        "starts on `workflow_run`, which people without write access can cause",
    ),
    Variant(  # a fork may call its branch so too
        "after another workflow, of the main branch",
        job(TOKEN, on="workflow_run: {workflows: [CI], branches: [main]}"),
        ["outsider 2"],
    ),
    Variant(
        "after another workflow too",
        job(TOKEN, on="{push: {branches: [main]}, workflow_run: {workflows: [CI]}}"),
        ["outsider 2"],
    ),
    Variant("a check", job(TOKEN, on="check_run: {types: [completed]}"), ["outsider 2"], "starts on `check_run`"),
    Variant("all checks", job(TOKEN, on="check_suite:"), ["outsider 2"], "starts on `check_suite`"),
    Variant("a commit's status", job(TOKEN, on="status:"), ["outsider 2"], "starts on `status`"),
    Variant("another program's event", job(TOKEN, on="repository_dispatch:"), []),
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variant(variant: Variant) -> None:
    found = findings(variant.text, trust=variant.trust, **variant.facts)
    assert shown(found) == variant.found, [one.message for one in found]
    if variant.said:
        assert variant.said in f"{found[0].message}; {found[0].fix}"


def test_there_are_as_many_as_were_asked_for() -> None:
    assert len(VARIANTS) >= 25
    assert all(any(f"{ISSUES}/{number} " in one.name for one in VARIANTS) for number in (452, 454, 672, 1024, 1238))
