"""The acts, in order. Each says what had to happen, and what did."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from local_aws.gateway import Fault
from local_aws.wire import AwsError
from ops.project.deployment import Deployment
from rehearsal.account import fill, items, lay_out, live_app
from rehearsal.assemblies import synthesised
from rehearsal.live_state import RULES_STATEMENT, SCHEDULES
from rehearsal.outcome import Basis
from rehearsal.pipeline_calls import calls_of, refused, undeclared
from rehearsal.places import ROOT
from settings import LiveRecord, RecordState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rehearsal.assemblies import Template
    from rehearsal.stage import Ran, Stage

ROLE_STACK: Final = "DeployRole"
APP_STACK: Final = "DataOps"
DEPLOY: Final = ("--require-approval", "never", "--progress", "events")
JOBS_DEPLOY: Final = (*DEPLOY, "--change-set-name", "deploy-rehearsed")
"""The role makes change sets of such a name alone."""
_STALE: Final = "the live role is stale: update the role stack first"
_BY_HAND: Final = "the live role was changed by hand"
_ORPHAN: Final = "intake"
_NO_ANSWER: Final = 2
MADE: Final = (
    *("DocsFullAppFunction", "DocsFullAppFunctionRole", "WorkEngineFunction", "WorkEngineFunctionRole"),
    "DataOpsExportArchiveBucket",
)
"""The logical ids of what CloudFormation names, and the deploy role reaches by that name."""


def play(stage: Stage) -> None:
    """Play all acts.

    Raises:
        RehearsalFailed: something did not happen as it had to.
    """
    play_to_the_incident(stage)
    with stage.playing("2 The stale role is noticed"):
        stale_role_is_noticed(stage)
    with stage.playing("3 The role is updated"):
        wrong_role_updates_are_refused(stage)
        role_is_updated(stage)
    earlier = len(stage.ran)
    with stage.playing("4 The table is taken back, and the schedules come up"):
        table_is_reconciled(stage)
        account_is_recorded(stage, RecordState.BEING_TAKEN_OVER)
        roles_are_bounded(stage)
        incident_with_cdk(stage)
        app_is_deployed(stage)
    with stage.playing("5 What is live is recorded, and the role has its literal names"):
        account_is_recorded(stage, RecordState.SINCE_TAKE_OVER)
        ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY)
        stage.see("the job deploys with that role", f"exit status {ran.status}", good=ran.status == 0)
    with stage.playing("6 Again, and what fails leaves nothing behind"):
        deploying_again_does_nothing(stage)
        failing_creation_leaves_nothing(stage)
    with stage.playing("7 The app answers"):
        smoke(stage)
    with stage.playing("8 Whoever runs code in the deploy job is no more than the app"):
        thief_stays_what_he_is(stage)
    with stage.playing("9 The role fits what the pipeline called"):
        role_fits_the_pipeline(stage, stage.ran[earlier:])


def play_to_the_incident(stage: Stage) -> None:
    """Play the acts until the account is as it was left: what the operator finds on the day of the adoption.

    Raises:
        RehearsalFailed: something did not happen as it had to.
    """
    with stage.playing("0 The account as it was"):
        lay_out(stage)
        stage.see("both stacks are there, without the schedules", _statuses(stage), good=True)
    with stage.playing("1 The incident"):
        refused_logins(stage)
        thief_becomes_more(stage)
        incident(stage)


def refused_logins(stage: Stage) -> None:
    """See tokens refused that the role's trust does not accept."""
    repository = f"repo:{stage.settings.github_owner}/{stage.settings.github_repo}"
    for subject in (
        f"{repository}:environment:production",
        f"{repository}:ref:refs/heads/another",
        f"{repository}:pull_request",
    ):
        try:
            stage.logged_in(subject)
            seen = "let in"
        except ClientError as error:
            seen = error.response.get("Error", {}).get("Message", "")
        good = seen == "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        stage.see(f"a job with the subject {subject}", seen, good=good)
    ran = stage.ops(stage.job(f"{repository}:environment:production"), "smoke")
    told = "its subject is repo:" in ran.output and "the role trusts repo:" in ran.output
    stage.see("ops says why", ran.output.strip(), good=ran.status == _NO_ANSWER and told)


def thief_becomes_more(stage: Stage) -> None:
    """Make, with the role of that day, a role that anyone may assume and that may do anything; then take it away."""
    made = list(_attack(stage))
    good = all(said == "allowed" for _, said in made)
    stage.see("with the role of that day a thief is administrator in two calls", _told(made), good=good)
    iam, role = stage.client("iam"), _thiefs_role(stage)
    iam.delete_role_policy(RoleName=role, PolicyName="all")
    iam.delete_role(RoleName=role)


def thief_stays_what_he_is(stage: Stage) -> None:
    """Try the same with the new role, and what else would make it more."""
    tried = [*_attack(stage), *_attack_on_the_functions(stage)]
    stage.see("the new role is refused each call", _told(tried), good=all(said != "allowed" for _, said in tried))


def _attack(stage: Stage) -> Iterator[tuple[str, str]]:
    """Try to make a role under the app's names, and to give it everything."""
    iam, role = stage.aws.client("iam", stage.logged_in()), _thiefs_role(stage)
    anyone = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    everything = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    yield "iam:CreateRole", _said(lambda: iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust))
    policy = {"RoleName": role, "PolicyName": "all", "PolicyDocument": everything}
    yield "iam:PutRolePolicy", _said(lambda: iam.put_role_policy(**policy))


def _attack_on_the_functions(stage: Stage) -> Iterator[tuple[str, str]]:
    """Try to free a function's role, to make it assumable, and to destroy what is live."""
    credentials = stage.logged_in()
    iam, tables = stage.aws.client("iam", credentials), stage.aws.client("dynamodb", credentials)
    functions = stage.aws.client("lambda", credentials)
    roles = [role["RoleName"] for role in stage.client("iam").list_roles()["Roles"]]
    role = next(name for name in roles if "WorkEngineFunctionRole" in name)
    names = [one["FunctionName"] for one in stage.client("lambda").list_functions()["Functions"]]
    name = next(one for one in names if "WorkEngineFunction" in one)
    free = _said(lambda: iam.delete_role_permissions_boundary(RoleName=role))
    yield "iam:DeleteRolePermissionsBoundary", free
    trust = _said(lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument="{}"))
    yield "iam:UpdateAssumeRolePolicy", trust
    public = {"FunctionName": name, "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": "*"}
    yield "lambda:AddPermission for everyone", _said(lambda: functions.add_permission(**public))
    yield "dynamodb:DeleteTable", _said(lambda: tables.delete_table(TableName=_intake(stage)))


def _thiefs_role(stage: Stage) -> str:
    return f"{stage.settings.app_stack_name}-WorkEngineFunctionRole-EVIL"


def _said(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "refused")
    return "allowed"


def _told(tried: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{action}: {said}" for action, said in tried)


def incident(stage: Stage) -> None:
    """Play the update that was rolled back, with the role of that day, by the calls that SAM's CLI made."""
    before, stack = items(stage), stage.settings.app_stack_name
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY)
    refused = "is not authorized to perform: cloudformation:GetTemplate"
    stage.see(
        "cdk deploy cannot even begin: the role was written for SAM", _line_with(ran, refused), good=ran.status == 1
    )
    _deploy_as_sam_did(stage, stack, live_app(stage))
    _see_the_schedule_fail(stage, stack)
    left = sorted(items(stage).keys() - before.keys())
    good = left == [_intake(stage)] and not _in_stack(stage, _intake(stage))
    stage.see("the intake table is left behind", ", ".join(left) or "nothing", good=good, basis=Basis.CONSEQUENCE)
    fill(stage, _intake(stage))
    kept = {table: found for table, found in items(stage).items() if table in before}
    stage.see("no table has lost an item", _counted(kept), good=kept == before)


def _deploy_as_sam_did(stage: Stage, stack: str, template: Template) -> None:
    cloudformation = stage.aws.client("cloudformation", stage.logged_in())
    made = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName="samcli-deploy",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.execute_change_set(ChangeSetName=made["Id"])


def _see_the_schedule_fail(stage: Stage, stack: str) -> None:
    """Deploy with a role that may not touch rules."""
    status = stage.status(stack)
    failed = _last_failure(stage, stack)
    wanted = ("assumed-role/", "is not authorized to perform: events:DescribeRule on resource: arn:")
    good = failed["LogicalResourceId"] == SCHEDULES[0] and all(
        part in failed["ResourceStatusReason"] for part in wanted
    )
    seen = f"{failed['LogicalResourceId']}: {failed['ResourceStatusReason']}"
    stage.see("the deployment fails on the daily schedule", seen, good=good, basis=Basis.CONSEQUENCE)
    rolled_back = status == "UPDATE_ROLLBACK_COMPLETE"
    stage.see("it is rolled back", status, good=rolled_back, basis=Basis.CONSEQUENCE)


def stale_role_is_noticed(stage: Stage) -> None:
    """Run the preflight, before anything is deployed."""
    ran = stage.ops(stage.operator(), "preflight")
    stage.see("preflight says so", _line_with(ran, _STALE), good=ran.status == 1 and _STALE in ran.output)
    orphan = _intake(stage)
    stage.see("and names the table outside the stack", _line_with(ran, orphan), good=orphan in ran.output)


def wrong_role_updates_are_refused(stage: Stage) -> None:
    """Review change sets that must be refused; none is executed."""

    def renamed(role: Template) -> None:
        role["Properties"]["RoleName"] = "another-name"

    def trusting(role: Template) -> None:
        statement = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] = "repo:someone/else:*"

    def widened(role: Template) -> None:
        document = role["Properties"]["Policies"][0]["PolicyDocument"]
        document["Statement"].append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"})

    def tagged(role: Template) -> None:
        role["Properties"]["Tags"] = [{"Key": "Owner", "Value": "someone"}]

    for name, edit, verdict in (
        ("replaces the role", renamed, "refused"),
        ("changes its trust", trusting, "refused"),
        ("grants what was not reviewed", widened, "refused"),
        ("touches more than the inline policy", tagged, "needs a human"),
    ):
        ran = _reviewed(stage, name, _with_role(edit))
        good = ran.status == 1 and ran.output.lower().startswith(verdict)
        stage.see(f"a change set that {name}", ran.output.strip().splitlines()[0], good=good)


def role_is_updated(stage: Stage) -> None:
    """Make the reviewed update, and see that it is all that the role needed."""
    diff = stage.cdk(stage.operator(), "diff", ROLE_STACK, "--method=template")
    stage.see("cdk diff of the role stack", f"exit status {diff.status}", good=diff.status == 0)
    stack, name = stage.settings.role_stack_name, "adopt-the-role"
    prepared = stage.cdk(stage.operator(), "deploy", ROLE_STACK, *DEPLOY, *prepare(name))
    stage.see("the change set is prepared", f"exit status {prepared.status}", good=prepared.status == 0)
    ran = stage.ops(stage.operator(), "review", stack, "--change-set", name)
    stage.see("the review", ran.output.strip().splitlines()[0], good=ran.status == 0)
    executed = stage.cdk(stage.operator(), "deploy", ROLE_STACK, *DEPLOY, *execute(name))
    status = stage.status(stack)
    stage.see("the change set is executed", status, good=executed.status == 0 and status == "UPDATE_COMPLETE")
    ran = stage.ops(stage.operator(), "simulate")
    stage.see("IAM allows what it must, and nothing next to it", f"exit status {ran.status}", good=ran.status == 0)
    ran = stage.ops(stage.operator(), "preflight")
    still = _intake(stage) in ran.output and _STALE not in ran.output
    stage.see(
        "preflight: the role is as synthesised, the table still in the way", f"exit status {ran.status}", good=still
    )


def table_is_reconciled(stage: Stage) -> None:
    """Import the table that was left behind."""
    before = items(stage)
    plan = stage.ops(stage.operator(), "reconcile")
    stage.see("reconcile: the plan", _line_with(plan, _intake(stage)), good=_intake(stage) in plan.output)
    ran = stage.ops(stage.operator(), "reconcile", "--execute")
    good = ran.status == 0 and _in_stack(stage, _intake(stage))
    stage.see("reconcile --execute: the table is the stack's", f"exit status {ran.status}", good=good)
    stage.see("no table has lost an item", _counted(items(stage)), good=items(stage) == before)


def roles_are_bounded(stage: Stage) -> None:
    """Put the boundary on the functions' roles, as the operator: the deploy role may not."""
    stack = stage.settings.app_stack_name
    wrong = stage.ops_asked(stage.operator(), "yes", "bound-roles")
    stage.see("bound-roles, and the wrong name typed", wrong.output.splitlines()[-1], good=wrong.status == 1)
    ran = stage.ops_asked(stage.operator(), stack, "bound-roles")
    safe = _line_with(ran, "SAFE: ")
    stage.see("bound-roles: the review, and the stack's name typed", safe, good=safe.startswith("SAFE: "))
    iam, boundary = stage.client("iam"), stage.settings.function_boundary_arn
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith(f"{stack}-")]
    bounded = [
        role
        for role in roles
        if iam.get_role(RoleName=role)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == boundary
    ]
    good = ran.status == 0 and bounded == roles and bool(roles)
    stage.see("both roles have the boundary", ", ".join(bounded), good=good, basis=Basis.CONSEQUENCE)
    ran = stage.ops(stage.operator(), "smoke")
    stage.see("the app answers as before", f"exit status {ran.status}", good=ran.status == 0)


def incident_with_cdk(stage: Stage) -> None:
    """Make the same mistake again, with the CDK CLI and the new template: this time nothing is left behind."""
    before, stack = items(stage), stage.settings.app_stack_name
    role, policy = stage.settings.deploy_role_name, f"{stack}-deploy"
    iam = stage.client("iam")
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    without = {**document, "Statement": [one for one in document["Statement"] if one["Sid"] != RULES_STATEMENT]}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(without))
    ran = stage.ops(stage.operator(), "preflight")
    good = _BY_HAND in ran.output and _STALE not in ran.output
    stage.see("preflight: the role was changed by hand", f"exit status {ran.status}", good=good and ran.status == 1)
    ran = stage.ops(stage.operator(), "review", stage.settings.role_stack_name)
    stage.see("the review of an update that changes nothing", _line_with(ran, _BY_HAND), good=ran.status == 1)
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY)
    stage.see("cdk deploy with a role that may not touch rules", f"exit status {ran.status}", good=ran.status == 1)
    _see_the_schedule_fail(stage, stack)
    watched = stage.ops(stage.operator(), "watch", stack)
    named = "events:DescribeRule" in watched.output
    stage.see("ops watch names the permission", _line_with(watched, "events:DescribeRule"), good=named)
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    stage.see("nothing is left behind, no item is lost", _counted(items(stage)), good=items(stage) == before)


def app_is_deployed(stage: Stage) -> None:
    """Deploy as the workflow does: checked, prepared, reviewed, executed."""
    before, stack, name = items(stage), stage.settings.app_stack_name, "deploy-the-app"
    ran = stage.ops(stage.operator(), "preflight")
    stage.see("preflight", f"exit status {ran.status}", good=ran.status == 0)
    diff = stage.cdk(stage.operator(), "diff", APP_STACK)
    stage.see("cdk diff of the app", f"exit status {diff.status}", good=diff.status == 0)
    prepared = stage.cdk(stage.job(), "deploy", APP_STACK, *DEPLOY, *prepare(name))
    stage.see("the change set is prepared with the role", f"exit status {prepared.status}", good=prepared.status == 0)
    ran = stage.ops(stage.operator(), "review", stack, "--change-set", name)
    stage.see("the review", ran.output.strip().splitlines()[0], good=ran.status == 0)
    executed, watched = execute_by_id(stage, stack, name)
    status = stage.status(stack)
    good = executed.status == 0 and watched.status == 0 and status == "UPDATE_COMPLETE"
    stage.see("the deployment with the role", status, good=good, basis=Basis.CONSEQUENCE)
    rules = [rule["Name"] for rule in stage.client("events").list_rules()["Rules"]]
    stage.see("both schedules are there", ", ".join(rules), good=len(rules) == 2, basis=Basis.CONSEQUENCE)  # noqa: PLR2004
    stage.see("no table has lost an item", _counted(items(stage)), good=items(stage) == before)


def deploying_again_does_nothing(stage: Stage) -> None:
    """Deploy the same once more."""
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY)
    stage.see(
        "cdk deploy again", _line_with(ran, "(no changes)"), good=ran.status == 0 and "(no changes)" in ran.output
    )


def failing_creation_leaves_nothing(stage: Stage) -> None:
    """Deploy a new table and a new schedule, of which the schedule fails at first."""
    before, stack = items(stage), stage.settings.app_stack_name
    app = stage.variants.edited("two-more", APP_STACK, two_more)
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY, app=app)
    refused = _last_failure(stage, stack)["ResourceStatusReason"]
    good = ran.status == 1 and "is not authorized to perform: dynamodb:CreateTable" in refused
    stage.see("a table that the role was not told of is not made", refused, good=good, basis=Basis.CONSEQUENCE)
    role = stage.variants.edited("one-more-table", ROLE_STACK, may_make_the_table)
    ran = stage.cdk(stage.operator(), "deploy", ROLE_STACK, *DEPLOY, app=role)
    stage.see("the operator lets the role make this one", f"exit status {ran.status}", good=ran.status == 0)
    next_schedule_fails(stage)
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY, app=app)
    status = stage.status(stack)
    good = ran.status == 1 and status == "UPDATE_ROLLBACK_COMPLETE"
    stage.see("a creation fails", status, good=good, basis=Basis.CONSEQUENCE)
    left = items(stage)
    more = ", ".join(left.keys() - before.keys())
    stage.see("its new table is gone again", more or "nothing is left", good=not more, basis=Basis.CONSEQUENCE)
    stage.see("no table has lost an item", _counted(left), good=left == before)
    ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY, app=app)
    status = stage.status(stack)
    stage.see("the deployment after it", status, good=ran.status == 0 and status == "UPDATE_COMPLETE")
    kept = {table: found for table, found in items(stage).items() if table in before}
    stage.see("no table has lost an item", _counted(kept), good=kept == before)


def smoke(stage: Stage) -> None:
    """Verify the code, and run the smoke tests, as the workflow does: with the role."""
    ran = stage.ops(stage.job(), "verify-code")
    stage.see("the functions run the sealed code", f"exit status {ran.status}", good=ran.status == 0)
    ran = stage.ops(stage.job(), "smoke")
    stage.see("the smoke tests with the role", f"exit status {ran.status}", good=ran.status == 0)


def role_fits_the_pipeline(stage: Stage, ran: Iterable[Ran]) -> None:
    """Hold every call that the tools made with the role: granted, and declared as a use of it."""
    calls = calls_of(stage.role_arn, ran)
    actions = sorted({call.action for call in calls})
    stage.see(f"{len(actions)} actions were called with the role", ", ".join(actions), good=bool(actions))
    uses = Deployment(stage.settings, stage.variants.original).uses
    unknown = [str(call) for call in undeclared(calls, uses)]
    stage.see("each is a declared use", "; ".join(unknown) or "none is undeclared", good=not unknown)
    denied = [str(call) for call in refused(calls, uses)]
    stage.see("each is granted", "; ".join(denied) or "none was refused", good=not denied)


def account_is_recorded(stage: Stage, state: RecordState) -> None:
    """Record the account, synthesise with that record, and go on with what comes of it."""
    settings = Path(shutil.copy(ROOT / "cdk.json", stage.directory))
    file = stage.directory / stage.settings.live_record
    file.parent.mkdir(exist_ok=True)
    ran = stage.ops(stage.operator(), "record", "--write", "--settings", str(settings))
    good = ran.status == 0 and f" resources, {state.value}, on " in ran.output
    stage.see("ops record --write", ran.output.strip(), good=good)
    names = [name for made in MADE if (name := LiveRecord.from_file(file).resources[made]) is not None]
    where = stage.directory / f"recorded-{state.name.lower()}"
    stage.variants = recorded = synthesised(where, "-c", f"liveRecord={file}")
    resources = recorded.template(ROLE_STACK)["Resources"].values()
    role = json.dumps([one for one in resources if one["Type"] == "AWS::IAM::Role"])
    patterns = [made for made in MADE if f"-{made}-*" in role or f"-{made.lower()}-*" in role]
    good = len(names) == len(MADE) and all(f'{name}"' in role for name in names) and not patterns
    stage.see("synthesis with that record grants literal names", ", ".join(names), good=good)
    read = _readable_artifacts(recorded.template(ROLE_STACK))
    before = [key for key in ("sam-docs_app", "sam-work_engine") if state is RecordState.BEING_TAKEN_OVER]
    good = sorted(read) == [f"{stage.settings.app_stack_name}/*", *before]
    stage.see("and of SAM's objects those that a rollback reads", ", ".join(read), good=good)
    ran = stage.ops_asked(stage.operator(), stage.settings.deploy_role_name, "deploy-role")
    safe = _line_with(ran, "SAFE: ")
    good = ran.status == 0 and safe.startswith("SAFE: ")
    stage.see("deploy-role: the review, and the role's name typed", safe, good=good)
    ran = stage.ops(stage.operator(), "preflight")
    stage.see("preflight", f"exit status {ran.status}", good=ran.status == 0)


def _readable_artifacts(template: Template) -> list[str]:
    """Return the keys of the artifacts that the deploy role may read."""
    role = next(one for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    resources = next(one["Resource"] for one in statements if one["Sid"] == "SamArtifacts")
    return [arn.partition("/")[2] for arn in ([resources] if isinstance(resources, str) else resources)]


def next_schedule_fails(stage: Stage) -> None:
    """Let EventBridge fail, once, when the schedule of `two_more` is made."""
    fails = AwsError("InternalException", "An internal error occurred.", 400)
    fault = Fault("events", "PutRule", fails, matches=lambda call: "OneMoreSchedule" in call.params["Name"])
    stage.aws.gateway.faults.append(fault)


def may_make_the_table(template: Template) -> Template:
    """Let the deploy role make the table of `two_more`, as its grants do for a table that is not recorded as live."""
    changed = copy.deepcopy(template)
    role = next(one for one in changed["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    document = role["Properties"]["Policies"][0]["PolicyDocument"]
    tables = next(one["Resource"] for one in document["Statement"] if one["Sid"] == "DynamoDbDataOpsExecutionTables")
    document["Statement"].append(
        {
            "Sid": "DynamoDbCreateOneMoreTable",
            "Effect": "Allow",
            "Action": ["dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:UpdateContinuousBackups"],
            "Resource": tables.replace("-*", "-intake-more"),
        }
    )
    return changed


def two_more(template: Template) -> Template:
    """Return the app's template with another table and another schedule."""
    changed = copy.deepcopy(template)
    resources = changed["Resources"]
    table = copy.deepcopy(resources["DataOpsIntakeTable"])
    table["Properties"]["TableName"] = f"{table['Properties']['TableName']}-more"
    rule = copy.deepcopy(resources[SCHEDULES[0]])
    resources |= {"OneMoreTable": table, "OneMoreSchedule": rule}
    return changed


def _with_role(edit: Callable[[Template], None]) -> Callable[[Template], Template]:
    def edited(template: Template) -> Template:
        changed = copy.deepcopy(template)
        edit(next(one for one in changed["Resources"].values() if one["Type"] == "AWS::IAM::Role"))
        return changed

    return edited


def _reviewed(stage: Stage, name: str, edit: Callable[[Template], Template]) -> Ran:
    """Review a change set of the role stack, which is then deleted."""
    stack, change_set = stage.settings.role_stack_name, name.replace(" ", "-")
    app = stage.variants.edited(change_set, ROLE_STACK, edit)
    stage.cdk(stage.operator(), "deploy", ROLE_STACK, *DEPLOY, *prepare(change_set), app=app)
    ran = stage.ops(stage.operator(), "review", stack, "--change-set", change_set)
    stage.client("cloudformation").delete_change_set(StackName=stack, ChangeSetName=change_set)
    return ran


def execute_by_id(stage: Stage, stack: str, change_set: str, assembly: Path | None = None) -> tuple[Ran, Ran]:
    """Execute a change set as the deploy job does, and watch it to its end."""
    made = stage.client("cloudformation").describe_change_set(StackName=stack, ChangeSetName=change_set)
    executed = stage.ops(stage.job(), "execute", stack, "--change-set", made["ChangeSetId"], assembly=assembly)
    return executed, stage.ops(stage.job(), "watch", stack, assembly=assembly)


def prepare(change_set: str) -> tuple[str, ...]:
    """Return the arguments that make `cdk deploy` stop before it executes."""
    return ("--method", "prepare-change-set", "--change-set-name", change_set)


def execute(change_set: str) -> tuple[str, ...]:
    """Return the arguments that make `cdk deploy` execute a change set that there is."""
    return ("--method", "execute-change-set", "--change-set-name", change_set)


def _intake(stage: Stage) -> str:
    return f"{stage.settings.app_stack_name}-{_ORPHAN}"


def _in_stack(stage: Stage, physical_id: str) -> bool:
    found = stage.client("cloudformation").describe_stack_resources(StackName=stage.settings.app_stack_name)
    return any(resource["PhysicalResourceId"] == physical_id for resource in found["StackResources"])


def _last_failure(stage: Stage, stack: str) -> dict[str, Any]:
    events = stage.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return failed[0] if failed else {"LogicalResourceId": "none", "ResourceStatusReason": "nothing failed"}


def _statuses(stage: Stage) -> str:
    stacks = (stage.settings.role_stack_name, stage.settings.app_stack_name)
    return ", ".join(f"{stack} {stage.status(stack)}" for stack in stacks)


def _counted(found: dict[str, tuple[str, ...]]) -> str:
    return f"{sum(map(len, found.values()))} items in {len(found)} tables"


def _line_with(ran: Ran, text: str) -> str:
    return next((line.strip() for line in ran.output.splitlines() if text in line), f"no line says {json.dumps(text)}")
