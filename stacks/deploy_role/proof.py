"""What the deploy role is for, so that `leastgrant` can prove that it grants this and nothing else.

What CloudFormation calls for the app's resources is leastgrant's own knowledge. What is declared here is the rest: the
calls of other tools with the role, and the names within which the role may act.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from leastgrant import Assets, Environment, Need, Trusted, Use, refusals, role_of_policy, tool_uses
from leastgrant.cdk.plugin import DeployRoleProof, RoleInStack
from leastgrant.iam import Pattern
from leastgrant.knowledge import Tier, authorization
from settings import LiveRecord, Settings
from stacks.deploy_role.grants.artifacts import ArtifactAction
from stacks.deploy_role.grants.cloudformation import CHANGE_SETS
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants, TableAction
from stacks.deploy_role.grants.dynamodb_seeding import DynamoDbSeedingGrants, ItemAction
from stacks.deploy_role.grants.iam import FunctionRoleGrants, RoleTagAction
from stacks.deploy_role.grants.lambda_ import FunctionAction, InvokeAction, LambdaFunctionGrants
from stacks.deploy_role.grants.secretsmanager import SecretAction, SecretGrants
from stacks.deploy_role.grants.statement import (
    GrantableAction,
    StackGrant,
    UnscopedAction,
    resources_of,
)
from stacks.deploy_role.stack import ROLE_ID, trust_of
from stacks.names import AppFunction, ExecutionTable
from stacks.namespace import StackArn, StackNamespace


def deploy_role_proof(
    settings: Settings, record: LiveRecord, granted: Iterable[StackGrant], withheld: Mapping[str, str]
) -> DeployRoleProof:
    """Make the proof that the deploy role fits the app stack, and reaches nothing but what its grants are on.

    Args:
        settings: The settings.
        record: What the app stack has already.
        granted: What the role is granted.
        withheld: What it is not granted although a change would call it, by the finding's id, and why.
    """
    app, trust = StackNamespace.of_app(settings, record), trust_of(settings)
    return DeployRoleProof(
        role=RoleInStack("DeployRole", ROLE_ID),
        deployed=["DataOps"],
        uses=_uses(app, settings),
        namespaces=[Pattern.parse(resource.arn) for resource in resources_of(granted)],
        belongs=belonging(app, settings),
        trusted=Trusted(
            trust.provider_arn,
            (trust.audience.value,),
            (str(trust.subject),),
            tuple((claim, (value,)) for claim, value in trust.claims.items()),
        ),
        fix=partial(typed_grant, app),
        acknowledge=withheld,
        existing=record.resources,
        own_buckets=[settings.artifact_bucket],
        on_change=True,
    )


def belonging(app: StackNamespace, settings: Settings) -> list[Pattern]:
    """Return what belongs to the app though no stack makes it: two secrets that the docs app reads."""
    made_by_hand = (settings.github_token_secret_name, settings.basic_auth_password_secret_name)
    place = f"arn:{app.partition}:secretsmanager:{app.region}:{app.account}:secret"
    return [Pattern.parse(f"{place}:{name}-*") for name in made_by_hand]


def _uses(app: StackNamespace, settings: Settings) -> tuple[Use, ...]:
    artifact_bucket = settings.artifact_bucket
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
        *(_of_the_take_over(app, settings) if app.is_taken_over else ()),
        replace(
            _use(
                "ops review: code",
                "compares the code that was uploaded with what was sealed",
                [ArtifactAction.GET_OBJECT],
                app.artifacts(artifact_bucket),
            ),
            context=(("aws:ResourceAccount", (Pattern.literal(app.account),)),),
        ),
        _use(
            "ops verify-code",
            "compares the code that the functions run with what was sealed",
            [FunctionAction.GET_FUNCTION],
            *LambdaFunctionGrants.from_namespace(app).functions,
        ),
        _use("ops preflight: tables", "is a name that will be created taken", [table.DESCRIBE_TABLE], tables),
        _use("ops preflight: secret", "is its name taken", [SecretAction.DESCRIBE_SECRET], secret),
        _use("seeding", "users and templates", [item.GET_ITEM, item.PUT_ITEM, item.SCAN], users, templates),
        _use("seeding: recurring tasks", "tasks", [item.PUT_ITEM, item.SCAN, item.UPDATE_ITEM], tasks),
        _use("smoke test", "asks the work engine for its health and templates", InvokeAction, work_engine),
        _use("smoke test: secret", "proves itself to the work engine", [SecretAction.GET_SECRET_VALUE], secret),
    )


def _required(command: str, stack: Environment, assets: Assets) -> Iterator[Use]:
    """Return what the command cannot do without: the role grants no more."""
    context: tuple[tuple[str, tuple[Pattern, ...]], ...] = (
        ("cloudformation:ChangeSetName", (Pattern.parse(CHANGE_SETS),)),
        ("cloudformation:ImportResourceTypes", ()),
        ("cloudformation:RoleArn", ()),
        ("aws:ResourceAccount", (Pattern.literal(str(stack.account)),)),
    )
    uses = (use for use in tool_uses(command, [stack], assets) if use.tier is Tier.REQUIRED)
    return (_holding(use, context) for use in uses)


def _holding(use: Use, context: Iterable[tuple[str, tuple[Pattern, ...]]]) -> Use:
    """Return the use with what is known of its requests besides, as far as its actions take the condition keys."""
    known = tuple(
        (key, values) for key, values in context if any(authorization.takes(action, key) for action in use.actions)
    )
    return replace(use, context=(*use.context, *known))


def _of_the_take_over(app: StackNamespace, settings: Settings) -> Iterator[Use]:
    """Yield what a rollback to SAM's template calls, beside what one to CDK's does."""
    code = _use(
        "rollback of the take-over",
        "gives Lambda the code of before, which SAM kept outside the stack's prefix",
        [ArtifactAction.GET_OBJECT],
        *app.earlier_artifacts(settings.artifact_bucket),
    )
    yield replace(code, context=(("aws:ResourceAccount", (Pattern.literal(app.account),)),))
    roles = FunctionRoleGrants.bounded_by(app, settings.function_boundary_arn).roles
    yield _use("rollback of the take-over: tags", "puts back the tag that SAM gave the roles", RoleTagAction, *roles)


def _use(name: str, reason: str, actions: Iterable[GrantableAction], *resources: StackArn) -> Use:
    return Use(
        name,
        reason,
        tuple(action.value for action in actions),
        tuple(Pattern.parse(resource.arn) for resource in resources),
    )


def typed_grant(app: StackNamespace, need: Need) -> str:
    """Say where the missing permission is granted: the file, the class, and the member to grant or to add.

    What AWS names without the stack's name is granted under what ties it to the stack, if there is such a condition.
    """
    if need.on == "*" or app.holds(need.on):
        return _named_grant(need) + (_under_a_tie(app, need) if need.on == "*" else "")
    tie = _tie(app, need)
    if tie is None:
        return f"AWS offers no condition that ties {need.on} to {app.stack_name}: an operator makes this change"
    kinds = [kind for kind in GrantableAction.__subclasses__() if any(one.service == _service(need) for one in kind)]
    file = _file(kinds[0]) if kinds else f"a new file for {_service(need)} in stacks/deploy_role/grants"
    return (
        f"add {_member(need.action)} to a GrantableAction of its own in {file}, granted on {need.on} by"
        f" StackNamespace.tied with the tie {tie}: its name does not tell whose it is"
    )


def _under_a_tie(app: StackNamespace, need: Need) -> str:
    tie = _tie(app, need)
    return f" (with the tie {tie})" if tie else ""


def _tie(app: StackNamespace, need: Need) -> str | None:
    """Name the property of the namespace under whose tie the need is granted, as leastgrant proves."""
    functions = [LambdaFunctionGrants.from_namespace(app).function(function) for function in AppFunction]
    ties = {"of_functions": app.of_functions(*functions), "tagged": app.tagged, "being_tagged": app.being_tagged}
    for name, tie in ties.items():
        if authorization.takes(need.action, tie.key):
            statement = {"Effect": "Allow", "Action": need.action, "Resource": need.on, "Condition": tie.conditions}
            granted = role_of_policy({"Version": "2012-10-17", "Statement": [statement]}, name).permissions
            if refusals([need], granted)[need] is None:
                return name
    return None


def _service(need: Need) -> str:
    return need.action.partition(":")[0]


def _named_grant(need: Need) -> str:
    """Say where what is named after the stack, or has no resource, is granted."""
    kinds = (*UnscopedAction.__subclasses__(), *GrantableAction.__subclasses__())
    having = [kind for kind in kinds if any(action.value == need.action for action in kind)]
    member = _member(need.action)
    if having:
        kind = max(having, key=partial(_kinship, need.action))
        return f"grant {kind.__name__}.{kind(need.action).name} of {_file(kind)} on {need.on}"
    service = _service(need)
    is_unscoped = not authorization.has_resources(need.action)
    near = [
        kind
        for kind in kinds
        if issubclass(kind, UnscopedAction) == is_unscoped and any(one.service == service for one in kind)
    ]
    if near and not is_unscoped:
        kind = max(near, key=partial(_kinship, need.action))
        return f"add {member} to {kind.__name__} of {_file(kind)}, granted on {need.on}"
    if is_unscoped:
        files = sorted({_file(kind) for kind in kinds if any(one.service == service for one in kind)})
        where = files[0] if files else f"a new file for {service} in stacks/deploy_role/grants"
        return f"add an UnscopedAction to {where}, with {member}, and grant it by grant_unscoped: IAM accepts only *"
    return f"add a file for {service} to stacks/deploy_role/grants, as CONTRIBUTING.md shows, with {member}"


def _member(action: str) -> str:
    """Return an action as a member of an enum: `CREATE_QUEUE = "sqs:CreateQueue"`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", action.partition(":")[2])
    return f'{name.upper()} = "{action}"'


def _kinship(action: str, kind: type[GrantableAction]) -> tuple[int, int]:
    """Tell how near a class is to an action: by the words of its nearest member, then by how few members it has.

    What is done to something counts more than which verb does it: `lambda:GetFunctionUrlConfig` belongs with
    `lambda:DeleteFunctionUrlConfig` before `lambda:GetFunction`.
    """

    def words(text: str) -> tuple[str, frozenset[str]]:
        verb, *rest = re.findall(r"[A-Z][a-z0-9]*|[a-z0-9]+", text.partition(":")[2]) or [""]
        return verb, frozenset(rest)

    verb, of = words(action)
    likeness = 0
    for one in kind:
        its_verb, its = words(one.value)
        if one.service == action.partition(":")[0]:
            likeness = max(likeness, 100 + 4 * len(of & its) - len(of ^ its) + 3 * (verb == its_verb))
    return likeness, -len(kind)


def _file(kind: type[GrantableAction]) -> str:
    return f"{kind.__module__.replace('.', '/')}.py"
