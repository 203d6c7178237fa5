"""Access that nobody reviewed is found in a change set's template, with a request that shows it."""

import copy
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from leastgrant.template import Environment
from ops.change_set.comparison import ReviewComparison, compare
from ops.project import placed_template as module
from ops.stack.resource_types import DATA_BEARING
from ops.stack.template import placed_template

Template = dict[str, Any]


def compared(stack: str, reviewed: Template, proposed: Template, **parameters: str) -> ReviewComparison:
    place = Environment(account="817685572750", region="eu-west-1", stack_name=stack)
    return compare(
        placed_template(reviewed, "reviewed", place, {}), placed_template(proposed, "proposed", place, parameters)
    )


def mutant(template: Template, mutate: Callable[[Template], None]) -> Template:
    copied = copy.deepcopy(template)
    mutate(copied)
    return copied


def properties(template: Template, logical_id: str) -> dict[str, Any]:
    return template["Resources"][logical_id]["Properties"]


def statements(template: Template, logical_id: str = "GitHubActionsDeployRole") -> list[dict[str, Any]]:
    return properties(template, logical_id)["Policies"][0]["PolicyDocument"]["Statement"]


@pytest.mark.parametrize("parameters", [{}, {"DeployPlaceholder": "dataops-v1"}])
def test_the_same_templates_differ_in_nothing(app_template: Template, parameters: dict[str, str]) -> None:
    found = compared("dataops-v1", app_template, copy.deepcopy(app_template), **parameters)
    assert (found.resources, found.sections, found.gains) == ({}, (), ())
    types = {name: resource["Type"] for name, resource in app_template["Resources"].items()}
    assert {*found.kept} == {name for name, type_name in types.items() if type_name in DATA_BEARING}


def widen(template: Template) -> None:
    statements(template)[0]["Resource"] = "arn:aws:cloudformation:eu-west-1:817685572750:stack/*"


def add_action(template: Template) -> None:
    statements(template)[0]["Action"].append("cloudformation:DeleteStack")


def add_statement(template: Template) -> None:
    statements(template).append({"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"})


def allow_service(template: Template) -> None:
    statements(template).append({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})


def drop_condition(template: Template) -> None:
    for statement in statements(template):
        statement.pop("Condition", None)


def second_policy(template: Template) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}
    properties(template, "GitHubActionsDeployRole")["Policies"].append({"PolicyName": "x", "PolicyDocument": document})


@pytest.mark.parametrize(
    ("mutate", "action"),
    [
        (widen, "cloudformation:ExecuteChangeSet"),
        (add_action, "cloudformation:DeleteStack"),
        (add_statement, "iam:CreateUser"),
        (allow_service, "iam:CreateUser"),
        (drop_condition, "iam:PassRole"),
        (second_policy, "sts:AssumeRole"),
    ],
)
def test_what_the_deploy_role_gains_is_shown(
    role_template: Template, mutate: Callable[[Template], None], action: str
) -> None:
    (gain,) = compared("dataops-v1-github-actions", role_template, mutant(role_template, mutate)).gains
    assert gain.logical_id == "GitHubActionsDeployRole"
    assert action in {witness.request.action for witness in gain.witnesses}


def lose_statement(template: Template) -> None:
    del statements(template)[-1]


def test_what_the_deploy_role_loses_is_a_difference_and_no_gain(role_template: Template) -> None:
    found = compared("dataops-v1-github-actions", role_template, mutant(role_template, lose_statement))
    assert found.gains == ()
    assert found.resources == {"GitHubActionsDeployRole": "is not as in the reviewed template (Policies)"}


def another_branch(template: Template) -> None:
    (statement,) = properties(template, "GitHubActionsDeployRole")["AssumeRolePolicyDocument"]["Statement"]
    condition = statement["Condition"].pop("StringEquals")
    statement["Condition"]["StringLike"] = condition
    condition["token.actions.githubusercontent.com:sub"] = "repo:DataTalksClub/dataops:*"


def test_whom_the_deploy_role_newly_trusts_is_shown(role_template: Template) -> None:
    (gain,) = compared("dataops-v1-github-actions", role_template, mutant(role_template, another_branch)).gains
    assert gain.what == "may be assumed by whom the reviewed source does not trust"
    (request,) = gain.admitted
    assert request.context["token.actions.githubusercontent.com:sub"][0].startswith("repo:DataTalksClub/dataops:")


def managed(template: Template) -> None:
    properties(template, "GitHubActionsDeployRole")["ManagedPolicyArns"] = [
        "arn:aws:iam::aws:policy/AdministratorAccess"
    ]


def boundary(template: Template) -> None:
    properties(template, "GitHubActionsDeployRole")["PermissionsBoundary"] = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def unknown(template: Template) -> None:
    statements(template).append({"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::ImportValue": "x"}})


def malformed(template: Template) -> None:
    statements(template).append({"Effect": "Perhaps", "Action": "s3:*", "Resource": "*"})


def attached(template: Template) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}
    named = {"PolicyName": "x", "PolicyDocument": document, "Roles": ["dataops-github-actions-deploy"]}
    template["Resources"]["Extra"] = {"Type": "AWS::IAM::Policy", "Properties": named}


def undefined(template: Template) -> None:
    tags = {"StringNotEquals": {"aws:TagKeys": "owner"}, "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    statement = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": tags}
    statements(template).append(statement)


@pytest.mark.parametrize(
    ("mutate", "what"),
    [
        (undefined, "may allow more than the reviewed source: that is not decided"),
        (managed, "a managed policy that the reviewed source does not attach: arn:aws:iam::aws:policy/Administrator"),
        (boundary, "has not the permissions boundary of the reviewed source"),
        (unknown, "its access cannot be compared with the reviewed source"),
        (malformed, "its access cannot be compared with the reviewed source"),
        (attached, "grants access (AWS::IAM::Policy) that the reviewed source does not grant so"),
    ],
)
def test_what_cannot_be_compared_is_a_gain(
    role_template: Template, mutate: Callable[[Template], None], what: str
) -> None:
    gains = compared("dataops-v1-github-actions", role_template, mutant(role_template, mutate)).gains
    assert any(what in gain.what for gain in gains), gains


WORK_ENGINE = "WorkEngineFunctionRole"


def all_tables(template: Template) -> None:
    statements(template, WORK_ENGINE)[0]["Resource"] = "arn:aws:dynamodb:eu-west-1:817685572750:table/*"


def another_bucket(template: Template) -> None:
    """One that a wildcard for the generated end of the name would take for the stack's own."""
    document = properties(template, WORK_ENGINE)["Policies"][2]["PolicyDocument"]
    document["Statement"][0]["Resource"] = "arn:aws:s3:::dataops-v1-dataopsexportarchivebucket-evil/execution-exports/*"


def whole_bucket(template: Template) -> None:
    document = properties(template, WORK_ENGINE)["Policies"][2]["PolicyDocument"]
    arn = {"Fn::GetAtt": ["DataOpsExportArchiveBucket", "Arn"]}
    document["Statement"][0]["Resource"] = {"Fn::Join": ["", [arn, "/*"]]}


def trust_anyone(template: Template) -> None:
    (statement,) = properties(template, WORK_ENGINE)["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"AWS": "*"}


def another_role(template: Template) -> None:
    template["Resources"]["Extra"] = copy.deepcopy(template["Resources"][WORK_ENGINE])


def open_function(template: Template) -> None:
    named = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "WorkEngineFunction"}, "Principal": "*"}
    template["Resources"]["Anyone"] = {"Type": "AWS::Lambda::Permission", "Properties": named}


@pytest.mark.parametrize(
    ("mutate", "logical_id", "shown"),
    [
        (all_tables, WORK_ENGINE, "dynamodb:"),
        (another_bucket, WORK_ENGINE, "s3:PutObject"),
        (whole_bucket, WORK_ENGINE, "s3:PutObject"),
        (trust_anyone, WORK_ENGINE, "sts:AssumeRole"),
        (another_role, "Extra", "dynamodb:"),
        (open_function, "Anyone", ""),
    ],
)
def test_what_a_function_s_role_gains_is_shown(
    app_template: Template, mutate: Callable[[Template], None], logical_id: str, shown: str
) -> None:
    gains = compared("dataops-v1", app_template, mutant(app_template, mutate)).gains
    assert {gain.logical_id for gain in gains} == {logical_id}
    requests = [*(one.request.action for gain in gains for one in gain.witnesses)]
    requests += [one.action for gain in gains for one in gain.admitted]
    assert not shown or any(action.startswith(shown) for action in requests), gains


def narrower(template: Template) -> None:
    statements(template, WORK_ENGINE)[0]["Action"].remove("dynamodb:Scan")


def written_out(template: Template) -> None:
    tasks = "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-tasks"
    resources = statements(template, WORK_ENGINE)[0]["Resource"]
    resources[resources.index({"Fn::GetAtt": ["DataOpsTasksTable", "Arn"]})] = tasks


@pytest.mark.parametrize("mutate", [narrower, written_out])
def test_a_difference_that_gains_nothing_is_no_gain(app_template: Template, mutate: Callable[[Template], None]) -> None:
    found = compared("dataops-v1", app_template, mutant(app_template, mutate))
    assert found.gains == ()
    assert found.resources == {WORK_ENGINE: "is not as in the reviewed template (Policies)"}


def test_the_same_template_with_another_parameter_may_gain(app_template: Template) -> None:
    """Whoever makes the change set gives the parameters; those reviewed are the defaults."""
    reviewed = copy.deepcopy(app_template)
    reviewed["Parameters"]["Which"] = {"Type": "String", "Default": "tasks"}
    arn = ["arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-", {"Ref": "Which"}]
    statements(reviewed, WORK_ENGINE)[0]["Resource"] = {"Fn::Join": ["", arn]}
    assert compared("dataops-v1", reviewed, reviewed, Which="tasks").gains == ()
    (gain,) = compared("dataops-v1", reviewed, reviewed, Which="*").gains
    assert gain.logical_id == WORK_ENGINE


def test_what_becomes_a_role_was_none(app_template: Template) -> None:
    reviewed = copy.deepcopy(app_template)
    reviewed["Resources"][WORK_ENGINE]["Type"] = "AWS::IAM::User"
    gains = compared("dataops-v1", reviewed, app_template).gains
    assert "is a role that the reviewed source does not have" in {gain.what for gain in gains}


def forget_retention(template: Template) -> None:
    del template["Resources"]["DataOpsTasksTable"]["DeletionPolicy"]


def forget_output(template: Template) -> None:
    template["Outputs"].popitem()


def test_every_difference_is_named(app_template: Template) -> None:
    found = compared("dataops-v1", app_template, mutant(app_template, forget_retention))
    assert found.resources == {"DataOpsTasksTable": "is not as in the reviewed template (DeletionPolicy)"}
    assert "DataOpsTasksTable" not in found.kept
    assert compared("dataops-v1", app_template, mutant(app_template, forget_output)).sections == ("Outputs",)
    removed = copy.deepcopy(app_template)
    del removed["Resources"]["WorkEngineFunctionDailyWorkEngineCronPermission"]
    assert set(compared("dataops-v1", app_template, removed).resources.values()) == {
        "is in the reviewed template alone"
    }


def test_a_reference_in_a_text_is_compared_too(app_template: Template) -> None:
    """`Fn::Sub` refers as `Ref` and `Fn::GetAtt` do."""
    proposed = copy.deepcopy(app_template)
    document = properties(proposed, WORK_ENGINE)["Policies"][2]["PolicyDocument"]
    document["Statement"][0]["Resource"] = {"Fn::Sub": "${DataOpsExportArchiveBucket.Arn}/execution-exports/*"}
    assert compared("dataops-v1", app_template, proposed).gains == ()
    document["Statement"][0]["Resource"] = {"Fn::Sub": "${DataOpsExportArchiveBucket.Arn}/*"}
    (gain,) = compared("dataops-v1", app_template, proposed).gains
    assert "s3:PutObject" in {one.request.action for one in gain.witnesses}


def test_two_unknown_attributes_of_one_resource_are_not_the_same(app_template: Template) -> None:
    reviewed, proposed = copy.deepcopy(app_template), copy.deepcopy(app_template)
    for template, attribute in ((reviewed, "DualStackOne"), (proposed, "DualStackTwo")):
        document = properties(template, WORK_ENGINE)["Policies"][2]["PolicyDocument"]
        document["Statement"][0]["Resource"] = {"Fn::GetAtt": ["DataOpsExportArchiveBucket", attribute]}
    (gain,) = compared("dataops-v1", reviewed, proposed).gains
    assert gain.logical_id == WORK_ENGINE


def test_each_template_is_parsed_and_resolved_once(app_template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    parse, resolve = Mock(wraps=module.parse_document), Mock(wraps=module.resolve)
    monkeypatch.setattr(module, "parse_document", parse)
    monkeypatch.setattr(module, "resolve", resolve)
    assert compared("dataops-v1", app_template, mutant(mutant(app_template, narrower), trust_anyone)).gains
    assert (parse.call_count, resolve.call_count) == (2, 2)
