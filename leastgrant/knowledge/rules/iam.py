"""AWS Identity and Access Management."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName
from leastgrant.knowledge.rule import Rule, advisory, required

_API = "Actions, AWS Identity and Access Management API Reference"
_DEPLOYED = "role dataops-github-actions-deploy, which made the roles of stack dataops-v1 without it, June 2026"
_DESCRIPTION = "github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1923"
_TAGGED = "github.com/code-dot-org/code-dot-org/pull/67413"
_VERSIONS = "github.com/aws-amplify/amplify-cli/issues/6363"

_ATTACHED = {
    "role": "Roles",
    "user": "Users",
    "group": "Groups",
}

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::IAM::OIDCProvider": (
        required(
            "iam:RemoveClientIDFromOpenIDConnectProvider",
            on="update",
            when="ClientIdList",
            reason="each client is added and removed by a call of its own",
            source=_API,
        ),
    ),
    "AWS::IAM::Role": (
        required(
            "iam:PutRolePolicy",
            "iam:GetRolePolicy",
            "iam:DeleteRolePolicy",
            when="Policies",
            reason="inline policies",
            source=_API,
        ),
        required(
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            when="ManagedPolicyArns",
            reason="attached policies",
            source=_API,
        ),
        required(
            "iam:ListAttachedRolePolicies",
            on="create read update",
            when="ManagedPolicyArns",
            reason="attached policies",
            source=_API,
        ),
        advisory(
            "iam:ListAttachedRolePolicies",
            on="delete",
            when="ManagedPolicyArns",
            reason="roles without it delete roles: the template names the policies",
            source="github.com/awslabs/aws-saas-boost, resources/saas-boost-svc-onboarding.yaml",
        ),
        required(
            "iam:UpdateRole",
            when="Description MaxSessionDuration",
            reason="UpdateRole changes the description and the session's length, nothing else",
            source=_API,
        ),
        required(
            "iam:UpdateRoleDescription",
            when="Description",
            reason="CloudFormation writes a changed description with the older call",
            source=_DESCRIPTION,
        ),
        required(
            "iam:UpdateAssumeRolePolicy",
            when="AssumeRolePolicyDocument",
            reason="the trust policy has a call of its own",
            source=_API,
        ),
        required(
            "iam:PutRolePermissionsBoundary",
            when="PermissionsBoundary",
            reason="CreateRole takes the boundary along; a role that exists needs the call",
            source="github.com/data-dot-all/dataall/pull/1928",
        ),
        required(
            "iam:DeleteRolePermissionsBoundary",
            on="update",
            when="PermissionsBoundary",
            otherwise=True,
            reason="called only when the property goes",
            source=_API,
        ),
        advisory(
            "iam:ListRolePolicies",
            when="Policies",
            reason="names inline policies that the template names itself",
            source=_DEPLOYED,
        ),
        advisory(
            "iam:TagRole",
            on="create",
            add=True,
            reason="reported for a role without Tags, on a stack whose tags are not known",
            source=_TAGGED,
        ),
    ),
    "AWS::IAM::User": (
        required(
            "iam:ListAccessKeys",
            on="delete",
            reason="a user is deleted after its access keys, also those that others made",
            source="DeleteUser, AWS Identity and Access Management API Reference; AWS::IAM::User provider schema",
        ),
        required(
            "iam:AttachUserPolicy",
            "iam:DetachUserPolicy",
            when="ManagedPolicyArns",
            reason="attached policies",
            source=_API,
        ),
        required(
            "iam:DeleteUserPermissionsBoundary",
            on="update",
            when="PermissionsBoundary",
            otherwise=True,
            reason="called only when the property goes",
            source=_API,
        ),
    ),
    "AWS::IAM::Policy": tuple(
        required(
            f"iam:*{kind.capitalize()}Policy",
            when=prop,
            resource=kind,
            reason=f"an inline policy is written on each {kind}",
            source=_API,
        )
        for kind, prop in _ATTACHED.items()
    ),
    "AWS::IAM::ManagedPolicy": (
        *(
            required(
                f"iam:*{kind.capitalize()}Policy",
                when=prop,
                resource=kind,
                reason=f"the policy is attached to each {kind}",
                source=_API,
            )
            for kind, prop in _ATTACHED.items()
        ),
        required(
            "iam:CreatePolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:ListPolicyVersions",
            on="update",
            reason="a changed document is a new version, and IAM keeps five",
            source=_VERSIONS,
        ),
        required(
            "iam:ListPolicyVersions",
            on="delete",
            reason="a policy is deleted version by version",
            source="DeletePolicy, AWS Identity and Access Management API Reference",
        ),
        advisory(
            "iam:DeletePolicyVersion",
            on="delete",
            reason="only a changed policy has a version beside the default one, which goes with the policy",
            source="DeletePolicy, AWS Identity and Access Management API Reference; "
            "github.com/awslabs/service-workbench-on-aws, launch role",
        ),
        advisory(
            "iam:ListEntitiesForPolicy",
            "iam:GetPolicyVersion",
            when="Roles Users Groups PolicyDocument",
            reason="reads what the template states",
            source="AWS::IAM::ManagedPolicy provider schema, read handler",
        ),
    ),
    "AWS::IAM::InstanceProfile": (
        required(
            "iam:GetInstanceProfile",
            on="create delete",
            when="Path",
            resource=ArnTemplate(
                "arn:${Partition}:iam::${Account}:instance-profile/${InstanceProfileName}",
                (("InstanceProfileName", OwnName("InstanceProfileName")),),
            ),
            add=True,
            reason="of a profile that is not there, or no longer, the path is not known",
            source="github.com/aws/aws-parallelcluster commit e91237636; github.com/convox/rack commit 23a3e9b44",
        ),
        required(
            "iam:PassRole",
            on="create update",
            when="Roles",
            resource="role",
            reason="a role is passed to EC2 when it is put into a profile",
            source="AddRoleToInstanceProfile, AWS Identity and Access Management API Reference",
        ),
        required(
            "iam:AddRoleToInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            when="Roles",
            reason="the profile holds the role",
            source=_API,
        ),
    ),
    # the provider schemas of the last two list no handlers
    "AWS::IAM::AccessKey": tuple(
        required(
            f"iam:{verb}AccessKey",
            on=operation,
            when="UserName",
            resource="user",
            add=True,
            reason=f"an access key is {done} on its user",
            source=_API,
        )
        for verb, operation, done in (
            ("Create", "create", "made"),
            ("Update", "update", "activated"),
            ("Delete", "delete", "deleted"),
        )
    ),
    "AWS::IAM::UserToGroupAddition": (
        required(
            "iam:AddUserToGroup",
            on="create update",
            when="GroupName",
            resource="group",
            add=True,
            reason="each user is added to the group",
            source=_API,
        ),
        required(
            "iam:RemoveUserFromGroup",
            on="update delete",
            when="GroupName",
            resource="group",
            add=True,
            reason="each user is removed from the group",
            source=_API,
        ),
    ),
}
