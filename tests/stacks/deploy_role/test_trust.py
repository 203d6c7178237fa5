"""A trust names one branch of one repository, or cannot be made."""

from typing import Any, cast

import pytest

from stacks.deploy_role.trust import Audience, GitHubSubject, GitHubTrust, ImmutableIds

SUBJECT = GitHubSubject.for_branch("DataTalksClub", "dataops", "main")


def test_the_plain_subject() -> None:
    assert str(SUBJECT) == "repo:DataTalksClub/dataops:ref:refs/heads/main"


def test_the_immutable_subject() -> None:
    subject = GitHubSubject.for_branch_of("DataTalksClub", "dataops", "main", ImmutableIds("72699292", "1042"))
    assert str(subject) == "repo:DataTalksClub@72699292/dataops@1042:ref:refs/heads/main"


@pytest.mark.parametrize(
    ("owner", "repo", "branch", "message"),
    [
        ("", "dataops", "main", "owner must be"),
        ("*", "dataops", "main", "owner must be"),
        ("DataTalksClub", "", "main", "repo must be"),
        ("DataTalksClub", "data*", "main", "repo must be"),
        ("DataTalksClub", "dataops", "", "branch must be"),
        ("DataTalksClub", "dataops", "*", "branch must be"),
        ("DataTalksClub", "dataops", "release-?", "branch must be"),
        ("DataTalksClub", "dataops", "${aws:PrincipalTag/x}", "branch must be"),
        ("DataTalksClub/dataops:ref:refs/heads/main", "dataops", "main", "owner must be"),
    ],
)
def test_refuses_wildcards_and_nothing(owner: str, repo: str, branch: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        GitHubSubject.for_branch(owner, repo, branch)


@pytest.mark.parametrize(
    ("owner_id", "repo_id", "named"), [("", "1", "owner_id"), ("1", "*", "repo_id"), ("x", "1", "owner_id")]
)
def test_refuses_ids_that_are_no_ids(owner_id: str, repo_id: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} must be the digits of a GitHub id"):
        ImmutableIds(owner_id, repo_id)


def test_refuses_text_for_typed_values() -> None:
    with pytest.raises(TypeError, match="subject must be a GitHubSubject"):
        GitHubTrust("aws", "817685572750", "repo:DataTalksClub/*")  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(TypeError, match="audience must be an Audience"):
        GitHubTrust("aws", "817685572750", SUBJECT, "*")  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(ValueError, match="partition must be one of AWS's, not '\\*'"):
        GitHubTrust("*", "817685572750", SUBJECT)
    with pytest.raises(ValueError, match="must be an AWS account id"):
        GitHubTrust("aws", "*", SUBJECT)


def test_the_document_is_one_statement_with_both_claims() -> None:
    assert GitHubTrust("aws", "817685572750", SUBJECT).document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": "arn:aws:iam::817685572750:oidc-provider/token.actions.githubusercontent.com"
                },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        "token.actions.githubusercontent.com:aud": Audience.AWS_STS.value,
                        "token.actions.githubusercontent.com:sub": "repo:DataTalksClub/dataops:ref:refs/heads/main",
                    }
                },
            }
        ],
    }


def test_the_workflow_and_the_repositorys_id_are_asked_for_too() -> None:
    trust = GitHubTrust("aws", "817685572750", SUBJECT, workflow="deploy.yml", repository_id="1296269")
    (statement,) = cast("list[dict[str, Any]]", trust.document["Statement"])
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:DataTalksClub/dataops:ref:refs/heads/main",
            f"{issuer}:job_workflow_ref": "DataTalksClub/dataops/.github/workflows/deploy.yml@refs/heads/main",
            f"{issuer}:repository_id": "1296269",
        }
    }


@pytest.mark.parametrize("wrong", [{"workflow": "*.yml"}, {"workflow": "../a.yml"}, {"repository_id": "12*"}])
def test_refuses_a_workflow_or_an_id_that_is_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        GitHubTrust("aws", "817685572750", SUBJECT, **wrong)  # pyright: ignore[reportArgumentType]  any of its texts


IN_PRODUCTION = GitHubSubject.for_environment("DataTalksClub", "dataops", "main", "production")


def test_an_environment_is_trusted_on_the_branch_and_in_the_workflow_alone() -> None:
    trust = GitHubTrust("aws", "817685572750", IN_PRODUCTION, workflow="deploy.yml")
    (statement,) = cast("list[dict[str, Any]]", trust.document["Statement"])
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:DataTalksClub/dataops:environment:production",
            f"{issuer}:ref": "refs/heads/main",
            f"{issuer}:job_workflow_ref": "DataTalksClub/dataops/.github/workflows/deploy.yml@refs/heads/main",
        }
    }
    with pytest.raises(ValueError, match=r"^workflow must be named with an environment"):
        GitHubTrust("aws", "817685572750", IN_PRODUCTION)
    for environment in ("*", "a:b"):
        with pytest.raises(ValueError, match=r"^environment must be"):
            GitHubSubject.for_environment("DataTalksClub", "dataops", "main", environment)
