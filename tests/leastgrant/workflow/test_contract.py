"""Several workflows of one repository: who else may request a token, and who calls whom."""

from dataclasses import replace
from typing import Any

import pytest

from leastgrant.role import Role, RoleError
from leastgrant.workflow import WorkflowError, check
from tests.leastgrant.workflow.contract import ARN, DEPLOY, FACTS, PROVIDER, STEP, findings, role, shown

OTHER = (
    "on:\n  push:\npermissions: {}\njobs:\n  publish:\n    permissions:\n      id-token: write\n    steps: [{run: x}]\n"
)


def called(lines: str = "", step: str = STEP) -> str:
    on = "on:\n  workflow_call:\n    inputs: {stage: {default: dev}}\n"
    return f"{on}jobs:\n  ship:\n    runs-on: ubuntu-latest\n{lines}{step}"


def caller(lines: str = "    permissions: {id-token: write}\n", uses: str = "./.github/workflows/other1.yml") -> str:
    return f"on:\n  push:\n    branches: [main]\njobs:\n  call:\n{lines}    uses: {uses}\n"


def test_another_job_that_the_role_trusts():
    (found,) = findings(DEPLOY, OTHER)
    assert (found.where, found.kind.value) == ("other1.yml:7", "granted")
    assert found.message == (
        "job `publish` has `id-token: write`, and the role trusts its subject, `repo:acme/shop:ref:refs/heads/main`: "
        "any step can assume it"
    )


def test_another_job_that_the_role_does_not_trust():
    elsewhere = OTHER.replace("  push:\n", "  push: {tags: [v1]}\n")
    (found,) = findings(DEPLOY, elsewhere)
    assert found.message == "job `publish` has `id-token: write`, and does not assume the role"
    assert findings(DEPLOY, elsewhere, tokens_for_others=("other1.yml:publish",)) == ()


def test_that_it_is_declared_does_not_make_it_untrusted():
    assert shown(findings(DEPLOY, OTHER, tokens_for_others=("other1.yml:publish",))) == ["granted 7"]


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ("permissions: write-all", "job `checks` inherits `permissions: write-all` from the top of deploy.yml"),
        ("permissions: {id-token: write}", "job `checks` inherits `id-token: write` from the top of deploy.yml"),
    ],
)
def test_inherited_from_the_top(top: str, said: str):
    text = f"on:\n  push:\n    branches: [main]\n{top}\njobs:\n  checks:\n    steps: [{{run: x}}]\n  deploy:\n{STEP}"
    (found,) = findings(text)
    assert (found.line, found.message.startswith(said)) == (4, True)


def test_no_permissions_at_all_give_no_token():
    assert (
        findings(DEPLOY, OTHER.replace("permissions: {}\n", "").replace("      id-token: write\n", "      {}\n")) == ()
    )


def test_a_pull_request_target_elsewhere():
    found = findings(DEPLOY, OTHER.replace("  push:\n", "  pull_request_target:\n"))
    assert shown(found) == ["outsider 2", "granted 7"]


def test_an_approval_in_a_job_of_its_own():
    text = DEPLOY.replace("jobs:\n", "jobs:\n  approve:\n    environment: production\n    steps: [{run: x}]\n")
    assert findings(text.replace("  deploy:\n", "  deploy:\n    needs: approve\n")) == ()


# called workflows


def test_a_called_workflow_has_the_subject_of_its_caller():
    assert findings(caller(), called()) == ()
    assert shown(findings(caller().replace("main", "x"), called())) == ["subject 5"]


def test_a_called_workflow_that_is_not_called_is_not_proved():
    (found,) = findings(called("    environment: x\n"), names=("other1.yml",))
    assert (found.kind.value, found.line) == ("unknown", 5)
    assert "its token is the caller's, and whether the role trusts it was not judged" in found.message


def test_what_can_be_judged_of_a_workflow_that_is_not_called():
    found = findings(called(step=STEP.replace("eu-west-1", "us-east-1")), names=("other1.yml",))
    assert shown(found) == ["region 11", "unknown 5"]


def test_the_environment_of_a_called_workflow():
    found = findings(caller(), called("    environment: ${{ inputs.stage }}\n"))
    assert [one.message for one in found] == [
        (
            "job `ship` (called by `deploy.yml:call`) has `environment: ${{ inputs.stage }}`: its token's subject is "
            "`repo:acme/shop:environment:dev`, which the role does not trust"
        )
    ]


def test_the_inputs_that_the_caller_gives():
    given = caller() + "    with: {stage: prod}\n"
    trust = role("repo:acme/shop:environment:prod")
    assert findings(given, called("    environment: ${{ inputs.stage }}\n"), trust=trust) == ()


def test_the_callers_permissions_bound_those_of_the_called():
    (found,) = findings(caller("    permissions: {}\n"), called())
    assert (found.kind.value, found.fix) == ("token", "give `deploy.yml:call` `permissions: id-token: write`")
    found = findings(caller("    permissions: {}\n"), called("    permissions: {id-token: write}\n"))
    assert shown(found) == ["token 7"]
    assert "GitHub does not start the run" in found[0].message


def test_a_called_job_that_inherits_the_token_of_its_caller():
    found = findings(caller(), called(step="    steps: [{run: x}]\n"))
    assert shown(found) == ["unknown 2", "granted 5"]
    assert "may request a token, which it inherits from `deploy.yml:call`" in found[1].message


def test_the_condition_of_the_caller_counts():
    by_hand = caller("    permissions: {id-token: write}\n    if: github.ref == 'refs/heads/main'\n").replace(
        "  push:\n    branches: [main]\n", "  workflow_dispatch:\n"
    )
    assert findings(by_hand, called()) == ()


@pytest.mark.parametrize(
    ("uses", "fix"),
    [
        ("./.github/workflows/none.yml", "give that workflow too"),
        (
            "acme/all/.github/workflows/x.yml@v1",
            "call a workflow of this repository, or let the trust ask for its `job_workflow_ref`",
        ),
    ],
)
def test_a_called_workflow_that_cannot_be_read(uses: str, fix: str):
    found = findings(caller(uses=uses))
    assert shown(found) == ["unknown 7"]
    assert found[0].fix == fix


def test_a_remote_workflow_whose_token_the_role_trusts_in_no_environment():
    elsewhere = caller(uses="acme/all/.github/workflows/x.yml@v1").replace("main", "x")
    assert findings(DEPLOY, elsewhere) == ()


def test_a_remote_workflow_without_token_is_nothing():
    assert findings(DEPLOY, caller("    permissions: {contents: read}\n", uses="acme/all/x.yml@v1")) == ()


def test_workflows_that_call_one_another_in_a_circle():
    circle = called("", "").replace("    runs-on: ubuntu-latest\n", "    uses: ./.github/workflows/other1.yml\n")
    with pytest.raises(
        WorkflowError, match=r"^other1\.yml:6: jobs\.ship\.uses: workflows call one another more than 10"
    ):
        findings(caller(), circle)


def test_two_files_of_one_name():
    with pytest.raises(WorkflowError, match="given before"):
        findings(DEPLOY, DEPLOY, names=("a/deploy.yml", "b/deploy.yml"))


def test_too_many_runs():
    matrix = f"    strategy: {{matrix: {{a: {list(range(200))}}}}}\n"
    many = "on:\n  push:\n    branches:\n" + "".join(f"      - b{n}\n" for n in range(60)) + f"jobs:\n  a:\n{matrix}"
    with pytest.raises(WorkflowError, match="more than 10000 runs"):
        findings(many + "    steps: [{run: x}]\n")


# declared


def test_who_must_assume_it():
    assert findings(DEPLOY, assumed_by=("deploy.yml:deploy",)) == ()
    found = findings(DEPLOY, assumed_by=("deploy.yml:other", "gone.yml:deploy"))
    assert [one.message for one in found] == [
        "`gone.yml:deploy` is declared to assume the role, and no workflow gone.yml was given",
        "`deploy.yml:other` is declared to assume the role, and there is no such job",
        "job `deploy` assumes the role, and is not declared to",
    ]


def test_a_declared_job_that_assumes_nothing():
    text = DEPLOY.partition("    steps")[0] + "    steps: [{run: x}]\n"
    assert shown(findings(text, assumed_by=("deploy.yml:deploy",))) == ["declared 7", "granted 9"]


def test_that_nothing_was_judged_is_no_proof():
    (found,) = findings("on: push\njobs: {a: {steps: [{run: x}]}}")
    assert (found.kind.value, found.where) == ("unknown", "role.yaml:2")
    assert found.message.endswith("nothing was held against it")


# the role


def test_a_trust_that_asks_for_more():
    conditions = {"StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com", f"{PROVIDER}:actor": "me"}}
    found = findings(DEPLOY, trust=role(conditions=conditions))
    assert [one.where for one in found if one.kind.value == "unknown"] == ["role.yaml:2"]


def test_a_trust_in_any_case():
    trust = role("repo:ACME/shop:ref:refs/heads/main", operator="StringEqualsIgnoreCase")
    (found,) = findings(DEPLOY, trust=trust)
    assert found.message == (
        "the role trusts the subject `repo:acme/shop:ref:refs/heads/maiN`, which no job that assumes it has"
    )


def test_another_accounts_provider_is_not_trusted():
    elsewhere = "arn:aws:iam::999999999999:role/deployer"
    assert "subject 2" in shown(findings(DEPLOY.replace(ARN, elsewhere), role_arn=elsewhere))


def test_a_role_without_trust():
    with pytest.raises(RoleError, match=r"policy\.json: has no trust policy; give the role's template"):
        check([], Role("policy.json", ()), FACTS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"repository": "acme"}, "'acme' is no repository; write OWNER/NAME, or OWNER@ID/NAME@ID"),
        ({"default_branch": "refs/heads/main"}, "'refs/heads/main' is no branch; write its name, such as main"),
        ({"role_arn": "deployer"}, "'deployer' is no role's ARN; write arn:aws:iam::ACCOUNT:role/NAME"),
        ({"assumed_by": ("deploy",)}, "'deploy' names no job; write FILE.yml:JOB"),
    ],
)
def test_facts_that_are_none(changed: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=r"is no|names no") as error:
        replace(FACTS, **changed)
    assert str(error.value) == message
