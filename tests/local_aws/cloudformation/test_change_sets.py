"""What a change set reports, and which change sets are refused or cannot be executed."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from tests.local_aws.cloudformation.stacks import (
    Deployer,
    Template,
    changes,
    declared,
    function,
    new_name,
    refused,
    role,
    rule,
    table,
    template,
)
from tests.local_aws.conftest import ACCOUNT, REGION

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def details(change: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Path, what becomes of the value, whether it replaces, and how that is known."""
    return [
        (
            detail["Target"].get("Path"),
            detail["Target"].get("AttributeChangeType"),
            detail["Target"]["RequiresRecreation"],
            detail["Evaluation"],
        )
        for detail in change["Details"]
    ]


# what is reported


def test_a_new_stack_is_added(operator: Deployer) -> None:
    made = operator.change_set(new_name("new"), template(A=rule(), B=rule()), "CREATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert {name: (c["Action"], c["Scope"], c["Details"]) for name, c in changes(made).items()} == {
        "A": ("Add", [], []),
        "B": ("Add", [], []),
    }
    stack = operator.described(made["StackId"])
    assert (stack["StackStatus"], "Outputs" in stack) == ("REVIEW_IN_PROGRESS", False)
    assert operator.events(made["StackId"]) == [("-", "REVIEW_IN_PROGRESS", "User Initiated")]


def test_what_is_added_changed_and_removed(operator: Deployer) -> None:
    stack = operator.create("three", template(Stays=rule(), Changes=rule(), Goes=rule(), Kept=table(kept="Retain")))
    made = changes(operator.change_set(stack, template(New=rule(), Stays=rule(), Changes=rule("each night"))))
    assert {name: (c["Action"], c.get("PolicyAction")) for name, c in made.items()} == {
        "New": ("Add", None),
        "Changes": ("Modify", None),
        "Goes": ("Remove", "Delete"),
        "Kept": ("Remove", "Retain"),
    }
    assert list(made)[-2:] == ["Goes", "Kept"]
    assert made["Changes"]["Replacement"] == "False"
    assert made["Changes"]["PhysicalResourceId"] == operator.physical(stack)["Changes"]
    assert "PhysicalResourceId" not in made["New"]


def test_a_nested_property_is_reported_by_its_path(operator: Deployer) -> None:
    stack = operator.create("nested", template(Role=role("s3:GetObject")))
    change = changes(operator.change_set(stack, template(Role=role("s3:PutObject"))))["Role"]
    assert change["Scope"] == ["Properties"]
    (detail,) = change["Details"]
    assert detail == {
        "Target": {
            "Attribute": "Properties",
            "Name": "Policies",
            "RequiresRecreation": "Never",
            "Path": "/Properties/Policies/0/PolicyDocument/Statement/0/Action",
            "BeforeValue": "s3:GetObject",
            "AfterValue": "s3:PutObject",
            "AttributeChangeType": "Modify",
        },
        "Evaluation": "Static",
        "ChangeSource": "DirectModification",
    }


def test_values_are_told_if_they_are_asked_for(operator: Deployer) -> None:
    stack = operator.create("values", template(R=rule()))
    made = operator.change_set(stack, template(R=rule("each night", properties={"State": "DISABLED"})))
    assert details(changes(made)["R"]) == [
        ("/Properties/Description", "Modify", "Never", "Static"),
        ("/Properties/State", "Add", "Never", "Static"),
    ]
    plain = operator.api.describe_change_set(ChangeSetName=made["ChangeSetId"])
    targets = [detail["Target"] for detail in changes(plain)["R"]["Details"]]
    assert [sorted(target) for target in targets] == [["Attribute", "Name", "RequiresRecreation"]] * 2


@pytest.mark.parametrize(
    ("before", "after", "replacement"),
    [
        (table(DeletionProtectionEnabled=True), table(DeletionProtectionEnabled=False), "False"),
        (table(), table(new_name("renamed")), "True"),
        (table(), table(key="Other"), "Conditional"),
        (role(), role(path="/deploy/"), "True"),
    ],
)
def test_replacement_is_as_the_provider_schema_says(
    operator: Deployer, before: Template, after: Template, replacement: str
) -> None:
    stack = operator.create("replacement", template(A=before))
    change = changes(operator.change_set(stack, template(A=after)))["A"]
    assert change["Replacement"] == replacement
    assert change.get("PolicyAction") == (None if replacement == "False" else "ReplaceAndDelete")


def test_a_replaced_resource_may_be_kept(operator: Deployer) -> None:
    stack = operator.create("kept", template(A=table()))
    after = {**table(new_name("renamed")), "UpdateReplacePolicy": "Retain"}
    change = changes(operator.change_set(stack, template(A=after)))["A"]
    assert (change["PolicyAction"], change["Scope"]) == ("ReplaceAndRetain", ["UpdateReplacePolicy", "Properties"])


def test_a_reference_to_a_replaced_resource_is_not_known_yet(operator: Deployer) -> None:

    def body(path: str) -> Template:
        named = {"Description": {"Fn::Sub": "by ${Role}"}}
        return template(Role=role(path=path), Rule=rule(properties=named), Other=rule({"Ref": "Role"}))

    stack = operator.create("dynamic", body("/"))
    made = changes(operator.change_set(stack, body("/deploy/")))
    assert {name: change["Replacement"] for name, change in made.items()} == {
        "Role": "True",
        "Rule": "False",
        "Other": "False",
    }
    assert [sources(detail) for detail in made["Rule"]["Details"]] == [
        ("Dynamic", "DirectModification", None),
        ("Static", "ResourceReference", "Role"),
    ]
    assert {detail["Target"]["AfterValue"] for detail in made["Rule"]["Details"]} == {UNKNOWN}
    assert [sources(detail) for detail in without_values(operator, stack)["Rule"]["Details"]] == [
        ("Static", "ResourceReference", "Role")
    ]


def sources(detail: dict[str, Any]) -> tuple[str, str, str | None]:
    return detail["Evaluation"], detail["ChangeSource"], detail.get("CausingEntity")


def without_values(operator: Deployer, stack: str) -> dict[str, dict[str, Any]]:
    """The changes of the last change set, as they are told if values are not asked for."""
    (*_, last) = operator.api.list_change_sets(StackName=stack)["Summaries"]
    return changes(operator.api.describe_change_set(ChangeSetName=last["ChangeSetId"]))


def test_a_changed_parameter_is_told_of_beside_the_value(operator: Deployer) -> None:
    stack = operator.create("cause", with_parameter(), **given("one"))
    made = operator.change_set(stack, with_parameter(), **given("two"))
    both = {("Dynamic", "DirectModification", None), ("Static", "ParameterReference", "What")}
    assert {sources(detail) for detail in changes(made)["A"]["Details"]} == both
    assert {sources(detail) for detail in without_values(operator, stack)["A"]["Details"]} == both


def test_another_value_in_parameter_store_is_a_change_of_what_refers_to_it(operator: Deployer) -> None:
    """As was recorded: the parameter itself, which has the name, is as it was."""
    name = f"/{new_name('stored')}"
    ssm = operator.aws.client("ssm", operator.aws.operator)
    ssm.put_parameter(Name=name, Value="one", Type="String")
    body = with_parameter()
    body["Parameters"]["What"]["Type"] = "AWS::SSM::Parameter::Value<String>"
    stack = operator.create("stored", body, **given(name))
    ssm.put_parameter(Name=name, Value="two", Type="String", Overwrite=True)
    made = operator.change_set(stack, body, **given(name))
    assert [sources(one) for one in changes(made)["A"]["Details"]] == [("Static", "DirectModification", None)]


def test_an_attribute_of_a_changed_resource_may_replace_what_refers_to_it(operator: Deployer, code: Any) -> None:
    def body(description: str) -> Template:
        permission = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
        }
        return template(
            Role=role(),
            Function=function({"Fn::GetAtt": ["Role", "Arn"]}, code),
            Rule=rule(description),
            Permission=declared("AWS::Lambda::Permission", permission),
        )

    stack = operator.create("attribute", body("each day"))
    before = operator.physical(stack)
    change_set = operator.change_set(stack, body("each night"))
    assert list(changes(change_set)) == ["Rule"]  # with values, the attribute is taken to stay as it is
    made = without_values(operator, stack)
    assert {name: change["Replacement"] for name, change in made.items()} == {
        "Rule": "False",
        "Permission": "Conditional",
    }
    assert [sources(detail) for detail in made["Permission"]["Details"]] == [
        ("Dynamic", "ResourceAttribute", "Rule.Arn")
    ]
    assert operator.execute(change_set) == "UPDATE_COMPLETE"
    assert operator.physical(stack) == before  # the value turned out the same


@pytest.mark.parametrize(
    ("attribute", "before", "after"),
    [
        ("DeletionPolicy", "Retain", "RetainExceptOnCreate"),
        ("DeletionPolicy", None, "Retain"),
        ("UpdateReplacePolicy", "Delete", "Retain"),
        ("Metadata", None, {"aws:cdk:path": "Shop/Table"}),
    ],
)
def test_an_attribute_alone(operator: Deployer, attribute: str, before: Any, after: Any) -> None:
    first = table() if before is None else {**table(), attribute: before}
    stack = operator.create("attribute", template(A=first))
    made = operator.change_set(stack, template(A={**table(), attribute: after}))
    change = changes(made)["A"]
    assert (change["Scope"], change["Replacement"]) == ([attribute], "False")
    assert change["Details"][0]["Target"]["Attribute"] == attribute
    assert operator.execute(made) == "UPDATE_COMPLETE"
    assert not [step for step in operator.steps(stack) if step.startswith("A ")]  # nothing is called for it


def test_no_changes(operator: Deployer) -> None:
    stack = operator.create("same", template(A=rule()))
    made = operator.change_set(stack, template(A=rule()))
    assert (made["Status"], made["StatusReason"], made["ExecutionStatus"]) == ("FAILED", NO_CHANGES, "UNAVAILABLE")
    assert made["Changes"] == []


@pytest.mark.parametrize("as_yaml", [True, False])
def test_an_output_alone_is_a_change(operator: Deployer, as_yaml: bool) -> None:
    stack = operator.create("outputs", template(A=rule()))
    body = {**template(A=rule()), "Outputs": {"Name": {"Value": {"Ref": "A"}}}}
    text = f"Resources: {json.dumps(body['Resources'])}\nOutputs: {json.dumps(body['Outputs'])}" if as_yaml else None
    made = operator.change_set(stack, None, TemplateBody=text or json.dumps(body))
    assert (made["Status"], made["Changes"]) == ("CREATE_COMPLETE", [])
    assert operator.execute(made) == "UPDATE_COMPLETE"
    assert operator.described(stack)["Outputs"] == [
        {"OutputKey": "Name", "OutputValue": operator.physical(stack)["A"]},
    ]


def test_many_changes_come_in_pages(aws: Emulator, operator: Deployer) -> None:
    wanted = {f"Rule{number}": rule() for number in range(500)}
    stored = {"TemplateURL": uploaded(aws, template(**wanted))}  # in the call itself it would be too long
    made = operator.change_set(new_name("many"), None, "CREATE", **stored)
    pages = [made["Changes"]]
    while "NextToken" in made:
        made = operator.api.describe_change_set(ChangeSetName=made["ChangeSetId"], NextToken=made["NextToken"])
        pages.append(made["Changes"])
    assert [len(page) for page in pages] == [100] * 5
    assert [one["ResourceChange"]["LogicalResourceId"] for page in pages for one in page] == list(wanted)
    with pytest.raises(ClientError, match="NextToken never is not valid"):
        operator.api.describe_change_set(ChangeSetName=made["ChangeSetId"], NextToken="never")


# templates and parameters


def uploaded(aws: Emulator, body: Template) -> str:
    """The URL of a template in S3."""
    bucket, s3 = new_name("uploaded"), aws.client("s3", aws.operator)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="t.json", Body=json.dumps(body))
    return f"https://{bucket}.s3.{REGION}.amazonaws.com/t.json"


def with_parameter(**parameter: Any) -> Template:
    return {**template(A=rule({"Ref": "What"})), "Parameters": {"What": {"Type": "String", **parameter}}}


def given(value: str) -> dict[str, Any]:
    return {"Parameters": [{"ParameterKey": "What", "ParameterValue": value}]}


PREVIOUS: dict[str, Any] = {"Parameters": [{"ParameterKey": "What", "UsePreviousValue": True}]}


def after_value(change_set: dict[str, Any]) -> str:
    return changes(change_set)["A"]["Details"][0]["Target"]["AfterValue"]


def test_parameters(operator: Deployer) -> None:
    stack = operator.create("parameters", with_parameter(), **given("one"))
    assert operator.described(stack)["Parameters"] == [{"ParameterKey": "What", "ParameterValue": "one"}]
    assert after_value(operator.change_set(stack, with_parameter(), **given("two"))) == "two"
    assert operator.change_set(stack, with_parameter(Default="other"), **PREVIOUS)["StatusReason"] == NO_CHANGES
    assert after_value(operator.change_set(stack, with_parameter(Default="other"))) == "other"


def test_a_default_is_a_previous_value_too(operator: Deployer) -> None:
    stack = operator.create("default", with_parameter(Default="one"))
    made = operator.change_set(stack, with_parameter(Default="two"), **PREVIOUS)
    assert made["StatusReason"] == NO_CHANGES


def test_the_previous_template(operator: Deployer) -> None:
    stack = operator.create("previous", with_parameter(), **given("one"))
    made = operator.change_set(stack, None, UsePreviousTemplate=True, **given("two"))
    assert after_value(made) == "two"


def test_a_secret_parameter_is_not_shown(operator: Deployer) -> None:
    stack = operator.create("secret", with_parameter(NoEcho=True), **given("hush"))
    assert operator.described(stack)["Parameters"] == [{"ParameterKey": "What", "ParameterValue": "****"}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Parameters: [What] must have values"),
        (
            {
                "Parameters": [*given("x")["Parameters"], {"ParameterKey": "Other", "ParameterValue": "x"}],
            },
            "Other",
        ),
        (PREVIOUS, "Cannot specify usePreviousValue as true for a parameter key not in the previous template"),
        ({"Parameters": [{"ParameterKey": "What", "ParameterValue": "x", "UsePreviousValue": True}]}, "either"),
        ({**given("x"), "TemplateURL": "https://s3.amazonaws.com/b/k"}, "Either Template URL or Template Body"),
        ({**given("x"), "TemplateBody": "{"}, "Template format error"),
        (
            {"TemplateBody": "Resources: {A: {Type: 'AWS::Events::Rule', Properties: 1}}"},
            "Resources.A.Properties: must be a map",
        ),
        ({**given("x"), "RoleARN": "arn:aws:iam::123456789012:role/cfn"}, "is invalid or cannot be assumed"),
        ({**given("x"), "DeploymentConfig": {"Mode": "EXPRESS"}}, "NOT MODELLED by the emulator: DeploymentConfig"),
    ],
)
def test_what_a_change_set_cannot_be_made_from(operator: Deployer, options: dict[str, Any], said: str) -> None:
    name = new_name("wrong")
    message = refused(operator.change_set, name, with_parameter(), "CREATE", **options)
    assert message.startswith("ValidationError: ")
    assert said in message
    assert name not in operator.aws.cloudformation.stacks


@pytest.mark.parametrize("options", [{"OnStackFailure": "ROLLBACK"}, {"DeploymentConfig": {"Mode": "STANDARD"}}])
def test_a_parameter_that_changes_nothing_is_taken(operator: Deployer, options: dict[str, Any]) -> None:
    assert operator.change_set(new_name("taken"), template(A=rule()), "CREATE", **options)["Status"] != "FAILED"


@pytest.mark.parametrize(
    ("body", "capabilities", "required"),
    [
        (template(A=role()), [], "CAPABILITY_IAM"),
        (template(A=role(name="called")), ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        (template(A=role()), ["CAPABILITY_AUTO_EXPAND"], "CAPABILITY_IAM"),
    ],
)
def test_iam_must_be_acknowledged(operator: Deployer, body: Template, capabilities: list[str], required: str) -> None:
    message = refused(operator.change_set, new_name("iam"), body, "CREATE", Capabilities=capabilities)
    assert message == f"InsufficientCapabilitiesException: Requires capabilities : [{required}]"


def test_a_role_without_a_name_needs_the_lesser_capability(operator: Deployer) -> None:
    operator.change_set(new_name("iam"), template(A=role()), "CREATE", Capabilities=["CAPABILITY_IAM"])


def test_nothing_without_a_model_is_passed_over(operator: Deployer) -> None:
    whole = template(A=rule())
    wrong: list[tuple[Template, str]] = [
        (template(A=declared("AWS::S3::Buckett", {})), "AWS::S3::Buckett"),
        ({**whole, "Hooks": {}}, "the template's section Hooks"),
        (
            {**whole, "Rules": {"A": {"Assertions": [{"Assert": {"Fn::RefAll": "AWS::EC2::VPC::Id"}}]}}},
            "Fn::RefAll in the template's section Rules",
        ),
        (template(A={**rule(), "UpdatePolicy": {}}), "A: the attribute UpdatePolicy"),
        (template(A=table(kept="Snapshot")), "A: the policy Snapshot"),
    ]
    said = {what: refused(operator.change_set, new_name("unmodelled"), body, "CREATE") for body, what in wrong}
    assert not [
        pair for pair in said.items() if "NOT MODELLED by the emulator" not in pair[1] or pair[0] not in pair[1]
    ]


def test_a_template_in_s3_is_read_with_the_permission_of_the_caller(aws: Emulator, operator: Deployer) -> None:
    bucket, s3 = new_name("templates"), aws.client("s3", aws.operator)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="its/t.json", Body=json.dumps(template(A=rule())))
    allowed: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/its/*"}
    urls = [
        f"https://s3.{REGION}.amazonaws.com/{bucket}/its/t.json",
        f"https://{bucket}.s3.{REGION}.amazonaws.com/its/t.json",
    ]
    reader = Deployer(aws, aws.user("reader", {"Version": "2012-10-17", "Statement": [*allowed, reads]}))
    other = Deployer(aws, aws.user("other", {"Version": "2012-10-17", "Statement": allowed}))
    for url in urls:
        assert list(changes(reader.change_set(new_name("url"), None, "CREATE", TemplateURL=url))) == ["A"]
        message = refused(other.change_set, new_name("url"), None, "CREATE", TemplateURL=url)
        assert message == "ValidationError: S3 error: Access Denied"
    missing = urls[0].replace("t.json", "u.json")
    message = refused(operator.change_set, new_name("url"), None, "CREATE", TemplateURL=missing)
    assert message.startswith("ValidationError: S3 error: The specified key does not exist")


# which stacks


def test_the_kind_must_fit_the_stack(operator: Deployer) -> None:
    stack, new, body = operator.create("kind", template(A=rule())), new_name("none"), template(A=rule())
    assert refused(operator.change_set, new, body) == f"ValidationError: Stack [{new}] does not exist"
    message = refused(operator.change_set, stack, body, "CREATE", ChangeSetName="deploy")
    assert (
        message
        == f"ValidationError: Stack [{stack}] already exists and cannot be created again with the changeSet [deploy]."
    )


def test_a_stack_in_review_is_not_there_for_an_update(operator: Deployer) -> None:
    name, body = new_name("review"), template(A=rule())
    operator.change_set(name, body, "CREATE")
    assert "does not exist" in refused(operator.change_set, name, body)
    operator.change_set(name, body, "CREATE")  # but another creation may be prepared


def test_a_deleted_stack_is_not_there(operator: Deployer) -> None:
    stack, body = operator.create("deleted", template(A=rule())), template(A=rule())
    identity = operator.described(stack)["StackId"]
    assert operator.delete(stack) == "DELETE_COMPLETE"
    assert "does not exist" in refused(operator.change_set, stack, body)
    assert "is in DELETE_COMPLETE state and can not be updated" in refused(operator.change_set, identity, body)
    assert "already exists" in refused(operator.change_set, identity, body, "CREATE")


def test_a_name_that_is_taken(operator: Deployer) -> None:
    stack, body = operator.create("taken", template(A=rule())), template(A=rule("each night"))
    operator.change_set(stack, body, ChangeSetName="again")
    message = refused(operator.change_set, stack, body, ChangeSetName="again")
    assert message == "AlreadyExistsException: ChangeSet again already exists"


def test_a_change_set_is_executed_once_and_makes_others_obsolete(operator: Deployer) -> None:
    stack = operator.create("obsolete", template(A=rule()))
    one, other = (operator.change_set(stack, template(A=rule(text))) for text in ("one", "other"))
    failed = operator.change_set(stack, template(A=rule()))
    assert operator.execute(one) == "UPDATE_COMPLETE"
    listed = operator.api.list_change_sets(StackName=stack)["Summaries"]
    assert [summary["ChangeSetId"] for summary in listed] == [other["ChangeSetId"], failed["ChangeSetId"]]
    for change_set, state, why in (
        (one, "EXECUTE_COMPLETE", "execution status of [EXECUTE_COMPLETE]"),
        (other, "OBSOLETE", "execution status of [OBSOLETE]"),
        (failed, "UNAVAILABLE", "status of [FAILED]"),
    ):
        identity = change_set["ChangeSetId"]
        assert operator.api.describe_change_set(ChangeSetName=identity)["ExecutionStatus"] == state
        said = f"InvalidChangeSetStatus: ChangeSet [{identity}] cannot be executed in its current {why}"
        assert refused(operator.execute, change_set) == said


def test_the_name_of_an_executed_change_set_is_free_again(operator: Deployer) -> None:
    stack = operator.create("again", template(A=rule()))
    for text in ("one", "other"):
        made = operator.change_set(stack, template(A=rule(text)), ChangeSetName="deploy")
        assert operator.execute(made) == "UPDATE_COMPLETE"


def test_deleting_a_change_set(operator: Deployer) -> None:
    stack = operator.create("deleting", template(A=rule()))
    made = operator.change_set(stack, template(A=rule("each night")))
    for _ in range(2):  # deleting what is not there succeeds
        operator.api.delete_change_set(ChangeSetName=made["ChangeSetId"])
    message = refused(operator.api.describe_change_set, ChangeSetName=made["ChangeSetId"])
    assert message.startswith("ChangeSetNotFound: ")
    nowhere = {"StackName": new_name("none"), "ChangeSetName": "any"}
    assert "does not exist" in refused(operator.api.describe_change_set, **nowhere)


def test_a_resource_keeps_its_type(operator: Deployer) -> None:
    stack = operator.create("type", template(A=rule()))
    message = refused(operator.change_set, stack, template(A=table()))
    assert message.startswith("ValidationError: Update of resource type is not permitted.")


def tagged(operator: Deployer, stack: str) -> dict[str, str]:
    """The tags of the rule of a stack, but for CloudFormation's own."""
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{operator.physical(stack)['A']}"
    found = operator.aws.client("events", operator.credentials).list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}


PROD, TEST = ([{"Key": "Stage", "Value": value}] for value in ("prod", "test"))


def test_the_tags_of_a_stack_stay(operator: Deployer) -> None:
    stack = operator.create("tags", template(A=rule()), Tags=PROD)
    assert operator.change_set(stack, template(A=rule()))["StatusReason"] == NO_CHANGES
    assert operator.deploy(stack, template(A=rule("each night"))) == "UPDATE_COMPLETE"
    assert operator.described(stack)["Tags"] == PROD
    assert tagged(operator, stack) == {"Stage": "prod"}


def test_the_tags_of_a_stack_are_changed_with_its_resources(operator: Deployer) -> None:
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": "f", "Principal": "events.amazonaws.com"}
    body = template(A=rule(), B=declared("AWS::Lambda::Permission", permission))
    stack = operator.create("tags", template(A=rule()))
    made = changes(operator.change_set(stack, body, Tags=TEST))
    assert {name: (change["Action"], change["Scope"]) for name, change in made.items()} == {
        "A": ("Modify", ["Tags"]),
        "B": ("Add", []),
    }
    assert operator.deploy(stack, template(A=rule()), Tags=TEST) == "UPDATE_COMPLETE"
    assert (operator.described(stack)["Tags"], tagged(operator, stack)) == (TEST, {"Stage": "test"})


def test_a_change_of_tags_is_taken_back(operator: Deployer) -> None:
    stack = operator.create("tags", template(A=rule()), Tags=PROD)
    bad = declared("AWS::Events::Rule", {"State": "ENABLED"}, DependsOn="A")
    assert operator.deploy(stack, template(A=rule(), Bad=bad), Tags=TEST) == "UPDATE_ROLLBACK_COMPLETE"
    assert (operator.described(stack)["Tags"], tagged(operator, stack)) == (PROD, {"Stage": "prod"})


# imports


def imported(name: str, table_name: str) -> dict[str, Any]:
    identifier = {"TableName": table_name}
    one = {"ResourceType": "AWS::DynamoDB::Table", "LogicalResourceId": name, "ResourceIdentifier": identifier}
    return {"ResourcesToImport": [one]}


@pytest.fixture
def left(operator: Deployer) -> str:
    """A table that is in no stack."""
    name = new_name("left")
    operator.delete(operator.create("leaving", template(T=table(name, kept="Retain"))))
    return name


def test_an_import(operator: Deployer, left: str) -> None:
    stack = operator.create("import", template(A=rule()))
    made = operator.change_set(stack, template(A=rule(), T=table(left, kept="Retain")), "IMPORT", **imported("T", left))
    assert {n: (c["Action"], c["PhysicalResourceId"]) for n, c in changes(made).items()} == {"T": ("Import", left)}
    assert operator.execute(made) == "IMPORT_COMPLETE"
    assert operator.physical(stack)["T"] == left


def test_an_import_into_a_new_stack(operator: Deployer, left: str) -> None:
    body = template(T=table(left, kept="Delete"))  # any policy will do, if it is written out
    assert operator.deploy(new_name("import"), body, "IMPORT", **imported("T", left)) == "IMPORT_COMPLETE"


def test_an_import_changes_nothing_else(operator: Deployer, left: str) -> None:
    stack = operator.create("import", template(A=rule()))
    kept = table(left, kept="Retain")
    outputs = {"Outputs": {"T": {"Value": {"Ref": "T"}}}}
    wrong: list[tuple[Template, str]] = [
        (template(A=rule("each night"), T=kept), "you cannot modify or add [Resources]"),
        (template(A=rule(), B=rule(), T=kept), "you cannot modify or add [Resources]"),
        (template(T=kept), "you cannot modify or add [Resources]"),
        ({**template(A=rule(), T=kept), **outputs}, "you cannot modify or add [Outputs]"),
        (template(A=rule(), T=table(left)), "[T] is missing DeletionPolicy attribute required for import"),
    ]
    for body, reason in wrong:
        made = operator.change_set(stack, body, "IMPORT", **imported("T", left))
        assert (made["Status"], made["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
        assert reason in made["StatusReason"]


def test_what_cannot_be_imported(operator: Deployer, left: str) -> None:
    owned = new_name("owned")
    stack = operator.create("import", template(A=rule(), O=table(owned)))
    other = new_name("import")
    body, elsewhere = (
        template(A=rule(), O=table(owned), T=table(left, kept="Retain")),
        template(T=table(owned, kept="Retain")),
    )
    wrong: list[tuple[str, Template, dict[str, Any], str]] = [
        (stack, body, imported("U", left), "are not in the template"),
        (
            stack,
            body,
            imported("O", owned),
            "[O] passed in ResourceToImport are already in a stack and cannot be imported.",
        ),
        (stack, body, imported("T", "another"), "are not TableName=another in the template"),
        (other, elsewhere, imported("T", owned), "[T] passed in ResourceToImport are already in a stack"),
        (other, template(T=table("nowhere", kept="Retain")), imported("T", "nowhere"), "does not exist"),
        (stack, body, {}, "ResourcesToImport is for change sets of the type IMPORT"),
    ]
    keys = imported("T", left)
    keys["ResourcesToImport"][0]["ResourceIdentifier"] = {"Arn": left}
    wrong.append((stack, body, keys, "is identified by TableName"))
    for name, whole, options, said in wrong:
        message = refused(operator.change_set, name, whole, "IMPORT", **options)
        assert said in message
    message = refused(operator.change_set, stack, body, **imported("T", left))
    assert "ResourcesToImport is for change sets of the type IMPORT" in message


def test_existing_resources_are_imported_on_request(operator: Deployer, left: str) -> None:
    stack = operator.create("existing", template(A=rule()))
    body = template(A=rule("each night"), T=table(left, kept="RetainExceptOnCreate"), New=table(kept="Retain"))
    assert changes(operator.change_set(stack, body))["T"]["Action"] == "Add"
    made = operator.change_set(stack, body, ImportExistingResources=True)
    assert made["ImportExistingResources"] is True
    assert {name: change["Action"] for name, change in changes(made).items()} == {
        "A": "Modify",
        "T": "Import",
        "New": "Add",
    }
    assert operator.execute(made) == "UPDATE_COMPLETE"
    assert operator.physical(stack)["T"] == left


def test_existing_resources_must_be_kept(operator: Deployer, left: str) -> None:
    made = operator.change_set(
        new_name("existing"), template(T=table(left, kept="Delete")), "CREATE", ImportExistingResources=True
    )
    assert made["Status"] == "FAILED"
    assert "[T] is missing DeletionPolicy attribute required for import" in made["StatusReason"]


def test_what_is_not_taken_for_existing(operator: Deployer, left: str) -> None:
    """A name that is not written out, what another stack has, and a type whose identifier is read-only."""
    owned, named = new_name("owned"), new_name("rule")
    operator.create("owner", template(O=table(owned), R=rule(properties={"Name": named})))
    operator.aws.client("events", operator.credentials).put_rule(Name=f"{named}-x", ScheduleExpression="rate(1 day)")
    body = template(
        Computed=table({"Fn::Sub": left}, kept="Retain"),  # pyright: ignore[reportArgumentType]  (an intrinsic function)
        Owned=table(owned, kept="Retain"),
        Rule=rule(properties={"Name": f"{named}-x"}, DeletionPolicy="Retain"),
    )
    made = operator.change_set(new_name("existing"), body, "CREATE", ImportExistingResources=True)
    assert {change["Action"] for change in changes(made).values()} == {"Add"}


def test_a_modified_resource_is_shown_before_and_after(operator: Deployer) -> None:
    stack = operator.create("contexts", template(Role=role("s3:GetObject")))
    change = changes(operator.change_set(stack, template(Role=role("s3:PutObject"))))["Role"]
    for context, action in (("BeforeContext", "s3:GetObject"), ("AfterContext", "s3:PutObject")):
        (policy,) = json.loads(change[context])["Properties"]["Policies"]
        assert policy["PolicyDocument"]["Statement"][0]["Action"] == action
