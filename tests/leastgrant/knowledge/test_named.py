"""Types whose schema lists no handlers."""

import json

import pytest

from leastgrant.knowledge import Handler, Tier, UnknownType, calls_named_after, handler_calls
from leastgrant.knowledge.named import named_calls
from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import prove
from leastgrant.role import role_of_policy
from leastgrant.template import Environment, parse, resolve


@pytest.mark.parametrize(
    ("type_name", "operation", "action", "tier"),
    [
        ("AWS::QLDB::Ledger", "create", "qldb:CreateLedger", Tier.REQUIRED),
        ("AWS::AppMesh::VirtualService", "update", "appmesh:UpdateVirtualService", Tier.ON_CHANGE),
        ("AWS::WAFRegional::IPSet", "delete", "waf-regional:DeleteIPSet", Tier.REQUIRED),
        ("AWS::DocDB::DBCluster", "create", "rds:CreateDBCluster", Tier.REQUIRED),  # under another prefix
        ("AWS::Elasticsearch::Domain", "create", "es:CreateElasticsearchDomain", Tier.REQUIRED),
        ("AWS::LakeFormation::Resource", "delete", "lakeformation:DeregisterResource", Tier.REQUIRED),
    ],
)
def test_the_action_that_is_named_after_the_type_is_called(type_name: str, operation: str, action: str, tier: Tier):
    assert isinstance(handler_calls(type_name, {}), UnknownType)
    calls = [call for call in calls_named_after(type_name, {}) if call.action == action]
    assert {call.operation for call in calls} == {Handler(operation)}
    assert tier in {call.tier for call in calls}


@pytest.mark.parametrize("type_name", ["AWS::SQS::Queue", "AWS::Nothing::Here", "My::Own::Type", "Custom::Seeder"])
def test_of_any_other_type_nothing_is_made_up(type_name: str):
    assert named_calls(type_name) == ()
    assert calls_named_after(type_name, {}) == ()


def test_a_name_that_is_no_more_than_alike_says_nothing():
    """`CreateClientVpnRoute` makes no authorization rule, and nothing is called `CreateClientVpnAuthorizationRule`."""
    assert named_calls("AWS::EC2::ClientVpnAuthorizationRule") == ()


def test_the_type_stays_unknown_and_what_is_known_is_missing():
    text = json.dumps({"Resources": {"Mesh": {"Type": "AWS::AppMesh::Mesh"}}})
    deployed = resolve(parse(text, "app.json"), Environment("aws", "eu-west-1", "123456789012", "app"))
    nothing = {"Effect": "Deny", "Action": "none:None", "Resource": "*"}
    proof = prove(role_of_policy({"Version": "2012-10-17", "Statement": [nothing]}, "role"), [deployed])
    assert [finding.resource for finding in proof.of(Kind.UNKNOWN)] == ["AWS::AppMesh::Mesh"]
    assert {finding.action for finding in proof.of(Kind.MISSING)} == {
        "appmesh:CreateMesh",
        "appmesh:DescribeMesh",
        "appmesh:DeleteMesh",
    }


_TAGS = [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("type_name", "properties", "required", "advisory"),
    [
        ("AWS::DAX::Cluster", {}, {"dax:CreateCluster", "dax:DescribeClusters"}, set[str]()),
        (
            "AWS::MediaLive::Channel",
            {"Tags": {"a": "b"}},
            {"medialive:CreateChannel", "medialive:DescribeChannel", "medialive:CreateTags"},
            set[str](),
        ),
        (
            "AWS::DocDB::DBInstance",
            {"Tags": _TAGS},
            {"rds:CreateDBInstance", "rds:DescribeDBInstances", "rds:AddTagsToResource"},
            set[str](),
        ),
        ("AWS::Pinpoint::Segment", {}, {"mobiletargeting:CreateSegment"}, {"mobiletargeting:GetSegment"}),
        ("AWS::Pinpoint::SMSChannel", {}, {"mobiletargeting:UpdateSmsChannel"}, {"mobiletargeting:GetSmsChannel"}),
        ("AWS::WAFRegional::WebACLAssociation", {}, {"waf-regional:AssociateWebACL"}, set[str]()),
    ],
)
def test_what_its_name_tells_of_its_creation(
    type_name: str, properties: dict[str, object], required: set[str], advisory: set[str]
):
    """It is waited for by what describes it, and tagged where it has tags; the first update may be what makes it."""
    made = [call for call in calls_named_after(type_name, properties) if call.operation is Handler.CREATE]
    assert {call.action for call in made if call.tier is Tier.REQUIRED} == required
    assert {call.action for call in made if call.tier is Tier.ADVISORY} - {"iam:PassRole"} == advisory - {
        "iam:PassRole"
    }


def test_a_thing_is_not_made_by_what_links_it():
    actions = {call.action for call in named_calls("AWS::WAFRegional::WebACL")}
    assert "waf-regional:CreateWebACL" in actions
    assert "waf-regional:AssociateWebACL" not in actions
