"""One finding for one cause, the trust first; several roles; causes that are named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow import check_roles, parse_workflow
from tests.leastgrant.workflow.contract import ACCOUNT, ARN, DEPLOY, FACTS, MAIN, PROVIDER, STEP, findings, role, shown

if TYPE_CHECKING:
    from leastgrant.workflow import WorkflowFinding

PLAN = ARN.replace("deployer", "planner")
PULL = "repo:acme/shop:pull_request"
JOB = "jobs:\n  {name}:\n    runs-on: ubuntu-24.04\n    permissions: {{id-token: write}}\n{lines}{step}"
PUSH = "on: {push: {branches: [main]}}\n"


def job(name: str, step: str = STEP, lines: str = "", on: str = PUSH) -> str:
    return on + JOB.format(name=name, step=step, lines="".join(f"    {line}\n" for line in lines.splitlines()))


def of_roles(*texts: str, deployer: tuple[str, ...] = (MAIN,), planner: tuple[str, ...] = (PULL,)) -> tuple[str, ...]:
    roles = (
        (role(*deployer), FACTS),
        (replace(role(*planner), name="Planner", line=9, arns=(Pattern.literal(PLAN),)), replace(FACTS, role_arn=PLAN)),
    )
    workflows = [parse_workflow(text, f"{number}.yml") for number, text in enumerate(texts)]
    return tuple(f"{one.kind.value} {one.where}: {one.message}" for one in check_roles(workflows, roles))


PLANS = job("plan", STEP.replace(ARN, PLAN), on="on: pull_request\n")


def test_each_job_is_held_against_the_role_that_it_means():
    assert of_roles(DEPLOY, PLANS) == ()
    found = of_roles(DEPLOY, PLANS.replace(PLAN, ARN))
    assert any(one.startswith("subject 1.yml:1: job `plan` starts on `pull_request`") for one in found)


def test_a_role_that_cannot_be_told_is_one_that_trusts_the_job():
    secret = STEP.replace(ARN, "${{ secrets.ROLE }}")
    (found,) = of_roles(job("deploy", secret), job("plan", secret, on="on: pull_request\n"))
    assert "which of the roles that were given that is cannot be told" in found


def test_what_cannot_be_told_is_told_once_whichever_role_it_is():
    step = STEP.replace(ARN, "${{ secrets.A }}").replace("eu-west-1", "${{ vars.R }}")
    other = STEP.replace(ARN, "${{ secrets.B }}").replace("eu-west-1", "${{ vars.R }}")
    found = of_roles(job("deploy", step), job("plan", other, on="on: pull_request\n"))
    assert [one.split()[0] for one in found] == ["unknown", "unknown"]
    assert "assumes `${{ secrets.A }}` or `${{ secrets.B }}`" in "".join(found)


def test_a_run_on_tags_is_of_the_role_that_trusts_the_job_on_a_branch():
    plan = job("plan", STEP.replace(ARN, "${{ secrets.ROLE }}"), on="on: workflow_dispatch\n")
    live = "repo:acme/shop:environment:live"
    found = of_roles(job("deploy", lines="environment: live"), plan, deployer=(live,), planner=(MAIN,))
    assert [one.split()[0] for one in found] == ["unknown", "subject"]
    assert "and the role does not trust all of them" in found[1]  # a note: it trusts a branch


def test_a_job_that_no_role_trusts_is_refused_once():
    found = of_roles(DEPLOY, PLANS, job("other", STEP.replace(ARN, "${{ secrets.ROLE }}"), "environment: live"))
    assert [one.split()[0] for one in found] == ["subject", "unknown"]


def test_a_job_of_the_other_role_that_this_one_trusts_too():
    found = of_roles(DEPLOY, job("plan", STEP.replace(ARN, PLAN)), planner=(MAIN,))
    assert sorted(one.split()[0] for one in found) == ["role", "role"]


def test_a_missing_role_chaining_is_named():
    first = STEP.replace(ARN, "arn:aws:iam::123456789012:role/hub")
    both = first + STEP.partition("steps:\n")[2]
    hub = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/hub"},
        "Action": "sts:AssumeRole",
    }
    trust = role("repo:acme/none:ref:refs/heads/main", others=[hub])
    found = findings(job("deploy", both), trust=trust)
    (refused,) = (one for one in found if one.kind.value == "subject")
    assert refused.fix.endswith("which a step before assumes: set `role-chaining: true`")
    assert not any("role/hub" in one.message for one in found if one.kind.value == "wide")


CHINA = "arn:aws-cn:iam::123456789012:role/deployer"


def of_china(step: str, **conditions: str) -> tuple[WorkflowFinding, ...]:
    asked = {f"{PROVIDER}:{key}": value for key, value in {"sub": MAIN, **conditions}.items()}
    trust = role(conditions={"StringEquals": asked})
    assert trust.trust is not None
    (statement,) = trust.trust.statements
    provider = replace(statement.principals.principals[0], name=f"arn:aws-cn:iam::{ACCOUNT}:oidc-provider/{PROVIDER}")
    in_china = replace(statement, principals=replace(statement.principals, principals=(provider,)))
    trust = replace(trust, arns=(Pattern.literal(CHINA),), trust=replace(trust.trust, statements=(in_china,)))
    text = job("deploy", step.replace(ARN, CHINA).replace("eu-west-1", "cn-north-1"))
    return findings(text, trust=trust, role_arn=CHINA, regions=("cn-north-1",))


def test_chinas_audience():
    (found, note) = of_china(STEP)
    assert (found.kind.value, found.fix) == ("audience", "set `audience: sts.amazonaws.com.cn`")
    assert (note.is_note, "asks for no audience" in note.message) == (True, True)
    asking = STEP + "          audience: sts.amazonaws.com.cn\n"
    assert of_china(asking, aud="sts.amazonaws.com.cn") == ()
    assert shown(of_china(STEP, aud="sts.amazonaws.com.cn"))[-1] == "audience 7"


CALLED = "on: {workflow_call: }\n" + JOB.format(name="ship", step=STEP, lines="")


def calls(lines: str, count: int = 1) -> str:
    names = range(count)
    jobs = "".join(f"  call{n}:\n{lines}    uses: ./.github/workflows/called.yml\n" for n in names)
    return f"{PUSH}jobs:\n{jobs}"


def test_what_decides_where_callers_say_nothing_is_said_once():
    names = ("caller.yml", "called.yml")
    (found,) = findings(calls("", 3), CALLED, names=names)
    assert (found.kind.value, found.where) == ("unknown", "called.yml:5")
    assert "`caller.yml:call0`, `caller.yml:call1`, `caller.yml:call2`" in found.message
    assert found.message.endswith("whether it gets a token is decided by the repository's default")
    assert findings(calls("    permissions: {id-token: write}\n", 3), CALLED, names=names) == ()
    assert "GitHub does not start the run" in findings(calls("    permissions: {}\n"), CALLED, names=names)[0].message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"{MAIN}:job_workflow_ref:acme/shop/.github/workflows/deploy.yml@*", "--subject-claims repo,context,job_work"),
        ("repo:acme@1/shop@2:*", "declare the repository as OWNER@ID/NAME@ID"),
        ("repo:Acme/shop:*", "compared with their case"),
        ("repo:shop:*", "names no owner"),
    ],
)
def test_a_value_that_was_meant_for_the_job_is_told_of_once(value: str, said: str):
    (found,) = findings(DEPLOY, trust=role(value, operator="StringLike"))
    assert (found.kind.value, said in found.fix) == ("subject", True)


def test_a_claim_that_aws_has_no_key_for():
    asked = {f"{PROVIDER}:aud": "sts.amazonaws.com", f"{PROVIDER}:sub": MAIN, f"{PROVIDER}:repository_owner": "acme"}
    (found,) = findings(DEPLOY, trust=role(conditions={"StringEquals": asked}))
    assert found.kind.value == "subject"
    assert found.fix.startswith(f"AWS has no key {PROVIDER}:repository_owner")


def test_the_subject_is_compared_with_a_variable():
    asked = {f"{PROVIDER}:aud": "sts.amazonaws.com", f"{PROVIDER}:sub": "repo:acme/${aws:PrincipalTag/shop}:*"}
    found = findings(DEPLOY, trust=role(conditions={"StringLike": asked}))
    assert any("it is not decided whether the role trusts more" in one.message for one in found)


TARGET = "on: pull_request_target\n"


def test_who_waits_for_an_environment_may_be_let_through_by_a_person():
    trust = role("repo:acme/shop:environment:pr")
    text = job("deploy", lines="environment: pr", on=TARGET)
    (found,) = findings(text, trust=trust)
    assert (found.kind.value, "`--reviewed 'pr'`" in found.fix) == ("unknown", True)
    assert findings(text, trust=trust, reviewed=("pr",)) == ()
    gate = "jobs:\n  gate:\n    environment: pr\n    steps: [{run: 'true'}]\n"
    needing = job("deploy", lines="needs: gate", on=TARGET).replace("jobs:\n", gate)
    assert findings(needing, trust=role(PULL, MAIN), reviewed=("pr",))[-1].kind.value != "outsider"
    alone = findings(job("deploy", on=TARGET), trust=role(PULL), reviewed=("pr",))
    assert "outsider" in [one.kind.value for one in alone]


def test_what_is_told_in_the_same_words_is_told_once():
    jobs = [job(name, STEP.replace("eu-west-1", "us-east-1")) for name in "abcdefg"]
    (found,) = findings(*jobs, names=tuple(f"{name}.yml" for name in "abcdefg"))
    assert found.message.startswith("job `a` (and 6 more: `b.yml:b`, `c.yml:c`, `d.yml:d`, `e.yml:e`, ...) assumes")
    assert len(found.jobs) == 7


def test_the_trust_is_first_then_who_is_refused_then_tokens():
    idle = "on: {release: }\njobs:\n  idle:\n    permissions: {id-token: write}\n    steps: [{run: echo}]\n"
    found = findings(
        idle,
        job("deploy", lines="environment: x"),
        DEPLOY,
        trust=role("repo:acme/*:ref:refs/heads/main", operator="StringLike"),
        names=("a.yml", "b.yml", "c.yml"),
    )
    assert [one.kind.value for one in found] == ["wide", "subject", "granted"]


@pytest.mark.parametrize(
    ("script", "sure"), [("echo hello | jq .", True), ("./release.sh", False), ("npx cdk-publish", False)]
)
def test_no_advice_takes_a_token_from_a_script_that_may_use_it(script: str, sure: bool):
    idle = (
        f"on: {{release: }}\njobs:\n  idle:\n    permissions: {{id-token: write}}\n    steps: [{{run: '{script}'}}]\n"
    )
    (found,) = findings(DEPLOY, idle)
    assert ("if no script of the job uses it" not in found.fix) is sure


def test_a_runner_of_the_matrix_that_is_a_list():
    lines = "strategy: {matrix: {runner: [{tags: [self-hosted, linux]}]}}"
    text = job("deploy", lines=lines).replace("ubuntu-24.04", "${{ matrix.runner.tags }}")
    assert shown(findings(text)) == ["runner 6"]
