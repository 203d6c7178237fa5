"""Repositories as others have them: each stands for a kind on which a finding was false, useless or missed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.iam.document import parse_trust_policy
from leastgrant.workflow import check, load_workflow, workflow_files
from tests.leastgrant.workflow.contract import ACCOUNT, ARN, DEPLOY, FACTS, MAIN, PROVIDER, STEP, findings, role, shown

if TYPE_CHECKING:
    from pathlib import Path

ENV = "repo:acme/shop:environment:"
PULL_REQUEST = role("repo:acme/shop:pull_request")
SECRET = STEP.replace(ARN, "${{ secrets.ROLE }}")


def on(trigger: str, lines: str = "", step: str = STEP, job: str = "deploy") -> str:
    own = "".join(f"    {line}\n" for line in lines.splitlines())
    head = f"on:\n  {trigger}\njobs:\n  {job}:\n    runs-on: ubuntu-latest\n"
    return f"{head}    permissions: {{id-token: write}}\n{own}{step}"


def calling(uses: str, lines: str = "") -> str:
    return f"on:\n  {PUSH}\njobs:\n  call:\n    permissions: {{id-token: write}}\n    uses: {uses}\n    {lines}\n"


PUSH = "push: {branches: [main]}"


# the role is a secret


def test_a_role_that_is_a_secret_is_judged_as_if_it_were_this_one():
    found = findings(on(PUSH, "environment: live", SECRET))
    assert shown(found) == ["subject 7", "unknown 11"]
    assert f"--secret ROLE={ARN}" in found[1].fix
    assert shown(findings(on(PUSH, step=SECRET.replace("eu-west-1", "us-east-1")))) == ["region 11", "unknown 10"]
    assert "wide" in [one.kind.value for one in findings(on(PUSH, step=SECRET), trust=role(MAIN, f"{ENV}x"))]


def test_one_finding_for_one_secret():
    (found,) = findings(on(PUSH, step=SECRET), on(PUSH, step=SECRET, job="again"))
    assert "job `deploy` (and 1 more: `other1.yml:again`) assumes `${{ secrets.ROLE }}`" in found.message


@pytest.mark.parametrize(
    ("lines", "secrets", "found"),
    [
        ("", {"ROLE": ARN}, []),
        ("", {"role": ARN}, []),
        ("environment: live", {"ROLE@live": ARN}, ["subject 7"]),
        ("environment: live", {"ROLE": ARN, "ROLE@live": ARN.replace("deployer", "other")}, ["unknown 2"]),
        ("", {"ROLE@live": ARN}, ["unknown 10"]),
        ("", {"ROLE": ARN.replace("deployer", "other")}, ["role 10"]),
    ],
)
def test_a_secret_that_is_declared(lines: str, secrets: dict[str, str], found: list[str]):
    assert shown(findings(on(PUSH, lines, SECRET), secrets=secrets)) == found


def test_the_declared_job_is_the_one():
    assert findings(on(PUSH, step=SECRET), assumed_by=("deploy.yml:deploy",)) == ()


def test_a_secret_of_which_another_job_is_declared():
    found = findings(DEPLOY, on(PUSH, "environment: x", SECRET), assumed_by=("deploy.yml:deploy",))
    assert shown(found) == ["unknown 11"]


@pytest.mark.parametrize(
    ("handed", "found"),
    [
        (f"secrets: {{role: '{ARN}'}}", ["subject 9"]),
        ("secrets: {role: '${{ secrets.SHOP }}'}", ["subject 9"]),
        ("secrets: inherit", ["subject 9", "unknown 13"]),
    ],
)
def test_a_secret_that_the_caller_hands_on(handed: str, found: list[str]):
    called = (
        "on:\n  workflow_call:\n    secrets:\n      role: {required: true}\n"
        "jobs:\n  deploy:\n    runs-on: ubuntu-latest\n"
        f"    permissions: {{id-token: write}}\n    environment: staging\n{STEP.replace(ARN, '${{ secrets.role }}')}"
    )
    caller = calling("./.github/workflows/called.yml", handed)
    names = ("caller.yml", "called.yml")
    assert shown(findings(caller, called, names=names, secrets={"SHOP": ARN})) == found


def test_stored_keys_with_a_role_that_is_not_known_to_be_this_one():
    step = SECRET + "          aws-access-key-id: ${{ secrets.KEY }}\n"
    (found,) = findings(on(PUSH, step=step).replace("    permissions: {id-token: write}\n", ""))
    assert found.message.endswith("nothing was held against it")


# forks and guards


@pytest.mark.parametrize("lines", ["", "if: github.event.pull_request.head.repo.full_name == github.repository"])
def test_forks_get_no_token(lines: str):
    assert findings(on("pull_request:", lines), trust=PULL_REQUEST) == ()


def test_forks_of_a_private_repository_may():
    asked = "if: github.event.pull_request.head.repo.full_name == github.repository"
    assert shown(findings(on("pull_request:"), trust=PULL_REQUEST, forks_get_tokens=True)) == ["outsider 2"]
    assert findings(on("pull_request:", asked), trust=PULL_REQUEST, forks_get_tokens=True) == ()


@pytest.mark.parametrize(
    ("trigger", "condition"),
    [
        ("workflow_run: {workflows: [CI]}", "github.event.workflow_run.event == 'push'"),
        (
            "workflow_run: {workflows: [CI]}",
            "github.event.workflow_run.conclusion == 'success' && !github.event.workflow_run.head_repository.fork",
        ),
        ("issue_comment:", "github.actor == 'mona'"),
        ("issue_comment:", """contains(fromJSON('["OWNER", "MEMBER"]'), github.event.comment.author_association)"""),
    ],
)
def test_a_guard_is_read(trigger: str, condition: str):
    assert findings(on(trigger, f"if: {condition}")) == ()


@pytest.mark.parametrize(
    ("trigger", "condition"),
    [
        ("workflow_run: {workflows: [CI]}", "github.event.workflow_run.head_branch == 'main'"),
        ("workflow_run: {workflows: [CI]}", "github.event.workflow_run.event == 'pull_request'"),
        ("issue_comment:", "contains(github.event.comment.body, '/deploy')"),
        ("issue_comment:", "github.event.comment.author_association != 'NONE'"),
        ("issue_comment:", "github.actor != 'mona'"),
    ],
)
def test_a_guard_that_outsiders_meet(trigger: str, condition: str):
    assert shown(findings(on(trigger, f"if: {condition}"))) == ["outsider 2"]


def test_a_guard_of_the_job_that_it_needs():
    text = on("issue_comment:", "needs: gate").replace(
        "jobs:\n", "jobs:\n  gate:\n    if: github.actor == 'mona'\n    steps: [{run: x}]\n"
    )
    assert findings(text) == ()
    assert shown(findings(text.replace("needs: gate", "needs: gate\n    if: always()"))) == ["outsider 2"]


@pytest.mark.parametrize(("started", "found"), [("push", []), ("[push, pull_request]", ["outsider 2"])])
def test_after_a_workflow_that_was_given(started: str, found: list[str]):
    checks = f"name: CI\non: {started}\njobs: {{a: {{steps: [{{run: x}}]}}}}\n"
    assert shown(findings(on("workflow_run: {workflows: [CI]}"), checks)) == found


def test_a_pull_requests_subject_is_told_once():
    text = on("pull_request: {types: [closed]}", "if: github.event.pull_request.merged == true")
    (found,) = findings(text)
    assert "its token's subject is `repo:acme/shop:pull_request`, which the role does not trust" in found.message


# who needs a token


def test_a_package_that_is_published():
    steps = "    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    assert findings(DEPLOY, on("release:", step=steps, job="pypi")) == ()
    (found,) = findings(DEPLOY, on(PUSH, step=steps, job="pypi"))
    assert (found.kind.value, found.fix.startswith("let the trust ask")) == ("granted", True)


@pytest.mark.parametrize("script", ["npm publish --provenance", "cosign sign x", "uv publish"])
def test_a_script_that_is_known_to_ask_for_one(script: str):
    assert findings(DEPLOY, on("release:", step=f"    steps: [{{run: {script}}}]\n", job="publish")) == ()


def test_an_action_that_may_ask_for_one_is_not_told_to_do_without():
    assert findings(DEPLOY, on("release:", step="    steps: [{uses: octo/unknown@v1}]\n", job="other")) == ()
    found = findings(DEPLOY, on("release:", step="    steps: [{uses: actions/checkout@v5}]\n", job="other"))
    assert shown(found) == ["granted 6"]


@pytest.mark.parametrize(
    ("step", "is_other"),
    [
        ("{uses: codecov/codecov-action@v5, with: {use_oidc: true}}", True),
        ("{uses: codecov/codecov-action@v5, with: {files: x}}", False),
        ("{uses: chainguard-dev/actions/setup-gitsign@v1}", True),
        ("{uses: ossf/scorecard-action@v2, with: {publish_results: true}}", True),
    ],
)
def test_an_action_that_asks_for_one_only_with_an_input(step: str, *, is_other: bool):
    (found,) = findings(DEPLOY, on(PUSH, step=f"    steps: [{step}]\n", job="other"))
    assert ("for something else than this role" in found.message) is is_other
    assert found.fix.startswith("let the trust ask" if is_other else "take `id-token: write` out")


def test_jobs_of_another_role_are_one_remark():
    others = [on(PUSH, step=STEP.replace("deployer", name), job=name) for name in ("a", "b", "c")]
    (found,) = findings(DEPLOY, *others)
    assert (found.kind.value, "(and 2 more: `other2.yml:b`, `other3.yml:c`)" in found.message) == ("role", True)
    elsewhere = on("release:", step=STEP.replace("deployer", "a"), job="a")
    assert findings(DEPLOY, elsewhere) == ()


def test_jobs_that_inherit_a_token_from_one_line_are_one_fault():
    text = "on: {push: {branches: [main]}}\npermissions: {id-token: write}\njobs:\n"
    jobs = "".join(f"  {name}: {{steps: [{{run: make}}]}}\n" for name in "abc")
    (found,) = findings(DEPLOY, text + jobs)
    assert "job `a` (and 2 more: `other1.yml:b`, `other1.yml:c`) inherits" in found.message


def repository(path: Path, action: str | None, uses: str = "./.github/actions/login") -> Any:
    workflows = path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    step = f"    steps:\n      - uses: actions/checkout@v5\n      - uses: {uses}\n        with: {{role: '{ARN}'}}\n"
    (workflows / "deploy.yaml").write_text(on(PUSH, step=step))
    if action is not None:
        folder = path / ".github" / "actions" / "login"
        folder.mkdir(parents=True)
        (folder / "action.yml").write_text(action)
    found = check([load_workflow(one) for one in workflow_files([workflows])], role(MAIN), FACTS)
    return [(one.kind.value, one.line) for one in found]


def composite(region: str = "${{ inputs.region }}") -> str:
    step = STEP.replace(ARN, "${{ inputs.role }}").replace("eu-west-1", region)
    head = "inputs: {role: , region: {default: eu-west-1}}\nruns:\n  using: composite\n"
    return head + step[2:].replace("\n  ", "\n")


@pytest.mark.parametrize("uses", ["./.github/actions/login", "acme/shop/.github/actions/login@v1"])
def test_a_composite_action_is_read(tmp_path: Path, uses: str):
    assert repository(tmp_path, composite(), uses) == []


def test_what_a_composite_action_asks_for_is_judged(tmp_path: Path):
    assert repository(tmp_path, composite("us-east-1")) == [("region", 9)]


@pytest.mark.parametrize("action", [None, "runs: {using: node20, main: index.js}"])
def test_an_action_that_was_not_read_is_said_once(tmp_path: Path, action: str | None):
    assert repository(tmp_path, action) == [("unknown", 9)]


def test_files_that_begin_with_a_dot(tmp_path: Path):
    for name in (".a.yml", "b.yaml", "c.txt", "d.yml"):
        (tmp_path / name).write_text("")
    assert [one.name for one in workflow_files([tmp_path])] == [".a.yml", "b.yaml", "d.yml"]
    assert [one.name for one in workflow_files([tmp_path / "*.yml"])] == [".a.yml", "d.yml"]


# choices, functions, matrices

CHOICE = "workflow_dispatch: {inputs: {stage: {type: choice, options: [staging, production]}}}"


def test_the_choices_of_an_input_are_its_values():
    by_stage = on(CHOICE, "environment: ${{ inputs.stage }}")
    assert findings(by_stage, trust=role(f"{ENV}staging", f"{ENV}production")) == ()
    found = findings(by_stage, trust=role(f"{ENV}staging"))
    assert (shown(found), f"`{ENV}production`" in found[0].message) == (["subject 7"], True)


def test_what_is_chosen_together_stays_together():
    step = STEP.replace(
        ARN, f"${{{{ inputs.stage == 'production' && '{ARN}' || 'arn:aws:iam::999999999999:role/dev' }}}}"
    )
    text = on(CHOICE, "environment: ${{ github.event.inputs.stage }}", step)
    assert findings(text, trust=role(f"{ENV}production")) == ()


def test_the_environments_of_an_input():
    text = on("workflow_dispatch: {inputs: {to: {type: environment}}}", "environment: ${{ inputs.to }}")
    assert findings(text, trust=role(f"{ENV}a", f"{ENV}b"), environments=("a", "b")) == ()
    assert "unknown" in [one.kind.value for one in findings(text, trust=role(f"{ENV}a", f"{ENV}b"))]


@pytest.mark.parametrize(
    "expression",
    [
        "format('arn:aws:iam::{0}:role/{1}', env.ACCOUNT, 'deployer')",
        """join(fromJSON('["arn:aws:iam::123456789012:role", "deployer"]'), '/')""",
        """fromJSON('{"main":"arn:aws:iam::123456789012:role/deployer"}')[github.ref_name]""",
        f"contains(fromJSON('[\"main\", \"dev\"]'), github.ref_name) && '{ARN}' || 'x'",
        f"startsWith(github.ref, 'refs/heads/ma') && '{ARN}' || 'x'",
    ],
)
def test_functions_of_known_values(expression: str):
    text = on(PUSH, f"env: {{ACCOUNT: '{ACCOUNT}'}}", STEP.replace(ARN, f"${{{{ {expression} }}}}"))
    assert findings(text) == ()


def test_a_call_of_the_own_repository_by_its_full_name():
    called = on("workflow_call:")
    caller = calling("acme/shop/.github/workflows/called.yml@main")
    assert findings(caller, called, names=("caller.yml", "called.yml")) == ()


def test_several_regions():
    text = on(
        PUSH, "strategy: {matrix: {region: [eu-west-1, us-east-1]}}", STEP.replace("eu-west-1", "${{ matrix.region }}")
    )
    assert shown(findings(text)) == ["region 12"]
    assert findings(text, regions=("eu-west-1", "us-east-1")) == ()


# what else a trust asks for


def asking(**claims: str | list[str]) -> Any:
    of_provider = {f"{PROVIDER}:{name}": value for name, value in claims.items()}
    return role(
        conditions={"StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com", f"{PROVIDER}:sub": MAIN, **of_provider}}
    )


REF = "acme/shop/.github/workflows/deploy.yml@refs/heads/main"


@pytest.mark.parametrize(
    "claims",
    [{"job_workflow_ref": REF}, {"repository": "acme/shop", "ref": "refs/heads/main"}],
)
def test_claims_that_a_job_has(claims: dict[str, str]):
    assert findings(DEPLOY, trust=asking(**claims)) == ()


@pytest.mark.parametrize("claims", [{"job_workflow_ref": REF.replace("deploy", "other")}, {"repository": "acme/x"}])
def test_claims_that_a_job_has_not(claims: dict[str, str]):
    assert shown(findings(DEPLOY, trust=asking(**claims))) == ["subject 2"]


def test_a_claim_that_cannot_be_told_is_one_finding():
    (found,) = findings(DEPLOY, trust=asking(actor="mona"))
    assert (found.kind.value, "asks for token.actions.githubusercontent.com:actor" in found.message) == (
        "unknown",
        True,
    )
    immutable = asking(repository_id="2")
    assert [one.kind.value for one in findings(DEPLOY, trust=immutable)] == ["unknown"]


@pytest.mark.parametrize(("asked_for", "kinds"), [("2", []), ("3", ["subject"])])
def test_a_repositorys_id_can_be_given_beside_its_plain_name(asked_for: str, kinds: list[str]):
    found = findings(DEPLOY, trust=asking(repository_id=asked_for), repository_id="2")
    assert [one.kind.value for one in found] == kinds


# other issuers


def test_another_issuer_is_declared():
    issuer = "github.example.com/_services/token"
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": MAIN}},
        },
    }
    of_server = replace(role(MAIN), trust=parse_trust_policy(policy, "trust"))
    assert findings(DEPLOY, trust=of_server, issuer=issuer) == ()
    (found,) = findings(DEPLOY, trust=of_server)
    assert (found.kind.value, f"--issuer {issuer}" in found.fix) == ("unknown", True)


TEMPLATE = ("repo", "context", "job_workflow_ref")


def test_a_template_of_subjects_is_declared():
    whole = f"{MAIN}:job_workflow_ref:{REF}"
    any_ref = f"{MAIN}:job_workflow_ref:{REF.partition('@')[0]}@*"
    assert findings(DEPLOY, trust=role(whole), subject_claims=TEMPLATE) == ()
    assert findings(DEPLOY, trust=role(any_ref, operator="StringLike"), subject_claims=TEMPLATE) == ()
    assert shown(findings(DEPLOY, subject_claims=TEMPLATE)) == ["subject 2"]
    found = findings(DEPLOY, trust=role(whole))
    assert "--subject-claims repo,context,job_workflow_ref" in found[0].fix


# what a script sets for the steps after it


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('echo "SHA=$(git rev-parse HEAD)" >> $GITHUB_ENV', []),
        ("git rev-parse HEAD | tee sha; echo SHA=x | tee -a $GITHUB_ENV", []),
        ('printf "SHA=%s\\nTAG=x\\n" "$x" >> "$GITHUB_ENV"', []),
        ('echo "REGION=$(cat region)" >> $GITHUB_ENV', ["unknown 13"]),
        ('echo -e "SHA=1\\nREGION=2" >> $GITHUB_ENV', ["unknown 13"]),
        ("cat settings >> $GITHUB_ENV", ["unknown 13"]),
        ('echo "$LINE" >> $GITHUB_ENV', ["unknown 13"]),
    ],
)
def test_a_variable_that_a_script_may_change(script: str, found: list[str]):
    step = STEP.replace("eu-west-1", "${{ env.REGION }}").replace("steps:\n", f"steps:\n      - run: '{script}'\n")
    assert shown(findings(on(PUSH, "env: {REGION: eu-west-1}", step))) == found


def test_a_variable_that_an_action_of_the_repository_sets_after_its_use(tmp_path: Path):
    sets = "    - run: echo ROLE=x >> $GITHUB_ENV\n      shell: bash\n"
    assert repository(tmp_path, composite().rstrip() + f"\n{sets}") == []


def test_regions_that_cannot_be_told_are_one_finding():
    steps = [STEP.replace("eu-west-1", text) for text in ("${{ vars.A }}", "${{ vars.B }}", "${{ steps.a.outputs.b }}")]
    (found,) = findings(*(on(PUSH, step=step, job=name) for name, step in zip("abc", steps, strict=True)))
    assert (
        "job `a` (and 2 more: `other1.yml:b`, `other2.yml:c`) assumes the role in `${{ vars.A }}` or" in found.message
    )
    assert found.fix.endswith("--variable B=eu-west-1`); else set `aws-region: eu-west-1`")


# guards that other jobs are


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("needs.gate.outputs.trusted == 'true'", ["unknown 2"]),
        ("needs.gate.outputs.skip != 'true'", ["outsider 2"]),
        ("needs.gate.outputs.trusted == 'true' || github.event.comment.body == 'x'", ["outsider 2"]),
        ("needs.gate.result == 'success'", ["outsider 2"]),
    ],
)
def test_a_guard_that_is_the_output_of_a_job(condition: str, found: list[str]):
    gate = "  gate:\n    outputs: {trusted: '${{ steps.a.outputs.b }}'}\n    steps: [{id: a, run: x}]\n"
    text = on("issue_comment:", f"needs: gate\nif: {condition}").replace("jobs:\n", f"jobs:\n{gate}")
    assert shown(findings(text)) == found


# what is shown


def test_a_called_workflow_is_told_of_with_the_subject_that_is_sure():
    publish = calling("slsa-framework/slsa-github-generator/.github/workflows/generic.yml@v2")
    (found,) = [
        one
        for one in findings(
            on(PUSH, "environment: live"),
            publish,
            on(PUSH, job="b"),
            trust=role("repo:acme/shop:*", operator="StringLike"),
        )
        if one.kind.value == "granted"
    ]
    assert f"`{MAIN}`" in found.message


def test_a_branch_is_shown_as_people_call_them():
    trust = role(MAIN, "repo:acme/shop:ref:refs/heads/deploy/*", operator="StringLike")
    (found,) = findings(DEPLOY, trust=trust)
    assert "`repo:acme/shop:ref:refs/heads/deploy/feature`" in found.message


def test_a_secret_is_not_asked_for_where_only_the_run_tells_the_role():
    told = "arn:aws:iam::${{ secrets.ACCOUNT }}:role/${{ steps.a.outputs.name }}"
    (found,) = findings(on(PUSH, step=SECRET.replace("${{ secrets.ROLE }}", told)))
    assert found.fix == "write the role's ARN out, or say which jobs assume the role (`--assumed-by`)"


# one cause, one finding


def test_a_job_that_is_refused_whatever_starts_it_is_one_finding():
    (found,) = findings(on("workflow_dispatch:\n  schedule: [{cron: 1 1 * * *}]"), trust=role(f"{ENV}live"))
    assert "starts on `workflow_dispatch`, `schedule`: its token's subject may be any of" in found.message


def test_jobs_that_get_a_token_from_one_line_are_one_finding():
    jobs = "".join(
        f"  {name}:\n    steps: [{{{step}}}]\n" for name, step in (("a", "run: echo"), ("b", "uses: octo/unknown@v1"))
    )
    text = f"on: {{{PUSH}}}\npermissions: {{id-token: write}}\njobs:\n{jobs}"
    (found,) = findings(DEPLOY, text)
    assert "job `a` (and 1 more: `other1.yml:b`) inherits" in found.message
    assert found.fix.startswith("give the permission to the job that needs it alone")


def test_one_option_for_a_secret_that_several_expressions_read():
    steps = [STEP.replace(ARN, text) for text in ("${{ secrets.A }}", "${{ matrix.x && secrets.A || secrets.B }}")]
    (found,) = findings(*(on(PUSH, step=step, job=name) for name, step in zip("ab", steps, strict=True)))
    assert found.fix.startswith(f"say what it holds (`--secret A={ARN}`), or")


def test_a_job_whose_environment_cannot_be_told_is_not_refused_without_it():
    text = on(PUSH, "environment: ${{ matrix.of }}\nstrategy: {matrix: {of: '${{ fromJSON(needs.x) }}'}}")
    found = findings(text, trust=role(f"{ENV}a", f"{ENV}b"))
    assert shown(found) == ["unknown 7", "note 7"]


def test_a_branch_of_the_merge_queue_is_shown_as_github_calls_it():
    text = on("merge_group:", step="    steps: [{run: echo}]\n", job="checks")
    (found,) = [
        one for one in findings(DEPLOY, text, trust=role("repo:acme/shop:*", operator="StringLike")) if one.jobs
    ]
    assert "`repo:acme/shop:ref:refs/heads/gh-readonly-queue/main/pr-1`" in found.message
