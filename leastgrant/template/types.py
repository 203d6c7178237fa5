"""How resource types name and identify what they create: the physical name, `Ref`, the ARN, `Fn::GetAtt`.

Sources: for each type its page in the AWS CloudFormation Template Reference ("Return values"), for ARNs the
"Resource types" table of its service in the Service Authorization Reference. A type that is not here is not
guessed: its name, `Ref` and attributes are unknown. Where the way a name is made up was not to be found in a
document or in CloudFormation's published sources, it is unguessable.

Limits of length are the services' own. That names which CloudFormation makes up for tables, topics and ECS
clusters pass 64 characters was seen in public (72, 77 and 79), as was the lower case of databases'.

In the texts, `{partition}`, `{region}`, `{account}` and `{url_suffix}` stand for the environment, `{name}`
for the physical name, `{arn}` for the ARN, other names in braces for a field of the type; `*` and `?` are
wildcards and `${*}` is an asterisk, as in policies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge.arn import name_property, own_arns
from leastgrant.knowledge.name_words import words
from leastgrant.knowledge.schema import type_schema
from leastgrant.template.naming import IdInAnyCase, IdOnly, StackAndId, Unguessable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leastgrant.knowledge.arn import ArnTemplate
    from leastgrant.knowledge.schema import TypeSchema

NameRule: TypeAlias = "StackAndId | IdOnly | IdInAnyCase | Unguessable"

NAME = "name"
"""The field that is the physical name."""


def _same(value: Pattern) -> Pattern:
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """A part of an identifier that a property gives, or `NAME`, or else `default`."""

    source: str
    default: str
    text: Callable[[Pattern], Pattern] = _same


@dataclass(frozen=True, slots=True)
class Identity:
    """How one type identifies its resources; see the module's text."""

    name_property: str | None = None
    made_up: NameRule = field(default_factory=Unguessable)
    ref: str = "{name}"
    arn: str = "*"
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    lower: bool = False
    formats: tuple[ArnTemplate, ...] = ()
    """The ARN, where it follows from the service authorization reference; `arn` is not used then."""


def _choice(texts: Mapping[str, str]) -> Callable[[Pattern], Pattern]:
    """Make the lookup of the text for each value of an enumerated property."""

    def text(value: Pattern) -> Pattern:
        found = texts.get(str(value))
        return ANY if found is None else Pattern.literal(found)

    return text


def _without_arn(value: Pattern) -> Pattern:
    """Take the name from a property that holds a name, or an ARN that ends in `/` and the name."""
    first = value.tokens[0] if value.tokens else ""
    if not isinstance(first, str):
        return ANY
    if not first.startswith("arn:"):
        return value
    for index in range(len(value.tokens) - 1, -1, -1):
        token = value.tokens[index]
        if isinstance(token, str) and "/" in token:
            return Pattern((token.rpartition("/")[2], *value.tokens[index + 1 :]))
    return ANY


def _event_bus(separator: str) -> Callable[[Pattern], Pattern]:
    """Make the lookup of what a rule's name follows: nothing on the default bus, else the bus and `separator`."""

    def text(value: Pattern) -> Pattern:
        bus = _without_arn(value)
        if bus == Pattern.literal("default"):
            return Pattern(())
        return ANY if bus.matches("default") else bus + Pattern.literal(separator)

    return text


def _function(value: Pattern) -> Pattern:
    """Return a function's name, with any qualifier, of a property that takes a name, an ARN or the end of one."""
    for index, token in enumerate(value.tokens):
        if isinstance(token, str) and "function:" in token:
            return Pattern((token.partition("function:")[2], *value.tokens[index + 1 :]))
    known = value.tokens and isinstance(value.tokens[0], str) and not value.tokens[0].startswith("arn:")
    return value if known else ANY


def _no_slash(value: Pattern) -> Pattern:
    """Write a hierarchical name as an ARN does: `parameter/a/b` for the name `/a/b`."""
    first, *rest = value.tokens or ("",)
    return Pattern((first.removeprefix("/"), *rest)) if isinstance(first, str) else value


def _without_scheme(value: Pattern) -> Pattern:
    first, *rest = value.tokens or ("",)
    return Pattern((first.removeprefix("https://"), *rest)) if isinstance(first, str) else ANY


_ELASTIC_LOAD_BALANCING = StackAndId(25)
"""Not the service's 32: the load balancers and target groups of stacks such as `awseb-e-52sccvqn3r-stack` are
called `awseb--AWSEB-JdMIVrmya4cA` and `awseb-AWSEB-VLTPKQE9CGON` (public logs of Elastic Beanstalk, whose
environments are stacks)."""


def _arn(service: str, resource: str, *, region: str = "{region}", account: str = "{account}") -> str:
    return f"arn:{{partition}}:{service}:{region}:{account}:{resource}"


def _iam(resource: str) -> str:
    return _arn("iam", resource, region="")


_PATH = {"path": Field("Path", "/")}

IDENTITIES: Mapping[str, Identity] = {
    "AWS::ApiGateway::RestApi": Identity(ref="*"),
    "AWS::ApiGatewayV2::Api": Identity(ref="*"),
    # "mystack-myasgroup-NT5EUXTNTXXD" and "mystack-mylaunchconfig-1DDYF1E3B3I", says the reference
    "AWS::AutoScaling::AutoScalingGroup": Identity("AutoScalingGroupName", StackAndId(255)),
    "AWS::AutoScaling::LaunchConfiguration": Identity("LaunchConfigurationName", StackAndId(255)),
    "AWS::CloudFormation::Stack": Identity(
        # seen, of 99: ...-dev-AgentRegistryStackNestedStackAgentRegistryStackNestedStackResource-16VAX8Y6Y64W
        # (aws-samples/sample-autonomous-cloud-coding-agents issue 865)
        made_up=StackAndId(100),
        arn=_arn("cloudformation", "stack/{name}/*"),
        ref="{arn}",
    ),
    "AWS::CloudFront::Distribution": Identity(
        ref="*",
        arn=_arn("cloudfront", "distribution/*", region=""),
        attributes={"Id": "*", "DomainName": "*.cloudfront.net"},
    ),
    "AWS::CloudWatch::Alarm": Identity(
        "AlarmName",
        StackAndId(255),
        arn=_arn("cloudwatch", "alarm:{name}"),
        attributes={"Arn": "{arn}"},
    ),
    "AWS::CodeBuild::Project": Identity("Name", arn=_arn("codebuild", "project/{name}"), attributes={"Arn": "{arn}"}),
    "AWS::Cognito::UserPool": Identity(
        ref="{region}_*",
        arn=_arn("cognito-idp", "userpool/{region}_*"),
        attributes={
            "Arn": "{arn}",
            "UserPoolId": "{region}_*",
            "ProviderName": "cognito-idp.{region}.{url_suffix}/{region}_*",
        },
    ),
    "AWS::Cognito::UserPoolClient": Identity(ref="*"),
    "AWS::DynamoDB::Table": Identity(
        "TableName",
        StackAndId(255),
        arn=_arn("dynamodb", "table/{name}"),
        attributes={"Arn": "{arn}", "StreamArn": "{arn}/stream/*"},
    ),
    "AWS::EC2::SecurityGroup": Identity(
        ref="*", arn=_arn("ec2", "security-group/sg-*"), attributes={"GroupId": "sg-*", "Id": "*"}
    ),
    "AWS::EC2::Subnet": Identity(
        ref="subnet-*", arn=_arn("ec2", "subnet/subnet-*"), attributes={"SubnetId": "subnet-*"}
    ),
    "AWS::EC2::VPC": Identity(ref="vpc-*", arn=_arn("ec2", "vpc/vpc-*"), attributes={"VpcId": "vpc-*"}),
    "AWS::ECR::Repository": Identity(
        "RepositoryName", arn=_arn("ecr", "repository/{name}"), attributes={"Arn": "{arn}"}
    ),
    "AWS::ECS::Cluster": Identity(
        "ClusterName",
        StackAndId(255),
        arn=_arn("ecs", "cluster/{name}"),
        attributes={"Arn": "{arn}"},
    ),
    "AWS::ECS::Service": Identity(
        "ServiceName",
        StackAndId(255),  # seen: LinkedInScraperStack-ServiceD69D759B-Hn0LyQduEvkd
        arn=_arn("ecs", "service/{cluster}/{name}"),
        ref="{arn}",
        attributes={"ServiceArn": "{arn}", "Name": "{name}"},
        fields={"cluster": Field("Cluster", "default", _without_arn)},
    ),
    "AWS::ECS::TaskDefinition": Identity(
        "Family",
        arn=_arn("ecs", "task-definition/{name}:*"),
        ref="{arn}",
        attributes={"TaskDefinitionArn": "{arn}"},
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Identity(
        "Name",
        _ELASTIC_LOAD_BALANCING,
        ref="{arn}",
        arn=_arn("elasticloadbalancing", "loadbalancer/{kind}/{name}/*"),
        attributes={
            "LoadBalancerArn": "{arn}",
            "LoadBalancerName": "{name}",
            "LoadBalancerFullName": "{kind}/{name}/*",
        },
        fields={
            "kind": Field("Type", "application", _choice({"application": "app", "network": "net", "gateway": "gwy"}))
        },
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Identity(
        "Name",
        _ELASTIC_LOAD_BALANCING,
        ref="{arn}",
        arn=_arn("elasticloadbalancing", "targetgroup/{name}/*"),
        attributes={
            "TargetGroupArn": "{arn}",
            "TargetGroupName": "{name}",
            "TargetGroupFullName": "targetgroup/{name}/*",
        },
    ),
    "AWS::Events::EventBus": Identity(
        "Name", arn=_arn("events", "event-bus/{name}"), attributes={"Arn": "{arn}", "Name": "{name}"}
    ),
    "AWS::Events::Rule": Identity(
        "Name",
        StackAndId(64),
        ref="{before}{name}",
        arn=_arn("events", "rule/{bus}{name}"),
        attributes={"Arn": "{arn}"},
        fields={
            "before": Field("EventBusName", "default", _event_bus("|")),
            "bus": Field("EventBusName", "default", _event_bus("/")),
        },
    ),
    "AWS::IAM::OIDCProvider": Identity(
        ref="{arn}",
        arn=_iam("oidc-provider/{host}"),
        attributes={"Arn": "{arn}"},
        # "the ARN uses the URL without https://" (CreateOpenIDConnectProvider, AWS IAM API Reference)
        fields={"host": Field("Url", "*", _without_scheme)},
    ),
    "AWS::IAM::Group": Identity(
        "GroupName",
        StackAndId(128),
        arn=_iam("group{path}{name}"),
        attributes={"Arn": "{arn}"},
        fields=_PATH,
    ),
    "AWS::IAM::InstanceProfile": Identity(
        "InstanceProfileName",
        StackAndId(128),
        arn=_iam("instance-profile{path}{name}"),
        attributes={"Arn": "{arn}"},
        fields=_PATH,
    ),
    "AWS::IAM::ManagedPolicy": Identity(
        "ManagedPolicyName",
        StackAndId(128),
        ref="{arn}",
        arn=_iam("policy{path}{name}"),
        attributes={"PolicyArn": "{arn}"},
        fields=_PATH,
    ),
    "AWS::IAM::Policy": Identity("PolicyName", ref="*"),
    "AWS::IAM::Role": Identity(
        "RoleName",
        StackAndId(64),
        arn=_iam("role{path}{name}"),
        attributes={"Arn": "{arn}"},
        fields=_PATH,
    ),
    "AWS::IAM::User": Identity(
        "UserName",
        StackAndId(64),
        arn=_iam("user{path}{name}"),
        attributes={"Arn": "{arn}"},
        fields=_PATH,
    ),
    "AWS::KMS::Alias": Identity("AliasName", arn=_arn("kms", "{name}")),
    "AWS::KMS::Key": Identity(ref="*", arn=_arn("kms", "key/*"), attributes={"Arn": "{arn}", "KeyId": "*"}),
    "AWS::Kinesis::Stream": Identity(
        "Name", StackAndId(128), arn=_arn("kinesis", "stream/{name}"), attributes={"Arn": "{arn}"}
    ),
    "AWS::Lambda::Alias": Identity(
        "Name",
        ref="{arn}",
        arn=_arn("lambda", "function:{function}:{name}"),
        attributes={"AliasArn": "{arn}"},
        fields={"function": Field("FunctionName", "", _function)},
    ),
    "AWS::Lambda::EventSourceMapping": Identity(
        ref="*",
        arn=_arn("lambda", "event-source-mapping:*"),
        attributes={"Id": "*", "EventSourceMappingArn": "{arn}"},
    ),
    "AWS::Lambda::Function": Identity(
        "FunctionName",
        StackAndId(64),
        arn=_arn("lambda", "function:{name}"),
        attributes={"Arn": "{arn}"},
    ),
    "AWS::Lambda::LayerVersion": Identity(
        "LayerName",
        ref="{arn}",
        arn=_arn("lambda", "layer:{name}:*"),
        attributes={"LayerVersionArn": "{arn}"},
    ),
    "AWS::Lambda::Permission": Identity(  # a statement of the function's policy
        ref="*",
        arn=_arn("lambda", "function:{function}"),
        fields={"function": Field("FunctionName", "", _function)},
    ),
    "AWS::Lambda::Url": Identity(
        ref="{arn}",
        arn=_arn("lambda", "function:{function}"),
        attributes={"FunctionArn": "{arn}"},
        fields={"function": Field("TargetFunctionArn", "", _function)},
    ),
    "AWS::Lambda::Version": Identity(
        ref="{arn}",
        arn=_arn("lambda", "function:{function}:*"),
        attributes={"FunctionArn": "{arn}"},
        fields={"function": Field("FunctionName", "", _function)},
    ),
    "AWS::Logs::LogGroup": Identity(
        "LogGroupName",
        StackAndId(512),
        arn=_arn("logs", "log-group:{name}"),
        attributes={"Arn": "{arn}:${*}"},  # the attribute ends in an asterisk that is no wildcard
    ),
    "AWS::RDS::DBCluster": Identity(
        "DBClusterIdentifier",
        StackAndId(63, lower=True),
        arn=_arn("rds", "cluster:{name}"),
        attributes={"DBClusterArn": "{arn}"},
        lower=True,
    ),
    "AWS::RDS::DBInstance": Identity(
        "DBInstanceIdentifier",
        StackAndId(63, lower=True),
        arn=_arn("rds", "db:{name}"),
        attributes={"DBInstanceArn": "{arn}"},
        lower=True,
    ),
    "AWS::S3::Bucket": Identity(
        "BucketName",
        StackAndId(63, lower=True),
        arn=_arn("s3", "{name}", region="", account=""),
        attributes={"Arn": "{arn}"},
    ),
    "AWS::S3::BucketPolicy": Identity("Bucket"),
    "AWS::SNS::Topic": Identity(
        "TopicName",
        StackAndId(256),
        ref="{arn}",
        arn=_arn("sns", "{name}"),
        attributes={"TopicArn": "{arn}", "TopicName": "{name}"},
    ),
    "AWS::SQS::Queue": Identity(
        "QueueName",
        StackAndId(80),
        ref="https://sqs.{region}.{url_suffix}/{account}/{name}",
        arn=_arn("sqs", "{name}"),
        attributes={
            "Arn": "{arn}",
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.{url_suffix}/{account}/{name}",
        },
    ),
    "AWS::SSM::Parameter": Identity(
        "Name",
        # "Prefix - logical resource id - randomString": generateParameterName, CreateHandler of
        # aws-cloudformation/aws-cloudformation-resource-providers-ssm
        # seen: CFN-ListAutogenC5DA1CAE-QmGaUkqhh6Au
        IdOnly(kept=16, prefix="CFN-"),
        arn=_arn("ssm", "parameter/{bare}"),
        fields={"bare": Field(NAME, "", _no_slash)},
    ),
    # seen: the launch role of awslabs/service-workbench-on-aws has `?asic?otebook?nstance-*` (pull request 1177)
    "AWS::SageMaker::NotebookInstance": Identity(
        "NotebookInstanceName",
        IdInAnyCase(kept=49),
        ref="{arn}",
        arn=_arn("sagemaker", "notebook-instance/{name}"),
        attributes={"NotebookInstanceName": "{name}"},
    ),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": Identity(
        "NotebookInstanceLifecycleConfigName",
        IdInAnyCase(kept=49),
        ref="{arn}",
        arn=_arn("sagemaker", "notebook-instance-lifecycle-config/{name}"),
        attributes={"NotebookInstanceLifecycleConfigName": "{name}"},
    ),
    "AWS::Scheduler::Schedule": Identity(
        "Name",
        arn=_arn("scheduler", "schedule/{group}/{name}"),
        attributes={"Arn": "{arn}"},
        fields={"group": Field("GroupName", "default")},
    ),
    "AWS::Scheduler::ScheduleGroup": Identity(
        "Name", arn=_arn("scheduler", "schedule-group/{name}"), attributes={"Arn": "{arn}"}
    ),
    "AWS::SecretsManager::Secret": Identity(
        "Name",
        # seen: DatabaseSecret86DBB7B3-DiVgdXkHj1O2, and JiraIntegrationWebhookSecre-...
        # (aws-samples/sample-autonomous-cloud-coding-agents issue 402)
        IdOnly(kept=27),
        ref="{arn}",
        # "Secrets Manager automatically adds a hyphen and six random characters" (CreateSecret, Name)
        arn=_arn("secretsmanager", "secret:{name}-??????"),
        attributes={"Id": "{arn}"},
    ),
    "AWS::StepFunctions::StateMachine": Identity(
        "StateMachineName",
        # seen: StateMachine2E01A3A5-17TfZD6kdiB7; aws/aws-sam-cli issue 2022. The service takes 80 letters
        # (CreateStateMachine, AWS Step Functions API Reference), of which 14 are not the id's
        IdOnly(kept=66),
        ref="{arn}",
        arn=_arn("states", "stateMachine:{name}"),
        attributes={"Arn": "{arn}", "Name": "{name}"},
    ),
}

_STORED_IN_LOWER_CASE = frozenset({"DAX", "DocDB", "ElastiCache", "MemoryDB", "Neptune", "RDS", "Redshift"})
"""Services that keep names in lower case ("This parameter is stored as a lowercase string", their API References)."""


@cache
def identity_of(type_name: str) -> Identity:
    """How a type identifies its resources: as written here, else as its provider schema and the reference tell.

    The schema's primary identifier is what `Ref` gives, as far as it is a name or an ARN; a name that the template does
    not give is not guessed.
    """
    if type_name in IDENTITIES:
        return IDENTITIES[type_name]
    schema = type_schema(type_name)
    if schema is None:
        return Identity(ref="*")
    formats = own_arns(type_name)
    name = name_property(schema)
    return Identity(
        name,
        ref=_ref(schema, name, has_arn=bool(formats)),
        attributes=dict.fromkeys(_own_arn_attributes(schema), "{arn}") if formats else {},
        lower=schema.service in _STORED_IN_LOWER_CASE,
        formats=formats,
    )


def _ref(schema: TypeSchema, name: str | None, *, has_arn: bool) -> str:
    if len(schema.primary_identifier) != 1:
        return "*"
    (identifier,) = schema.primary_identifier
    if identifier == name:
        return "{name}"
    return "{arn}" if has_arn and identifier in _own_arn_attributes(schema) else "*"


def _own_arn_attributes(schema: TypeSchema) -> Iterator[str]:
    """Yield the attributes that are the resource's own ARN: `Arn`, a Queue's `QueueArn`, or one that identifies it."""
    for path in schema.read_only:
        last = path.rpartition("/")[2]
        named = "".join(words(last)) in {"arn", "".join((*words(schema.noun), "arn"))}
        if named or (words(last)[-1:] == ("arn",) and (path,) == schema.primary_identifier):
            yield path.replace("/", ".")
