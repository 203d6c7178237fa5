"""CDK context becomes settings, or one sentence that names the key."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

from settings import Settings, SettingsError
from settings.model import key_of

LIVE = Path(__file__).parents[2] / "live"


def test_every_live_parameter_is_a_setting_with_the_same_default(context: dict[str, Any]) -> None:
    setting_of = {
        "DeployRoleName": "deployRoleName",
        "FullDocsStackName": "appStackName",
        "FullDocsRegion": "region",
        "SamArtifactBucketName": "artifactBucket",
        "GitHubOwner": "githubOwner",
        "GitHubRepo": "githubRepo",
        "GitHubBranch": "githubBranch",
        "GitHubTokenSecretName": "githubTokenSecretName",
        "BasicAuthUsername": "basicAuthUsername",
        "BasicAuthPasswordSecretName": "basicAuthPasswordSecretName",
        "DataOpsEnvironment": "dataopsEnvironment",
        "ExportArchivePrefix": "exportArchivePrefix",
        "ExportArchiveRetentionDays": "exportArchiveRetentionDays",
    }
    live = {
        name: default
        for stack in ("dataops-v1", "dataops-v1-github-actions")
        for name, default in json.loads((LIVE / f"{stack}.json").read_text())["Parameters"].items()
    }
    assert {name: context[setting_of[name]] for name in live} == live


def test_cdk_json_holds_every_setting(context: dict[str, Any]) -> None:
    settings = Settings.from_context(context)
    assert {key_of(f.name): getattr(settings, f.name) for f in fields(settings)}.items() <= context.items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"githubBrnch": "main"}, "githubBrnch: no such setting; did you mean 'githubBranch'?"),
        ({"stackname": "x"}, "stackname: no such setting; did you mean 'appStackName'?"),
        ({"github-owner": "x"}, "github-owner: no such setting; did you mean 'githubOwner'?"),
        ({"REGION": "eu-west-1"}, "REGION: no such setting; did you mean 'region'?"),
        ({"github:branch": "dev"}, "github:branch: no such setting; did you mean 'githubBranch'?"),
        ({"x\ny": "1"}, "'x\\ny': no such setting"),
        ({"appStackName": "dataops-of-a-very-long-name"}, "appStackName: must have at most 24 characters, not 27"),
        (
            {"githubTokenSecretName": "dataops-v1/work-engine/portal-secret"},
            "githubTokenSecretName: 'dataops-v1/work-engine/portal-secret' is the app's own secret's name",
        ),
        ({"region": "eu-west-7"}, "region: must be an AWS region, not 'eu-west-7'; did you mean"),
        (
            {"exportArchiveRetentionDays": "30"},
            "exportArchiveRetentionDays: must be a whole number of days, 90 or more",
        ),
        ({"roleStackName": "dataops-v1"}, "roleStackName: must differ from appStackName, 'dataops-v1'"),
        ({"deployRoleName": "dataops-v1-deployer"}, "deployRoleName: must not begin with 'dataops-v1-'"),
        ({"artifactBucket": "dataops-v1-artifacts"}, "artifactBucket: must not begin with 'dataops-v1-'"),
        # IAM and Lambda tell no two names apart by case
        ({"deployRoleName": "DataOps-V1-deployer"}, "deployRoleName: must not begin with 'dataops-v1-'"),
        (
            {"appStackName": "DataOps-V1", "deployRoleName": "dataops-v1-deployer"},
            "deployRoleName: must not begin with 'DataOps-V1-'",
        ),
    ],
)
def test_refuses_what_is_wrong_by_naming_the_key(
    context: dict[str, Any], change: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_context(context | change)
    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


def test_refuses_a_missing_key(context: dict[str, Any]) -> None:
    without = {key: value for key, value in context.items() if key != "account"}
    with pytest.raises(SettingsError, match=r"^account: missing; set it in cdk.json under 'context', or with -c"):
        Settings.from_context(without)


def test_leaves_the_keys_of_cdk_alone(context: dict[str, Any], settings: Settings) -> None:
    more = {"aws:cdk:enable-path-metadata": True, "@aws-cdk/core:newFlag": True, "acknowledged-issue-numbers": [1]}
    assert Settings.from_context(context | more) == settings


def test_holds_every_value_to_its_rule_however_it_is_made(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^githubBranch: must be one branch's name"):
        replace(settings, github_branch="*")


def test_cannot_be_changed(settings: Settings) -> None:
    with pytest.raises(FrozenInstanceError):
        settings.github_branch = "other"  # pyright: ignore[reportAttributeAccessIssue]  the refusal is what is tested


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read as JSON: [Errno 2]"),
        ("{", "cannot be read as JSON: Expecting property name"),
        ("[" * 100_000, "cannot be read as JSON: nested too deep"),
        ("[]", "context: must be an object that holds the settings"),
        ('{"context": 1}', "context: must be an object that holds the settings"),
    ],
)
def test_refuses_a_file_that_is_no_cdk_json(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "cdk.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        Settings.from_file(path)
    assert f"{path}: {message}" in str(refusal.value)


def test_what_narrows_the_trust_is_off_where_it_is_left_out(context: dict[str, Any]) -> None:
    narrowing = {"githubWorkflow", "githubEnvironment", "githubRepositoryId"}
    settings = Settings.from_context({key: value for key, value in context.items() if key not in narrowing})
    assert (settings.github_workflow, settings.github_environment, settings.github_repository_id) == ("", "", "")


@pytest.mark.parametrize(
    "change",
    [
        {"githubWorkflow": "deploy"},
        {"githubWorkflow": "*.yml"},
        {"githubRepositoryId": 1296269},
        {"githubEnvironment": "*"},
        {"githubEnvironment": "production:main"},
    ],
)
def test_what_narrows_the_trust_is_checked(change: dict[str, Any], context: dict[str, Any]) -> None:
    (key,) = change
    with pytest.raises(SettingsError, match=f"^{key}: must be"):
        Settings.from_context({**context, **change})


def test_an_environment_is_trusted_in_one_workflow_alone(context: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^githubEnvironment: 'production' needs githubWorkflow: any workflow"):
        Settings.from_context({**context, "githubEnvironment": "production"})
    made = Settings.from_context({**context, "githubEnvironment": "production", "githubWorkflow": "deploy.yml"})
    assert made.github_environment == "production"
