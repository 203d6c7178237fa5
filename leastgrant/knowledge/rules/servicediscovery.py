"""AWS Cloud Map."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import Rule, made_on, required

_PERMISSIONS = "AWS Cloud Map API permissions reference, AWS Cloud Map Developer Guide"


def _with_a_zone() -> tuple[Rule, ...]:
    """Make rules for the hosted zone of a namespace in DNS, made and deleted with the caller's permissions."""
    return tuple(
        required(
            f"route53:{verb}HostedZone",
            on=operation,
            add=True,
            reason="the namespace has a hosted zone",
            source=_PERMISSIONS,
        )
        for verb, operation in (("Create", "create"), ("Delete", "delete"))
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::ServiceDiscovery::PrivateDnsNamespace": _with_a_zone(),
    "AWS::ServiceDiscovery::PublicDnsNamespace": _with_a_zone(),
    "AWS::ServiceDiscovery::Service": (
        made_on(
            ArnTemplate(
                "arn:${Partition}:servicediscovery:${Region}:${Account}:namespace/${NamespaceId}",
                (("NamespaceId", PropertyValue("NamespaceId")),),
            ),
            "servicediscovery:CreateService",
            source="github.com/awslabs/aws-saas-boost, resources/saas-boost-svc-onboarding.yaml: on its namespace alone",
        ),
    ),
}
