"""Which resource types of the service authorization reference a CloudFormation type makes.

The reference and the provider schemas name things each in their own way. What they have in common: the action that
deletes the thing is named after the type, and asks for the resource type; and the resource type, or the last
placeholder of its ARN, is named after the type too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action
from leastgrant.knowledge.name_words import words
from leastgrant.knowledge.schema import Handler, nouns, type_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.knowledge.authorization import Action, ResourceType
    from leastgrant.knowledge.schema import TypeSchema

_VAGUE = frozenset({"arn", "id", "key", "name", "resource", "with", "path"})
"""Words of a placeholder that do not tell what it identifies."""
_NO_WORDS = frozenset({"default", "on"})
_MAKES_AND_ENDS = (
    "Delete",
    "Create",
    "Update",
    "Put",
    "Deregister",
    "Register",
    "Terminate",
    "Release",
    "Describe",
    "Get",
)
"""Verbs of the actions that are made on one thing, the surest first."""


@cache
def own_types(type_name: str) -> tuple[ResourceType, ...]:
    """Return the resource types that a type makes: several where a property decides, none if it makes a part.

    A type that the reference has no resource type for, such as a policy of a bucket, makes none.
    """
    schema = type_schema(type_name)
    if schema is None:
        return ()
    kinds = authorization.resource_types(service_of(schema))
    if type_name in _REVIEWED:
        return tuple(kind for kind in kinds if kind.name in _REVIEWED[type_name])
    scored = [(_likeness(schema, kind), kind) for kind in kinds]
    best = max((score for score, _ in scored), default=0)
    found = [kind for score, kind in scored if score == best] if best >= _ENOUGH else []
    return tuple(kind for kind in found if _is_alike(kind, found[0])) if found else ()


def service_of(schema: TypeSchema) -> str:
    """Return the prefix of the service whose resources a type makes."""
    known = _SERVICES.get(schema.type_name) or _SERVICES.get(schema.service)
    if known is not None:
        return known
    prefix = schema.iam_prefix
    return prefix if authorization.resource_types(prefix) else authorization.service_named(schema.service) or prefix


_SERVICES = {
    "AWS::ECR::PublicRepository": "ecr-public",
    "AWS::S3ObjectLambda::AccessPoint": "s3-object-lambda",
    "AWS::Timestream::InfluxDBCluster": "timestream-influxdb",
    "AWS::Timestream::InfluxDBInstance": "timestream-influxdb",
    # "Service Authorization Reference": the prefix of each service
    "DevOpsAgent": "aidevops",
    "DocDB": "rds",
    "EMR": "elasticmapreduce",
    "Elasticsearch": "es",
    "IoTCoreDeviceAdvisor": "iotdeviceadvisor",
    "Neptune": "rds",
    "S3ObjectLambda": "s3-object-lambda",
    "WAFRegional": "waf-regional",
    "WorkSpacesThinClient": "thinclient",
}
"""The services, and types, whose prefix neither their name nor their handlers tell."""

_REVIEWED: dict[str, frozenset[str]] = {
    "AWS::AppSync::FunctionConfiguration": frozenset({"function"}),
    "AWS::Cloud9::EnvironmentEC2": frozenset({"environment"}),
    "AWS::DataSync::LocationHDFS": frozenset({"location"}),
    "AWS::DataSync::LocationNFS": frozenset({"location"}),
    "AWS::DataSync::LocationSMB": frozenset({"location"}),
    "AWS::DirectConnect::PrivateVirtualInterface": frozenset({"dxvif"}),
    "AWS::DirectConnect::PublicVirtualInterface": frozenset({"dxvif"}),
    "AWS::DirectConnect::TransitVirtualInterface": frozenset({"dxvif"}),
    "AWS::DirectoryService::MicrosoftAD": frozenset({"directory"}),
    "AWS::DirectoryService::SimpleAD": frozenset({"directory"}),
    "AWS::EC2::EC2Fleet": frozenset({"fleet"}),
    "AWS::EC2::EIP": frozenset({"elastic-ip"}),
    "AWS::EC2::TransitGatewayConnect": frozenset({"transit-gateway-attachment"}),
    "AWS::EC2::SpotFleet": frozenset({"spot-fleet-request"}),
    "AWS::EC2::TransitGatewayPeeringAttachment": frozenset({"transit-gateway-attachment"}),
    "AWS::EC2::TransitGatewayVpcAttachment": frozenset({"transit-gateway-attachment"}),
    "AWS::ECR::PublicRepository": frozenset({"repository"}),
    "AWS::GroundStation::DataflowEndpointGroupV2": frozenset({"DataflowEndpointGroup"}),
    "AWS::IoTWireless::TaskDefinition": frozenset({"WirelessGatewayTaskDefinition"}),
    "AWS::IoTWireless::WirelessDeviceImportTask": frozenset({"ImportTask"}),
    "AWS::IoT::SoftwarePackage": frozenset({"package"}),
    "AWS::IoT::SoftwarePackageVersion": frozenset({"packageversion"}),
    "AWS::KMS::ReplicaKey": frozenset({"key"}),
    "AWS::KendraRanking::ExecutionPlan": frozenset({"rescore-execution-plan"}),
    "AWS::Lightsail::Container": frozenset({"ContainerService"}),
    "AWS::Lightsail::Database": frozenset({"RelationalDatabase"}),
    "AWS::Lightsail::DatabaseSnapshot": frozenset({"RelationalDatabaseSnapshot"}),
    "AWS::MediaConnect::FlowEntitlement": frozenset({"Entitlement"}),
    "AWS::MediaConnect::FlowOutput": frozenset({"Output"}),
    "AWS::MediaConnect::FlowSource": frozenset({"Source"}),
    "AWS::NetworkManager::DirectConnectGatewayAttachment": frozenset({"attachment"}),
    "AWS::NetworkManager::SiteToSiteVpnAttachment": frozenset({"attachment"}),
    "AWS::NetworkManager::TransitGatewayPeering": frozenset({"peering"}),
    "AWS::NetworkManager::TransitGatewayRouteTableAttachment": frozenset({"attachment"}),
    "AWS::NetworkManager::VpcAttachment": frozenset({"attachment"}),
    "AWS::QuickSight::TopicV2": frozenset({"topic"}),
    "AWS::S3::StorageLens": frozenset({"storagelensconfiguration"}),
    "AWS::S3Express::DirectoryBucket": frozenset({"bucket"}),
    "AWS::S3ObjectLambda::AccessPoint": frozenset({"objectlambdaaccesspoint"}),
    "AWS::SES::MailManagerAddonInstance": frozenset({"addon-instance"}),
    "AWS::SES::MailManagerAddonSubscription": frozenset({"addon-subscription"}),
    "AWS::SES::MailManagerRelay": frozenset({"mailmanager-smtp-relay"}),
    "AWS::SSM::MaintenanceWindowTarget": frozenset({"windowtarget"}),
    "AWS::SSM::MaintenanceWindowTask": frozenset({"windowtask"}),
    "AWS::StorageGateway::NFSFileShare": frozenset({"share"}),
    "AWS::StorageGateway::SMBFileShare": frozenset({"share"}),
}
"""The types whose resource type no name leads to ("Resource types" of each service, Service Authorization Reference;
`arn_for_...` of aws-cdk-lib)."""

_EXACT, _ASKED_FOR, _NAMED, _IDENTIFIED = 8, 6, 4, 3
_ENOUGH = 6


def _likeness(schema: TypeSchema, kind: ResourceType) -> int:
    """How much a resource type is like a type."""
    noun = words(schema.noun)
    name = tuple(word for word in words(kind.name) if word not in _NO_WORDS)
    if "".join(name) != "".join(noun) and _is_of_another(schema, kind, "".join(name)):
        return 0
    score = 0
    if "".join(name) == "".join(noun):
        score += _EXACT
    elif set(noun) < set(name) or set(name) < set(noun):
        score += _NAMED - len(set(noun) ^ set(name))
    if kind.name in _asked_for(schema):
        score += _ASKED_FOR
    if any(_identifies(schema, arn) for arn in kind.arns):
        score += _IDENTIFIED
    return score


def _is_of_another(schema: TypeSchema, kind: ResourceType, name: str) -> bool:
    """Whether a resource type is what the type makes a part of: `userpool` of a UserPoolClient."""
    noun = "".join(words(schema.noun))
    if any(_identifies(schema, arn) for arn in kind.arns) or noun.endswith(name):
        return False
    others = {"".join(words(other)) for other in nouns(schema.service)}
    if name in others:
        return True
    lasts = {_last_placeholder(arn) for arn in kind.arns}
    own = schema.primary_identifier if len(schema.primary_identifier) == 1 else ()
    stems = (frozenset(words(path)) - _VAGUE for path in schema.settable if path not in own)
    return any(stem in lasts and not stem <= frozenset(words(schema.noun)) for stem in stems if stem)


def _last_placeholder(arn: str) -> frozenset[str]:
    _, _, last = arn.rpartition("${")
    return frozenset(words(last.partition("}")[0])) - _VAGUE


def _identifies(schema: TypeSchema, arn: str) -> bool:
    """Whether the last placeholder of an ARN is named after the type: `${QueueName}` of a Queue."""
    named = _last_placeholder(arn)
    return bool(named) and named == frozenset(words(schema.noun)) - _VAGUE


@cache
def _asked_for_by(type_name: str) -> frozenset[str]:
    schema = type_schema(type_name)
    if schema is None:
        return frozenset()
    return frozenset(_required_by_first(_named_after(schema), frozenset(words(schema.noun))))


def _asked_for(schema: TypeSchema) -> frozenset[str]:
    """Names of the resource types that the surest action named after the type asks for."""
    return _asked_for_by(schema.type_name)


def _named_after(schema: TypeSchema) -> Iterator[Action]:
    """Yield the actions on one thing whose name is a verb and the type, the surest verb first."""
    service = service_of(schema)
    noun = words(schema.noun)
    named = _by_name(service)
    for verb in _MAKES_AND_ENDS:
        for rest in dict.fromkeys(("".join(noun), "".join((*words(schema.service), *noun)))):
            if (verb.lower(), rest) in named:
                yield named[verb.lower(), rest]
    for text in schema.handlers.get(Handler.DELETE, ()):  # `DeleteDBSubnetGroup` deletes what is called `SubnetGroup`
        known = authorization.action(iam_action(text) or "")
        if known is None or known.service != service or not known.name.startswith("Delete"):
            continue
        if schema.noun.lower().endswith(known.name.removeprefix("Delete").lower()):
            yield known


@cache
def _by_name(service: str) -> Mapping[tuple[str, str], Action]:
    """Return the actions of a service by verb and the words after it, joined."""
    split = ((words(known.name), known) for known in authorization.actions(service))
    return {(first, "".join(rest)): known for (first, *rest), known in split}


def _required_by_first(actions: Iterable[Action], noun: frozenset[str]) -> Iterator[str]:
    """Of the first action that asks for resource types of one kind, their names.

    Of several kinds, that which the type is named after: who deletes a DB cluster is asked for its snapshot too.
    """
    for action in actions:
        required = [kind for kind in action.resource_types if kind.name in action.required]
        required = [kind for kind in required if frozenset(words(kind.name)) <= noun] or required
        if required and all(_is_alike(kind, required[0]) for kind in required):
            yield from (kind.name for kind in required)
            return


def _is_alike(one: ResourceType, other: ResourceType) -> bool:
    """Whether two resource types are kinds of one thing: `listener/app` and `listener/net`."""
    return _shape(one) == _shape(other)


def _shape(kind: ResourceType) -> tuple[str, ...]:
    """Return the placeholders of its ARNs, in order."""
    return tuple(piece.partition("}")[0] for arn in kind.arns for piece in arn.split("${")[1:])
