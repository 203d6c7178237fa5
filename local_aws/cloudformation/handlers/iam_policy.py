"""AWS::IAM::Policy and AWS::IAM::InstanceProfile.

Sources: their pages in the AWS CloudFormation Template Reference, and the AWS Identity and Access Management API
Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Members, same

_MISSING = ("NoSuchEntity",)


def _inline(kind: str) -> Members:
    """Return the policy in each role, user or group that the property names."""
    name = {f"{kind}Name": "it", "PolicyName": "p.PolicyName"}
    return Members(
        f"p.{kind}s",
        Call(f"Put{kind}Policy", {**name, "PolicyDocument": "text(p.PolicyDocument)"}),
        Call(f"Delete{kind}Policy", name),
        outlive=True,
    )


class IamPolicy(ApiHandler):
    """A policy that is written into roles, users and groups: it is no thing of its own."""

    type_name = "AWS::IAM::Policy"
    api = Api(
        service="iam",
        made_id={"Id": "name"},
        read=None,
        found="@",
        missing=_MISSING,
        members=tuple(_inline(kind) for kind in ("Role", "User", "Group")),
        name="id.Id",
        ref="id.Id",
    )


class IamInstanceProfile(ApiHandler):
    """What hands a role to instances."""

    type_name = "AWS::IAM::InstanceProfile"
    also_modelled = ("InstanceProfileName",)
    api = Api(
        service="iam",
        create=(Call("CreateInstanceProfile", same("Path", InstanceProfileName="name")),),
        made_id={"InstanceProfileName": "name"},
        read=Call("GetInstanceProfile", {"InstanceProfileName": "id.InstanceProfileName"}),
        found="InstanceProfile",
        missing=_MISSING,
        delete=(Call("DeleteInstanceProfile", {"InstanceProfileName": "id.InstanceProfileName"}),),
        members=(
            Members(
                "p.Roles",
                Call("AddRoleToInstanceProfile", {"InstanceProfileName": "id.InstanceProfileName", "RoleName": "it"}),
                Call(
                    "RemoveRoleFromInstanceProfile",
                    {"InstanceProfileName": "id.InstanceProfileName", "RoleName": "it"},
                ),
                outlive=True,
            ),
        ),
        name="id.InstanceProfileName",
        ref="id.InstanceProfileName",
        arn="there.Arn",
        attributes={"Arn": "there.Arn"},
    )
