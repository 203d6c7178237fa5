"""The known ways from some permissions to more, as data.

`pathfinding` names paths of Datadog Security Labs' catalogue pathfinding.cloud, all of it as of `PUBLISHED`. The other
sources are documents of AWS, by service and title; "Rhino" is "AWS IAM Privilege Escalation Methods and Mitigation" by
Rhino Security Labs. Left out are grants by resource-based policies (`s3:PutBucketPolicy`, `kms:PutKeyPolicy` and the
like), which give access to one resource and not what a role may do; what a workload fetches by itself, such as a new
image under an old tag; and the removal of another role's policies, which takes permissions away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED = "2025-12-17"
"""Date of the pathfinding.cloud catalogue that the ids are of: the last change of its paths that is known here."""


class Target(Enum):
    """What a step is dangerous on."""

    OWN_ROLE = "its own role"
    OTHER_ROLE = "another role"
    ANY = "whatever the action is on"


class Limit(Enum):
    """What makes a step harmless, if the policy states it."""

    PASSED_TO = "iam:PassedToService"
    """The services it may pass a role to are listed, and what each does with a role is known: a way of its own here, or
    `CONFINED`."""
    POLICY = "iam:PolicyARN"
    """The policies it may attach are listed, and what each allows is known and harmless."""
    BOUNDARY = "iam:PermissionsBoundary"
    """Only roles or users under listed boundaries, of which what each allows is known and harmless."""
    INVOKER = "lambda:Principal"
    """Only AWS services are listed."""
    DEPLOYED = "deployed"
    """It is only on roles of the deployed templates, or functions that run with them, and what these roles may do is
    known, harmless and not to be changed."""
    NAMES = "names"
    """It is only on what the deployed stacks are, or in declared namespaces."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a way."""

    action: str
    target: Target = Target.ANY
    limits: tuple[Limit, ...] = ()
    """Each of these is enough."""
    passed_to: tuple[str, ...] = ()
    """The services that a role is passed to; any of them will do."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A place that describes a way."""

    document: str
    published: tuple[str, ...] = ()
    """Ids of the paths of pathfinding.cloud that the way covers: it takes no other permission than they do."""

    def __str__(self) -> str:
        """Write it as reports cite it."""
        return self.document


def pathfinding(*ids: str) -> Publication:
    """Cite paths that pathfinding.cloud publishes."""
    return Publication(f"pathfinding.cloud {', '.join(ids)} ({PUBLISHED})", ids)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to more permissions; it takes all of its steps."""

    name: str
    steps: tuple[Step, ...]
    gives: str
    source: Publication

    @property
    def action(self) -> str:
        """The action it is known by: of several, the last, which makes use of what the others prepare."""
        return self.steps[-1].action


_BOUNDED = (Limit.BOUNDARY,)
_ATTACHED = (Limit.POLICY, Limit.BOUNDARY)
_BOUNDARIES = 'IAM, "Permissions boundaries"'


def _source(source: str | Publication) -> Publication:
    return source if isinstance(source, Publication) else Publication(source)


def _own(name: str, action: str, gives: str, source: str | Publication, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(f"own-{name}", (Step(action, Target.OWN_ROLE, limits),), gives, _source(source))


def _role(name: str, action: str, gives: str, source: str | Publication, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(name, (Step(action, Target.OTHER_ROLE, limits),), gives, _source(source))


def _any(name: str, action: str, gives: str, source: str | Publication, limits: tuple[Limit, ...] = ()) -> Way:
    return Way(name, (Step(action, limits=limits),), gives, _source(source))


def _passed(name: str, services: str, actions: str, source: str | Publication) -> Way:
    """Make a way that takes `iam:PassRole` to one of some services, written without `.amazonaws.com`."""
    passing = Step(
        "iam:PassRole",
        limits=(Limit.DEPLOYED,),
        passed_to=tuple(f"{service}.amazonaws.com" for service in services.split()),
    )
    steps = (passing, *map(Step, actions.split()))
    return Way(f"pass-{name}", steps, "the permissions of a role it may pass", _source(source))


_REFERENCE = "Service Authorization Reference, dependent action iam:PassRole"


def _passing(service: str, actions: str) -> tuple[Way, ...]:
    """Return a way for each action of a service to which a role is passed, as the reference says."""
    return tuple(
        _passed(
            _NAME.sub("-", action.partition(":")[0] + action.partition(":")[2]).lower(), service, action, _REFERENCE
        )
        for action in actions.split()
    )


_NAME = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _workload(name: str, actions: str, source: str | Publication) -> Way:
    steps = tuple(
        Step(action, limits=(Limit.DEPLOYED,) if action.startswith("lambda:") else ()) for action in actions.split()
    )
    return Way(name, steps, "the permissions of the role that the workload runs with", _source(source))


def _stack(name: str, actions: str, source: str | Publication) -> Way:
    """Make a way through a stack; the deployed ones have no service role, else it would not act with this role."""
    steps = tuple(Step(action, limits=(Limit.NAMES,)) for action in actions.split())
    return Way(name, steps, "the permissions of the service role that a stack may have", _source(source))


_ITSELF = "whatever it writes into its own permissions"
_THAT_ROLE = "any permission, to whatever runs with that role"
_USER = "the permissions of a user"
_TRUSTED = "the permissions of each role that trusts the provider"
_SSO = "any permission, to those who have the permission set"
_HELD = "what the boundary of that role or user holds back"
_CLUSTER = "the permissions of all that runs in the cluster"
_ORGANIZATION = "what the organization's policies hold back"

WAYS = (
    # itself
    _own("inline-policy", "iam:PutRolePolicy", _ITSELF, pathfinding("iam-005"), _BOUNDED),
    _own("attached-policy", "iam:AttachRolePolicy", _ITSELF, pathfinding("iam-009"), _ATTACHED),
    _own("trust", "iam:UpdateAssumeRolePolicy", "its permissions to whom it trusts", pathfinding("iam-012")),
    _own("inline-policy-removal", "iam:DeleteRolePolicy", "what its policies deny", 'IAM, "Policy evaluation logic"'),
    _own("attached-policy-removal", "iam:DetachRolePolicy", "what its policies deny", 'IAM, "Policy evaluation logic"'),
    _own("boundary", "iam:PutRolePermissionsBoundary", "what its boundary holds back", _BOUNDARIES),
    _own("boundary-removal", "iam:DeleteRolePermissionsBoundary", "what its boundary holds back", _BOUNDARIES),
    # other roles, policies and users
    _role(
        "role-inline-policy",
        "iam:PutRolePolicy",
        _THAT_ROLE,
        pathfinding("iam-005", "iam-017", "iam-021"),
        _BOUNDED,
    ),
    _role(
        "role-attached-policy",
        "iam:AttachRolePolicy",
        _THAT_ROLE,
        pathfinding("iam-009", "iam-014", "iam-019"),
        _ATTACHED,
    ),
    _role(
        "role-trust",
        "iam:UpdateAssumeRolePolicy",
        "the permissions of that role, to whom it makes it trust",
        pathfinding("iam-012", "iam-019", "iam-020", "iam-021"),
        _BOUNDED,
    ),
    _role("role-boundary", "iam:PutRolePermissionsBoundary", _HELD, _BOUNDARIES, _BOUNDED),
    _role("role-boundary-removal", "iam:DeleteRolePermissionsBoundary", _HELD, _BOUNDARIES),
    _role(
        "assume-role",
        "sts:AssumeRole",
        "the permissions of that role",
        pathfinding("sts-001", "iam-014", "iam-016", "iam-017"),
    ),
    _any("assume-root", "sts:AssumeRoot", "a member account's root", 'IAM, "Centrally manage root access"'),
    _any(
        "policy-version",
        "iam:CreatePolicyVersion",
        "any permission, to whom it is attached",
        pathfinding("iam-001", "iam-016", "iam-020"),
    ),
    _any(
        "policy-default-version",
        "iam:SetDefaultPolicyVersion",
        "what another version of a policy grants",
        "Rhino 2",
    ),
    _any(
        "user-inline-policy",
        "iam:PutUserPolicy",
        "any permission, to a user",
        pathfinding("iam-007", "iam-018"),
        _BOUNDED,
    ),
    _any(
        "user-attached-policy",
        "iam:AttachUserPolicy",
        "any permission, to a user",
        pathfinding("iam-008", "iam-015"),
        _ATTACHED,
    ),
    _any("group-inline-policy", "iam:PutGroupPolicy", "any permission, to a group", pathfinding("iam-011")),
    _any(
        "group-attached-policy",
        "iam:AttachGroupPolicy",
        "any permission, to a group",
        pathfinding("iam-010"),
        (Limit.POLICY,),
    ),
    _any("group-member", "iam:AddUserToGroup", "a group's permissions, to a user", pathfinding("iam-013")),
    _any("user-boundary", "iam:PutUserPermissionsBoundary", _HELD, _BOUNDARIES, _BOUNDED),
    _any("user-boundary-removal", "iam:DeleteUserPermissionsBoundary", _HELD, _BOUNDARIES),
    _any(
        "user-access-key",
        "iam:CreateAccessKey",
        _USER,
        pathfinding("iam-002", "iam-003", "iam-015", "iam-018"),
    ),
    _any("user-password", "iam:CreateLoginProfile", _USER, pathfinding("iam-004")),
    _any("user-password-reset", "iam:UpdateLoginProfile", _USER, pathfinding("iam-006")),
    _any("user-credential", "iam:CreateServiceSpecificCredential", _USER, 'IAM, "Service-specific credentials"'),
    _any("user-credential-reset", "iam:ResetServiceSpecificCredential", _USER, 'IAM, "Service-specific credentials"'),
    _any("user-certificate", "iam:UploadSigningCertificate", _USER, 'IAM, "Manage signing certificates"'),
    _any("user-ssh-key", "iam:UploadSSHPublicKey", _USER, 'IAM, "Use IAM with CodeCommit"'),
    _any("saml-provider", "iam:UpdateSAMLProvider", _TRUSTED, 'IAM, "SAML identity provider"'),
    _any("oidc-thumbprint", "iam:UpdateOpenIDConnectProviderThumbprint", _TRUSTED, 'IAM, "OIDC identity provider"'),
    _any("oidc-audience", "iam:AddClientIDToOpenIDConnectProvider", _TRUSTED, 'IAM, "OIDC identity provider"'),
    _any("anchor", "rolesanywhere:CreateTrustAnchor", _TRUSTED, 'IAM Roles Anywhere, "Trust anchors"'),
    _any("anchor-change", "rolesanywhere:UpdateTrustAnchor", _TRUSTED, 'IAM Roles Anywhere, "Trust anchors"'),
    # the organization
    _any("sso-inline-policy", "sso:PutInlinePolicyToPermissionSet", _SSO, 'IAM Identity Center, "Permission sets"'),
    _any(
        "sso-attached-policy", "sso:AttachManagedPolicyToPermissionSet", _SSO, 'IAM Identity Center, "Permission sets"'
    ),
    _any(
        "sso-customer-policy",
        "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        _SSO,
        'IAM Identity Center, "Permission sets"',
    ),
    _any(
        "sso-boundary-removal",
        "sso:DeletePermissionsBoundaryFromPermissionSet",
        "what the boundary of a permission set holds back",
        'IAM Identity Center, "Permission sets"',
    ),
    _any("sso-assignment", "sso:CreateAccountAssignment", "a permission set", 'IAM Identity Center, "Assign access"'),
    _any(
        "sso-membership",
        "identitystore:CreateGroupMembership",
        "the permission sets of a group, to a user",
        'IAM Identity Center, "Add users to groups"',
    ),
    _any("organization-policy", "organizations:UpdatePolicy", _ORGANIZATION, 'Organizations, "Updating a policy"'),
    _any("organization-detachment", "organizations:DetachPolicy", _ORGANIZATION, 'Organizations, "Detaching policies"'),
    # a role that it passes
    _any(
        "pass-to-any",
        "iam:PassRole",
        "the permissions of a role it may pass, through any service",
        "Rhino 3, 15, 18-22",
        (Limit.PASSED_TO, Limit.DEPLOYED),
    ),
    _passed(
        "lambda-function", "lambda", "lambda:CreateFunction", pathfinding("lambda-001", "lambda-002", "lambda-006")
    ),
    _passed("lambda-role", "lambda", "lambda:UpdateFunctionConfiguration", 'Lambda, "Execution role"'),
    _passed("ec2-instance", "ec2", "ec2:RunInstances", pathfinding("ec2-001")),
    _passed("ec2-spot", "ec2", "ec2:RequestSpotInstances", pathfinding("ec2-003")),
    _passed("ec2-profile", "ec2", "ec2:AssociateIamInstanceProfile", 'EC2, "IAM roles for Amazon EC2"'),
    _passed("ec2-profile-change", "ec2", "ec2:ReplaceIamInstanceProfileAssociation", 'EC2, "IAM roles for Amazon EC2"'),
    _passed("ec2-profile-role", "ec2", "iam:AddRoleToInstanceProfile", 'IAM, "Instance profiles"'),
    _passed("autoscaling-launch", "ec2", "autoscaling:CreateLaunchConfiguration", 'EC2 Auto Scaling, "IAM role"'),
    _passed(
        "ecs-task",
        "ecs-tasks",
        "ecs:RegisterTaskDefinition ecs:RunTask",
        pathfinding("ecs-002", "ecs-004"),
    ),
    _passed("ecs-start", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:StartTask", pathfinding("ecs-005")),
    _passed(
        "ecs-service", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:CreateService", pathfinding("ecs-001", "ecs-003")
    ),
    _passed("ecs-update", "ecs-tasks", "ecs:RegisterTaskDefinition ecs:UpdateService", 'ECS, "Task IAM role"'),
    _passed("ecs-express", "ecs-tasks ecs", "ecs:CreateExpressGatewayService", 'ECS, "Express Mode"'),
    _passed("ecs-express-update", "ecs-tasks ecs", "ecs:UpdateExpressGatewayService", 'ECS, "Express Mode"'),
    _passed("batch-job", "ecs-tasks", "batch:RegisterJobDefinition batch:SubmitJob", 'Batch, "Job role"'),
    _passed("eks-pod-identity", "pods.eks", "eks:CreatePodIdentityAssociation", 'EKS, "EKS Pod Identity"'),
    _passed("eks-pod-identity-change", "pods.eks", "eks:UpdatePodIdentityAssociation", 'EKS, "EKS Pod Identity"'),
    _passed("eks-nodes", "eks ec2", "eks:CreateNodegroup", 'EKS, "Amazon EKS node IAM role"'),
    _passed("eks-fargate", "eks eks-fargate-pods", "eks:CreateFargateProfile", 'EKS, "Pod execution IAM role"'),
    _passed("eks-addon", "eks pods.eks", "eks:CreateAddon", 'EKS, "IAM roles for Amazon EKS add-ons"'),
    _passed("eks-addon-update", "eks pods.eks", "eks:UpdateAddon", 'EKS, "IAM roles for Amazon EKS add-ons"'),
    _passed("apprunner-service", "tasks.apprunner", "apprunner:CreateService", pathfinding("apprunner-001")),
    _passed("beanstalk-environment", "ec2", "elasticbeanstalk:CreateEnvironment", 'Elastic Beanstalk, "Profiles"'),
    _passed("cloudformation-stack", "cloudformation", "cloudformation:CreateStack", pathfinding("cloudformation-001")),
    _passed("cloudformation-update", "cloudformation", "cloudformation:UpdateStack", "Rhino 20"),
    _passed(
        "cloudformation-change-set",
        "cloudformation",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        'CloudFormation, "AWS CloudFormation service role"',
    ),
    _passed(
        "cloudformation-stack-set",
        "cloudformation",
        "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
        pathfinding("cloudformation-003"),
    ),
    _passed(
        "cloudformation-stack-set-update",
        "cloudformation",
        "cloudformation:UpdateStackSet",
        pathfinding("cloudformation-004"),
    ),
    _passed(
        "cloudformation-resource",
        "cloudformation",
        "cloudformation:CreateResource",
        'Cloud Control API, "Specifying credentials"',
    ),
    _passed(
        "cloudformation-type",
        "cloudformation",
        "cloudformation:RegisterType",
        'CloudFormation, "Using private extensions"',
    ),
    _passed(
        "codebuild-project", "codebuild", "codebuild:CreateProject codebuild:StartBuild", pathfinding("codebuild-001")
    ),
    _passed(
        "codebuild-batch",
        "codebuild",
        "codebuild:CreateProject codebuild:StartBuildBatch",
        pathfinding("codebuild-004"),
    ),
    _passed(
        "codebuild-webhook", "codebuild", "codebuild:CreateProject codebuild:CreateWebhook", 'CodeBuild, "Webhooks"'
    ),
    _passed("codepipeline-pipeline", "codepipeline", "codepipeline:CreatePipeline", 'CodePipeline, "Service role"'),
    _passed("amplify-app", "amplify", "amplify:CreateApp", 'Amplify, "Service role"'),
    _passed("glue-endpoint", "glue", "glue:CreateDevEndpoint", pathfinding("glue-001")),
    _passed("glue-job", "glue", "glue:CreateJob glue:StartJobRun", pathfinding("glue-003")),
    _passed("glue-job-trigger", "glue", "glue:CreateJob glue:CreateTrigger", pathfinding("glue-004")),
    _passed("glue-session", "glue", "glue:CreateSession glue:RunStatement", 'Glue, "Interactive sessions"'),
    _passed("emr-cluster", "elasticmapreduce ec2", "elasticmapreduce:RunJobFlow", 'EMR, "IAM service roles"'),
    _passed("emr-serverless-job", "emr-serverless", "emr-serverless:StartJobRun", 'EMR Serverless, "Runtime roles"'),
    _passed(
        "states-machine",
        "states",
        "states:CreateStateMachine states:StartExecution",
        'Step Functions, "Creating an IAM role"',
    ),
    _passed("states-test", "states", "states:TestState", 'Step Functions, "TestState"'),
    _passed("events-target", "events", "events:PutTargets", 'EventBridge, "Use IAM roles"'),
    _passed("scheduler-schedule", "scheduler", "scheduler:CreateSchedule", 'EventBridge Scheduler, "Execution role"'),
    _passed("scheduler-update", "scheduler", "scheduler:UpdateSchedule", 'EventBridge Scheduler, "Execution role"'),
    _passed("pipes-pipe", "pipes", "pipes:CreatePipe", 'EventBridge Pipes, "Permissions"'),
    _passed("pipes-update", "pipes", "pipes:UpdatePipe", 'EventBridge Pipes, "Permissions"'),
    _passed("iot-role-alias", "iot credentials.iot", "iot:CreateRoleAlias", 'IoT, "Direct calls to AWS services"'),
    _passed(
        "iot-role-alias-change", "iot credentials.iot", "iot:UpdateRoleAlias", 'IoT, "Direct calls to AWS services"'
    ),
    _passed("iot-rule", "iot", "iot:CreateTopicRule", 'IoT, "Granting an AWS IoT rule the access"'),
    _passed("iot-rule-change", "iot", "iot:ReplaceTopicRule", 'IoT, "Granting an AWS IoT rule the access"'),
    _passed("apigateway-integration", "apigateway", "apigateway:PUT", 'API Gateway, "AWS integrations"'),
    _passed(
        "apigateway-route", "apigateway", "apigateway:POST", 'API Gateway, "AWS service integrations for HTTP APIs"'
    ),
    _passed("appsync-source", "appsync", "appsync:CreateDataSource", 'AppSync, "Attaching a data source"'),
    _passed("appsync-source-change", "appsync", "appsync:UpdateDataSource", 'AppSync, "Attaching a data source"'),
    _passed("ssm-automation", "ssm", "ssm:StartAutomationExecution", 'Systems Manager, "Automation service role"'),
    _passed("ssm-activation", "ssm", "ssm:CreateActivation", 'Systems Manager, "Hybrid activations"'),
    _passed("ssm-node-role", "ssm", "ssm:UpdateManagedInstanceRole", 'Systems Manager, "Hybrid activations"'),
    _passed(
        "ssm-maintenance", "ssm", "ssm:RegisterTaskWithMaintenanceWindow", 'Systems Manager, "Maintenance Windows"'
    ),
    _passed(
        "datapipeline",
        "datapipeline elasticmapreduce ec2",
        "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition",
        pathfinding("datapipeline-001"),
    ),
    _passed("sagemaker-notebook", "sagemaker", "sagemaker:CreateNotebookInstance", pathfinding("sagemaker-001")),
    _passed("sagemaker-training", "sagemaker", "sagemaker:CreateTrainingJob", pathfinding("sagemaker-002")),
    _passed("sagemaker-processing", "sagemaker", "sagemaker:CreateProcessingJob", pathfinding("sagemaker-003")),
    _passed("sagemaker-model", "sagemaker", "sagemaker:CreateModel", 'SageMaker AI, "Execution roles"'),
    _passed("sagemaker-profile", "sagemaker", "sagemaker:CreateUserProfile", 'SageMaker AI, "Execution roles"'),
    _passed("sagemaker-pipeline", "sagemaker", "sagemaker:CreatePipeline", 'SageMaker AI, "Execution roles"'),
    _passed(
        "bedrock-interpreter",
        "bedrock-agentcore",
        "bedrock-agentcore:CreateCodeInterpreter",
        pathfinding("bedrock-001"),
    ),
    _passed(
        "bedrock-runtime", "bedrock-agentcore", "bedrock-agentcore:CreateAgentRuntime", 'Bedrock AgentCore, "Runtime"'
    ),
    _passed(
        "bedrock-runtime-update",
        "bedrock-agentcore",
        "bedrock-agentcore:UpdateAgentRuntime",
        'Bedrock AgentCore, "Runtime"',
    ),
    _passed(
        "cognito-identity", "cognito-identity", "cognito-identity:SetIdentityPoolRoles", 'Cognito, "Role-based access"'
    ),
    _passed("cognito-group", "cognito-idp cognito-identity", "cognito-idp:CreateGroup", 'Cognito, "Role-based access"'),
    _passed("anywhere-profile", "rolesanywhere", "rolesanywhere:CreateProfile", 'IAM Roles Anywhere, "Profiles"'),
    _passed(
        "anywhere-profile-change", "rolesanywhere", "rolesanywhere:UpdateProfile", 'IAM Roles Anywhere, "Profiles"'
    ),
    _passed("transfer-user", "transfer", "transfer:CreateUser", 'Transfer Family, "Create an IAM role"'),
    _passed("transfer-user-change", "transfer", "transfer:UpdateUser", 'Transfer Family, "Create an IAM role"'),
    _passed("rds-cluster", "rds", "rds:AddRoleToDBCluster", 'Aurora, "Associating an IAM role"'),
    _passed("rds-instance", "rds", "rds:AddRoleToDBInstance", 'RDS, "Associating an IAM role"'),
    _passed("redshift-role", "redshift", "redshift:ModifyClusterIamRoles", 'Redshift, "Authorizing COPY and UNLOAD"'),
    _passed("redshift-cluster", "redshift", "redshift:CreateCluster", 'Redshift, "Authorizing COPY and UNLOAD"'),
    _passed("s3-replication", "s3", "s3:PutReplicationConfiguration", 'S3, "Setting up permissions for replication"'),
    _passed("s3-batch", "batchoperations.s3 s3", "s3:CreateJob", 'S3, "Permissions for Batch Operations"'),
    # snapshots begin and end with the scripts of a document: it runs what the document says on the instances
    _passed("dlm-policy", "dlm", "dlm:CreateLifecyclePolicy", 'EBS, "Requirements for using pre and post scripts"'),
    _passed("dlm-change", "dlm", "dlm:UpdateLifecyclePolicy", 'EBS, "Requirements for using pre and post scripts"'),
    # a query reads what the role may read, and the results go where the caller says
    _passed("logs-query", "logs", "logs:CreateScheduledQuery", 'CloudWatch Logs, "CreateScheduledQuery"'),
    _passed("logs-query-change", "logs", "logs:UpdateScheduledQuery", 'CloudWatch Logs, "CreateScheduledQuery"'),
    _passed("firehose-stream", "firehose", "firehose:CreateDeliveryStream", 'Data Firehose, "Controlling access"'),
    _passed("firehose-change", "firehose", "firehose:UpdateDestination", 'Data Firehose, "Controlling access"'),
    *_passing(
        "sagemaker",
        "sagemaker:CreateHyperParameterTuningJob sagemaker:CreateAutoMLJob sagemaker:CreateAutoMLJobV2 "
        "sagemaker:CreateCluster sagemaker:UpdateCluster sagemaker:CreateDomain sagemaker:UpdatePipeline "
        "sagemaker:CreateMonitoringSchedule sagemaker:UpdateMonitoringSchedule "
        "sagemaker:CreateDataQualityJobDefinition "
        "sagemaker:CreateModelBiasJobDefinition sagemaker:CreateModelExplainabilityJobDefinition "
        "sagemaker:CreateModelQualityJobDefinition sagemaker:CreateInferenceRecommendationsJob "
        "sagemaker:CreateInferenceExperiment sagemaker:CreateOptimizationJob sagemaker:CreateCompilationJob "
        "sagemaker:CreateLabelingJob sagemaker:CreateFlowDefinition sagemaker:CreateFeatureGroup sagemaker:CreateImage "
        "sagemaker:UpdateImage sagemaker:CreateMlflowTrackingServer sagemaker:CreateMlflowApp "
        "sagemaker:RenderUiTemplate sagemaker:CreateEdgePackagingJob sagemaker:CreateDeviceFleet "
        "sagemaker:CreateEdgeDeploymentPlan sagemaker:CreateEdgeDeploymentStage sagemaker:CreateEndpointConfig "
        "sagemaker:UpdateClusterInference",
    ),
    *_passing(
        "bedrock-agentcore",
        "bedrock-agentcore:CreateGateway bedrock-agentcore:UpdateGateway bedrock-agentcore:CreateMemory "
        "bedrock-agentcore:UpdateMemory bedrock-agentcore:CreateOnlineEvaluationConfig "
        "bedrock-agentcore:UpdateOnlineEvaluationConfig",
    ),
    *_passing(
        "rds",
        "rds:RestoreDBClusterFromS3 rds:RestoreDBInstanceFromS3 rds:CreateDBProxy rds:ModifyDBProxy "
        "rds:StartExportTask rds:ModifyOptionGroup",
    ),
    *_passing(
        "transfer",
        "transfer:CreateAccess transfer:UpdateAccess transfer:CreateAgreement transfer:UpdateAgreement "
        "transfer:CreateConnector transfer:UpdateConnector transfer:CreateServer transfer:UpdateServer "
        "transfer:CreateWebApp transfer:UpdateWebApp",
    ),
    *_passing(
        "iot",
        "iot:CreateProvisioningTemplate iot:UpdateProvisioningTemplate iot:RegisterCACertificate "
        "iot:UpdateCACertificate iot:UpdatePackageConfiguration",
    ),
    *_passing("emr-serverless", "emr-serverless:AccessInteractiveEndpoints"),
    *_passing("rolesanywhere", "rolesanywhere:EnableProfile"),
    *_passing("ssm", "config:PutRemediationConfigurations config:PutConformancePack ssm:CreateDocument"),
    # a workload's role
    _workload("lambda-code", "lambda:UpdateFunctionCode", pathfinding("lambda-003", "lambda-004", "lambda-005")),
    _workload(
        "lambda-layer", "lambda:UpdateFunctionConfiguration", "Rhino, Lambda layers; also by environment variables"
    ),
    _any(
        "lambda-permission",
        "lambda:AddPermission",
        "the invocation of a function, to whom it names",
        'Lambda, "Resource-based IAM policies"',
        (Limit.INVOKER,),
    ),
    _workload("codebuild-start", "codebuild:StartBuild", pathfinding("codebuild-002")),
    _workload("codebuild-start-batch", "codebuild:StartBuildBatch", pathfinding("codebuild-003")),
    _workload("codebuild-update", "codebuild:UpdateProject", 'CodeBuild, "Change a build project\'s settings"'),
    _workload("codebuild-hook", "codebuild:CreateWebhook", 'CodeBuild, "Webhooks"'),
    _workload("codebuild-hook-change", "codebuild:UpdateWebhook", 'CodeBuild, "Webhooks"'),
    _workload("codebuild-sandbox", "codebuild:StartSandbox", 'CodeBuild, "Debug builds with sandbox"'),
    _workload("codepipeline-update", "codepipeline:UpdatePipeline", 'CodePipeline, "Edit a pipeline"'),
    _workload("codedeploy-deployment", "codedeploy:CreateDeployment", 'CodeDeploy, "AppSpec hooks"'),
    _workload("amplify-build", "amplify:StartJob", 'Amplify, "Build settings"'),
    _workload("amplify-update", "amplify:UpdateApp", 'Amplify, "Build settings"'),
    _workload("beanstalk-update", "elasticbeanstalk:UpdateEnvironment", 'Elastic Beanstalk, "Deploying applications"'),
    _workload("ec2-user-data", "ec2:ModifyInstanceAttribute ec2:StartInstances", pathfinding("ec2-002")),
    _workload("ec2-launch-template", "ec2:CreateLaunchTemplateVersion", pathfinding("ec2-004")),
    _workload("ec2-root-volume", "ec2:CreateReplaceRootVolumeTask", 'EC2, "Replace the root volume"'),
    _workload("ec2-ssh", "ec2-instance-connect:SendSSHPublicKey", pathfinding("ec2instanceconnect-003")),
    _workload("ec2-serial-console", "ec2-instance-connect:SendSerialConsoleSSHPublicKey", 'EC2, "Serial console"'),
    _workload("ssm-session", "ssm:StartSession", pathfinding("ssm-001")),
    _workload("ssm-session-resume", "ssm:ResumeSession", 'Systems Manager, "Session Manager"'),
    _workload("ssm-access-token", "ssm:GetAccessToken", 'Systems Manager, "Just-in-time node access"'),
    _workload("ssm-desktop", "ssm-guiconnect:StartConnection", 'Systems Manager, "Fleet Manager Remote Desktop"'),
    _workload("ssm-command", "ssm:SendCommand", pathfinding("ssm-002")),
    _workload("ssm-association", "ssm:CreateAssociation", 'Systems Manager, "State Manager"'),
    _workload("ssm-association-batch", "ssm:CreateAssociationBatch", 'Systems Manager, "State Manager"'),
    _workload("ssm-association-change", "ssm:UpdateAssociation", 'Systems Manager, "State Manager"'),
    _workload("ssm-document", "ssm:UpdateDocument", 'Systems Manager, "Documents"'),
    _workload("ssm-document-version", "ssm:UpdateDocumentDefaultVersion", 'Systems Manager, "Documents"'),
    _workload("ssm-task", "ssm:RegisterTaskWithMaintenanceWindow", 'Systems Manager, "Maintenance Windows"'),
    _workload("ssm-task-change", "ssm:UpdateMaintenanceWindowTask", 'Systems Manager, "Maintenance Windows"'),
    _workload("ecs-exec", "ecs:ExecuteCommand", 'ECS, "ECS Exec"'),
    _workload("ecs-run", "ecs:RunTask", 'ECS, "RunTask", overrides'),
    _workload("ecs-start-existing", "ecs:StartTask", 'ECS, "StartTask", overrides'),
    _workload("batch-submit", "batch:SubmitJob", 'Batch, "SubmitJob", containerOverrides'),
    _any("eks-access-entry", "eks:CreateAccessEntry", _CLUSTER, 'EKS, "Access entries"'),
    _any("eks-access-entry-change", "eks:UpdateAccessEntry", _CLUSTER, 'EKS, "Access entries"'),
    _any("eks-access-policy", "eks:AssociateAccessPolicy", _CLUSTER, 'EKS, "Access policies"'),
    _any("eks-identity-provider", "eks:AssociateIdentityProviderConfig", _CLUSTER, 'EKS, "OIDC identity provider"'),
    _any("eks-api", "eks:MutateViaKubernetesApi", _CLUSTER, 'EKS, "Actions", Service Authorization Reference'),
    _workload("apprunner-update", "apprunner:UpdateService", pathfinding("apprunner-002")),
    _workload("glue-endpoint-update", "glue:UpdateDevEndpoint", pathfinding("glue-002")),
    _workload("glue-job-update", "glue:UpdateJob", pathfinding("glue-005", "glue-006")),
    _workload("glue-job-run", "glue:StartJobRun", 'Glue, "Job parameters"'),
    _workload("glue-trigger", "glue:CreateTrigger", 'Glue, "Job parameters"'),
    _workload("glue-trigger-change", "glue:UpdateTrigger", 'Glue, "Job parameters"'),
    _workload("glue-statement", "glue:RunStatement", 'Glue, "Interactive sessions"'),
    _workload("emr-step", "elasticmapreduce:AddJobFlowSteps", 'EMR, "Submit work to a cluster"'),
    _workload("emr-credentials", "elasticmapreduce:GetClusterSessionCredentials", 'EMR, "Runtime roles"'),
    _workload("emr-containers-job", "emr-containers:StartJobRun", 'EMR on EKS, "Job execution role"'),
    _workload("emr-livy", "emr-serverless:AccessLivyEndpoints", 'EMR Serverless, "Livy endpoints"'),
    _workload("states-machine-update", "states:UpdateStateMachine", 'Step Functions, "UpdateStateMachine"'),
    _workload("appsync-resolver", "appsync:CreateResolver", 'AppSync, "HTTP resolvers", signed'),
    _workload("appsync-resolver-change", "appsync:UpdateResolver", 'AppSync, "HTTP resolvers", signed'),
    _workload("appsync-function", "appsync:UpdateFunction", 'AppSync, "HTTP resolvers", signed'),
    _workload("iot-policy", "iot:AttachPolicy", 'IoT, "Direct calls to AWS services"'),
    _workload("iot-policy-version", "iot:CreatePolicyVersion", 'IoT, "Direct calls to AWS services"'),
    _workload("greengrass-deployment", "greengrass:CreateDeployment", 'IoT Greengrass, "Token exchange service"'),
    _workload("sagemaker-notebook-url", "sagemaker:CreatePresignedNotebookInstanceUrl", pathfinding("sagemaker-004")),
    _workload(
        "sagemaker-lifecycle",
        "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:UpdateNotebookInstance",
        pathfinding("sagemaker-005"),
    ),
    _workload(
        "sagemaker-lifecycle-change",
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        'SageMaker AI, "Lifecycle configurations"',
    ),
    _workload("sagemaker-domain-url", "sagemaker:CreatePresignedDomainUrl", 'SageMaker AI, "Domains"'),
    _workload("sagemaker-session", "sagemaker:StartSession", 'SageMaker AI, "Remote access to spaces"'),
    _workload(
        "bedrock-session",
        "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
        pathfinding("bedrock-002"),
    ),
    _workload("bedrock-command", "bedrock-agentcore:InvokeAgentRuntimeCommand", 'Bedrock AgentCore, "Runtime"'),
    _workload("airflow-token", "airflow:CreateCliToken", 'MWAA, "Apache Airflow CLI"'),
    _workload("airflow-login", "airflow:CreateWebLoginToken", 'MWAA, "Apache Airflow web server"'),
    _workload("synthetics-canary", "synthetics:UpdateCanary", 'CloudWatch Synthetics, "Canary role"'),
    _workload("flink-code", "kinesisanalytics:UpdateApplication", 'Managed Service for Apache Flink, "Update"'),
    _workload("fis-template", "fis:UpdateExperimentTemplate", 'FIS, "Experiment role"'),
    _workload("cloud9-member", "cloud9:CreateEnvironmentMembership", 'Cloud9, "AWS managed temporary credentials"'),
    _workload("appstream-session", "appstream:CreateStreamingURL", 'WorkSpaces Applications, "Fleet IAM role"'),
    _workload("gamelift-access", "gamelift:GetComputeAccess", 'GameLift Servers, "Remotely access fleet instances"'),
    _workload("deadline-queue", "deadline:AssumeQueueRoleForUser", 'Deadline Cloud, "Queue role"'),
    _workload("datazone-credentials", "datazone:GetEnvironmentCredentials", 'DataZone, "GetEnvironmentCredentials"'),
    _workload("transfer-key", "transfer:ImportSshPublicKey", 'Transfer Family, "Add SSH public keys"'),
    _workload("redshift-credentials", "redshift:GetClusterCredentials", 'Redshift, "Database credentials"'),
    _workload("redshift-credentials-iam", "redshift:GetClusterCredentialsWithIAM", 'Redshift, "Database credentials"'),
    _workload("cognito-member", "cognito-idp:AdminAddUserToGroup", 'Cognito, "Role-based access"'),
    _workload("cognito-password", "cognito-idp:AdminSetUserPassword", 'Cognito, "Role-based access"'),
    _workload(
        "cognito-developer",
        "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
        'Cognito, "Developer-authenticated identities"',
    ),
    _workload("cognito-pool", "cognito-identity:UpdateIdentityPool", 'Cognito, "Identity pools"'),
    _any(
        "lakeformation-grant",
        "lakeformation:GrantPermissions",
        "the data of a data lake",
        'Lake Formation, "Granting permissions"',
    ),
    _any(
        "lakeformation-administrator",
        "lakeformation:PutDataLakeSettings",
        "the data of a data lake",
        'Lake Formation, "Create a data lake administrator"',
    ),
    _workload(
        "servicecatalog-product",
        "servicecatalog:CreateProvisioningArtifact servicecatalog:ProvisionProduct",
        'Service Catalog, "Launch constraints"',
    ),
    _workload(
        "servicecatalog-update",
        "servicecatalog:CreateProvisioningArtifact servicecatalog:UpdateProvisionedProduct",
        'Service Catalog, "Launch constraints"',
    ),
    # another stack's service role
    _stack("other-stack", "cloudformation:UpdateStack", pathfinding("cloudformation-002")),
    _stack(
        "other-stack-change-set",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        pathfinding("cloudformation-005"),
    ),
    _stack("other-stack-execution", "cloudformation:ExecuteChangeSet", 'CloudFormation, "ExecuteChangeSet"'),
    _stack("other-stack-rollback", "cloudformation:RollbackStack", 'CloudFormation, "RollbackStack"'),
    _stack(
        "other-stack-continuation", "cloudformation:ContinueUpdateRollback", 'CloudFormation, "ContinueUpdateRollback"'
    ),
    _stack("other-stack-set", "cloudformation:UpdateStackSet", 'CloudFormation, "UpdateStackSet"'),
    _stack(
        "other-stack-set-instances", "cloudformation:CreateStackInstances", 'CloudFormation, "CreateStackInstances"'
    ),
    _stack("other-stack-set-values", "cloudformation:UpdateStackInstances", 'CloudFormation, "UpdateStackInstances"'),
    _stack("other-type-version", "cloudformation:SetTypeDefaultVersion", 'CloudFormation, "Using private extensions"'),
)

CONFINED: Mapping[str, tuple[str, Publication]] = MappingProxyType(
    {
        f"{service}.amazonaws.com": (does, Publication(source))
        for service, does, source in (
            (
                "application-autoscaling",
                "scales what is registered with it",
                'Application Auto Scaling, "How Application Auto Scaling works with IAM"',
            ),
            (
                "batch",
                "runs the instances and tasks of compute environments, with roles of their own",
                'Batch, "AWS Batch service IAM role"',
            ),
            (
                "cloudtrail",
                "writes events to a log group",
                'CloudTrail, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring"',
            ),
            (
                "codedeploy",
                "moves traffic and instances between versions",
                'CodeDeploy, "Step 3: Create a service role for CodeDeploy"',
            ),
            (
                "config",
                "reads configurations and delivers them",
                'Config, "Permissions for the IAM Role Assigned to AWS Config"',
            ),
            (
                "ecs",
                "registers tasks with load balancers, attaches volumes, and runs instances with profiles of their own",
                'ECS, "Amazon ECS infrastructure IAM role"',
            ),
            (
                "elasticfilesystem",
                "replicates file systems",
                'EFS, "CreateReplicationConfiguration"',
            ),
            (
                "monitoring.rds",
                "writes metrics to a log group",
                'RDS, "Setting up and enabling Enhanced Monitoring"',
            ),
            ("ses", "publishes sending events", 'SES, "KinesisFirehoseDestination"'),
            ("sns", "writes the status of deliveries to a log group", 'SNS, "Amazon SNS message delivery status"'),
            (
                "streams.metrics.cloudwatch",
                "writes metrics to the stream that the role names",
                'CloudWatch, "Trust between CloudWatch and Firehose"',
            ),
            (
                "vpc-flow-logs",
                "writes flow logs",
                'VPC, "IAM role for publishing flow logs to CloudWatch Logs"',
            ),
        )
    }
)
"""Services that do with a role what they are there for and nothing that the caller may choose, so that passing one
gives nothing else; each with what that is, and the page that says so."""

MODELLED = frozenset(CONFINED) | {service for way in WAYS for step in way.steps for service in step.passed_to}
"""Services of which it is known what they do with a role."""
