"""The ARN of what a type makes, held against others' mappings. Each disagreement is listed, with its reason."""

from __future__ import annotations

import re

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import type_schema
from leastgrant.knowledge.arn import ArnTemplate, OwnName, PartOf, PropertyValue, Spelled, own_arns
from leastgrant.knowledge.own_type import own_types
from tests.leastgrant.knowledge.independent_arns import Independent, independent

INDEPENDENT = independent()
NOT_IN_THE_REFERENCE = "the reference has no resource type for it"
MADE_OF_ANOTHER = "the ARN in its schema is another's, of which it is an association"

OF_THE_CDK = {
    "AWS::DataZone::DataSource": "the CDK has a service prefix that is none, and the domain's id for the source's",
    "AWS::DataZone::Environment": "the CDK has a service prefix that is none, and the domain's ARN",
    "AWS::DirectoryService::MicrosoftAD": "the CDK leaves out `directory/`",
    "AWS::IoT::DomainConfiguration": "the CDK leaves out the random part",
    "AWS::IoTEvents::DetectorModel": NOT_IN_THE_REFERENCE,
    "AWS::IoTEvents::Input": NOT_IN_THE_REFERENCE,
    "AWS::IoTWireless::WirelessDeviceImportTask": "the reference says `ImportTask/`",
}
OF_THE_SCHEMAS = {
    "AWS::BedrockAgentCore::PaymentConnector": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::GuardHook": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::HookDefaultVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::HookTypeConfig": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::HookVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::LambdaHook": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::ModuleVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::PublicTypeVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::ResourceDefaultVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::ResourceVersion": NOT_IN_THE_REFERENCE,
    "AWS::CloudFormation::TypeActivation": NOT_IN_THE_REFERENCE,
    "AWS::Connect::TestCase": NOT_IN_THE_REFERENCE,
    "AWS::Connect::UserHierarchyStructure": NOT_IN_THE_REFERENCE,
    "AWS::Deadline::MeteredProduct": NOT_IN_THE_REFERENCE,
    "AWS::Evidently::Experiment": NOT_IN_THE_REFERENCE,
    "AWS::Evidently::Feature": NOT_IN_THE_REFERENCE,
    "AWS::Evidently::Launch": NOT_IN_THE_REFERENCE,
    "AWS::Evidently::Project": NOT_IN_THE_REFERENCE,
    "AWS::Evidently::Segment": NOT_IN_THE_REFERENCE,
    "AWS::ServiceCatalogAppRegistry::AttributeGroupAssociation": MADE_OF_ANOTHER,
    "AWS::ServiceCatalogAppRegistry::ResourceAssociation": MADE_OF_ANOTHER,
    "AWS::WellArchitected::AgentContext": NOT_IN_THE_REFERENCE,
    "AWS::WellArchitected::AgentGoal": NOT_IN_THE_REFERENCE,
}
OF_IDENTIFIERS = {
    "AWS::DMS::EventSubscription": "the reference says `es:*`",
    "AWS::IoTEvents::DetectorModel": NOT_IN_THE_REFERENCE,
    "AWS::IoTEvents::Input": NOT_IN_THE_REFERENCE,
}


def _blank(text: str) -> str:
    """An ARN format with `*` for what varies."""
    return re.sub(r"\*+", "*", re.sub(r"\$\{\w+\}", "*", text).replace("-??????", ""))


def _agrees_with_the_cdk(type_name: str, said: Independent) -> bool:
    return "cdk" not in said or _blank(said["cdk"]) in {_blank(arn.text) for arn in own_arns(type_name)}


def _agrees_with_the_schema(type_name: str, said: Independent) -> bool:
    ours = [Pattern.parse(_blank(arn.text)) for arn in own_arns(type_name)]
    return "schema" not in said or any(arn.intersects(Pattern.parse(text)) for arn in ours for text in said["schema"])


def _has_its_identifiers(type_name: str, said: Independent) -> bool:
    """Whether each identifier that a template states is in the ARN."""
    schema = type_schema(type_name)
    assert schema is not None
    fills = [fill for arn in own_arns(type_name) for _, fill in arn.fills]
    named = {fill.property for fill in fills if isinstance(fill, OwnName)}
    named |= {fill.path for fill in fills if isinstance(fill, PartOf | PropertyValue | Spelled)}
    return {path for path in said.get("fills", {}).values() if path not in schema.read_only} <= named


def test_the_mappings_are_of_many_types():
    assert sum("cdk" in said for said in INDEPENDENT.values()) > 390
    assert sum("schema" in said for said in INDEPENDENT.values()) > 290


def test_own_arns_are_those_of_the_cdk():
    found = {name for name, said in INDEPENDENT.items() if not _agrees_with_the_cdk(name, said)}
    assert found == OF_THE_CDK.keys()


def test_own_arns_are_those_of_the_schemas():
    found = {name for name, said in INDEPENDENT.items() if not _agrees_with_the_schema(name, said)}
    assert found == OF_THE_SCHEMAS.keys()


def test_own_arns_hold_the_identifiers_that_the_cdk_puts_there():
    found = {name for name, said in INDEPENDENT.items() if not _has_its_identifiers(name, said)}
    assert found == OF_IDENTIFIERS.keys()


@pytest.mark.parametrize(
    ("type_name", "kinds"),
    [
        ("AWS::Cognito::UserPoolClient", []),  # a part of a user pool, which DeleteUserPoolClient asks for
        ("AWS::EFS::MountTarget", []),
        ("AWS::ACMPCA::Certificate", []),
        ("AWS::RDS::DBSubnetGroup", ["subgrp"]),  # no word in common
        ("AWS::CloudWatch::CompositeAlarm", ["alarm"]),
        ("AWS::ElasticLoadBalancingV2::ListenerRule", ["listener-rule/app", "listener-rule/net"]),
        ("AWS::WAFRegional::WebACL", ["webacl"]),  # no handler tells the prefix
        ("AWS::None::Such", []),
    ],
)
def test_what_a_type_makes(type_name: str, kinds: list[str]):
    assert [kind.name for kind in own_types(type_name)] == kinds


@pytest.mark.parametrize(
    ("type_name", "fills"),
    [
        ("AWS::Glue::Job", {"JobName": OwnName("Name")}),
        ("AWS::DataBrew::Recipe", {"ResourceId": OwnName("Name")}),  # the name, whatever the reference calls it
        ("AWS::RedshiftServerless::Workgroup", {}),  # the ARN has an id that AWS assigns
        ("AWS::RDS::DBProxy", {}),
        (
            "AWS::Connect::Queue",
            {"InstanceId": PartOf("InstanceArn", "InstanceId", (), is_last=True)},
        ),
        ("AWS::ImageBuilder::Image", {}),  # the recipe is no part of it
        ("AWS::WAFv2::IPSet", {"Scope": Spelled("Scope", ()), "Name": OwnName("Name")}),
    ],
)
def test_what_fills_the_own_arn(type_name: str, fills: dict[str, object]):
    (template,) = own_arns(type_name)
    assert {name: _bare(fill) for name, fill in template.fills} == fills


def _bare(fill: object) -> object:
    match fill:
        case PartOf(path, placeholder):
            return PartOf(path, placeholder, (), is_last=fill.is_last)
        case Spelled(path):
            return Spelled(path, ())
        case _:
            return fill


def test_formats_that_differ_in_a_word_are_one():
    (template,) = own_arns("AWS::NetworkFirewall::RuleGroup")
    assert template.placeholders == ("Kind", "Name")
    assert isinstance(template, ArnTemplate)
