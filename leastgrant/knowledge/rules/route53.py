"""Amazon Route 53."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import Rule, advisory, made_on, required

_PERMISSIONS = (
    "Amazon Route 53 API permissions: Actions, resources, and conditions reference, Amazon Route 53 Developer Guide"
)
_LISTED = "AWS::Route53::RecordSet provider schema"
_REPORTED = "github.com/aws/aws-parallelcluster/issues/2060"

_ZONE = ArnTemplate(
    "arn:${Partition}:route53:::hostedzone/${HostedZoneId}", (("HostedZoneId", PropertyValue("HostedZoneId")),)
)
_CHANGE = ArnTemplate("arn:${Partition}:route53:::change/${ChangeId}")
_ALARM = ArnTemplate(
    "arn:${Partition}:cloudwatch:${AlarmRegion}:${Account}:alarm:${AlarmName}",
    (
        ("AlarmRegion", PropertyValue("HealthCheckConfig/AlarmIdentifier/Region")),
        ("AlarmName", PropertyValue("HealthCheckConfig/AlarmIdentifier/Name")),
    ),
)

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Route53::RecordSet": (
        required(
            "route53:ChangeResourceRecordSets",
            on="create update delete",
            resource=_ZONE,
            reason="records are made, changed and deleted by the one call, on their zone",
            source=_PERMISSIONS,
        ),
        made_on(_ZONE, "route53:ListResourceRecordSets", on="read", source=_PERMISSIONS),
        advisory(
            "route53:ListResourceRecordSets",
            on="create update delete",
            resource=_ZONE,
            reason="looks for the record, which the change says itself",
            source=_LISTED,
        ),
        required(
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            on="update",
            when="HostedZoneName",
            reason="a zone that is named is looked for; an alias's zone is another service's",
            source=_LISTED,
        ),
    ),
    # the provider schema lists no handlers
    "AWS::Route53::RecordSetGroup": (
        required(
            "route53:ChangeResourceRecordSets",
            on="create update delete",
            resource=_ZONE,
            add=True,
            reason="records are made, changed and deleted by the one call, on their zone",
            source=_PERMISSIONS,
        ),
        advisory(
            "route53:GetChange",
            on="create update delete",
            resource=_CHANGE,
            add=True,
            reason="the handlers of a single record wait with it",
            source=_LISTED,
        ),
        advisory(
            "route53:GetHostedZone",
            "route53:ListResourceRecordSets",
            on="create read update delete",
            resource=_ZONE,
            add=True,
            reason="the handlers of a single record list it",
            source=_LISTED,
        ),
        advisory(
            "route53:ListHostedZones",
            on="create read update delete",
            when="HostedZoneName RecordSets/HostedZoneName",
            add=True,
            reason="a zone that is named is looked for",
            source=_LISTED,
        ),
    ),
    "AWS::Route53::HostedZone": (
        required(
            "route53:AssociateVPCWithHostedZone",
            on="create",
            when="VPCs/1",
            reason="CreateHostedZone takes the first VPC along, and the others are associated",
            source="CreateHostedZone, Amazon Route 53 API Reference",
        ),
        required(
            "route53:GetChange",
            on="create update delete",
            reason="a zone is waited for",
            source=_REPORTED,
        ),
        required(
            "route53:ListQueryLoggingConfigs",
            on="read update delete",
            reason="reads the zone's query logging, also where there is none",
            source=_REPORTED,
        ),
        advisory(
            "ec2:DescribeRegions",
            on="create",
            when="VPCs",
            add=True,
            reason="asked of who makes a private zone, and not listed by the schema",
            source=_PERMISSIONS,
        ),
    ),
    "AWS::Route53::HealthCheck": (
        required(
            "cloudwatch:DescribeAlarms",
            on="create update",
            when="HealthCheckConfig/AlarmIdentifier",
            resource=_ALARM,
            reason="the named alarm, which can be in another Region",
            source="AWS::Route53::HealthCheck AlarmIdentifier, AWS CloudFormation Template Reference",
        ),
    ),
}
