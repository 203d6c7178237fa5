"""The known ways from some permissions to more, as data.

Sources, by the ids used below: "pathfinding" is the catalogue pathfinding.cloud of Datadog Security Labs, "Rhino"
is "AWS IAM Privilege Escalation Methods and Mitigation" by Rhino Security Labs, "IAM" is the AWS IAM User Guide.
Left out are grants by resource-based policies (`s3:PutBucketPolicy`, `kms:PutKeyPolicy` and the like), which
give access to one resource, and the removal of another role's policies, which takes permissions away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Target(Enum):
    """What a step is dangerous on."""

    OWN_ROLE = "its own role"
    OTHER_ROLE = "another role"
    ANY = "whatever the action is on"


class Limit(Enum):
    """What makes a step harmless, if the policy states it."""

    PASSED_TO = "iam:PassedToService"
    """The services it may pass a role to are listed. What each of them can do is a way of its own."""
    POLICY = "iam:PolicyARN"
    """The policies it may attach are listed, and none of them is an administrator's."""
    BOUNDARY = "iam:PermissionsBoundary"
    """Only roles or users under listed boundaries."""
    NAMES = "names"
    """The names of the resources, or how they begin, are written out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a way."""

    action: str
    target: Target = Target.ANY
    limits: tuple[Limit, ...] = ()
    """Each of these is enough."""
    passed_to: str | None = None
    """The service that a role is passed to."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to more permissions; it takes all of its steps."""

    name: str
    steps: tuple[Step, ...]
    gives: str
    source: str

    @property
    def action(self) -> str:
        """The action it is known by: of several, the last, which makes use of what the others prepare."""
        return self.steps[-1].action


_BOUNDED = (Limit.BOUNDARY,)
_ATTACHED = (Limit.POLICY, Limit.BOUNDARY)
_BOUNDARIES = 'IAM, "Permissions boundaries"'


def _own(name: str, action: str, gives: str, source: str, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(f"own-{name}", (Step(action, Target.OWN_ROLE, limits),), gives, source)


def _role(name: str, action: str, gives: str, source: str, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(name, (Step(action, Target.OTHER_ROLE, limits),), gives, source)


def _any(name: str, action: str, gives: str, source: str, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(name, (Step(action, limits=limits),), gives, source)


def _passed(name: str, service: str, actions: str, source: str) -> Way:
    passing = Step("iam:PassRole", passed_to=f"{service}.amazonaws.com")
    steps = (passing, *map(Step, actions.split()))
    return Way(f"pass-{name}", steps, "the permissions of a role it may pass", source)


def _workload(name: str, actions: str, source: str) -> Way:
    steps = tuple(map(Step, actions.split()))
    return Way(name, steps, "the permissions of the role that the workload runs with", source)


def _stack(name: str, actions: str, source: str) -> Way:
    """A deployment updates its own stacks: these have no service role, else it would not act with this role."""
    steps = tuple(Step(action, limits=(Limit.NAMES,)) for action in actions.split())
    return Way(name, steps, "the permissions of the service role that a stack may have", source)


_ITSELF = "whatever it writes into its own permissions"
_THAT_ROLE = "any permission, to whatever runs with that role"
_USER = "the permissions of a user"
_TRUSTED = "the permissions of each role that trusts the provider"
_SSO = "any permission, to those who have the permission set"
_HELD = "what the boundary of that role or user holds back"

WAYS = (
    _own("inline-policy", "iam:PutRolePolicy", _ITSELF, "pathfinding iam-012", _BOUNDED),
    _own("attached-policy", "iam:AttachRolePolicy", _ITSELF, "pathfinding iam-009", _ATTACHED),
    _own("trust", "iam:UpdateAssumeRolePolicy", "its permissions to whom it trusts", "pathfinding iam-014"),
    _own("inline-policy-removal", "iam:DeleteRolePolicy", "what its policies deny", 'IAM, "Policy evaluation logic"'),
    _own("attached-policy-removal", "iam:DetachRolePolicy", "what its policies deny", 'IAM, "Policy evaluation logic"'),
    _own("boundary", "iam:PutRolePermissionsBoundary", "what its boundary holds back", _BOUNDARIES),
    _own("boundary-removal", "iam:DeleteRolePermissionsBoundary", "what its boundary holds back", _BOUNDARIES),
    _role("role-inline-policy", "iam:PutRolePolicy", _THAT_ROLE, "pathfinding iam-012, iam-021", _BOUNDED),
    _role("role-attached-policy", "iam:AttachRolePolicy", _THAT_ROLE, "pathfinding iam-009, iam-019", _ATTACHED),
    _role(
        "role-trust",
        "iam:UpdateAssumeRolePolicy",
        "the permissions of that role, to whom it makes it trust",
        "pathfinding iam-014",
        _BOUNDED,
    ),
    _role("role-boundary", "iam:PutRolePermissionsBoundary", _HELD, _BOUNDARIES, _BOUNDED),
    _role("role-boundary-removal", "iam:DeleteRolePermissionsBoundary", _HELD, _BOUNDARIES),
    _role("assume-role", "sts:AssumeRole", "the permissions of that role", "pathfinding sts-001"),
    _any("assume-root", "sts:AssumeRoot", "a member account's root", 'IAM, "Centrally manage root access"'),
    _any("policy-version", "iam:CreatePolicyVersion", "any permission, to whom it is attached", "pathfinding iam-001"),
    _any(
        "policy-default-version",
        "iam:SetDefaultPolicyVersion",
        "what another version of a policy grants",
        "pathfinding iam-002",
    ),
    _any("user-inline-policy", "iam:PutUserPolicy", "any permission, to a user", "pathfinding iam-010", _BOUNDED),
    _any("user-attached-policy", "iam:AttachUserPolicy", "any permission, to a user", "pathfinding iam-007", _ATTACHED),
    _any("group-inline-policy", "iam:PutGroupPolicy", "any permission, to a group", "pathfinding iam-011"),
    _any(
        "group-attached-policy",
        "iam:AttachGroupPolicy",
        "any permission, to a group",
        "pathfinding iam-008",
        (Limit.POLICY,),
    ),
    _any("group-member", "iam:AddUserToGroup", "a group's permissions, to a user", "pathfinding iam-013"),
    _any("user-boundary", "iam:PutUserPermissionsBoundary", _HELD, _BOUNDARIES, _BOUNDED),
    _any("user-boundary-removal", "iam:DeleteUserPermissionsBoundary", _HELD, _BOUNDARIES),
    _any("user-access-key", "iam:CreateAccessKey", _USER, "pathfinding iam-004"),
    _any("user-password", "iam:CreateLoginProfile", _USER, "pathfinding iam-005"),
    _any("user-password-reset", "iam:UpdateLoginProfile", _USER, "pathfinding iam-006"),
    _any("user-credential", "iam:CreateServiceSpecificCredential", _USER, 'IAM, "Service-specific credentials"'),
    _any("user-certificate", "iam:UploadSigningCertificate", _USER, 'IAM, "Manage signing certificates"'),
    _any("saml-provider", "iam:UpdateSAMLProvider", _TRUSTED, 'IAM, "SAML identity provider"'),
    _any("oidc-thumbprint", "iam:UpdateOpenIDConnectProviderThumbprint", _TRUSTED, 'IAM, "OIDC identity provider"'),
    _any("oidc-audience", "iam:AddClientIDToOpenIDConnectProvider", _TRUSTED, 'IAM, "OIDC identity provider"'),
    _any("sso-inline-policy", "sso:PutInlinePolicyToPermissionSet", _SSO, 'IAM Identity Center, "Permission sets"'),
    _any(
        "sso-attached-policy", "sso:AttachManagedPolicyToPermissionSet", _SSO, 'IAM Identity Center, "Permission sets"'
    ),
    _any("sso-assignment", "sso:CreateAccountAssignment", "a permission set", 'IAM Identity Center, "Assign access"'),
    _any(
        "pass-to-any",
        "iam:PassRole",
        "the permissions of a role it may pass, through any service",
        "Rhino 3, 15, 18-22",
        (Limit.PASSED_TO,),
    ),
    _passed("lambda-function", "lambda", "lambda:CreateFunction", "pathfinding lambda-001, lambda-002, lambda-006"),
    _passed("lambda-role", "lambda", "lambda:UpdateFunctionConfiguration", 'Lambda, "Execution role"'),
    _passed("ec2-instance", "ec2", "ec2:RunInstances", "pathfinding ec2-001"),
    _passed("ec2-spot", "ec2", "ec2:RequestSpotInstances", "pathfinding ec2-003"),
    _passed("ec2-profile", "ec2", "ec2:AssociateIamInstanceProfile", 'EC2, "IAM roles for Amazon EC2"'),
    _passed("ec2-profile-change", "ec2", "ec2:ReplaceIamInstanceProfileAssociation", 'EC2, "IAM roles for Amazon EC2"'),
    _passed("ec2-profile-role", "ec2", "iam:AddRoleToInstanceProfile", 'IAM, "Instance profiles"'),
    _passed("ecs-task", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:RunTask", "pathfinding ecs-002, ecs-004"),
    _passed("ecs-start", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:StartTask", "pathfinding ecs-005"),
    _passed("ecs-service", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:CreateService", "pathfinding ecs-001, ecs-003"),
    _passed("ecs-update", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:UpdateService", "pathfinding ecs-003"),
    _passed("batch-job", "ecs-tasks", "batch:RegisterJobDefinition batch:SubmitJob", 'Batch, "Job role"'),
    _passed("apprunner-service", "tasks.apprunner", "apprunner:CreateService", "pathfinding apprunner-001"),
    _passed("cloudformation-stack", "cloudformation", "cloudformation:CreateStack", "pathfinding cloudformation-001"),
    _passed("cloudformation-update", "cloudformation", "cloudformation:UpdateStack", "Rhino 20"),
    _passed(
        "cloudformation-change-set",
        "cloudformation",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        "pathfinding cloudformation-005",
    ),
    _passed(
        "cloudformation-stack-set",
        "cloudformation",
        "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
        "pathfinding cloudformation-003",
    ),
    _passed(
        "cloudformation-stack-set-update",
        "cloudformation",
        "cloudformation:UpdateStackSet",
        "pathfinding cloudformation-004",
    ),
    _passed(
        "codebuild-project", "codebuild", "codebuild:CreateProject codebuild:StartBuild", "pathfinding codebuild-001"
    ),
    _passed(
        "codebuild-batch", "codebuild", "codebuild:CreateProject codebuild:StartBuildBatch", "pathfinding codebuild-004"
    ),
    _passed("codepipeline-pipeline", "codepipeline", "codepipeline:CreatePipeline", 'CodePipeline, "Service role"'),
    _passed("glue-endpoint", "glue", "glue:CreateDevEndpoint", "pathfinding glue-001"),
    _passed("glue-job", "glue", "glue:CreateJob glue:StartJobRun", 'Glue, "IAM permissions"'),
    _passed("glue-job-update", "glue", "glue:UpdateJob", 'Glue, "IAM permissions"'),
    _passed(
        "states-machine",
        "states",
        "states:CreateStateMachine states:StartExecution",
        'Step Functions, "Creating an IAM role"',
    ),
    _passed("events-target", "events", "events:PutTargets", 'EventBridge, "Use IAM roles"'),
    _passed("scheduler-schedule", "scheduler", "scheduler:CreateSchedule", 'EventBridge Scheduler, "Execution role"'),
    _passed("scheduler-update", "scheduler", "scheduler:UpdateSchedule", 'EventBridge Scheduler, "Execution role"'),
    _passed("pipes-pipe", "pipes", "pipes:CreatePipe", 'EventBridge Pipes, "Permissions"'),
    _passed("ssm-automation", "ssm", "ssm:StartAutomationExecution", 'Systems Manager, "Automation service role"'),
    _passed(
        "datapipeline",
        "datapipeline",
        "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition",
        "pathfinding datapipeline-001",
    ),
    _passed("sagemaker-notebook", "sagemaker", "sagemaker:CreateNotebookInstance", "pathfinding sagemaker-001"),
    _passed("sagemaker-training", "sagemaker", "sagemaker:CreateTrainingJob", "pathfinding sagemaker-002"),
    _passed("sagemaker-processing", "sagemaker", "sagemaker:CreateProcessingJob", "pathfinding sagemaker-003"),
    _passed(
        "bedrock-interpreter", "bedrock-agentcore", "bedrock-agentcore:CreateCodeInterpreter", "pathfinding bedrock-001"
    ),
    _passed(
        "cognito-identity", "cognito-identity", "cognito-identity:SetIdentityPoolRoles", 'Cognito, "Role-based access"'
    ),
    _workload("lambda-code", "lambda:UpdateFunctionCode", "pathfinding lambda-003, lambda-004, lambda-005"),
    _workload(
        "lambda-layer", "lambda:UpdateFunctionConfiguration", "Rhino, Lambda layers; also by environment variables"
    ),
    _workload("codebuild-start", "codebuild:StartBuild", "pathfinding codebuild-002"),
    _workload("codebuild-start-batch", "codebuild:StartBuildBatch", "pathfinding codebuild-003"),
    _workload("codebuild-update", "codebuild:UpdateProject", 'CodeBuild, "Change a build project\'s settings"'),
    _workload("codepipeline-update", "codepipeline:UpdatePipeline", 'CodePipeline, "Edit a pipeline"'),
    _workload("ec2-user-data", "ec2:ModifyInstanceAttribute ec2:StartInstances", "pathfinding ec2-002"),
    _workload("ec2-launch-template", "ec2:CreateLaunchTemplateVersion", "pathfinding ec2-004"),
    _workload("ec2-ssh", "ec2-instance-connect:SendSSHPublicKey", "pathfinding ec2instanceconnect-003"),
    _workload("ec2-serial-console", "ec2-instance-connect:SendSerialConsoleSSHPublicKey", 'EC2, "Serial console"'),
    _workload("ssm-session", "ssm:StartSession", "pathfinding ssm-001"),
    _workload("ssm-command", "ssm:SendCommand", "pathfinding ssm-002"),
    _workload("ssm-association", "ssm:CreateAssociation", 'Systems Manager, "State Manager"'),
    _workload("ecs-exec", "ecs:ExecuteCommand", 'ECS, "ECS Exec"'),
    _workload("apprunner-update", "apprunner:UpdateService", "pathfinding apprunner-002"),
    _workload("glue-endpoint-update", "glue:UpdateDevEndpoint", "pathfinding glue-002"),
    _workload("states-machine-update", "states:UpdateStateMachine", 'Step Functions, "UpdateStateMachine"'),
    _workload("sagemaker-notebook-url", "sagemaker:CreatePresignedNotebookInstanceUrl", "pathfinding sagemaker-004"),
    _workload(
        "sagemaker-lifecycle",
        "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:UpdateNotebookInstance",
        "pathfinding sagemaker-005",
    ),
    _workload(
        "bedrock-session",
        "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
        "pathfinding bedrock-002",
    ),
    _stack("other-stack", "cloudformation:UpdateStack", "pathfinding cloudformation-002"),
    _stack(
        "other-stack-change-set",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        "pathfinding cloudformation-005",
    ),
    _stack("other-stack-set", "cloudformation:UpdateStackSet", "pathfinding cloudformation-004"),
)
