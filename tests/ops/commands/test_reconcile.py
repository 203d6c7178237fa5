"""`ops reconcile` against an account: what is outside is taken in, and whatever goes wrong, no item is lost."""

import json
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from local_aws.cloudformation.permission import RefusedCall
from local_aws.gateway import Fault
from local_aws.wire import AwsError
from ops.aws.account import Account
from ops.aws.errors import explained
from ops.cli import main
from ops.commands import reconcile
from ops.errors import OpsError
from ops.importing.plan import Plan
from ops.importing.result import Reconciliation
from ops.terminal.interruption import InterruptedCommand
from ops.terminal.result import ExitStatus
from settings import Settings
from tests.ops.small_account import (
    INTAKE,
    ITEMS,
    READING,
    STACK,
    TASKS,
    Killed,
    SmallAccount,
    deployed,
    policy,
    synthesised,
    table,
    with_intake,
)

CALLS = {"CreateChangeSet", "ExecuteChangeSet", "DeleteChangeSet"}
"""All that may be called beside what reads."""
READS = ("Describe", "List", "Get", "Scan", "Head")
TURNED_OFF: dict[str, object] = {
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
    "Tags": [{"Key": "Owner", "Value": "somebody"}],
}
NUMERIC: dict[str, object] = {
    "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
}


@pytest.fixture(scope="module")
def small(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Generator[SmallAccount]:
    with Emulator(settings.account, settings.region) as aws:
        yield SmallAccount(aws, settings, tmp_path_factory.mktemp("assembly"))


def pause(_: float) -> None:
    time.sleep(0.001)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long: neither for AWS to get something done, nor before a call is repeated."""
    monkeypatch.setattr("ops.aws.waiting.sleep", pause)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=pause))


@pytest.fixture
def left_behind(small: SmallAccount) -> Generator[SmallAccount]:
    """The account with its orphan. Afterwards: every item is there, and nothing was called that it may not call."""
    small.lay_out()
    before = small.items()
    yield small
    assert small.items() == before
    assert_harmless(small)


def assert_harmless(small: SmallAccount) -> None:
    assert {one for one in small.called() if not one.startswith(READS)} <= CALLS


def assert_taken_in(small: SmallAccount) -> None:
    small.aws.cloudformation.settle()
    assert small.owned() == {"Tasks", "Intake"}
    assert small.status() == "IMPORT_COMPLETE"


def test_the_plan_changes_nothing(left_behind: SmallAccount) -> None:
    plan = left_behind.reconcile(execute=False)
    assert plan.status is ExitStatus.FOUND
    assert f"Intake (AWS::DynamoDB::Table {INTAKE}): importable" in plan.text()
    assert f"  Intake (AWS::DynamoDB::Table): TableName={INTAKE}" in plan.text()
    assert not {one for one in left_behind.called() if not one.startswith(READS)}
    assert left_behind.owned() == {"Tasks"}


def test_the_table_is_taken_in(left_behind: SmallAccount, capsys: pytest.CaptureFixture[str]) -> None:
    done = left_behind.reconcile()
    assert isinstance(done, Reconciliation)
    assert done.status is ExitStatus.GOOD
    assert f"in the stack, as it was: {ITEMS} items, keys " in done.text()
    (imported,) = done.imported
    assert (imported.before.items, imported.after) == (ITEMS, imported.before)
    assert done.document().change_set == done.request.name
    assert "executing it" in capsys.readouterr().err
    assert_taken_in(left_behind)


def test_then_there_is_nothing_to_do(left_behind: SmallAccount) -> None:
    left_behind.reconcile()
    for execute in (False, True):
        again = left_behind.reconcile(execute=execute)
        assert isinstance(again, Plan)
        assert again.status is ExitStatus.GOOD
        assert again.text() == f"{STACK}: nothing that its template names is outside it\n"


def test_the_deployment_after_it_changes_what_differs(small: SmallAccount) -> None:
    small.lay_out(**TURNED_OFF)
    before = small.items()
    plan = small.reconcile(execute=False)
    assert "  PointInTimeRecoverySpecification: changes in place" in plan.text()
    done = small.reconcile()
    assert done.status is ExitStatus.GOOD
    assert f"  {INTAKE}: Tags from Owner: somebody to App: DataOpsV1" in done.text()
    assert tags(small) == {"Owner": "somebody"}
    small.deploy(synthesised())
    assert tags(small) == {"App": "DataOpsV1"}
    backups = small.operator.dynamodb.describe_continuous_backups(TableName=INTAKE)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    assert recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
    assert small.items() == before
    assert_harmless(small)


def tags(small: SmallAccount) -> dict[str, str]:
    arn = small.operator.dynamodb.describe_table(TableName=INTAKE)["Table"].get("TableArn", "")
    found = small.operator.dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", [])
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}


@pytest.mark.parametrize("execute", [False, True])
def test_other_keys_stop_it(small: SmallAccount, *, execute: bool) -> None:
    small.lay_out(**NUMERIC)
    small.aws.gateway.recorded.clear()
    answer = small.reconcile(execute=execute)
    assert answer.status is ExitStatus.FOUND
    assert f"Intake (AWS::DynamoDB::Table {INTAKE}): differs" in answer.text()
    assert "replace the table by an empty one" in answer.text()
    assert not {one for one in small.called() if not one.startswith(READS)}


def test_one_that_differs_stops_the_others(left_behind: SmallAccount) -> None:
    """A second orphan cannot be compared: not even the table that could be imported is."""
    template = synthesised()
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{STACK}-archive"}, "DeletionPolicy": "Retain"}
    template["Resources"]["Archive"] = bucket
    where: Any = {"LocationConstraint": left_behind.settings.region}
    left_behind.operator.s3.create_bucket(Bucket=f"{STACK}-archive", CreateBucketConfiguration=where)
    reader = left_behind.login("reconciler", *READING, "s3:ListBucket")
    try:
        answer = left_behind.reconcile(template=template, account=reader)
    finally:
        left_behind.operator.s3.delete_bucket(Bucket=f"{STACK}-archive")
    assert answer.status is ExitStatus.FOUND
    assert f"Archive (AWS::S3::Bucket {STACK}-archive): not compared" in answer.text()
    assert "resources of this type are not compared: a human must look" in answer.text()
    assert left_behind.owned() == {"Tasks"}


def test_what_could_be_deleted_is_not_imported(left_behind: SmallAccount) -> None:
    template = synthesised()
    template["Resources"]["Intake"]["DeletionPolicy"] = "Delete"
    answer = left_behind.reconcile(template=template)
    assert answer.status is ExitStatus.FOUND
    assert "DeletionPolicy: differs" in answer.text()


def test_the_table_of_another_stack_is_left_alone(left_behind: SmallAccount) -> None:
    left_behind.deploy({"Resources": {"Other": table(TASKS + "-2")}}, "another", "CREATE")
    template = with_intake(TableName=TASKS + "-2")
    answer = left_behind.reconcile(template=template)
    left_behind.operator.dynamodb.delete_table(TableName=TASKS + "-2")
    assert answer.status is ExitStatus.FOUND
    assert "another has it, and a resource is of one stack" in answer.text()


def test_what_refers_to_another_new_resource_is_refused(left_behind: SmallAccount) -> None:
    template = synthesised()
    template["Resources"]["Intake"]["DependsOn"] = "More"
    template["Resources"]["More"] = table(f"{STACK}-more")
    with pytest.raises(OpsError, match=r"More.*can refer only to what the stack has"):
        left_behind.reconcile(template=template)


def test_another_resource_under_the_logical_id(left_behind: SmallAccount) -> None:
    template = {"Resources": {"Tasks": table(INTAKE)}}
    with pytest.raises(OpsError, match="has another resource under that logical id"):
        left_behind.reconcile(template=template)


def test_no_stack(left_behind: SmallAccount) -> None:
    left_behind.aws.cloudformation.stacks.clear()
    for execute in (False, True):
        with pytest.raises(OpsError, match=f"there is no stack '{STACK}' in eu-west-1"):
            left_behind.reconcile(execute=execute)


def test_a_stack_that_cannot_be_updated(left_behind: SmallAccount) -> None:
    left_behind.aws.cloudformation.stacks[STACK].status = "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(OpsError, match="is in UPDATE_ROLLBACK_FAILED: the rollback of an update failed: ops watch"):
        left_behind.reconcile()
    plan = left_behind.reconcile(execute=False)
    assert "Nothing can be imported now: dataops-v1 is in UPDATE_ROLLBACK_FAILED" in plan.text()


def test_a_stack_that_somebody_updates(left_behind: SmallAccount) -> None:
    left_behind.before("ExecuteChangeSet", lambda: set_status(left_behind, "UPDATE_IN_PROGRESS"))
    with pytest.raises(OpsError, match=r"has changed since .* nothing was imported: run this again"):
        left_behind.reconcile()
    set_status(left_behind, "UPDATE_COMPLETE")
    assert left_behind.reconcile().status is ExitStatus.GOOD


def set_status(small: SmallAccount, status: str) -> None:
    small.aws.cloudformation.stacks[STACK].status = status


def test_an_import_that_goes_on_is_waited_for(left_behind: SmallAccount) -> None:
    """As a run leaves it that was killed while it waited."""
    set_status(left_behind, "IMPORT_IN_PROGRESS")
    left_behind.before("DescribeStacks", lambda: None)
    calls = iter(range(3))

    def ends(call: Any) -> None:
        if call.operation == "DescribeStacks" and next(calls, None) is None:
            set_status(left_behind, "IMPORT_COMPLETE")

    left_behind.aws.gateway.before.append(ends)
    assert left_behind.reconcile(execute=False).status is ExitStatus.FOUND
    assert left_behind.reconcile().status is ExitStatus.GOOD


def test_killed_before_every_call_and_run_again(small: SmallAccount) -> None:
    small.lay_out()
    number = 0
    while killed_before_call(small, number):
        number += 1
        if CALLS.isdisjoint(small.called()):
            continue  # nothing was done yet: the account is as laid out
        assert_finishes(small)
        small.lay_out()
    # to the last; on a slow machine a wait asks once more
    assert number >= small.called().index("CreateChangeSet") + 11
    assert_taken_in(small)


def killed_before_call(small: SmallAccount, number: int) -> bool:
    """Whether it was killed before it came to its end."""
    try:
        with small.killed_before_call(number):
            small.reconcile()
    except Killed:
        return True
    return False


def assert_finishes(small: SmallAccount) -> None:
    before = small.items()
    assert small.reconcile().status is ExitStatus.GOOD
    assert_taken_in(small)
    assert small.items() == before
    assert {len(items) for items in before.values()} == {ITEMS}
    assert_harmless(small)


def test_a_change_set_that_was_left_behind_is_used(left_behind: SmallAccount) -> None:
    killed_before(left_behind, "ExecuteChangeSet")
    left_behind.reconcile()
    assert left_behind.called().count("CreateChangeSet") == 1
    assert "DeleteChangeSet" not in left_behind.called()


def test_one_that_can_no_longer_be_executed_is_made_anew(left_behind: SmallAccount) -> None:
    killed_before(left_behind, "ExecuteChangeSet")
    (name,) = change_sets(left_behind)
    left_behind.deploy({"Resources": {"Tasks": table(TASKS, DeletionProtectionEnabled=True)}})
    left_behind.deploy(deployed())
    done = left_behind.reconcile()
    assert isinstance(done, Reconciliation)
    assert done.request.name == name
    assert left_behind.called().count("CreateChangeSet") == 2
    assert left_behind.called().count("DeleteChangeSet") == 1


def killed_before(small: SmallAccount, operation: str) -> None:
    with small.killed_before(operation), pytest.raises(Killed):
        small.reconcile()


def change_sets(small: SmallAccount) -> list[str]:
    ours = small.aws.cloudformation.stacks[STACK].change_sets.values()
    return [one.name for one in ours if one.name.startswith("ops-reconcile-")]


def test_the_stack_changes_between_review_and_execution(left_behind: SmallAccount) -> None:
    changed = {"Resources": {"Tasks": table(TASKS, DeletionProtectionEnabled=True)}}
    left_behind.before("Scan", lambda: left_behind.deploy(changed))
    with pytest.raises(OpsError, match=r"has changed since .* nothing was imported: run this again \(ChangeSet"):
        left_behind.reconcile()
    assert left_behind.owned() == {"Tasks"}
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)
    protected = left_behind.operator.dynamodb.describe_table(TableName=TASKS)["Table"]
    assert protected.get("DeletionProtectionEnabled") is True


def test_the_stack_changes_before_the_change_set_is_made(left_behind: SmallAccount) -> None:
    """The template of the import would undo what was just deployed."""
    changed = {"Resources": {"Tasks": table(TASKS, DeletionProtectionEnabled=True)}}
    left_behind.before("CreateChangeSet", lambda: left_behind.deploy(changed))
    with pytest.raises(OpsError, match=r"is not executed: .*you cannot modify or add"):
        left_behind.reconcile()
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)


def test_a_change_set_of_that_name_that_does_more_is_not_executed(left_behind: SmallAccount) -> None:
    """Somebody has put it there in its place."""
    more = {"Resources": {"Tasks": table(TASKS, Tags=[]), "More": table(f"{STACK}-more")}}

    def replace() -> None:
        stack = left_behind.aws.cloudformation.stacks[STACK]
        ours = [*stack.change_sets.values()][-1]
        del stack.change_sets[ours.id]
        left_behind.operator.cloudformation.create_change_set(
            StackName=STACK, ChangeSetName=ours.name, TemplateBody=json.dumps(more)
        )

    left_behind.before("DescribeChangeSet", replace)
    with pytest.raises(
        OpsError, match=r"is not executed: .*Add of More \(AWS::DynamoDB::Table None\) was not asked for"
    ):
        left_behind.reconcile()
    assert "ExecuteChangeSet" not in left_behind.called()
    assert left_behind.owned() == {"Tasks"}


def test_the_change_set_is_deleted_before_it_is_executed(left_behind: SmallAccount) -> None:
    stack = left_behind.aws.cloudformation.stacks[STACK]
    left_behind.before("ExecuteChangeSet", stack.change_sets.clear)
    with pytest.raises(OpsError, match="nothing was imported: run this again"):
        left_behind.reconcile()


@pytest.mark.parametrize(
    "moment",
    [
        "GetTemplate",
        "ListStackResources",
        "ListChangeSets",
        "CreateChangeSet",
        "DescribeChangeSet",
        "Scan",
        "ExecuteChangeSet",
    ],
)
def test_two_operators_of_whom_one_is_quicker(left_behind: SmallAccount, moment: str) -> None:
    """The other runs from start to end in the midst of the first."""
    quicker: list[object] = []
    left_behind.before(moment, lambda: quicker.append(attempt(left_behind, left_behind.operator)))
    slower = attempt(left_behind, left_behind.account)
    assert quicker == [ExitStatus.GOOD]
    assert slower is ExitStatus.GOOD or "run this again" in str(slower)
    assert_taken_in(left_behind)


def test_another_run_deletes_the_change_set_before_its_review(left_behind: SmallAccount) -> None:
    stack = left_behind.aws.cloudformation.stacks[STACK]
    left_behind.before("DescribeChangeSet", stack.change_sets.clear)
    with pytest.raises(OpsError, match=r"has no change set .*imported nothing: run this again"):
        left_behind.reconcile()


def test_another_run_deletes_the_change_set_that_is_executed(left_behind: SmallAccount) -> None:
    stack = left_behind.aws.cloudformation.stacks[STACK]
    left_behind.before("ExecuteChangeSet", lambda: left_behind.before("DescribeChangeSet", stack.change_sets.clear))
    with pytest.raises(OpsError, match=r"has no change set .*has begun, and goes on by itself: run this again"):
        left_behind.reconcile()
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)


def attempt(small: SmallAccount, account: Account) -> object:
    """The status, or what kept it from one."""
    try:
        return small.reconcile(account=account).status
    except OpsError as error:
        return str(error)


def test_an_execution_whose_answer_is_lost(left_behind: SmallAccount) -> None:
    """The SDK repeats the call, and is refused: CloudFormation executes it already."""

    def first_call() -> None:
        (name,) = change_sets(left_behind)
        left_behind.operator.cloudformation.execute_change_set(StackName=STACK, ChangeSetName=name)

    left_behind.before("ExecuteChangeSet", first_call)
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)


def test_two_operators_at_once(left_behind: SmallAccount) -> None:
    operators = (left_behind.account, left_behind.operator)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(partial(attempt, left_behind), operators))
    assert ExitStatus.GOOD in outcomes
    assert all(outcome is ExitStatus.GOOD or "run this again" in str(outcome) for outcome in outcomes)
    assert_taken_in(left_behind)


@pytest.mark.parametrize("operation", ["ListStackResources", "CreateChangeSet", "ExecuteChangeSet", "DescribeStacks"])
def test_throttling_is_waited_out(left_behind: SmallAccount, operation: str) -> None:
    throttled = AwsError("ThrottlingException", "Rate exceeded")
    left_behind.aws.gateway.faults.append(Fault("cloudformation", operation, throttled, times=4))
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)


def test_throttling_without_an_end(left_behind: SmallAccount) -> None:
    fault = Fault("dynamodb", "Scan", AwsError("ThrottlingException", "Rate exceeded"), times=99)
    left_behind.aws.gateway.faults.append(fault)
    with pytest.raises(ClientError) as raised:
        left_behind.reconcile()
    assert "AWS throttles the account's calls" in explained(raised.value)
    assert left_behind.owned() == {"Tasks"}
    left_behind.aws.gateway.faults.clear()
    assert left_behind.reconcile().status is ExitStatus.GOOD


def session(small: SmallAccount) -> Account:
    credentials = small.aws.user("reconciler", policy(*READING), lifetime=timedelta(hours=1))
    return Account(small.settings, small.aws.session(credentials))


def test_credentials_that_expire_before_the_execution(left_behind: SmallAccount) -> None:
    left_behind.before("ExecuteChangeSet", left_behind.aws.expire)
    with pytest.raises(ClientError) as raised:
        left_behind.reconcile(account=session(left_behind))
    assert "the AWS credentials have expired" in explained(raised.value)
    assert left_behind.owned() == {"Tasks"}
    assert left_behind.reconcile().status is ExitStatus.GOOD


def test_credentials_that_expire_after_it(left_behind: SmallAccount) -> None:
    def expire_later() -> None:
        left_behind.before("DescribeChangeSet", left_behind.aws.expire)

    left_behind.before("ExecuteChangeSet", expire_later)
    with pytest.raises(OpsError, match=r"credentials have expired.*the import .* has begun, and goes on by itself"):
        left_behind.reconcile(account=session(left_behind))
    assert left_behind.reconcile().status is ExitStatus.GOOD
    assert_taken_in(left_behind)


def test_credentials_that_expire_before_the_items_are_counted_again(left_behind: SmallAccount) -> None:
    """It is told what there was, as the next run no longer counts what is in the stack."""

    def expire_later() -> None:
        left_behind.before("ListStackResources", left_behind.aws.expire)

    left_behind.before("ExecuteChangeSet", expire_later)
    with pytest.raises(OpsError, match=rf"expired.*the import is carried out.*\(before: {INTAKE}: {ITEMS} items, keys"):
        left_behind.reconcile(account=session(left_behind))
    assert_taken_in(left_behind)


def test_an_import_that_is_rolled_back(left_behind: SmallAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator loses a permission on the way."""
    with monkeypatch.context() as patched:
        patched.setattr("local_aws.cloudformation.resources.denial", revoked)
        said = attempt(left_behind, left_behind.account)
    assert "is in IMPORT_ROLLBACK_COMPLETE: the import was not carried out, and no table was changed" in str(said)
    assert left_behind.owned() == {"Tasks"}
    assert left_behind.reconcile().status is ExitStatus.GOOD


def revoked(*_: object, **__: object) -> RefusedCall:
    return RefusedCall("User: x is not authorized to perform: dynamodb:DescribeTable on resource: y", after=False)


def test_an_import_that_takes_too_long(left_behind: SmallAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.cloudformation.change_sets.ChangeSets.carry_out", nothing)
    monkeypatch.setattr("ops.importing.change_set.attempts", twice)
    with pytest.raises(OpsError, match="the import is not over after 30 s; it goes on by itself"):
        left_behind.reconcile()


def nothing(*_: object) -> None:
    """The import begins, and never ends."""


def twice(_: float) -> range:
    return range(2)


def test_an_item_that_is_gone_is_noticed(small: SmallAccount) -> None:
    """Somebody deletes one, and puts another, while the import goes on."""
    small.lay_out()

    def write() -> None:
        small.operator.dynamodb.delete_item(TableName=INTAKE, Key={"PK": {"S": f"{INTAKE}#3"}, "SK": {"S": "x"}})
        small.operator.dynamodb.put_item(TableName=INTAKE, Item={"PK": {"S": "another"}, "SK": {"S": "x"}})

    small.before("ExecuteChangeSet", write)
    done = small.reconcile()
    assert done.status is ExitStatus.FOUND
    assert "in the stack, but NOT as it was: 25 items, keys " in done.text()


def test_parameters_and_tags_of_the_stack_stay(left_behind: SmallAccount) -> None:
    protected = {"Resources": {"Tasks": table(TASKS, DeletionProtectionEnabled=True)}}
    parameterised = {**protected, "Parameters": {"Stage": {"Type": "String"}}}
    given: Any = {"Parameters": [{"ParameterKey": "Stage", "ParameterValue": "production"}]}
    left_behind.deploy(parameterised, Tags=[{"Key": "Team", "Value": "data"}], **given)
    assert left_behind.reconcile().status is ExitStatus.GOOD
    described = left_behind.operator.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    assert described.get("Parameters") == [{"ParameterKey": "Stage", "ParameterValue": "production"}]
    assert described.get("Tags") == [{"Key": "Team", "Value": "data"}]


@pytest.fixture
def arguments(left_behind: SmallAccount, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those of the command line, which are always the same."""

    def opened(_: object) -> Account:
        return left_behind.account

    monkeypatch.setattr("ops.cli.open_account", opened)
    return ["reconcile", "--assembly", str(left_behind.assembly(synthesised()).directory)]


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ([], ExitStatus.FOUND, f"Intake (AWS::DynamoDB::Table {INTAKE}): importable"),
        (["--json"], ExitStatus.FOUND, '"decision": "importable"'),
        (["--execute"], ExitStatus.GOOD, "in the stack, as it was: 25 items"),
        (["--execute", "--json"], ExitStatus.GOOD, '"items_after": 25'),
        (["--execute", "--timeout", "none"], ExitStatus.PROBLEM, "'none' is no number of seconds"),
        (["--execute", "--timeout", "-1"], ExitStatus.PROBLEM, "'-1' is no number of seconds"),
    ],
)
def test_the_command_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], more: list[str], status: ExitStatus, said: str
) -> None:
    assert main([*arguments, *more]) == status
    assert said in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("during", "said"),
    [
        ("prepare", "nothing was imported; the change set ops-reconcile-"),
        ("take_census", "may be left, not executed: run this again, which finds it"),
        ("execute", "may have begun, and goes on by itself: run this again to see its end"),
        ("follow", "may have begun, and goes on by itself: run this again to see its end"),
        ("owned_by", "the import is carried out; what it imported was not counted again"),
    ],
)
def test_an_interruption_says_what_is_left(
    left_behind: SmallAccount, monkeypatch: pytest.MonkeyPatch, during: str, said: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reconcile, during, interrupt)
        with pytest.raises(InterruptedCommand, match=said):
            left_behind.reconcile()
    assert_finishes(left_behind)
