"""Amazon Route 53 Resolver."""

from leastgrant.knowledge.rule import required

_FILE = "AWS::Route53Resolver::FirewallDomainList, DomainFileUrl, AWS CloudFormation Template Reference"

RULES = {
    "AWS::Route53Resolver::FirewallDomainList": (
        required(
            "route53resolver:ImportFirewallDomains",
            when="DomainFileUrl",
            reason="domains that the template states are not imported",
            source=_FILE,
        ),
    ),
}
