"""Elastic Load Balancing: application, network and gateway load balancers."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PartOf, PropertyValue, Spelled
from leastgrant.knowledge.rule import advisory, made_on, required

_ARNS = "Resource types defined by AWS Elastic Load Balancing V2, Service Authorization Reference"
_LINKED_ROLE = "Elastic Load Balancing service-linked role, Elastic Load Balancing User Guide"
_LISTED = "AWS::ElasticLoadBalancingV2::LoadBalancer provider schema"
_ROOT = "arn:${Partition}:elasticloadbalancing:${Region}:${Account}:"
_KINDS = (("application", "app"), ("network", "net"), ("gateway", "gwy"))
_LOAD_BALANCER = ArnTemplate(
    _ROOT + "loadbalancer/${Kind}/${LoadBalancerName}/${LoadBalancerId}",
    (("Kind", Spelled("Type", _KINDS, default="app")), ("LoadBalancerName", OwnName("Name"))),
)
_TARGET_GROUP = ArnTemplate(
    _ROOT + "targetgroup/${TargetGroupName}/${TargetGroupId}", (("TargetGroupName", OwnName("Name")),)
)
_BALANCERS = tuple(f"{_ROOT}loadbalancer/{kind}/${{LoadBalancerName}}/${{LoadBalancerId}}" for _, kind in _KINDS)
_LISTENER = ArnTemplate(
    _ROOT + "listener/${Kind}/${LoadBalancerName}/${LoadBalancerId}/${ListenerId}",
    (
        ("Kind", Spelled("LoadBalancerArn", _KINDS)),
        ("LoadBalancerName", PartOf("LoadBalancerArn", "LoadBalancerName", _BALANCERS)),
        ("LoadBalancerId", PartOf("LoadBalancerArn", "LoadBalancerId", _BALANCERS)),
    ),
)

RULES = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        made_on(
            _LOAD_BALANCER,
            *(f"elasticloadbalancing:{verb}*" for verb in ("Add", "Create", "Delete", "Modify", "Remove", "Set")),
            source=_ARNS,
        ),
        required(
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            on="create update",
            when="LoadBalancerAttributes",
            resource=_LOAD_BALANCER,
            reason="attributes are set after creation",
            source=_LISTED,
        ),
        required(
            "elasticloadbalancing:ModifyCapacityReservation",
            when="MinimumLoadBalancerCapacity",
            resource=_LOAD_BALANCER,
            reason="reserved capacity",
            source=_LISTED,
        ),
        required(
            "elasticloadbalancing:DescribeCapacityReservation",
            when="MinimumLoadBalancerCapacity",
            reason="reserved capacity",
            source=_LISTED,
        ),
        required(
            "elasticloadbalancing:ModifyIpPools",
            "ec2:DescribeIpamPools",
            when="Ipv4IpamPoolId",
            reason="addresses from a pool",
            source=_LISTED,
        ),
        advisory(
            "elasticloadbalancing:SetSecurityGroups",
            on="create",
            when="EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
            resource=_LOAD_BALANCER,
            reason="CreateLoadBalancer takes the groups along",
            source=_LISTED,
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create",
            add=True,
            reason="the role of elasticloadbalancing.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        required(
            "elasticloadbalancing:RegisterTargets",
            on="create update",
            when="Targets",
            reason="targets that the template names; a service or an Auto Scaling group registers its own",
            source="RegisterTargets, Elastic Load Balancing API Reference",
        ),
        made_on(
            _TARGET_GROUP,
            *(
                f"elasticloadbalancing:{verb}*"
                for verb in ("Add", "Create", "Delete", "Deregister", "Modify", "Register", "Remove")
            ),
            source=_ARNS,
        ),
    ),
    "AWS::ElasticLoadBalancingV2::TrustStore": (
        made_on(
            ArnTemplate(_ROOT + "truststore/${TrustStoreName}/${TrustStoreId}", (("TrustStoreName", OwnName("Name")),)),
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
            source=_ARNS,
        ),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": (
        made_on(
            ArnTemplate(
                _ROOT + "loadbalancer/${Kind}/${LoadBalancerName}/${LoadBalancerId}",
                (("LoadBalancerName", PropertyValue("LoadBalancerArn")),),
            ),
            "elasticloadbalancing:CreateListener",
            source=_ARNS,
        ),
        made_on(
            _LISTENER,
            *(f"elasticloadbalancing:{verb}*" for verb in ("Add", "Delete", "Modify", "Remove")),
            source=_ARNS,
        ),
        required(
            "elasticloadbalancing:DescribeListenerAttributes",
            on="update",
            reason="the attributes are read before they are changed",
            source="github.com/NHSDigital/electronic-prescription-service-account-resources, commit 59a30b1c7",
        ),
    ),
}
