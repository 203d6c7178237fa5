"""Amazon MQ."""

from leastgrant.knowledge.rule import advisory, required

_NETWORK = "API authentication and authorization for Amazon MQ, Amazon MQ Developer Guide"
_LISTED = "AWS::AmazonMQ::Broker provider schema"

RULES = {
    "AWS::AmazonMQ::Broker": (
        advisory(
            "ec2:*VpcEndpoint*",
            "ec2:CreateSecurityGroup",
            reason="not among what is asked of who makes a broker",
            source=_NETWORK,
        ),
        required(
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            on="create",
            when="SubnetIds SecurityGroups",
            reason="asked of who makes a broker, which has a network interface in the account",
            source=_NETWORK,
        ),
        advisory(
            "ram:AssociateResourceShare",
            when="ResourceShareArns",
            reason="a share of another account may be accepted instead",
            source=_LISTED,
        ),
    ),
}
