"""What the deploy role is for, so that `leastgrant` can prove that it grants this and nothing else.

What CloudFormation calls for the app's resources is leastgrant's own knowledge. What is declared here is the rest: the
calls of other tools with the role, and the names within which the role may act.
"""

from collections.abc import Iterable

from leastgrant import Need, Trusted, Use
from leastgrant.cdk.plugin import DeployRoleProof, RoleInStack
from leastgrant.iam import Pattern
from settings import Settings
from stacks.deploy_role.grants.artifacts import ArtifactBucketOperation, ArtifactOperation
from stacks.deploy_role.grants.cloudformation import StackOperation
from stacks.deploy_role.grants.dynamodb import TableOperation
from stacks.deploy_role.grants.dynamodb_seeding import ItemOperation
from stacks.deploy_role.grants.lambda_ import InvokeOperation
from stacks.deploy_role.grants.secretsmanager import SecretOperation
from stacks.deploy_role.grants.statement import Operation
from stacks.deploy_role.stack import ROLE_ID, app_namespace, trust_of
from stacks.names import PORTAL_SECRET, AppFunction, ExecutionTable
from stacks.namespace import StackArn, StackNamespace


def deploy_role_proof(settings: Settings) -> DeployRoleProof:
    """The proof that the deploy role fits the app stack."""
    app, trust = app_namespace(settings), trust_of(settings)
    return DeployRoleProof(
        role=RoleInStack("DeployRole", ROLE_ID),
        deployed=["DataOps"],
        uses=_uses(app, settings.artifact_bucket),
        namespaces=[Pattern.parse(arn) for arn in _namespaces(app, settings.artifact_bucket)],
        trusted=Trusted(trust.provider_arn, (trust.audience.value,), (str(trust.subject),)),
        mend=_typed_grant,
    )


def _uses(app: StackNamespace, artifact_bucket: str) -> tuple[Use, ...]:
    bucket, artifacts = app.artifact_bucket(artifact_bucket), app.artifacts(artifact_bucket)
    users, templates, tasks = map(app.table, (ExecutionTable.USERS, ExecutionTable.TEMPLATES, ExecutionTable.TASKS))
    work_engine, secret = app.function(AppFunction.WORK_ENGINE), app.secret(PORTAL_SECRET)
    item, table = ItemOperation, TableOperation
    return (
        _use("cdk deploy", "makes, reads, executes and discards change sets", StackOperation, app.stack),
        _use("cdk deploy: artifacts", "looks at the bucket before it uploads", ArtifactBucketOperation, bucket),
        _use("cdk deploy: upload", "uploads the template and the code", [ArtifactOperation.PUT_OBJECT], artifacts),
        _use("ops preflight: tables", "is a name that will be created taken", [table.DESCRIBE_TABLE], app.tables),
        _use("ops preflight: secret", "is its name taken", [SecretOperation.DESCRIBE_SECRET], secret),
        _use(
            "rollback of the take-over",
            "gives Lambda the code of before, which SAM kept outside the stack's prefix",
            [ArtifactOperation.GET_OBJECT],
            app.earlier_artifacts(artifact_bucket),
        ),
        _use("seeding", "users and templates", [item.GET_ITEM, item.PUT_ITEM, item.SCAN], users, templates),
        _use("seeding: recurring tasks", "tasks", [item.PUT_ITEM, item.SCAN, item.UPDATE_ITEM], tasks),
        _use("smoke test", "asks the work engine for its health and templates", InvokeOperation, work_engine),
        _use("smoke test: secret", "proves itself to the work engine", [SecretOperation.GET_SECRET_VALUE], secret),
    )


def _use(name: str, reason: str, operations: Iterable[Operation], *resources: StackArn) -> Use:
    actions = tuple(operation.value for operation in operations)
    return Use(name, reason, actions, tuple(map(Pattern.parse, resources)))


def _namespaces(app: StackNamespace, artifact_bucket: str) -> tuple[StackArn, ...]:
    """What is the app stack's by its name, and the bucket that it is deployed from."""
    return (
        app.stack,
        app.event_rules,
        app.tables,
        app.buckets,
        app.secret(PORTAL_SECRET),
        app.artifact_bucket(artifact_bucket),
        app.earlier_artifacts(artifact_bucket),
        *(app.function(function) for function in AppFunction),
        *(app.role(function.role) for function in AppFunction),
    )


def _typed_grant(need: Need) -> str:
    """Where the missing permission is granted."""
    for kind in Operation.__subclasses__():
        for operation in kind:
            if operation.value == need.action:
                return f"grant {kind.__name__}.{operation.name} in {kind.__module__} on {need.resource}"
    service = need.action.partition(":")[0]
    return f"add {need.action} to the operations of {service} in stacks/deploy_role/grants, on {need.resource}"
