"""Stacks that are deployed at once do not meet, but in what they export."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_aws import Emulator
from local_aws.wire import ApiCall
from tests.local_aws.cloudformation.direct import session
from tests.local_aws.cloudformation.stacks import CAPABILITIES, new_name, role, table, template
from tests.local_aws.conftest import ACCOUNT

STACKS = 8
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def written(delay: int, shared: str | None = None) -> dict[str, Any]:
    """A role, a table that needs it, something stood in, and perhaps an export that only one stack can have."""
    body = template(
        Role=role(),
        Table=table(Tags=[{"Key": "role", "Value": {"Ref": "Role"}}]),
        Queue={"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}},
        Group={"Type": "AWS::DAX::SubnetGroup", "Properties": {"SubnetIds": [{"Ref": "Table"}]}},
    )
    first = {"Value": {"Ref": "Queue"}, "Export": {"Name": shared}}
    text = json.dumps(body if shared is None else {**body, "Outputs": {"First": first}})
    return {"TemplateBody": text, "Capabilities": CAPABILITIES}


def test_stacks_side_by_side(aws: Emulator) -> None:
    stem = new_name("parallel")
    names = [f"{stem}-{number}" for number in range(STACKS)]
    everyone = session(ACCOUNT, EVERYTHING)

    def call(operation: str, stack: str, **params: Any) -> Any:
        asked = ApiCall("cloudformation", operation, {"StackName": stack, **params}, aws.region, None, None)
        return aws.cloudformation.operations["cloudformation", operation](asked, everyone)

    def all_at_once(operation: str, names: list[str], **params: Any) -> list[str]:
        with ThreadPoolExecutor(STACKS) as pool:
            for begun in [pool.submit(call, operation, name, **params) for name in names]:
                begun.result()
        aws.cloudformation.settle()
        return [aws.cloudformation.stacks[name].status for name in names if name in aws.cloudformation.stacks]

    created = all_at_once("CreateStack", names, **written(1, f"{stem}-first"))
    assert sorted(created) == ["CREATE_COMPLETE"] + ["ROLLBACK_COMPLETE"] * (STACKS - 1)
    (won,) = (name for name, status in zip(names, created, strict=True) if status == "CREATE_COMPLETE")
    lost = [name for name in names if name != won]
    assert all_at_once("DeleteStack", lost) == []
    assert all_at_once("CreateStack", lost, **written(1)) == ["CREATE_COMPLETE"] * (STACKS - 1)
    assert all_at_once("UpdateStack", names, **written(2)) == ["UPDATE_COMPLETE"] * STACKS

    made = [one.physical_id for name in names for one in aws.cloudformation.stacks[name].resources.values()]
    assert len(set(made)) == len(made) == 4 * STACKS
    for name in names:
        stack = aws.cloudformation.stacks[name]
        assert {event.physical_id for event in stack.events} <= {"", stack.id, *made}
        assert {one.physical_id.rpartition("-")[0] for one in stack.resources.values() if one.type[5:8] == "IAM"} == {
            f"{name}-Role"
        }
    assert all_at_once("DeleteStack", names) == []
    assert not [one for one in aws.client("dynamodb", aws.operator).list_tables()["TableNames"] if stem in one]
