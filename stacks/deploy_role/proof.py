"""What the deploy role is for, so that `leastgrant` can prove that it grants this and nothing else.

What CloudFormation calls for the app's resources is leastgrant's own knowledge. What is declared here is the rest: the
calls of other tools with the role, and the names within which the role may act.
"""

from collections.abc import Iterable, Iterator

from leastgrant import Assets, Environment, Need, Trusted, Use, tool_uses
from leastgrant.cdk.plugin import DeployRoleProof, RoleInStack
from leastgrant.iam import Pattern
from leastgrant.knowledge import Tier
from settings import Settings
from stacks.deploy_role.grants.artifacts import ArtifactAction
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants, TableAction
from stacks.deploy_role.grants.dynamodb_seeding import DynamoDbSeedingGrants, ItemAction
from stacks.deploy_role.grants.lambda_ import InvokeAction, LambdaFunctionGrants
from stacks.deploy_role.grants.secretsmanager import SecretAction, SecretGrants
from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, resources_of
from stacks.deploy_role.stack import ROLE_ID, app_namespace, trust_of
from stacks.names import AppFunction, ExecutionTable
from stacks.namespace import StackArn, StackNamespace


def deploy_role_proof(settings: Settings, granted: Iterable[StackGrant]) -> DeployRoleProof:
    """Make the proof that the deploy role fits the app stack, and reaches nothing but what its grants are on."""
    app, trust = app_namespace(settings), trust_of(settings)
    return DeployRoleProof(
        role=RoleInStack("DeployRole", ROLE_ID),
        deployed=["DataOps"],
        uses=_uses(app, settings.artifact_bucket),
        namespaces=[Pattern.parse(resource.arn) for resource in resources_of(granted)],
        trusted=Trusted(trust.provider_arn, (trust.audience.value,), (str(trust.subject),)),
        fix=_typed_grant,
        on_change=True,
    )


def _uses(app: StackNamespace, artifact_bucket: str) -> tuple[Use, ...]:
    stack = Environment(app.partition, app.region, app.account, app.stack_name)
    assets = Assets(artifact_bucket, f"{app.stack_name}/")
    tables, seeded = DynamoDbTableGrants.from_namespace(app).tables, DynamoDbSeedingGrants.from_namespace(app).table
    users, templates, tasks = map(seeded, (ExecutionTable.USERS, ExecutionTable.TEMPLATES, ExecutionTable.TASKS))
    work_engine = LambdaFunctionGrants.from_namespace(app).function(AppFunction.WORK_ENGINE)
    secret = SecretGrants.from_namespace(app).portal_secret
    item, table = ItemAction, TableAction
    return (
        *_required("cdk deploy", stack, assets),
        *_required("cdk deploy --method=execute-change-set", stack, assets),
        _use("ops preflight: tables", "is a name that will be created taken", [table.DESCRIBE_TABLE], tables),
        _use("ops preflight: secret", "is its name taken", [SecretAction.DESCRIBE_SECRET], secret),
        _use(
            "rollback of the take-over",
            "gives Lambda the code of before, which SAM kept outside the stack's prefix",
            [ArtifactAction.GET_OBJECT],
            app.earlier_artifacts(artifact_bucket),
        ),
        _use("seeding", "users and templates", [item.GET_ITEM, item.PUT_ITEM, item.SCAN], users, templates),
        _use("seeding: recurring tasks", "tasks", [item.PUT_ITEM, item.SCAN, item.UPDATE_ITEM], tasks),
        _use("smoke test", "asks the work engine for its health and templates", InvokeAction, work_engine),
        _use("smoke test: secret", "proves itself to the work engine", [SecretAction.GET_SECRET_VALUE], secret),
    )


def _required(command: str, stack: Environment, assets: Assets) -> Iterator[Use]:
    """Return what the command cannot do without: the role grants no more."""
    return (use for use in tool_uses(command, [stack], assets) if use.tier is Tier.REQUIRED)


def _use(name: str, reason: str, actions: Iterable[GrantableAction], *resources: StackArn) -> Use:
    return Use(
        name,
        reason,
        tuple(action.value for action in actions),
        tuple(Pattern.parse(resource.arn) for resource in resources),
    )


def _typed_grant(need: Need) -> str:
    """Say where the missing permission is granted."""
    kinds = GrantableAction.__subclasses__()
    for kind in kinds:
        for action in kind:
            if action.value == need.action:
                return f"grant {kind.__name__}.{action.name} in {kind.__module__} on {need.resource}"
    service = need.action.partition(":")[0]
    if any(action.service == service for kind in kinds for action in kind):
        return f"add {need.action} to the actions of {service} in stacks/deploy_role/grants, on {need.resource}"
    return f"add a file for {service} to stacks/deploy_role/grants, as CONTRIBUTING.md shows, with {need.action}"
