"""Types that no service is behind, from their creation to their deletion, and refused as leastgrant says."""

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from leastgrant import Environment, Need, Operation, needs_of, parse, refusals, resolve
from leastgrant.knowledge import UnknownType, known_calls, type_names, type_schema
from leastgrant.proof.generation import least_statements, managed_policies
from local_aws import Emulator
from local_aws.callers import User
from local_aws.cloudformation.handler import Fidelity, NotModelled, Services
from local_aws.cloudformation.handlers import HANDLERS, handler_of
from local_aws.cloudformation.handlers.stand_in import attribute_paths, stand_in
from tests.local_aws.cloudformation.direct import DirectDeployer, is_denied, session
from tests.local_aws.cloudformation.minimal import minimal, with_another
from tests.local_aws.cloudformation.stacks import Template, new_name
from tests.local_aws.conftest import ACCOUNT, REGION

ALL = os.environ.get("LEASTGRANT_ALL_TYPES") == "1"
"""Set by `make test-types`: every type, where `make test` takes a sample."""
NAMES = [name for name in type_names() if name not in HANDLERS]
SAMPLE = NAMES if ALL else NAMES[:: len(NAMES) // 60]
STEPS = {
    "CREATE": (Operation.CREATE,),
    "DELETE": (Operation.DELETE, Operation.ROLLBACK),
}


def body(kind: str, properties: dict[str, Any]) -> Template:
    schema = type_schema(kind)
    assert schema is not None
    scalars = [path for path in attribute_paths(schema) if "/" not in path]
    return {
        "Resources": {"It": {"Type": kind, "Properties": properties}},
        "Outputs": {
            "Ref": {"Value": {"Ref": "It"}},
            **{f"At{name}": {"Value": {"Fn::GetAtt": ["It", name]}} for name in scalars},
        },
    }


@pytest.fixture(scope="module")
def operator(aws: Emulator) -> DirectDeployer:
    return DirectDeployer(aws, User(ACCOUNT, "operator"))


@pytest.mark.parametrize("kind", SAMPLE)
def test_it_is_made_changed_replaced_and_deleted(operator: DirectDeployer, kind: str) -> None:
    schema, stack, properties = type_schema(kind), new_name("life"), minimal(kind)
    assert schema is not None
    assert operator.deploy(stack, body(kind, properties), "CREATE") == "CREATE_COMPLETE", operator.reasons(stack)
    there = operator.stack(stack).resources["It"]
    assert all(one.value for one in operator.stack(stack).outputs)
    mutable = [
        name
        for name in schema.settable
        if not any(f"{one}/".startswith(f"{name}/") for one in (*schema.create_only, *schema.conditional_create_only))
    ]
    changed = with_another(kind, properties, mutable)
    if changed is not None:
        assert operator.deploy(stack, body(kind, changed)) == "UPDATE_COMPLETE", operator.reasons(stack)
        assert operator.stack(stack).resources["It"].physical == there.physical
        properties = changed
    other = with_another(kind, properties, sorted(name for name in schema.create_only if "/" not in name))
    if other is not None:
        status = operator.deploy(stack, body(kind, other))
        now = operator.stack(stack).resources["It"].physical
        if status == "UPDATE_ROLLBACK_COMPLETE":  # its name is in the template, and is another's
            assert any(said in operator.reasons(stack)[0] for said in ("custom-named", "already exists"))
        else:
            assert status == "UPDATE_COMPLETE"
            assert now != there.physical
    assert operator.delete(stack) == "DELETE_COMPLETE"
    assert not operator.aws.cloudformation.engine.handler(kind).services.stood_in[kind]


def needed(stack: str, template: Template) -> tuple[Need, ...]:
    place = Environment("aws", REGION, ACCOUNT, stack)
    needs, _ = needs_of(resolve(parse(json.dumps(template), "template"), place))
    return tuple(need for need in needs if need.is_deployed_with)


def policies(needs: tuple[Need, ...], without: str | None = None) -> list[Any]:
    kept = [need for need in needs if need.action != without]
    statements = least_statements(kept)
    return [json.loads(json.dumps(one)) for one in managed_policies(statements)] if statements else []


@pytest.mark.slow
@pytest.mark.parametrize("kind", [name for name in SAMPLE if not isinstance(known_calls(name), UnknownType)])
def test_prediction_and_emulator_agree_on_each_permission_taken_away(
    aws: Emulator, operator: DirectDeployer, kind: str
) -> None:
    stack = new_name("agree")
    template = body(kind, minimal(kind))
    needs = needed(stack, template)
    if not needs:
        return
    whole = DirectDeployer(aws, session(ACCOUNT, *policies(needs)))
    assert whole.deploy(stack, template, "CREATE") == "CREATE_COMPLETE", whole.reasons(stack)
    assert whole.delete(stack) == "DELETE_COMPLETE", whole.reasons(stack)
    for action in sorted({need.action for need in needs}):
        caller = session(ACCOUNT, *policies(needs, action))
        found = refusals(list(needs), caller.permissions)
        for step, operations in STEPS.items():
            predicted = any(found[need] is not None and need.is_sure for need in needs if need.operation in operations)
            deployer = DirectDeployer(aws, caller)
            if step == "CREATE":
                deployer.deploy(stack, template, "CREATE")
            else:
                operator.deploy(stack, template, "CREATE")
                deployer.delete(stack)
            failed = (
                [one for one in deployer.failures(stack) if one.status == f"{step}_FAILED"]
                if stack in aws.cloudformation.stacks
                else []
            )
            reasons = [str(one.reason) for one in failed if one.logical_id == "It"]
            assert bool(reasons) == predicted, (action, step, reasons)
            assert not reasons or is_denied(reasons[0], action)
            if stack in aws.cloudformation.stacks:
                operator.delete(stack)


def test_what_is_known_of_an_identity_is_in_all_its_values(services: Services) -> None:
    handler = stand_in("AWS::Cognito::UserPool")(services)
    pool = handler.create("shop-Users", {}, {})
    assert str(pool.ref).startswith(f"{REGION}_")
    assert pool.arn == pool.attributes["Arn"] == f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool.ref}"
    assert pool.attributes["ProviderName"] == f"cognito-idp.{REGION}.amazonaws.com/{pool.ref}"
    assert handler.create("shop-Users", {}, {}).ref != pool.ref
    cluster = stand_in("AWS::ECS::Cluster")(services).create("shop-Cluster", {"ClusterName": "shop-Cluster"}, {})
    assert (cluster.ref, cluster.arn) == ("shop-Cluster", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop-Cluster")


def test_it_is_found_by_its_identifier_and_there_is_one_of_it(services: Services) -> None:
    handler = stand_in("AWS::ECS::Cluster")(services)
    properties = {"ClusterName": "shop"}
    made = handler.create("shop", properties, {})
    assert handler.identifier(properties) == {"ClusterName": "shop"}
    assert handler.find({"ClusterName": "shop"}) == made
    with pytest.raises(ClientError, match="'AWS::ECS::Cluster' with identifier 'shop' already exists"):
        handler.create("shop", properties, {})
    handler.delete(made, properties)
    handler.delete(made, properties)
    assert handler.find({"ClusterName": "shop"}) is None
    assert handler.identifier({}) is None


def test_what_outlives_its_stack_is_imported_by_another(operator: DirectDeployer) -> None:
    template = {
        "Resources": {
            "It": {"Type": "AWS::ECS::Cluster", "DeletionPolicy": "Retain", "Properties": {"ClusterName": "kept"}}
        }
    }
    first, second = new_name("kept"), new_name("kept")
    assert operator.deploy(first, template, "CREATE") == "CREATE_COMPLETE"
    assert operator.delete(first) == "DELETE_COMPLETE"
    made = operator.call(
        "CreateChangeSet",
        StackName=second,
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(template),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::ECS::Cluster",
                "LogicalResourceId": "It",
                "ResourceIdentifier": {"ClusterName": "kept"},
            }
        ],
    )
    operator.call("ExecuteChangeSet", ChangeSetName=made["Id"])
    assert operator.stack(second).status == "IMPORT_COMPLETE"
    template["Resources"]["It"].pop("DeletionPolicy")
    operator.deploy(second, template)
    assert operator.delete(second) == "DELETE_COMPLETE"


def test_what_stands_behind_a_type_is_said(services: Services) -> None:
    said = {
        kind: handler_of(kind)(services).made({"Code": {}, "SnapStart": {}})
        for kind in (
            "AWS::Lambda::Function",
            "AWS::ECS::Cluster",
            "AWS::CDK::Metadata",
            "AWS::CloudFormation::WaitCondition",
        )
    }
    assert said == {
        "AWS::Lambda::Function": "real, without SnapStart",
        "AWS::ECS::Cluster": "stood in",
        "AWS::CDK::Metadata": "nothing to make",
        "AWS::CloudFormation::WaitCondition": "nothing to make",
    }
    unasked = next(name for name in NAMES if isinstance(known_calls(name), UnknownType))
    assert handler_of(unasked).fidelity is Fidelity.UNASKED


def test_a_type_that_is_not_of_the_registry_has_none() -> None:
    with pytest.raises(NotModelled, match="AWS::S3::Buckett, which is not among the types of the registry"):
        handler_of("AWS::S3::Buckett")
