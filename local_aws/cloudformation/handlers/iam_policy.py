"""AWS::IAM::Policy: an inline policy of roles, users and groups.

Source: its page in the AWS CloudFormation Template Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Members


def _of(kind: str) -> Members:
    named = {f"{kind}Name": "it", "PolicyName": "p.PolicyName"}
    return Members(
        f"p.{kind}s",
        Call(f"Put{kind}Policy", {**named, "PolicyDocument": "text(p.PolicyDocument)"}),
        Call(f"Delete{kind}Policy", named),
        outlive=True,
    )


class IamPolicy(ApiHandler):
    """A policy that is in each of those it is for, and is no thing of its own."""

    type_name = "AWS::IAM::Policy"
    api = Api(
        service="iam",
        made_id={"Id": "name"},
        read=None,
        found="@",
        missing=("NoSuchEntity",),
        members=(_of("Role"), _of("User"), _of("Group")),
        name="id.Id",
        ref="id.Id",
    )
