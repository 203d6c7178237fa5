"""What becomes of a stack: carried out, rolled back, continued, deleted; and what is to be seen meanwhile."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from local_aws.cloudformation.handlers.events import EventsRule
from local_aws.gateway import Fault
from local_aws.wire import ApiCall, AwsError
from tests.local_aws.cloudformation.stacks import (
    Deployer,
    Template,
    declared,
    function,
    new_name,
    refused,
    role,
    rule,
    table,
    template,
)
from tests.local_aws.conftest import ACCOUNT, REGION, TRUSTED, trust

CUSTOM_NAMED = "CloudFormation cannot update a stack when a custom-named resource requires replacing."


@pytest.fixture(scope="module")
def events(aws: Emulator) -> Any:
    return aws.client("events", aws.operator)


@pytest.fixture(scope="module")
def dynamodb(aws: Emulator) -> Any:
    return aws.client("dynamodb", aws.operator)


@pytest.fixture(scope="module")
def taken(events: Any) -> str:
    """The name of a rule that no stack can make, as it is there."""
    events.put_rule(Name="taken", ScheduleExpression="rate(1 day)")
    return "taken"


def clash(*after: str) -> dict[str, Any]:
    """A resource that cannot be made, after others."""
    return rule(properties={"Name": "taken"}, DependsOn=list(after))


def tables(dynamodb: Any) -> list[str]:
    return [name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]]


# rolled back


def test_a_deployment_tells_of_each_step(operator: Deployer) -> None:
    body = {**template(B=rule({"Ref": "A"}), A=rule()), "Outputs": {"B": {"Value": {"Ref": "B"}}}}
    stack = operator.create("told", body)
    physical = operator.physical(stack)
    assert operator.events(stack) == [
        ("-", "CREATE_IN_PROGRESS", "User Initiated"),
        ("A", "CREATE_IN_PROGRESS", ""),
        ("A", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("A", "CREATE_COMPLETE", ""),
        ("B", "CREATE_IN_PROGRESS", ""),
        ("B", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("B", "CREATE_COMPLETE", ""),
        ("-", "CREATE_COMPLETE", ""),
    ]
    assert operator.described(stack)["Outputs"] == [{"OutputKey": "B", "OutputValue": physical["B"]}]


def test_a_creation_that_fails_leaves_only_what_is_retained(operator: Deployer, taken: str, dynamodb: Any) -> None:
    names = {kept: new_name("creation") for kept in ("Retain", "RetainExceptOnCreate", "Delete")}
    body = template(**{kept: table(name, kept=kept) for kept, name in names.items()}, Clash=clash(*names))
    stack = new_name("creation")
    assert operator.deploy(stack, body, "CREATE") == "ROLLBACK_COMPLETE"
    assert set(tables(dynamodb)) & set(names.values()) == {names["Retain"]}
    ((failed, why),) = operator.failures(stack)
    assert (failed, taken in why, "AlreadyExists" in why) == ("Clash", True, True)
    told = operator.events(stack)
    assert ("-", "ROLLBACK_IN_PROGRESS", f"{_failed('create')}Rollback requested by user.") in told
    steps = operator.steps(stack)
    assert steps[steps.index("- ROLLBACK_IN_PROGRESS") + 1 :] == [
        "Delete DELETE_IN_PROGRESS",
        "Delete DELETE_COMPLETE",
        "RetainExceptOnCreate DELETE_IN_PROGRESS",
        "RetainExceptOnCreate DELETE_COMPLETE",
        "Retain DELETE_SKIPPED",
        "- ROLLBACK_COMPLETE",
    ]
    assert "can not be updated" in refused(operator.change_set, stack, body)
    assert "already exists" in refused(operator.change_set, stack, body, "CREATE")
    assert operator.delete(stack) == "DELETE_COMPLETE"


def _failed(verb: str, name: str = "Clash") -> str:
    return f"The following resource(s) failed to {verb}: [{name}]. "


def test_an_update_that_fails_is_taken_back(operator: Deployer, taken: str, dynamodb: Any, events: Any) -> None:
    """Properties are as before, what was made is gone unless it is retained, what was to be removed is there."""
    del taken
    made = {kept: new_name("update") for kept in ("Retain", "RetainExceptOnCreate")}
    stack = operator.create("update", template(Changed=rule("before"), Removed=rule()))
    before = operator.physical(stack)
    new = {kept: table(name, kept=kept) for kept, name in made.items()}
    body = template(Changed=rule("after"), **new, Made=rule(), Clash=clash("Changed", "Made", *made))
    assert operator.deploy(stack, body) == "UPDATE_ROLLBACK_COMPLETE"
    assert events.describe_rule(Name=before["Changed"])["Description"] == "before"
    assert events.describe_rule(Name=before["Removed"])
    assert set(tables(dynamodb)) & set(made.values()) == {made["Retain"]}
    assert operator.physical(stack) == before
    assert operator.steps(stack) == [
        "- UPDATE_IN_PROGRESS",
        "Changed UPDATE_IN_PROGRESS",
        "Changed UPDATE_COMPLETE",
        "Retain CREATE_IN_PROGRESS",
        "Retain CREATE_COMPLETE",
        "RetainExceptOnCreate CREATE_IN_PROGRESS",
        "RetainExceptOnCreate CREATE_COMPLETE",
        "Made CREATE_IN_PROGRESS",
        "Made CREATE_COMPLETE",
        "Clash CREATE_IN_PROGRESS",
        "Clash CREATE_FAILED",
        "- UPDATE_ROLLBACK_IN_PROGRESS",
        "Changed UPDATE_IN_PROGRESS",
        "Changed UPDATE_COMPLETE",
        "- UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Made DELETE_IN_PROGRESS",
        "Made DELETE_COMPLETE",
        "RetainExceptOnCreate DELETE_IN_PROGRESS",
        "RetainExceptOnCreate DELETE_COMPLETE",
        "Retain DELETE_SKIPPED",
        "- UPDATE_ROLLBACK_COMPLETE",
    ]
    assert [name for name, _ in operator.failures(stack)] == ["Clash"]  # one root cause
    assert operator.deploy(stack, template(Changed=rule("after"), Removed=rule())) == "UPDATE_COMPLETE"


def test_what_an_update_had_half_done_is_taken_back(aws: Emulator, operator: Deployer, events: Any) -> None:
    def body(description: str, target: str) -> Template:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{target}"
        return template(A=rule(description, properties={"Targets": [{"Id": "it", "Arn": arn}]}))

    stack = operator.create("half", body("before", "one"))
    aws.gateway.faults.append(Fault("events", "PutTargets", AwsError("ManagedRuleException", "too many")))
    assert operator.deploy(stack, body("after", "other")) == "UPDATE_ROLLBACK_COMPLETE"
    name = operator.physical(stack)["A"]
    assert events.describe_rule(Name=name)["Description"] == "before"
    assert [target["Arn"][-3:] for target in events.list_targets_by_rule(Rule=name)["Targets"]] == ["one"]
    ((failed, why),) = operator.failures(stack)
    assert (failed, "too many" in why) == ("A", True)


def test_what_was_imported_is_kept_when_the_update_fails(operator: Deployer, taken: str, dynamodb: Any) -> None:
    del taken
    left = new_name("left")
    operator.delete(operator.create("leaving", template(T=table(left, kept="Retain"))))
    dynamodb.put_item(TableName=left, Item={"PK": {"S": "kept"}})
    stack = operator.create("importing", template(A=rule()))
    body = template(A=rule(), T=table(left, kept="RetainExceptOnCreate"), Clash=clash("T"))
    assert operator.deploy(stack, body, ImportExistingResources=True) == "UPDATE_ROLLBACK_COMPLETE"
    assert dynamodb.scan(TableName=left)["Items"] == [{"PK": {"S": "kept"}}]
    assert "T" not in operator.physical(stack)
    assert "T IMPORT_ROLLBACK_COMPLETE" in operator.steps(stack)


def test_what_was_made_before_a_refusal_is_deleted_again(aws: Emulator, operator: Deployer, events: Any) -> None:
    """The rule is put, then its tags are refused."""
    allowed = ["cloudformation:*", "events:PutRule", "events:DescribeRule", "events:DeleteRule", "events:List*"]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    user = Deployer(aws, aws.user("no-tags", {"Version": "2012-10-17", "Statement": [statement]}))
    stack, name = new_name("refused"), new_name("refused")
    body = template(A=rule(properties={"Name": name, "Tags": [{"Key": "Stage", "Value": "prod"}]}))
    assert user.deploy(stack, body, "CREATE") == "ROLLBACK_COMPLETE"
    assert operator.events(stack)[2:6] == [
        ("A", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("A", "CREATE_FAILED", operator.failures(stack)[0][1]),
        ("-", "ROLLBACK_IN_PROGRESS", f"{_failed('create', 'A')}Rollback requested by user."),
        ("A", "DELETE_IN_PROGRESS", ""),
    ]
    assert (
        f"events:TagResource on resource: arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
        in operator.failures(stack)[0][1]
    )
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.describe_rule(Name=name)


def test_the_tags_of_the_stack_must_be_allowed(aws: Emulator) -> None:
    allowed = ["cloudformation:*", *(f"dynamodb:{verb}*" for verb in ("Create", "Delete", "Describe", "List"))]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    user = Deployer(aws, aws.user("no-tags-on-tables", {"Version": "2012-10-17", "Statement": [statement]}))
    user.create("untagged", template(A=table()))
    stack, tags = new_name("tagged"), [{"Key": "Stage", "Value": "prod"}]
    assert user.deploy(stack, template(A=table()), "CREATE", Tags=tags) == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: dynamodb:TagResource on resource: " in user.failures(stack)[0][1]


# replaced


def with_function(code: Any, path: str, **more: Any) -> Template:
    """A function whose role is replaced if its path changes."""
    return template(Role=role(path=path), Function=function({"Fn::GetAtt": ["Role", "Arn"]}, code), **more)


def role_of(aws: Emulator, physical: dict[str, str]) -> str:
    functions = aws.client("lambda", aws.operator)
    return functions.get_function(FunctionName=physical["Function"])["Configuration"]["Role"]


def test_a_replacement_is_made_before_the_other_is_deleted(aws: Emulator, operator: Deployer, code: Any) -> None:
    stack = operator.create("replace", with_function(code, "/"))
    before = operator.physical(stack)
    assert operator.deploy(stack, with_function(code, "/deploy/")) == "UPDATE_COMPLETE"
    after = operator.physical(stack)
    assert after["Function"] == before["Function"]
    assert role_of(aws, after) == f"arn:aws:iam::{ACCOUNT}:role/deploy/{after['Role']}"
    assert operator.steps(stack) == [
        "- UPDATE_IN_PROGRESS",
        "Role UPDATE_IN_PROGRESS",
        "Role UPDATE_COMPLETE",
        "Function UPDATE_IN_PROGRESS",
        "Function UPDATE_COMPLETE",
        "- UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Role DELETE_IN_PROGRESS",
        "Role DELETE_COMPLETE",
        "- UPDATE_COMPLETE",
    ]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.client("iam", aws.operator).get_role(RoleName=before["Role"])


def test_a_replacement_that_is_rolled_back(aws: Emulator, operator: Deployer, code: Any, taken: str) -> None:
    """What refers to the resource has the first again, not the one that is about to be deleted."""
    del taken
    stack = operator.create("replace", with_function(code, "/"))
    before = operator.physical(stack)
    body = with_function(code, "/deploy/", Clash=clash("Function"))
    assert operator.deploy(stack, body) == "UPDATE_ROLLBACK_COMPLETE"
    assert operator.physical(stack) == before
    assert role_of(aws, before) == f"arn:aws:iam::{ACCOUNT}:role/{before['Role']}"
    iam = aws.client("iam", aws.operator)
    assert iam.get_role(RoleName=before["Role"])
    assert not [one for one in iam.list_roles(PathPrefix="/deploy/")["Roles"] if stack in one["RoleName"]]


def test_what_is_removed_goes_before_what_it_needs(operator: Deployer, code: Any) -> None:
    """Also if the one is removed, and the other replaced."""
    stack = operator.create("removed", with_function(code, "/", Stays=rule()))
    assert operator.deploy(stack, template(Role=role(path="/deploy/"), Stays=rule())) == "UPDATE_COMPLETE"
    deleted = [step for step in operator.steps(stack) if step.endswith("DELETE_COMPLETE")]
    assert deleted == ["Function DELETE_COMPLETE", "Role DELETE_COMPLETE"]


def test_what_is_replaced_can_be_kept(operator: Deployer, dynamodb: Any) -> None:
    stack = operator.create("keep", template(A=table()))
    before = operator.physical(stack)["A"]
    body = template(A={**table(key="Other"), "UpdateReplacePolicy": "Retain"})
    assert operator.deploy(stack, body) == "UPDATE_COMPLETE"
    assert "A DELETE_SKIPPED" in operator.steps(stack)
    assert {before, operator.physical(stack)["A"]} <= set(tables(dynamodb))


def test_a_resource_with_a_name_of_its_own_is_not_replaced(operator: Deployer) -> None:
    name = new_name("named")
    stack = operator.create("named", template(A=table(name)))
    assert operator.deploy(stack, template(A=table(name, key="Other"))) == "UPDATE_ROLLBACK_COMPLETE"
    assert operator.failures(stack) == [("A", f"{CUSTOM_NAMED} Rename {name} and update the stack again.")]
    found = operator.api.describe_stack_resources(StackName=stack)["StackResources"]
    assert [one["ResourceStatus"] for one in found] == ["CREATE_COMPLETE"]


# UPDATE_ROLLBACK_FAILED


@contextmanager
def seen(aws: Emulator, service: str, operation: str, do: Callable[[], None]) -> Generator[None]:
    """Do something just before the first call of an operation is answered."""
    waiting = [do]

    def before(call: ApiCall) -> None:
        if waiting and (call.service, call.operation) == (service, operation):
            waiting.pop()()

    aws.gateway.before.append(before)
    try:
        yield
    finally:
        aws.gateway.before.remove(before)


class Changing:
    """A role whose policy is changed in the middle of a deployment."""

    def __init__(self, aws: Emulator) -> None:
        self._iam = aws.client("iam", aws.operator)
        self._name = new_name("changing")
        self._iam.create_role(RoleName=self._name, AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)))
        self.allow("cloudformation:*", "events:*", "dynamodb:*")
        self.deployer = Deployer(aws, aws.login_as(self._name, "deploy"))

    def allow(self, *actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_role_policy(RoleName=self._name, PolicyName="changing", PolicyDocument=document)


@pytest.fixture
def stuck(aws: Emulator, operator: Deployer) -> tuple[Changing, str, str]:
    """A stack whose rule cannot be updated back: while its table was made, the role lost what rules need."""
    changing, name = Changing(aws), new_name("stuck")
    operator.create("holder", template(T=table(name)))
    stack = changing.deployer.create("stuck", template(A=rule("before")))
    body = template(A=rule("after"), Made=rule(DependsOn="A"), T={**table(name), "DependsOn": ["Made"]})
    with seen(aws, "dynamodb", "CreateTable", lambda: changing.allow("cloudformation:*", "dynamodb:*")):
        assert changing.deployer.deploy(stack, body) == "UPDATE_ROLLBACK_FAILED"
    return changing, stack, changing.deployer.physical(stack)["A"]


def test_a_rollback_that_is_refused(stuck: tuple[Changing, str, str], events: Any) -> None:
    changing, stack, name = stuck
    (_, (failed, why)) = changing.deployer.failures(stack)
    assert failed == "A"
    assert f"on resource: arn:aws:events:{REGION}:{ACCOUNT}:rule/{name} because" in why
    assert changing.deployer.events(stack)[-1] == ("-", "UPDATE_ROLLBACK_FAILED", _failed("update", "A"))
    assert events.describe_rule(Name=name)["Description"] == "after"
    assert "can not be updated" in refused(changing.deployer.change_set, stack, template(A=rule("before")))


def test_the_rollback_is_continued(stuck: tuple[Changing, str, str], operator: Deployer, events: Any) -> None:
    changing, stack, name = stuck
    changing.deployer.api.continue_update_rollback(StackName=stack)
    assert changing.deployer.status(stack) == "UPDATE_ROLLBACK_FAILED"  # still refused
    changing.allow("cloudformation:*", "events:*", "dynamodb:*")
    changing.deployer.api.continue_update_rollback(StackName=stack)
    assert changing.deployer.status(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert events.describe_rule(Name=name)["Description"] == "before"
    assert operator.physical(stack) == {"A": name}
    assert "Made DELETE_COMPLETE" in operator.steps(stack)
    assert "can not be rolled back" in refused(operator.api.continue_update_rollback, StackName=stack)


def test_the_rollback_is_continued_without_what_fails(
    stuck: tuple[Changing, str, str], operator: Deployer, events: Any
) -> None:
    _, stack, name = stuck
    message = refused(operator.api.continue_update_rollback, StackName=stack, ResourcesToSkip=["Made"])
    assert "[Made] did not fail to roll back" in message
    operator.api.continue_update_rollback(StackName=stack, ResourcesToSkip=["A"])
    assert operator.status(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert events.describe_rule(Name=name)["Description"] == "after"  # "inconsistent with the template"
    (resource,) = operator.api.describe_stack_resources(StackName=stack)["StackResources"]
    assert resource["ResourceStatus"] == "UPDATE_COMPLETE"
    made = operator.change_set(stack, template(A=rule("before")))
    assert made["Status"] == "FAILED"  # by its own record nothing changes


def test_a_stack_that_cannot_be_rolled_back_can_be_deleted(
    stuck: tuple[Changing, str, str], operator: Deployer, events: Any
) -> None:
    _, stack, _ = stuck
    assert operator.delete(stack) == "DELETE_COMPLETE"
    assert not events.list_rules(NamePrefix=stack)["Rules"]  # neither the rule, nor what the update had made


# deleted


def test_a_stack_is_deleted_backwards_but_for_what_it_keeps(operator: Deployer, dynamodb: Any) -> None:
    kept = new_name("kept")
    stack = operator.create(
        "delete", template(A=rule(), B=rule({"Ref": "A"}), T=table(kept, kept="RetainExceptOnCreate"))
    )
    identity = operator.described(stack)["StackId"]
    assert operator.delete(stack) == "DELETE_COMPLETE"
    steps = [step for step in operator.steps(identity) if "DELETE" in step]
    assert [step for step in steps if "T " not in step] == [
        "- DELETE_IN_PROGRESS",
        "B DELETE_IN_PROGRESS",
        "B DELETE_COMPLETE",
        "A DELETE_IN_PROGRESS",
        "A DELETE_COMPLETE",
        "- DELETE_COMPLETE",
    ]
    assert "T DELETE_SKIPPED" in steps
    assert kept in tables(dynamodb)
    assert f"Stack with id {stack} does not exist" in refused(operator.api.describe_stacks, StackName=stack)
    again = operator.create("delete", template(A=rule()))
    for name in (stack, identity):  # what is deleted may be deleted again, whoever has its name by now
        operator.api.delete_stack(StackName=name)
    assert operator.status(again) == "CREATE_COMPLETE"


def test_the_name_of_a_deleted_stack_is_free(operator: Deployer) -> None:
    stack = operator.create("again", template(A=rule()))
    identity = operator.described(stack)["StackId"]
    operator.delete(stack)
    assert operator.deploy(stack, template(A=rule()), "CREATE") == "CREATE_COMPLETE"
    operator.api.delete_stack(StackName=identity)
    assert operator.status(stack) == "CREATE_COMPLETE"


def test_what_cannot_be_deleted_keeps_what_it_needs(aws: Emulator, operator: Deployer, code: Any) -> None:
    stack = operator.create("stays", with_function(code, "/", Rule=rule()))
    aws.gateway.faults.append(Fault("lambda", "DeleteFunction", AwsError("InvalidParameterValueException", "in use")))
    assert operator.delete(stack) == "DELETE_FAILED"
    assert operator.physical(stack).keys() == {"Role", "Function"}
    assert not [step for step in operator.steps(stack) if step.startswith("Role ")]
    assert operator.events(stack)[-1] == ("-", "DELETE_FAILED", _failed("delete", "Function"))
    (resource,) = [
        one
        for one in operator.api.describe_stack_resources(StackName=stack)["StackResources"]
        if one["LogicalResourceId"] == "Function"
    ]
    assert (resource["ResourceStatus"], "in use" in resource["ResourceStatusReason"]) == ("DELETE_FAILED", True)
    assert operator.delete(stack) == "DELETE_COMPLETE"


def test_a_stack_in_review_is_deleted(operator: Deployer) -> None:
    made = operator.change_set(new_name("review"), template(A=rule()), "CREATE")
    assert operator.delete(made["StackId"]) == "DELETE_COMPLETE"


# meanwhile


@contextmanager
def held_at(aws: Emulator, service: str, operation: str) -> Generator[None]:
    """The first call of an operation is held, once something waits for it, until the end."""
    reached, go = Event(), Event()

    def hold() -> None:
        reached.set()
        assert go.wait(10)

    with seen(aws, service, operation, hold):
        try:
            yield
            assert reached.wait(10)
        finally:
            go.set()


def test_one_operation_at_a_time(aws: Emulator, operator: Deployer) -> None:
    stack = operator.create("busy", template(A=rule()))
    one, other = (operator.change_set(stack, template(A=rule(text))) for text in ("one", "other"))
    with held_at(aws, "events", "PutRule"):
        operator.api.execute_change_set(ChangeSetName=one["ChangeSetId"])
        assert operator.described(stack)["StackStatus"] == "UPDATE_IN_PROGRESS"
        assert operator.physical(stack)
        said = [
            refused(operator.change_set, stack, template(A=rule("third"))),
            refused(operator.api.execute_change_set, ChangeSetName=one["ChangeSetId"]),
            refused(operator.api.execute_change_set, ChangeSetName=other["ChangeSetId"]),
            refused(operator.api.delete_change_set, ChangeSetName=one["ChangeSetId"]),
            refused(operator.api.delete_stack, StackName=stack),
            refused(operator.api.continue_update_rollback, StackName=stack),
        ]
    assert [message.partition(":")[0] for message in said] == [
        "ValidationError",
        *["InvalidChangeSetStatus"] * 3,
        *["ValidationError"] * 2,
    ]
    assert operator.status(stack) == "UPDATE_COMPLETE"


def test_a_creation_that_is_rolled_back_can_be_watched(aws: Emulator, operator: Deployer, taken: str) -> None:
    """Its outputs refer to what is gone."""
    del taken
    body = {**template(A=rule(), B=rule({"Ref": "A"}), Clash=clash("B")), "Outputs": {"B": {"Value": {"Ref": "B"}}}}
    made = operator.change_set(new_name("watched"), body, "CREATE")
    found: list[dict[str, Any]] = []
    with seen(aws, "events", "DeleteRule", lambda: found.append(operator.described(made["StackId"]))):
        assert operator.execute(made) == "ROLLBACK_COMPLETE"
    assert [(one["StackStatus"], "Outputs" in one) for one in found] == [("ROLLBACK_IN_PROGRESS", False)]


def test_policies_are_read_at_each_call(aws: Emulator) -> None:
    """A role that gains what it lacks while it deploys."""
    changing = Changing(aws)
    changing.allow("cloudformation:*", "dynamodb:*")
    everything = ("cloudformation:*", "dynamodb:*", "events:*")
    body = template(T=table(), A=rule(DependsOn="T"))
    assert changing.deployer.deploy(new_name("gains"), body, "CREATE") == "ROLLBACK_COMPLETE"
    with seen(aws, "dynamodb", "CreateTable", lambda: changing.allow(*everything)):
        assert changing.deployer.deploy(new_name("gains"), body, "CREATE") == "CREATE_COMPLETE"


def test_what_breaks_is_told(operator: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the emulator's own neither hangs whoever waits, nor passes for an answer of AWS."""

    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    made = operator.change_set(new_name("broken"), template(A=rule()), "CREATE")
    monkeypatch.setattr(EventsRule, "create", broken)
    with pytest.raises(RuntimeError, match="out of order"):
        operator.execute(made)
    assert operator.status(made["StackId"]) == "CREATE_FAILED"


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (rule({"Fn::GetAtt": ["B", "Targets"]}), "NOT MODELLED by the emulator: the attribute Targets of"),
        (rule({"Fn::GetAtt": ["B", "Never"]}), "Resource type AWS::Events::Rule does not support attribute {Never}"),
        (
            rule(properties={"State": 1}),
            "Properties validation failed for resource A with message:\n#/State: failed validation constraint",
        ),
        (declared("AWS::Events::Rule", {"State": "ENABLED"}), "Resource handler returned message"),
    ],
)
def test_a_resource_that_cannot_be_made(operator: Deployer, resource: dict[str, Any], said: str) -> None:
    stack = new_name("impossible")
    assert operator.deploy(stack, template(A=resource, B=rule()), "CREATE") == "ROLLBACK_COMPLETE"
    ((name, why),) = operator.failures(stack)
    assert (name, said in why) == ("A", True)


def test_an_output_that_is_not_known_stops_the_deployment(operator: Deployer) -> None:
    stack = new_name("output")
    body = {**template(A=rule()), "Outputs": {"Id": {"Value": {"Fn::GetAtt": ["A", "Targets"]}}}}
    assert operator.deploy(stack, body, "CREATE") == "ROLLBACK_COMPLETE"
    assert any(
        "NOT MODELLED by the emulator: the attribute Targets of AWS::Events::Rule" in why
        for _, _, why in operator.events(stack)
    )
