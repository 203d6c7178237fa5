"""Stacks without change sets, exports between them, nested ones, service roles, and what is left after a failure."""

import json
from typing import Any

import pytest

from local_aws import Emulator
from tests.local_aws.cloudformation.stacks import Deployer, Template, declared, new_name, refused, rule, template
from tests.local_aws.conftest import ACCOUNT, REGION


def created(operator: Deployer, body: Template, **options: Any) -> str:
    name = new_name("direct")
    operator.api.create_stack(StackName=name, TemplateBody=json.dumps(body), **options)
    operator.aws.cloudformation.settle()
    return name


BROKEN = declared("AWS::Events::Rule", {"State": "ENABLED"}, DependsOn="A")


def test_a_stack_is_created_and_updated(operator: Deployer) -> None:
    stack = created(operator, {**template(A=rule("one")), "Description": "shop"}, Tags=[{"Key": "a", "Value": "b"}])
    described = operator.described(stack)
    assert (described["StackStatus"], described["Description"]) == ("CREATE_COMPLETE", "shop")
    assert not {"ChangeSetId", "Outputs", "Parameters", "Capabilities", "StackStatusReason"} & described.keys()
    taken = refused(operator.api.create_stack, StackName=stack, TemplateBody=json.dumps(template(A=rule())))
    assert taken == f"AlreadyExistsException: Stack [{stack}] already exists"
    same = {"StackName": stack, "UsePreviousTemplate": True}
    assert refused(operator.api.update_stack, **same) == "ValidationError: No updates are to be performed."
    operator.api.update_stack(StackName=stack, TemplateBody=json.dumps(template(A=rule("two"))))
    assert operator.status(stack) == "UPDATE_COMPLETE"
    name = "[no-such_name]"
    assert "'stackName' failed to satisfy constraint" in refused(
        operator.api.update_stack, **{**same, "StackName": name}
    )


def test_keys_that_aws_leaves_out(operator: Deployer) -> None:
    stack = operator.create("keys", template(A=rule()))
    identity = operator.described(stack)["StackId"]
    events = operator.api.describe_stack_events(StackName=stack)["StackEvents"]
    assert not [event for event in events if "ClientRequestToken" in event]
    operator.delete(stack)
    gone = operator.described(identity)
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert "DeletionTime" in gone
    assert not {"ChangeSetId", "EnableTerminationProtection", "Outputs"} & gone.keys()


def test_stacks_are_listed_also_when_they_are_gone(operator: Deployer) -> None:
    stack = operator.create("listed", template(A=rule()))
    identity = operator.described(stack)["StackId"]
    operator.delete(stack)
    listed = operator.api.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert identity in {one["StackId"] for one in listed}
    assert {one["StackStatus"] for one in listed} == {"DELETE_COMPLETE"}


def test_a_protected_stack_is_not_deleted(operator: Deployer) -> None:
    stack = created(operator, template(A=rule()), EnableTerminationProtection=True)
    assert "TerminationProtection is enabled" in refused(operator.api.delete_stack, StackName=stack)
    operator.api.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    assert operator.delete(stack) == "DELETE_COMPLETE"


def test_a_failed_creation_may_be_left_and_rolled_back_later(operator: Deployer) -> None:
    stack = created(operator, template(A=rule(), B=BROKEN), DisableRollback=True)
    assert operator.described(stack)["StackStatus"] == "CREATE_FAILED"
    assert operator.described(stack)["DisableRollback"] is True
    assert list(operator.physical(stack)) == ["A"]
    operator.api.rollback_stack(StackName=stack)
    assert operator.status(stack) == "ROLLBACK_COMPLETE"
    assert operator.physical(stack) == {}
    assert "can not be rolled back" in refused(operator.api.rollback_stack, StackName=stack)


def test_a_failed_update_may_be_left_and_rolled_back_later(operator: Deployer, aws: Emulator) -> None:
    stack = operator.create("left", template(A=rule("before")))
    made = operator.change_set(stack, template(A=rule("after"), B=BROKEN))
    operator.api.execute_change_set(ChangeSetName=made["ChangeSetId"], DisableRollback=True)
    assert operator.status(stack) == "UPDATE_FAILED"
    events = aws.client("events", aws.operator)
    assert events.describe_rule(Name=operator.physical(stack)["A"])["Description"] == "after"
    operator.api.rollback_stack(StackName=stack)
    assert operator.status(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert events.describe_rule(Name=operator.physical(stack)["A"])["Description"] == "before"


def test_a_failed_creation_may_be_deleted(operator: Deployer) -> None:
    name = new_name("deleted")
    made = operator.change_set(name, template(A=rule(), B=BROKEN), "CREATE", OnStackFailure="DELETE")
    operator.api.execute_change_set(ChangeSetName=made["ChangeSetId"])
    assert operator.status(made["StackId"]) == "DELETE_COMPLETE"
    assert "does not exist" in refused(operator.api.describe_stacks, StackName=name)


# exports


def exporting(name: str, value: str = "shared") -> Template:
    return {**template(A=rule()), "Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}


def test_an_export_is_used_once_it_is_there_and_stays_while_it_is(operator: Deployer) -> None:
    name = new_name("export")
    importing = template(A=rule({"Fn::ImportValue": name}))
    early = operator.change_set(new_name("early"), importing, "CREATE")
    assert f"No export named {name} found." in early["StatusReason"]
    assert operator.execute(early) == "ROLLBACK_COMPLETE"
    stack = operator.create("exporter", exporting(name))
    user = operator.create("importer", importing)
    exports = {one["Name"]: one["Value"] for one in operator.api.list_exports()["Exports"]}
    assert exports[name] == "shared"
    assert operator.api.list_imports(ExportName=name)["Imports"] == [user]
    assert operator.deploy(stack, exporting(name, "other")) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot update export {name} as it is in use by {user}" in str(operator.events(stack))
    operator.api.delete_stack(StackName=stack)
    assert operator.status(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot delete export {name} as it is in use by {user}" in operator.described(stack)["StackStatusReason"]
    assert operator.deploy(new_name("twice"), exporting(name), "CREATE") == "ROLLBACK_COMPLETE"
    operator.delete(user)
    assert operator.delete(stack) == "DELETE_COMPLETE"
    assert "is not imported by any stack" in refused(operator.api.list_imports, ExportName=name)


# nested stacks


def uploaded(aws: Emulator, body: Template) -> str:
    bucket, s3 = new_name("nested"), aws.client("s3", aws.operator)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="t.json", Body=json.dumps(body))
    return f"https://{bucket}.s3.{REGION}.amazonaws.com/t.json"


def with_nested(url: str, text: str) -> Template:
    nested = declared("AWS::CloudFormation::Stack", {"TemplateURL": url, "Parameters": {"Text": text}})
    return {**template(Inner=nested), "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Rule"]}}}}


INNER = {
    **template(A=rule({"Ref": "Text"})),
    "Parameters": {"Text": {"Type": "String"}},
    "Outputs": {"Rule": {"Value": {"Ref": "A"}}},
}


def test_a_nested_stack(aws: Emulator, operator: Deployer) -> None:
    url = uploaded(aws, INNER)
    stack = operator.create("outer", with_nested(url, "one"))
    inner = operator.described(operator.physical(stack)["Inner"])
    outer = operator.described(stack)
    assert (inner["ParentId"], inner["RootId"]) == (outer["StackId"], outer["StackId"])
    name = operator.physical(inner["StackId"])["A"]
    assert outer["Outputs"] == [{"OutputKey": "O", "OutputValue": name}]
    events = aws.client("events", aws.operator)
    assert operator.deploy(stack, with_nested(url, "two")) == "UPDATE_COMPLETE"
    assert events.describe_rule(Name=name)["Description"] == "two"
    assert operator.delete(stack) == "DELETE_COMPLETE"
    assert operator.described(inner["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_nested_stack_that_fails_takes_its_parent_back(aws: Emulator, operator: Deployer) -> None:
    url = uploaded(aws, {**INNER, "Resources": {"A": rule(), "B": BROKEN}})
    stack = new_name("outer")
    assert operator.deploy(stack, with_nested(url, "one"), "CREATE") == "ROLLBACK_COMPLETE"
    ((name, why),) = operator.failures(stack)
    assert name == "Inner"
    assert "was not successfully created: The following resource(s) failed to create: [B]." in why


# service roles


def role_for(aws: Emulator, service: str, *actions: str) -> str:
    iam, name = aws.client("iam", aws.operator), new_name("service")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


@pytest.mark.parametrize(
    ("granted", "status"),
    [(("events:*",), "CREATE_COMPLETE"), (("dynamodb:*",), "ROLLBACK_COMPLETE")],
)
def test_resources_are_made_with_the_service_role(aws: Emulator, granted: tuple[str, ...], status: str) -> None:
    role = role_for(aws, "cloudformation.amazonaws.com", *granted)
    calls: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]
    passes = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    body, name = template(A=rule()), new_name("role")
    other = Deployer(aws, aws.user("cannot-pass", {"Version": "2012-10-17", "Statement": calls}))
    said = refused(other.change_set, name, body, "CREATE", RoleARN=role)
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in said
    user = Deployer(aws, aws.user("passes", {"Version": "2012-10-17", "Statement": [*calls, passes]}))
    assert user.deploy(name, body, "CREATE", RoleARN=role) == status
    assert user.described(name)["RoleARN"] == role


def test_a_role_that_does_not_trust_cloudformation(aws: Emulator, operator: Deployer) -> None:
    role = role_for(aws, "lambda.amazonaws.com", "events:*")
    said = refused(operator.change_set, new_name("role"), template(A=rule()), "CREATE", RoleARN=role)
    assert said == f"ValidationError: Role {role} is invalid or cannot be assumed"


# what is read of templates


def test_what_a_template_asks_for(operator: Deployer) -> None:
    role = declared("AWS::IAM::Role", {"RoleName": "r"})
    parameter = {"Type": "Number", "Default": 1, "MinValue": 1, "NoEcho": True}
    text = json.dumps({**template(A=role), "Parameters": {"P": parameter}, "Description": "d"})
    summary = operator.api.get_template_summary(TemplateBody=text)
    assert (summary["ResourceTypes"], summary["Capabilities"]) == (["AWS::IAM::Role"], ["CAPABILITY_NAMED_IAM"])
    assert (
        summary["Parameters"][0]["ParameterConstraints"] == {"MinValue": "1"}
        or "ParameterConstraints" in summary["Parameters"][0]
    )
    validated = operator.api.validate_template(TemplateBody=text)
    assert validated["Parameters"] == [{"ParameterKey": "P", "DefaultValue": "1", "NoEcho": True}]
    assert validated["Description"] == "d"
    assert (
        refused(operator.api.get_template)
        == "ValidationError: StackName is required if ChangeSetName is not specified."
    )


def test_one_resource_is_described(operator: Deployer) -> None:
    stack = operator.create("one", template(A={**rule(), "Metadata": {"a": "b"}}))
    detail = operator.api.describe_stack_resource(StackName=stack, LogicalResourceId="A")["StackResourceDetail"]
    assert (detail["ResourceStatus"], json.loads(detail["Metadata"])) == ("CREATE_COMPLETE", {"a": "b"})
    said = refused(operator.api.describe_stack_resource, StackName=stack, LogicalResourceId="B")
    assert said == f"ValidationError: Resource B does not exist for stack {stack}"


def test_a_stack_policy(operator: Deployer) -> None:
    stack = operator.create("policy", template(A=rule()))
    allow = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    text = json.dumps({"Statement": [allow]})
    operator.api.set_stack_policy(StackName=stack, StackPolicyBody=text)
    assert operator.api.get_stack_policy(StackName=stack)["StackPolicyBody"] == text
    for wrong in ("{", json.dumps({"Statement": [{**allow, "Principal": "me"}]})):
        said = refused(operator.api.set_stack_policy, StackName=stack, StackPolicyBody=wrong)
        assert said == "ValidationError: Error validating stack policy: Invalid stack policy"


def test_a_stack_in_review_can_be_created_at_once(operator: Deployer) -> None:
    """As was recorded: its change sets are obsolete then."""
    stack, body = new_name("review"), template(A=rule())
    made = operator.change_set(stack, body, "CREATE")
    operator.api.create_stack(StackName=stack, TemplateBody=json.dumps(body))
    assert operator.status(made["StackId"]) == "CREATE_COMPLETE"
    assert "LastUpdatedTime" not in operator.described(stack)
    assert operator.api.describe_change_set(ChangeSetName=made["ChangeSetId"])["ExecutionStatus"] == "OBSOLETE"
