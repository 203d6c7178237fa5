"""Who can assume the role is who is declared: every departure has a witness that the policy admits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.document import TrustPolicy, parse_trust_policy
from leastgrant.iam.evaluation import AssumeRequest, Outcome, evaluate_trust
from leastgrant.iam.trust import WEB_IDENTITY
from leastgrant.proof.finding import Kind
from leastgrant.proof.trust import Trusted, others_trusted

GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"
GITLAB = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
MAIN = "repo:o/r:ref:refs/heads/main"
ACCOUNT = "arn:aws:iam::123456789012:root"
ARN = "aws:PrincipalArn"
AUD, SUB = f"{GITHUB}:aud", f"{GITHUB}:sub"
STS = "sts.amazonaws.com"
TRUSTED = Trusted(PROVIDER, (STS,), (MAIN,))


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": WEB_IDENTITY,
        "Condition": {"StringEquals": {AUD: STS, SUB: MAIN}},
    } | changes


def when(**operators: dict[str, Any]) -> dict[str, Any]:
    """Conditions; `__` stands for the colon after a quantifier."""
    return {"Condition": {operator.replace("__", ":"): keys for operator, keys in operators.items()}}


def deny(**changes: Any) -> dict[str, Any]:
    return statement(**{"Effect": "Deny", "Principal": "*", "Action": "*"} | changes)


def assumed_by(**principal: str) -> dict[str, Any]:
    return {"Principal": principal, "Action": "sts:AssumeRole", "Condition": {}}


def trust(*statements: dict[str, Any]) -> TrustPolicy:
    return parse_trust_policy({"Version": "2012-10-17", "Statement": list(statements)}, "trust")


def messages(*statements: dict[str, Any], trusted: Trusted = TRUSTED) -> list[str]:
    return [finding.message for finding in others_trusted(trust(*statements), trusted)]


DENY_OTHERS = deny(**when(StringNotEquals={SUB: MAIN}))


@pytest.mark.parametrize(
    "statements",
    [
        [statement()],
        [statement(), statement()],
        [statement(**when(StringLike={SUB: MAIN}, StringEquals={AUD: [STS]}))],
        [statement(**when(StringEquals={AUD: STS})), DENY_OTHERS],
        [statement(), statement(Action="sts:AssumeRole")],
        [statement(), statement(Principal={"AWS": "123456789012"})],
        [statement(), deny(**when(StringEquals={SUB: "repo:o/r:pull_request"}))],
        [statement(), statement(**when(StringEquals={SUB: ["repo:o/r:pull_request"], AUD: STS}, Null={AUD: "true"}))],
        [statement(**when(StringEquals={AUD: STS, SUB: MAIN}, StringLike={"sts:RoleSessionName": "deploy-*"}))],
    ],
)
def test_a_policy_that_admits_just_the_declared_tokens(statements: list[dict[str, Any]]) -> None:
    assert messages(*statements) == []


NOT = "assume the role, which is not declared"
STRANGE, ELSEWHERE = "a job of", f"of another owner's repository {NOT}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            when(StringEquals={AUD: STS}),
            f"{STRANGE} another branch {ELSEWHERE}: aud {STS}, sub repo:any/any:ref:refs/heads/any",
        ),
        (when(StringEquals={SUB: MAIN}), f"a token for another audience {NOT}: sub {MAIN}, aud any"),
        (
            when(StringEquals={AUD: STS}, StringLike={SUB: "repo:o/*"}),
            f"a job of another branch of another repository of o {NOT}: aud {STS}, sub repo:o/any:ref:refs/heads/any",
        ),
        (
            when(StringEquals={AUD: STS}, StringLike={SUB: "repo:o/r:*"}),
            f"a job of another branch of o/r {NOT}: aud {STS}, sub repo:o/r:ref:refs/heads/any",
        ),
        (
            when(StringEquals={AUD: STS}, StringLike={SUB: "*:ref:refs/heads/main"}),
            f"{STRANGE} the same place {ELSEWHERE}: aud {STS}, sub repo:any/any:ref:refs/heads/main",
        ),
        (
            when(StringEquals={AUD: STS}, StringLike={SUB: "repo:o/r:ref:refs/heads/mai?"}),
            f"a job whose subject has other upper and lower case {NOT}: aud {STS}, sub repo:o/r:ref:refs/heads/maiN",
        ),
        (
            when(StringEquals={AUD: STS}, StringLike={SUB: "repo:o/r:ref:refs/heads/main*"}),
            f"a token with another subject {NOT}: aud {STS}, sub repo:o/r:ref:refs/heads/mainx",
        ),
        (
            when(StringEquals={AUD: STS, SUB: [MAIN, "repo:o/r:pull_request"]}),
            f"a job of a pull request of o/r {NOT}: aud {STS}, sub repo:o/r:pull_request",
        ),
        (
            when(StringEquals={AUD: [STS, "other"], SUB: MAIN}),
            f"a token for another audience {NOT}: sub {MAIN}, aud other",
        ),
        (
            when(StringEquals={AUD: STS}, StringEqualsIgnoreCase={SUB: MAIN}),
            f"a job whose subject has other upper and lower case {NOT}: aud {STS}, sub Repo:o/r:ref:refs/heads/main",
        ),
        (
            when(StringEquals={AUD: STS}, StringEqualsIfExists={SUB: MAIN}),
            f"a token with another subject {NOT}: aud {STS}, sub absent",
        ),
        (
            when(StringEquals={AUD: STS}, ForAllValues__StringEquals={SUB: MAIN}),
            f"a token with another subject {NOT}: aud {STS}, sub absent",
        ),
        (
            when(StringEquals={AUD: STS}, ForAnyValue__StringEquals={SUB: MAIN}),
            f"a token with another subject {NOT}: aud {STS}, sub {MAIN} and empty",
        ),
        (
            when(StringEquals={AUD: STS}, ForAnyValue__StringLike={SUB: "repo:o/r:environment:*"}),
            f"a job of an environment of o/r {NOT}: aud {STS}, sub repo:o/r:environment:any",
        ),
        (
            when(StringEquals={AUD: STS}, StringNotEquals={SUB: "repo:o/r:pull_request"}),
            f"{STRANGE} another branch {ELSEWHERE}: aud {STS}, sub repo:any/any:ref:refs/heads/any",
        ),
        ({"Action": "sts:*"}, f"a declared job tag its session, which is not declared: aud {STS}, sub {MAIN}"),
        (
            {"Action": [WEB_IDENTITY, "sts:TagSession"]},
            f"a declared job tag its session, which is not declared: aud {STS}, sub {MAIN}",
        ),
        ({"Principal": {"Federated": GITLAB}}, f"Federated principal {GITLAB} {NOT}: aud {STS}, sub {MAIN}"),
        (assumed_by(AWS=ACCOUNT), f"AWS principal {ACCOUNT} {NOT}"),
        (assumed_by(Service="lambda.amazonaws.com"), f"Service principal lambda.amazonaws.com {NOT}"),
        (assumed_by(AWS="*"), f"a principal of any AWS account {NOT}"),
    ],
)
def test_each_weakness_has_a_witness(change: dict[str, Any], message: str) -> None:
    assert messages(statement(), statement(**change)) == [f"trust.Statement[1] lets {message}"]


def test_what_a_pattern_and_a_deny_leave_over_of_one_key_has_a_witness() -> None:
    ci = statement(Principal={"AWS": "*"}, Action="sts:AssumeRole", **when(ArnLike={ARN: "arn:aws:iam::*:role/ci-*"}))
    others = deny(Principal={"AWS": "*"}, **when(ArnNotLike={ARN: "arn:aws:iam::111111111111:*"}))
    (message,) = messages(statement(), ci, others | {"Action": "sts:AssumeRole"})
    assert message.endswith(f"a principal of any AWS account {NOT}: principalarn arn:aws:iam::111111111111:role/ci-")


def test_who_names_the_session_as_himself_has_a_witness() -> None:
    named = when(StringLike={"sts:RoleSessionName": "${aws:username}"})
    (message,) = messages(statement(), statement(Principal={"AWS": "*"}, Action="sts:AssumeRole", **named))
    assert message.endswith(f"a principal of any AWS account {NOT}: username x, rolesessionname x")


def test_what_is_not_decided_is_a_finding() -> None:
    others = {"Principal": {"AWS": "*"}, "Action": "sts:TagSession"}
    tagging = statement(**others, **when(ForAnyValue__StringLike={"aws:TagKeys": "*"}))
    denied = deny(**others, **when(StringLike={"aws:TagKeys": "*"}))  # of several tags the guide says nothing
    (finding,) = others_trusted(trust(statement(), tagging, denied), TRUSTED)
    assert finding.kind is Kind.UNDECIDED
    assert finding.message == (
        "it is not decided whether trust.Statement[1] lets a principal of any AWS account tag its session, "
        "other than declared: it is not known what a condition without ForAllValues or ForAnyValue does with several "
        "values of aws:tagkeys"
    )
    assert finding.id == "undecided[sts:TagSession arn:aws:iam::000000000000:role/any]"


def test_what_a_deny_leaves_over_has_a_witness() -> None:
    hole = deny(**when(StringNotLike={SUB: [MAIN, "repo:o/r:hole-??"]}))
    (message,) = messages(statement(**when(StringEquals={AUD: STS})), hole)
    assert message.endswith(f"a token with another subject {NOT}: aud {STS}, sub repo:o/r:hole-xx")


@pytest.mark.parametrize("change", [{"Principal": "*"}, {"NotPrincipal": {"Federated": GITLAB}, "Principal": None}])
def test_a_principal_that_is_everyone_has_a_witness_of_each_kind(change: dict[str, Any]) -> None:
    changed = {key: value for key, value in statement(Action="sts:*", **change).items() if value is not None}
    found = list(others_trusted(trust(changed), TRUSTED))
    assert {finding.kind for finding in found} == {Kind.TRUST}
    assert [finding.action for finding in found] == [
        "sts:TagSession",
        "sts:AssumeRole",
        WEB_IDENTITY,
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRole",
    ]


@pytest.mark.parametrize(
    ("statements", "because"),
    [
        ([statement(Principal={"Federated": GITLAB})], f": aud {STS}, sub {MAIN}"),
        ([statement(Action="sts:AssumeRole")], f": aud {STS}, sub {MAIN}"),
        ([statement(**when(StringEquals={AUD: STS, SUB: "repo:o/R:ref:refs/heads/main"}))], f": aud {STS}, sub {MAIN}"),
        ([statement(), deny(Condition={})], f": aud {STS}, sub {MAIN}"),
        (
            [statement(**when(StringEquals={AUD: STS, SUB: MAIN, f"{GITHUB}:actor": "me"}))],
            f": aud {STS}, sub {MAIN}, actor absent",
        ),
    ],
)
def test_a_declared_token_that_is_refused(statements: list[dict[str, Any]], because: str) -> None:
    (finding,) = (f for f in others_trusted(trust(*statements), TRUSTED) if "refuses" in f.message)
    assert finding.message == f"the trust policy refuses a declared token{because}"
    assert finding.id == f"trust[{WEB_IDENTITY} {MAIN}]"


def test_each_declared_subject_must_be_admitted() -> None:
    both = Trusted(PROVIDER, (STS,), (MAIN, "repo:o/r:environment:live"))
    (message,) = messages(statement(), trusted=both)
    assert message.endswith("sub repo:o/r:environment:live")
    assert messages(statement(**when(StringEquals={AUD: STS, SUB: list(both.subjects)})), trusted=both) == []


@pytest.mark.parametrize("arguments", [(GITHUB, (STS,), (MAIN,)), (PROVIDER, (), (MAIN,)), (PROVIDER, (STS,), ())])
def test_what_declares_no_token_is_refused(arguments: Any) -> None:
    with pytest.raises(ValueError, match=r"OIDC provider|no token"):
        Trusted(*arguments)


subjects = st.sampled_from([MAIN, "repo:o/r:pull_request", "repo:o/x:ref:refs/heads/main", "x", MAIN + "x"])
patterns = st.sampled_from([MAIN, "repo:o/r:*", "*", "repo:o/?:ref:refs/heads/main", MAIN + "*", "x"])
_operators = ["StringEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotEquals"]
conditions = st.dictionaries(
    st.sampled_from(_operators),
    st.dictionaries(st.sampled_from([AUD, SUB]), st.lists(patterns | st.just(STS), min_size=1, max_size=2), min_size=1),
    max_size=3,
)


def drawn(effect: str, block: dict[str, Any]) -> dict[str, Any]:
    return statement(Effect=effect, Condition=block)


policies = st.lists(st.builds(drawn, st.sampled_from(["Allow", "Allow", "Deny"]), conditions), max_size=2)


@given(policies, st.lists(st.tuples(st.sampled_from([STS, "x"]), subjects)))
def test_silence_is_proof(policy: list[dict[str, Any]], tokens: list[tuple[str, str]]) -> None:
    parsed = trust(statement(), *policy)
    if list(others_trusted(parsed, TRUSTED)):
        return
    for audience, subject in [(STS, MAIN), *tokens]:
        request = AssumeRequest(WEB_IDENTITY, TRUSTED.principal, {AUD: (audience,), SUB: (subject,)})
        admitted = evaluate_trust(request, parsed).outcome is Outcome.ALLOWED
        assert admitted == ((audience, subject) == (STS, MAIN))


REPOSITORY, WORKFLOW = f"{GITHUB}:repository_id", f"{GITHUB}:job_workflow_ref"
DEPLOY = "o/r/.github/workflows/deploy.yml@refs/heads/main"
OF_ONE_WORKFLOW = Trusted(PROVIDER, (STS,), (MAIN,), (("repository_id", ("42",)), ("job_workflow_ref", (DEPLOY,))))
CLAIMS = {AUD: STS, SUB: MAIN, REPOSITORY: "42", WORKFLOW: DEPLOY}


def test_a_trust_that_asks_for_every_declared_claim_is_exact():
    assert messages(statement(**when(StringEquals=CLAIMS)), trusted=OF_ONE_WORKFLOW) == []


@pytest.mark.parametrize("claim", [REPOSITORY, WORKFLOW])
def test_a_claim_that_is_not_asked_for_lets_others_in(claim: str):
    asked = {key: value for key, value in CLAIMS.items() if key != claim}
    (message,) = messages(statement(**when(StringEquals=asked)), trusted=OF_ONE_WORKFLOW)
    assert "lets a token with other claims assume the role, which is not declared" in message


def test_a_pattern_of_a_claim_lets_others_in():
    asked = when(
        StringEquals={key: value for key, value in CLAIMS.items() if key != WORKFLOW},
        StringLike={WORKFLOW: "o/r/.github/workflows/*@refs/heads/main"},
    )
    assert len(messages(statement(**asked), trusted=OF_ONE_WORKFLOW)) == 1


def test_a_trust_that_asks_for_another_claim_refuses_the_declared_token():
    asked = when(StringEquals={**CLAIMS, REPOSITORY: "43"})
    found = messages(statement(**asked), trusted=OF_ONE_WORKFLOW)
    assert any(message.startswith("the trust policy refuses a declared token") for message in found)


def test_one_of_several_values_of_a_claim_may_not_be_refused():
    either = Trusted(PROVIDER, (STS,), (MAIN,), (("repository_id", ("42", "43")),))
    one = {AUD: STS, SUB: MAIN, REPOSITORY: "42"}
    assert len(messages(statement(**when(StringEquals=one)), trusted=either)) == 1
    assert messages(statement(**when(StringEquals={**one, REPOSITORY: ["42", "43"]})), trusted=either) == []


@pytest.mark.parametrize("claim", [("aud", ("x",)), ("", ("x",)), ("a:b", ("x",)), ("ref", ())])
def test_what_is_no_other_claim_is_refused(claim: tuple[str, tuple[str, ...]]):
    with pytest.raises(ValueError, match="is not a claim beside aud and sub with a value"):
        Trusted(PROVIDER, (STS,), (MAIN,), (claim,))
