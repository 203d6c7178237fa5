"""Pipelines against the trust of the role that their jobs assume, in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from leastgrant.workflow.tree import WorkflowError
from tests.leastgrant.workflow.gitlab.contract import (
    ARN,
    HOST,
    LOGIN,
    MAIN,
    ON_MAIN,
    OWN,
    TOKENS,
    findings,
    job,
    role,
    shown,
)

TAGS = f"{OWN}tag:ref:"
BRANCHES = f"{OWN}branch:ref:"


def test_a_pipeline_and_a_role_that_fit() -> None:
    assert findings(job()) == ()


def on(lines: str, *subjects: str) -> list[str]:
    return shown(findings(job(lines), trust=role(*(subjects or (MAIN,)))))


@pytest.mark.parametrize(
    ("lines", "subjects", "found"),
    [
        ("", (MAIN,), ["subject"]),
        ("", (f"{BRANCHES}*", f"{TAGS}*"), []),
        ("", ("project_path:acme/shop:*",), []),
        (ON_MAIN, (f"{BRANCHES}*",), ["wide"]),
        (ON_MAIN, (MAIN, f"{TAGS}v1"), ["wide"]),
        (ON_MAIN, ("project_path:acme/*:ref_type:branch:ref:main",), ["wide"]),
        (ON_MAIN, ("*",), ["wide"]),
        ("rules: [{if: $CI_COMMIT_TAG}]", (f"{TAGS}*",), []),
        ("rules: [{if: $CI_COMMIT_TAG}]", (MAIN,), ["subject"]),
        (r"rules: [{if: '$CI_COMMIT_TAG =~ /^v\d+\.\d+$/'}]", (f"{TAGS}v*",), []),
        (r"rules: [{if: '$CI_COMMIT_TAG =~ /^v\d+\.\d+$/'}]", (f"{TAGS}v1.*",), ["subject"]),
        (r"rules: [{if: '$CI_COMMIT_TAG =~ /^v\d+\.\d+$/'}]", (f"{TAGS}*",), ["wide"]),
        (r"rules: [{if: '$CI_COMMIT_BRANCH =~ /^(main|release\/.*)$/'}]", (MAIN, f"{BRANCHES}release/*"), []),
        (r"rules: [{if: '$CI_COMMIT_BRANCH =~ /^(main|release\/.*)$/'}]", (MAIN,), ["subject"]),
        # on a tag, and on a merge request, the variable is not set, and so is not main
        ("rules: [{if: $CI_COMMIT_BRANCH != 'main'}]", (f"{BRANCHES}*",), ["subject", "note outsider"]),
        ("rules: [{if: $CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH != 'main'}]", (f"{BRANCHES}*",), ["wide"]),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]", (MAIN,), ["note subject"]),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]", (f"{BRANCHES}dev",), ["note subject"]),
        ("rules: [{if: $CI_COMMIT_BRANCH, when: never}, {when: on_success}]", (f"{TAGS}*",), ["subject"]),
        ("rules: [{if: $CI_COMMIT_BRANCH, when: manual}]", (MAIN,), ["note subject"]),
        ("rules: [{changes: [infra/*], if: $CI_COMMIT_BRANCH == 'main'}]", (MAIN,), []),
        ("only: [main]", (MAIN,), ["subject"]),
        ("only: [main]", (MAIN, f"{TAGS}main"), []),
        ("only: {refs: [branches], variables: [$CI_COMMIT_REF_NAME == 'main']}", (MAIN,), []),
        ("only: [/^release-.*$/, tags]", (f"{BRANCHES}release-*", f"{TAGS}*"), []),
        ("only: [tags]\nexcept: [/^v0/]", (f"{TAGS}*",), ["wide"]),
        ("except: [branches]", (f"{TAGS}*",), []),
        ("when: never", (MAIN,), ["unknown"]),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]", (f"{BRANCHES}*",), ["note outsider"]),
        ("only: [merge_requests]", (f"{BRANCHES}*",), ["note outsider"]),
        ("only: [merge_requests]", (MAIN,), ["subject", "note outsider"]),
    ],
)
def test_where_a_job_runs_and_what_the_role_trusts(lines: str, subjects: tuple[str, ...], found: list[str]) -> None:
    assert on(lines, *subjects) == found


@pytest.mark.parametrize(
    ("workflow", "subjects", "found"),
    [
        ("rules: [{if: $CI_COMMIT_BRANCH == 'main'}]", (MAIN,), []),
        ("rules: [{if: $CI_COMMIT_TAG, when: never}, {if: $CI_COMMIT_BRANCH}]", (f"{BRANCHES}*",), []),
        ("rules: [{if: $CI_MERGE_REQUEST_IID}]", (f"{BRANCHES}*",), ["note outsider"]),
    ],
)
def test_the_rules_of_the_pipeline(workflow: str, subjects: tuple[str, ...], found: list[str]) -> None:
    assert shown(findings(f"workflow: {{{workflow}}}\n{job('')}", trust=role(*subjects))) == found


@pytest.mark.parametrize(
    ("condition", "variables", "found"),
    [
        ("$DEPLOY == 'yes'", {}, ["unknown"]),
        ("$DEPLOY == 'yes'", {"DEPLOY": "no"}, ["unknown"]),
        ("$DEPLOY == 'yes' && $CI_COMMIT_BRANCH == 'main'", {}, []),
        ("$CI_COMMIT_REF_PROTECTED == 'true'", {}, ["unknown"]),
        ("$CI_COMMIT_BRANCH == $RELEASE", {"RELEASE": "main"}, []),
        ("$CI_COMMIT_BRANCH =~ $RELEASE", {"RELEASE": "/^ma.n$/"}, ["subject"]),
        ("$CI_PROJECT_PATH == 'acme/shop' && $CI_COMMIT_BRANCH == 'main'", {}, []),
        ("$CI_PROJECT_NAMESPACE != 'acme'", {}, ["unknown"]),
        ("$CI_COMMIT_BRANCH ==", {}, ["unknown"]),
    ],
)
def test_what_a_rule_asks_of_variables(condition: str, variables: dict[str, str], found: list[str]) -> None:
    assert shown(findings(job(f'rules: [{{if: "{condition}"}}]'), variables=variables)) == found


def test_what_is_undecided_is_no_proof_and_says_how_it_can_be_decided() -> None:
    (found,) = findings(job("rules: [{if: $DEPLOY == 'yes'}]"))
    assert "whether `$DEPLOY == 'yes'` is so cannot be told before the pipeline" in found.message
    assert "--variable DEPLOY=..." in found.fix


def test_a_variable_of_the_file_may_be_another_where_a_person_starts_the_pipeline() -> None:
    text = "variables: {DEPLOY: 'no'}\n" + job("rules: [{if: $DEPLOY == 'yes'}]")
    assert shown(findings(text)) == ["unknown"]


# how a job is put together

BASE = f".aws:\n  {TOKENS}\n  before_script:\n    - {LOGIN}\n"


@pytest.mark.parametrize(
    "text",
    [
        BASE + f"deploy:\n  extends: .aws\n  {ON_MAIN}\n  script: [make]\n",
        BASE + f".main: {{{ON_MAIN}}}\ndeploy: {{extends: [.main, .aws], script: [make]}}\n",
        f".a: &a\n  {TOKENS}\n.b: &b\n  {ON_MAIN}\ndeploy:\n  <<: [*a, *b]\n  script: [{LOGIN!r}]\n",
        f".a: &a\n  {TOKENS}\n.b: &b\n  {ON_MAIN}\ndeploy:\n  <<: *a\n  <<: *b\n  script: [{LOGIN!r}]\n",
        BASE + f"deploy:\n  {TOKENS}\n  {ON_MAIN}\n  script: [!reference [.aws, before_script], make]\n",
        f".r: {{{ON_MAIN}}}\ndeploy:\n  {TOKENS}\n  rules: [!reference [.r, rules]]\n  script: [{LOGIN!r}]\n",
        f"default:\n  {TOKENS}\n  before_script: [{LOGIN!r}]\ndeploy:\n  {ON_MAIN}\n  script: [make]\n",
        job(script=LOGIN.replace(ARN, "$ROLE")) + f"variables: {{ROLE: {ARN}}}\n",
        job("variables: {ID: '123456789012'}\n" + ON_MAIN, LOGIN.replace("123456789012", "${ID}")),
        job("parallel: {matrix: [{ROLE: [deployer]}]}\n" + ON_MAIN, LOGIN.replace("deployer", "$ROLE")),
        job(script=f"ROLE={ARN}; " + LOGIN.replace(ARN, '"$ROLE"')),
        job(script=LOGIN.replace(" --", "\\\n      --")).replace("- aws", "- |\n      aws"),
        job(script=LOGIN.replace(" --", "\n      --")).replace("- aws", "- >\n      aws"),
        job("variables: {AWS_ROLE_ARN: '" + ARN + "', AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t}\n" + ON_MAIN, "aws s3 ls"),
        job(script=rf"'echo -e \"[profile p]\nrole_arn={ARN}\nweb_identity_token_file=/tmp/t\" > ~/.aws/config'"),
    ],
)
def test_how_people_write_it(text: str) -> None:
    assert findings(text) == ()
    assert shown(findings(text, trust=role(f"{BRANCHES}dev"))) == ["subject"]


def test_a_job_may_inherit_no_default() -> None:
    text = f"default:\n  {TOKENS}\ndeploy:\n  inherit: {{default: false}}\n  {ON_MAIN}\n  script: [{LOGIN!r}]\n"
    assert shown(findings(text)) == ["token"]


def test_what_it_includes_of_the_project_is_read() -> None:
    include = "include: [{local: /ci/aws.yml, inputs: {audience: 'https://gitlab.com'}}]\n"
    text = include + job(tokens="extends: .aws")
    base = f"spec: {{inputs: {{audience: {{default: x}}}}}}\n---\n.aws:\n  {TOKENS}\n"
    base = base.replace("https://gitlab.com", "'$[[ inputs.audience ]]'")
    assert findings(text, files={"ci/aws.yml": base}) == ()
    assert shown(findings(text.replace("https://gitlab.com", "y"), files={"ci/aws.yml": base})) == ["audience"]
    assert shown(findings(text)) == ["unknown", "token"]


@pytest.mark.parametrize(
    ("include", "named"),
    [
        ("{project: acme/ci, file: /aws.yml}", "project: acme/ci"),
        ("{remote: 'https://acme.org/aws.yml'}", "remote: https://acme.org/aws.yml"),
        ("{component: 'gitlab.com/acme/aws@1'}", "component: gitlab.com/acme/aws@1"),
        ("{template: Auto-DevOps.gitlab-ci.yml}", "template: Auto-DevOps.gitlab-ci.yml"),
        ("{local: 'ci/$NAME.yml'}", "local: ci/$NAME.yml"),
        ("https://acme.org/aws.yml", "https://acme.org/aws.yml"),
    ],
)
def test_what_is_not_read_is_said(include: str, named: str) -> None:
    (found,) = findings(f"include: [{include}]\n{job()}")
    assert (found.kind.value, f"`{named}` is not of the files that were read" in found.message) == ("unknown", True)


def test_a_reference_to_what_was_not_read() -> None:
    (found,) = findings(job().replace("  script:\n", "  before_script: [!reference [.other, script]]\n  script:\n"))
    assert "`!reference [.other, script]`" in found.message


# the role and the token


def test_a_role_that_cannot_be_told_is_judged_as_if_it_were_this_one() -> None:
    text = job("", LOGIN.replace(ARN, "$ROLE"))
    found = findings(text)
    assert shown(found) == ["subject", "unknown"]
    assert "--variable ROLE=..." in found[1].fix
    assert shown(findings(text, variables={"ROLE": ARN})) == ["subject"]
    assert shown(findings(text, variables={"ROLE": f"{ARN}-other"})) == ["unknown"]
    assert shown(findings(text, assumed_by=("deploy",))) == ["subject"]


def test_a_role_of_an_environment() -> None:
    text = job(f"environment: prod\n{ON_MAIN}", LOGIN.replace(ARN, "$ROLE"))
    assert findings(text, variables={"ROLE@prod": ARN, "ROLE": "x"}) == ()
    assert shown(findings(text, variables={"ROLE@dev": ARN, "ROLE": "x"})) == ["unknown"]


def test_a_token_whose_use_is_not_seen() -> None:
    (found,) = findings(job(script="./deploy.sh"))
    assert "what it does with it is not read" in found.message
    assert findings(job(), job(script="echo done", name="other")) == ()
    assert findings(job(), job(script="vault login", name="other", tokens="id_tokens: {V: {aud: https://vault}}")) == ()


def test_a_token_for_another_audience() -> None:
    found = findings(job(tokens=TOKENS.replace("gitlab.com", "acme.org")))
    assert [(one.kind.value, one.fix) for one in found] == [("audience", "ask for `https://gitlab.com` as `aud`")]
    both = job(tokens="id_tokens: {AWS_TOKEN: {aud: [https://gitlab.com, https://acme.org]}}")
    assert shown(findings(both)) == ["audience"]


@pytest.mark.parametrize("name", ["CI_JOB_JWT", "CI_JOB_JWT_V2"])
def test_a_token_that_gitlab_has_no_more(name: str) -> None:
    (found,) = findings(job(script=LOGIN.replace("AWS_TOKEN", name), tokens=""))
    assert f"assumes a role with `{name}`, which GitLab has no more since 17.0" in found.message


def test_a_misspelt_key_gives_no_token() -> None:
    (found,) = findings(job(tokens=TOKENS.replace("id_tokens", "id_token")))
    assert (found.kind.value, found.line) == ("token", 5)


@pytest.mark.parametrize(
    ("script", "lines", "found"),
    [
        (f"{LOGIN} --duration-seconds 3600", "", []),
        (f"{LOGIN} --duration-seconds 7200", "", ["duration"]),
        (f"{LOGIN} --duration-seconds 60", "", ["duration"]),
        (LOGIN, "variables: {AWS_DEFAULT_REGION: eu-west-1}\n", []),
        (LOGIN, "variables: {AWS_DEFAULT_REGION: us-east-1}\n", ["region"]),
        (LOGIN, "variables: {AWS_DEFAULT_REGION: $REGION}\n", []),
    ],
)
def test_the_session(script: str, lines: str, found: list[str]) -> None:
    assert shown(findings(job(lines + ON_MAIN, script))) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("", ["approval"]),
        ("environment: prod\n", []),
        ("environment: {name: prod, url: x}\n", []),
        ("environment: dev\n", ["approval"]),
        ("needs: [gate]\n", []),
        ("needs: [{job: gate}]\n", []),
    ],
)
def test_the_approval(lines: str, found: list[str]) -> None:
    gate = "gate: {environment: prod, script: [make]}\n"
    assert shown(findings(job(lines + ON_MAIN) + gate, approval="prod")) == found


def test_a_job_that_a_person_starts_is_approved() -> None:
    manual = "rules: [{if: $CI_COMMIT_BRANCH == 'main', when: manual}]"
    assert findings(job(manual), approval="prod") == ()


# what the trust is wrong about


@pytest.mark.parametrize(
    ("subject", "operator", "fix"),
    [
        ("project_path:acme/shop:*", "StringEquals", "`*` stands for itself"),
        ("project_path:ACME/shop:ref_type:branch:ref:main", "StringEquals", "compared with their case"),
        ("project_path:acme/shop:ref_type:branch", "StringEquals", "is how subjects begin"),
        ("project_path:acme/shop:ref:refs/heads/main", "StringEquals", "write `" + MAIN),
        ("repo:acme/shop:ref:refs/heads/main", "StringEquals", "write `" + MAIN),
        ("project_path:acme/shop:environment:prod", "StringEquals", "ci_id_token_sub_claim_components"),
    ],
)
def test_the_cause_is_named_where_it_is_seen(subject: str, operator: str, fix: str) -> None:
    (found,) = (one for one in findings(job(), trust=role(subject, operator=operator)) if one.kind.value == "subject")
    assert fix in found.fix


def test_a_role_of_another_issuer() -> None:
    (found,) = findings(job(), trust=role(MAIN, host="git.acme.org"))
    assert "--issuer git.acme.org" in found.fix
    assert findings(job(), trust=role(MAIN, host="git.acme.org"), issuer="git.acme.org") == ()


def test_a_key_that_aws_does_not_compare() -> None:
    found = findings(job(), trust=role(MAIN, claims={f"{HOST}:environment": "prod"}))
    assert "also asks for gitlab.com:environment" in found[0].message


def test_others_than_gitlab_that_the_role_trusts() -> None:
    root = {"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}
    assert shown(findings(job(), trust=role(MAIN, others=[root]))) == ["wide"]


# bad input


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty; a pipeline has jobs"),
        ("- a", "expected a map of jobs"),
        ("a: [", "not valid YAML"),
        ("a: !other x", "GitLab reads no tag"),
        ("a: {script: x}\n---\nb: {script: x}\n---\nc: {script: x}", "one more YAML document begins"),
        ("a: {extends: b}\nb: {extends: a}", "extend one another in a circle"),
        ("a: {script: !reference [a, script]}", "references go in a circle"),
        ("a: {script: [x], rules: [x]}", "expected a rule such as"),
        ("a: {script: [x], rules: [{if: [x]}]}", "expected text"),
        ("a: {script: [x], id_tokens: [x]}", "expected a map"),
        ("a: {extends: {x: y}}", "expected a list"),
        ("include: {local: {a: b}}", "expected text"),
    ],
)
def test_bad_input_is_one_line(text: str, problem: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        findings(text)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_include_one_another() -> None:
    with pytest.raises(WorkflowError, match="include one another in a circle"):
        findings("include: a.yml\n" + job(), files={"a.yml": "include: a.yml\n"})


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"project": "shop"}, "is no project"),
        ({"default_branch": "refs/heads/main"}, "is no branch"),
        ({"regions": ()}, "no region is given"),
        ({"role_arn": "deployer"}, "is no role's ARN"),
        ({"subject_components": ("project_path", "environment")}, "are not"),
    ],
)
def test_bad_facts(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        findings(job(), **facts)
