"""AWS Cloud Map."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import Rule, advisory, made_on, required

_PERMISSIONS = "AWS Cloud Map API permissions reference, AWS Cloud Map Developer Guide"


_WITHOUT = "github.com/awslabs/aws-saas-boost, resources/saas-boost-svc-onboarding.yaml"
_WAITED = advisory(
    "servicediscovery:GetNamespace",
    on="create",
    reason="the operation is waited for, and roles that may not look at the namespace make it",
    source=_WITHOUT,
)


def _with_a_zone() -> tuple[Rule, ...]:
    """Make rules for the hosted zone of a namespace in DNS, made and deleted with the caller's permissions."""
    zone = tuple(
        required(
            f"route53:{verb}HostedZone",
            on=operation,
            add=True,
            reason="the namespace has a hosted zone",
            source=_PERMISSIONS,
        )
        for verb, operation in (("Create", "create"), ("Delete", "delete"))
    )
    return (*zone, _WAITED)


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::ServiceDiscovery::HttpNamespace": (_WAITED,),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": (
        *_with_a_zone(),
        advisory(
            "ec2:DescribeRegions",
            on="create",
            reason="a role that may not list regions makes namespaces",
            source="github.com/stelligent/mu, common-iam.yml",
        ),
    ),
    "AWS::ServiceDiscovery::PublicDnsNamespace": _with_a_zone(),
    "AWS::ServiceDiscovery::Service": (
        made_on(
            ArnTemplate(
                "arn:${Partition}:servicediscovery:${Region}:${Account}:namespace/${NamespaceId}",
                (("NamespaceId", PropertyValue("NamespaceId")),),
            ),
            "servicediscovery:CreateService",
            source=f"{_WITHOUT}: on its namespace alone",
        ),
    ),
}
