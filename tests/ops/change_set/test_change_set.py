"""A change set is read whole or not at all: nothing that is not known passes for safe."""

import copy
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.aws.response import decoded, read_response
from ops.change_set.change_set import ChangeSet, PolicyAction, ReplacementType, ResourceAction, ResourceAttribute
from ops.errors import OpsError
from tests.json_values import is_array, is_object
from tests.ops.review_fixtures.change_sets import change, deploy_role, detail, response, table


def read(document: dict[str, Any]) -> ChangeSet:
    return decoded(document, ChangeSet, "file.json")


def test_a_change_is_read_with_its_details() -> None:
    path = "/Properties/Policies/0/PolicyDocument/Statement/8/Action"
    values = {"Path": path, "BeforeValue": "[]", "AfterValue": "{{changeSet:KNOWN_AFTER_APPLY}}"}
    found = read(response("dataops-v1", deploy_role(detail("Policies", **values), PolicyAction="Retain")))
    (one,) = found.changes
    assert (one.action, one.replacement, one.policy_action) == (
        ResourceAction.MODIFY,
        ReplacementType.FALSE,
        PolicyAction.RETAIN,
    )
    assert one.scope == (ResourceAttribute.PROPERTIES,)
    assert one.properties == ("Policies.0.PolicyDocument.Statement.8.Action",)
    assert one.details[0].target.properties == {"Policies"}
    assert (one.details[0].target.before_value, one.details[0].target.after_value) == (
        "[]",
        "{{changeSet:KNOWN_AFTER_APPLY}}",
    )


@pytest.mark.parametrize(
    ("one", "replacement"),
    [
        (table(detail("BillingMode")), ReplacementType.FALSE),
        (table(Replacement="True"), ReplacementType.TRUE),
        (table(Replacement="Conditional"), ReplacementType.CONDITIONAL),
        (table(detail("TableName", "Always")), ReplacementType.TRUE),
        (table(detail("TableName", "Always", "Dynamic")), ReplacementType.CONDITIONAL),
        (table(detail("TableName", "Conditionally")), ReplacementType.CONDITIONAL),
        (table(detail("TableName", "Conditionally", "Dynamic")), ReplacementType.CONDITIONAL),
        (table(detail("BillingMode", "Never", "Dynamic")), ReplacementType.FALSE),
        (table(detail("BillingMode"), detail("KeySchema", "Always")), ReplacementType.TRUE),
        (table(PolicyAction="ReplaceAndRetain"), ReplacementType.TRUE),
        (table(Replacement=None), ReplacementType.CONDITIONAL),
        (table(action="Dynamic"), ReplacementType.CONDITIONAL),
        (table(action="Add"), ReplacementType.FALSE),
    ],
)
def test_the_worst_that_is_told_of_a_replacement_counts(one: dict[str, Any], replacement: ReplacementType) -> None:
    assert read(response("dataops-v1", one)).changes[0].replacement is replacement


def test_an_evaluation_that_is_not_told_is_not_static() -> None:
    untold = detail("TableName", "Always")
    del untold["Evaluation"]
    assert read(response("dataops-v1", table(untold))).changes[0].replacement is ReplacementType.CONDITIONAL


@pytest.mark.parametrize("name", [None, "KeySchema"])
def test_a_property_is_known_by_its_path_too(name: str | None) -> None:
    (one,) = read(response("dataops-v1", table(detail(name, Path="/Properties/KeySchema/0")))).changes
    assert one.details[0].target.properties == {"KeySchema"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Status": "CREATE_MAYBE"},
            "file.json: Status: 'CREATE_MAYBE' is not known, so it cannot be judged",
        ),
        ({"ExecutionStatus": None}, "file.json: ExecutionStatus: missing"),
        ({"Changes": None}, "file.json: Changes: missing; it must be a list"),
        ({"Changes": {}}, "file.json: Changes: Expected `array | null`, got `object`"),
        ({"Changes": [1]}, "file.json: Changes[0]: Expected `object`, got `int`"),
        ({"Changes": [{"Type": "Module"}]}, "file.json: Changes[0].Type: 'Module' is not known"),
        ({"Changes": [{"Type": "Resource"}]}, "file.json: Changes[0].ResourceChange: missing"),
        ({"StackName": 7}, "file.json: StackName: Expected `str`, got `int`"),
        ({"NextToken": "more"}, "file.json: NextToken: there are more pages"),
        ({"Changes": [table(action="Melt")]}, "Changes[0].ResourceChange.Action: 'Melt' is not known"),
        ({"Changes": [table(Replacement="Maybe")]}, "Changes[0].ResourceChange.Replacement: 'Maybe' is not known"),
        (
            {"Changes": [table(PolicyAction="Lose")]},
            "Changes[0].ResourceChange.PolicyAction: 'Lose' is not known",
        ),
        (
            {"Changes": [table(Scope=["Soul"])]},
            "Changes[0].ResourceChange.Scope[0]: 'Soul' is not known",
        ),
        (
            {"Changes": [table(detail("A", "Sometimes"))]},
            "Changes[0].ResourceChange.Details[0].Target.RequiresRecreation: 'Sometimes' is not known",
        ),
        (
            {"Changes": [table({"Target": {"Attribute": "Properties"}})]},
            "Changes[0].ResourceChange.Details[0].Target: RequiresRecreation: missing",
        ),
        (
            {"Changes": [table(detail("A", "Never", "Guess"))]},
            "Changes[0].ResourceChange.Details[0].Evaluation: 'Guess' is not known",
        ),
    ],
)
def test_what_is_malformed_or_not_known_is_one_line(members: dict[str, Any], message: str) -> None:
    with pytest.raises(OpsError) as raised:
        read(response("dataops-v1", **members))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("members", "known"),
    [
        ({"Status": "CREATE_MAYBE"}, "(known: CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE, DELETE_PENDING"),
        ({"Changes": [table(PolicyAction="Lose")]}, "(known: Delete, Retain, Snapshot, ReplaceAndDelete"),
        ({"Changes": [table(Scope=["Soul"])]}, "(known: Properties, Metadata, CreationPolicy"),
        ({"Changes": [table(detail("A", "Sometimes"))]}, "(known: Never, Conditionally, Always)"),
    ],
)
def test_the_values_that_are_known_are_listed(members: dict[str, Any], known: str) -> None:
    with pytest.raises(OpsError, match=re.escape(known)):
        read(response("dataops-v1", **members))


@pytest.mark.parametrize(
    ("reason", "empty"),
    [
        (
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            True,
        ),
        ("No updates are to be performed.", True),
        ("Transform AWS::Serverless-2016-10-31 failed with: Internal transform failure.", False),
        (None, False),
    ],
)
def test_a_failed_change_set_is_empty_by_its_reason_alone(reason: str | None, empty: bool) -> None:
    assert read(response("dataops-v1", Status="FAILED", StatusReason=reason)).empty is empty


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container with each of its keys."""
    if is_object(value) or is_array(value):
        for key, item in list(value.items() if is_object(value) else enumerate(value)):
            yield value, key
            yield from places(item)


SAMPLE = response(
    "dataops-v1",
    table(detail("TableName", "Always", Path="/Properties/TableName"), PolicyAction="Delete"),
    change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table", PhysicalResourceId="dataops-v1-intake"),
    Parameters=[{"ParameterKey": "DeployPlaceholder", "ParameterValue": "dataops-v1"}],
)
STRANGE: list[Any] = [None, "", "?", 0, True, [], {}, [None], [[]], {"Type": 1}]


@given(st.integers(0, len(list(places(SAMPLE))) - 1), st.sampled_from(STRANGE))
def test_whatever_the_response_holds_nothing_but_an_ops_error_comes_of_it(place: int, value: Any) -> None:
    mutant = copy.deepcopy(SAMPLE)
    container, key = list(places(mutant))[place]
    container[key] = value
    with suppress(OpsError):
        read(mutant)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_is_no_response_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "change-set.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OpsError, match=message):
        read_response(file, ChangeSet)


def test_a_file_is_read_as_the_cli_prints_it(tmp_path: Path) -> None:
    file = tmp_path / "change-set.json"
    file.write_text(json.dumps(SAMPLE | {"CreationTime": "2026-11-25T03:00:00+00:00", "Description": None}))
    assert read_response(file, ChangeSet).parameters == {"DeployPlaceholder": "dataops-v1"}


@pytest.mark.parametrize(
    ("path", "before", "after", "rewording"),
    [
        ("AssumeRolePolicyDocument/Statement/0/Action", '["sts:AssumeRole"]', "sts:AssumeRole", True),
        ("AssumeRolePolicyDocument/Statement/Principal/Service", "a", '["a"]', True),
        ("Policies/0/PolicyDocument/Statement/1/Resource", '["b","a"]', '["a","b"]', True),
        ("AssumeRolePolicyDocument/Statement/0/Action", '["sts:AssumeRole"]', "sts:*", False),
        ("AssumeRolePolicyDocument/Statement/0/Principal/AWS", '["a"]', '["a","b"]', False),
        ("AssumeRolePolicyDocument/Statement/0/Condition/StringEquals", '["a"]', "a", False),
        ("AssumeRolePolicyDocument/Statement/0/Action", '["sts:Assume', '["sts:AssumeRole"]', False),
        ("AssumeRolePolicyDocument/Statement/0/Action", None, "sts:AssumeRole", False),
        ("AssumeRolePolicyDocument", '["a"]', "a", False),
    ],
)
def test_what_is_written_otherwise_and_says_the_same(
    path: str, before: str | None, after: str, *, rewording: bool
) -> None:
    values = {"BeforeValue": before, "AfterValue": after} if before else {"AfterValue": after}
    told = detail(path.partition("/")[0], Path=f"/Properties/{path}", **values)
    (one,) = read(response("dataops-v1", change("Modify", "Role", "AWS::IAM::Role", told))).changes
    assert [each.target.is_rewording for each in one.details] == [rewording]
