"""What the context providers of CDK call while an app is synthesised, with the lookup role.

Source: the context providers of aws-cdk 2.1148.1.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE: Final = "aws-cdk 2.1148.1, its context providers"

_BALANCERS = ("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags")

ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ami": ("ec2:DescribeImages",),
        "availability-zones": ("ec2:DescribeAvailabilityZones",),
        "endpoint-service-availability-zones": ("ec2:DescribeVpcEndpointServices",),
        "hosted-zone": ("route53:GetHostedZone", "route53:ListHostedZonesByName"),
        "key-provider": ("kms:ListAliases",),
        "load-balancer": _BALANCERS,
        "load-balancer-listener": (*_BALANCERS, "elasticloadbalancing:DescribeListeners"),
        "security-group": ("ec2:DescribeSecurityGroups",),
        "ssm": ("ssm:GetParameter",),
        "vpc-provider": (
            "ec2:DescribeRouteTables",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "ec2:DescribeVpnGateways",
        ),
    }
)
"""By provider. Not among them: `cc-api-provider`, whose calls are those of the type that is looked up, and plugins."""
