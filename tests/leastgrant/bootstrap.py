"""A bootstrap template like that of aws-cdk: `make test-slow` holds what is recorded of it to the real one."""

import json
from pathlib import Path
from typing import Any, cast

from leastgrant.knowledge import bootstrap

NAMES = {
    "FilePublishingRole": "file-publishing-role",
    "ImagePublishingRole": "image-publishing-role",
    "LookupRole": "lookup-role",
    "DeploymentActionRole": "deploy-role",
}
MANAGED = {"LookupRole": "ReadOnlyAccess", "DeploymentActionRole": "AWSCloudFormationReadOnlyAccess"}


def substituted(value: Any) -> Any:
    match value:
        case str():
            text = value.replace("${Account}", "${AWS::AccountId}")
            return {"Fn::Sub": text.replace("${Partition}", "${AWS::Partition}").replace("${Region}", "${AWS::Region}")}
        case list():
            return [substituted(item) for item in cast("list[Any]", value)]
        case dict():
            kept = ("Effect", "Sid", "Action")
            members = cast("dict[str, Any]", value).items()
            return {key: item if key in kept else substituted(item) for key, item in members}
        case _:
            return value


def bootstrap_template() -> dict[str, Any]:
    recorded = json.loads(bootstrap.DATA_FILE.read_text(encoding="utf-8"))["roles"]
    account = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}}
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": {"Ref": "TrustedAccounts"}}}
    none = {"Ref": "AWS::NoValue"}
    roles: dict[str, Any] = {
        role: {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": substituted(f"cdk-${{Qualifier}}-{name}-${{Account}}-${{Region}}"),
                "AssumeRolePolicyDocument": {"Statement": [account, {"Fn::If": ["Trusting", trusted, none]}]},
                "Policies": [{"PolicyName": "default", "PolicyDocument": {"Statement": substituted(recorded[role])}}],
                "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{MANAGED[role]}"] if role in MANAGED else [],
            },
        }
        for role, name in NAMES.items()
    }
    cloudformation = account | {"Principal": {"Service": "cloudformation.amazonaws.com"}}
    admin = [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}]
    boundary = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${InputPermissionsBoundary}"
    roles["CloudFormationExecutionRole"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": substituted("cdk-${Qualifier}-cfn-exec-role-${Account}-${Region}"),
            "AssumeRolePolicyDocument": {"Statement": [cloudformation]},
            "ManagedPolicyArns": {"Fn::If": ["Given", {"Ref": "CloudFormationExecutionPolicies"}, admin]},
            "PermissionsBoundary": {"Fn::If": ["Bounded", {"Fn::Sub": boundary}, none]},
        },
    }
    listed = ("TrustedAccounts", "CloudFormationExecutionPolicies")
    parameters = (*listed, "InputPermissionsBoundary", "FileAssetsBucketKmsKeyId")

    def stated(name: str) -> dict[str, Any]:
        value: dict[str, Any] = {"Ref": name}
        return {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", value]} if name in listed else value]}]}

    return {
        "Parameters": {
            **{
                name: {"Type": "CommaDelimitedList" if name in listed else "String", "Default": ""}
                for name in parameters
            },
            "Qualifier": {"Type": "String", "Default": bootstrap.DEFAULT_QUALIFIER},
        },
        "Conditions": {
            "Trusting": stated("TrustedAccounts"),
            "Given": stated("CloudFormationExecutionPolicies"),
            "Bounded": stated("InputPermissionsBoundary"),
        },
        "Resources": roles,
    }


def write_bootstrap(path: Path, *, without: str = "", role: str = "", extra: dict[str, Any] | None = None) -> Path:
    """Write the template; of every role without an action, or with one more statement of one role."""
    template = bootstrap_template()
    for name, resource in template["Resources"].items():
        for policy in resource["Properties"].get("Policies", []):
            statements = policy["PolicyDocument"]["Statement"]
            for statement in statements:
                actions = statement["Action"]
                listed = [actions] if isinstance(actions, str) else actions
                statement["Action"] = [action for action in listed if action != without] or ["sts:GetSessionToken"]
            if extra is not None and name == role:
                statements.append(extra)
    path.write_text(json.dumps(template))
    return path
