"""What the deploy job's tools call with the role, recorded anew: `python -m rehearsal --calls`.

The real CDK CLI and `ops` are run with the job's own token, against an account that has the role and not yet the app.
Two things are stood in for: the seeding, which is a script of the app's, makes the calls that it is known to make; and
nobody reviews. What CloudFormation's handlers call is not recorded here: leastgrant knows it, and the emulator asks.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from ops.project.deployment import Deployment
from rehearsal.account import create, fill, lay_out_by_hand
from rehearsal.acts import (
    APP_STACK,
    DEPLOY,
    JOBS_DEPLOY,
    ROLE_STACK,
    execute_by_id,
    may_make_the_table,
    next_schedule_fails,
    prepare,
    two_more,
)
from rehearsal.pipeline_calls import calls_of, refused, undeclared, unexercised
from rehearsal.stage import Ran

if TYPE_CHECKING:
    from rehearsal.assemblies import Template
    from rehearsal.pipeline_calls import PipelineCall
    from rehearsal.stage import Stage

_IMPORTED: Final = "OneToImport"


def record(stage: Stage) -> tuple[PipelineCall, ...]:
    """Run every command of the deploy job, as often as it calls something else.

    Raises:
        RehearsalFailed: a command does not end as it has to, so that its calls are not those of a deployment.
    """
    with stage.playing("An account with the role, and without the app"):
        lay_out_by_hand(stage)
        create(stage, stage.settings.role_stack_name, may_make_the_table(stage.variants.template(ROLE_STACK)))
    with stage.playing("The first deployment"):
        _ended(stage, stage.ops(stage.job(), "preflight", "--as-deploy-role"), status=1)  # there is no stack
        first = "deploy-the-first"
        _ended(stage, stage.cdk(stage.job(), "deploy", APP_STACK, *DEPLOY, *prepare(first)))
        _ended(stage, stage.ops(stage.job(), "review", stage.settings.app_stack_name, "--change-set", first))
        _ended(stage, stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY), "CREATE_COMPLETE")
        _ended(stage, stage.ops(stage.job(), "verify-code"))
        _seed(stage)
        _ended(stage, stage.ops(stage.job(), "smoke"))
    with stage.playing("The same again"):
        _ended(stage, stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY), "CREATE_COMPLETE")
    with stage.playing("A deployment that fails"):
        two = stage.variants.edited("two-more", APP_STACK, two_more)
        _ended(stage, stage.cdk(stage.job(), "diff", APP_STACK, "--method=template", app=two))
        next_schedule_fails(stage)
        failing = stage.variants.edited("function-too", APP_STACK, _two_more_and_a_function_changed)
        failed = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY, app=failing)
        _ended(stage, failed, "UPDATE_ROLLBACK_COMPLETE", status=1)
    with stage.playing("The deploy job: prepared, reviewed, executed, watched"):
        stack, name = stage.settings.app_stack_name, "deploy-the-app"
        _ended(stage, stage.ops(stage.job(), "preflight", "--as-deploy-role", assembly=two))
        _ended(stage, stage.cdk(stage.job(), "deploy", APP_STACK, *DEPLOY, *prepare(name), app=two))
        _ended(stage, stage.ops(stage.job(), "review", stack, "--change-set", name, assembly=two))
        executed, watched = execute_by_id(stage, stack, name, two)
        _ended(stage, executed)
        _ended(stage, watched, "UPDATE_COMPLETE")
    with stage.playing("A table that is there is imported, once CloudFormation takes the change set"):
        _make_table(stage, _one_to_import(stage.variants.template(APP_STACK)))
        for name, edit, status in (("not-kept", _one_not_kept, 1), ("one-to-import", _one_to_import, 0)):
            app = stage.variants.edited(name, APP_STACK, edit)
            ran = stage.cdk(stage.job(), "deploy", APP_STACK, *JOBS_DEPLOY, "--import-existing-resources", app=app)
            _ended(stage, ran, "UPDATE_COMPLETE", status=status)
    return calls_of(stage.role_arn, stage.ran)


def judge(stage: Stage, calls: tuple[PipelineCall, ...]) -> None:
    """Hold what was recorded against what is declared.

    Raises:
        RehearsalFailed: they do not fit each other.
    """
    uses = Deployment(stage.settings, stage.variants.original).uses
    with stage.playing("The role, its uses and the recording fit each other"):
        for what, left in (
            ("each request is a call that can be read", stage.aws.gateway.unread),
            ("each call is a declared use", [str(call) for call in undeclared(calls, uses)]),
            ("each call is granted", [str(call) for call in refused(calls, uses)]),
            (
                "each declared use is called",
                [f"{need.action} on {need.on}, {need.subject.name}" for need in unexercised(calls, uses)],
            ),
        ):
            stage.see(what, "; ".join(left) or f"{len(calls)} calls", good=not left)


def _ended(stage: Stage, ran: Ran, stack: str | None = None, *, status: int = 0) -> None:
    """See that a command, and then the app's stack, ended as they had to."""
    seen, good = f"exit status {ran.status}", ran.status == status
    if stack is not None:
        found = stage.status(stage.settings.app_stack_name)
        seen, good = f"{seen}, {found}", good and found == stack
    stage.see(ran.command, seen, good=good)


def _seed(stage: Stage) -> None:
    """Make the calls of the app's seeding, with the role."""
    before = len(stage.aws.gateway.recorded)
    role, stack = stage.logged_in(), stage.settings.app_stack_name
    stage.aws.client("cloudformation", role).describe_stacks(StackName=stack)
    dynamodb = stage.aws.client("dynamodb", role)
    key = {"PK": {"S": "a"}, "SK": {"S": "b"}}
    for table in (f"{stack}-users", f"{stack}-templates", f"{stack}-tasks"):
        dynamodb.scan(TableName=table)
        dynamodb.put_item(TableName=table, Item={**key, "type": {"S": "podcast"}})
    for table in (f"{stack}-users", f"{stack}-templates"):
        dynamodb.get_item(TableName=table, Key=key)
    dynamodb.update_item(TableName=f"{stack}-tasks", Key=key, UpdateExpression="REMOVE note")
    stage.ran.append(Ran("seeding, stood in for", 0, "", tuple(stage.aws.gateway.recorded[before:])))
    fill(stage, f"{stack}-templates")


def _two_more_and_a_function_changed(template: Template) -> Template:
    """Change a function too: after a failure, the CLI asks CloudTrail what roles and functions were refused."""
    changed = two_more(template)
    changed["Resources"]["WorkEngineFunction"]["Properties"]["Description"] = "changed"
    return changed


def _one_to_import(template: Template) -> Template:
    changed = two_more(template)
    table = copy.deepcopy(changed["Resources"]["OneMoreTable"])
    table["Properties"]["TableName"] += "-imported"
    changed["Resources"][_IMPORTED] = table
    return changed


def _one_not_kept(template: Template) -> Template:
    """Let a table not be kept: CloudFormation imports nothing that it might delete, so the change set fails."""
    changed = _one_to_import(template)
    del changed["Resources"][_IMPORTED]["DeletionPolicy"]
    return changed


def _make_table(stage: Stage, template: Template) -> None:
    """Make the table that is to be imported, outside any stack."""
    declared = template["Resources"][_IMPORTED]["Properties"]
    given = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    stage.client("dynamodb").create_table(**{name: declared[name] for name in given})
