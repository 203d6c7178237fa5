"""AWS WAF."""

from leastgrant.knowledge.rule import Rule, advisory, names_resource_of, required

_PROTECTED = "Permissions for AssociateWebACL, AWS WAF Developer Guide"
_READS = {
    "amplify": ("amplify:GetWebACLForResource",),
    "apigateway": (),
    "apprunner": ("apprunner:DescribeWebAclForService",),
    "appsync": ("appsync:GetWebACLForResource",),
    "bedrock-agentcore": ("bedrock-agentcore:GatewayGetWebACLForResource",),
    "cognito-idp": ("cognito-idp:GetWebACLForResource",),
    "ec2": ("ec2:DescribeVerifiedAccessInstanceWebAclAssociations", "ec2:GetVerifiedAccessInstanceWebAcl"),
    "elasticloadbalancing": ("elasticloadbalancing:GetLoadBalancerWebACL",),
}
"""The services whose resources a web ACL protects, with their actions that only read."""


def _protected(service: str, reads: tuple[str, ...]) -> tuple[Rule, ...]:
    trigger = names_resource_of("ResourceArn", service)
    return (
        required(
            f"{service}:*",
            on="create update delete",
            when=trigger,
            reason=f"{service}, whose resource is protected, must allow the association",
            source=_PROTECTED,
        ),
        advisory(
            f"{service}:*",
            on="read",
            when=trigger,
            reason="reading an association changes nothing",
            source=_PROTECTED,
        ),
        *(advisory(read, when=trigger, reason="reads the association", source=_PROTECTED) for read in reads),
    )


RULES = {
    "AWS::WAFv2::WebACLAssociation": tuple(
        rule for service, reads in _READS.items() for rule in _protected(service, reads)
    ),
}
