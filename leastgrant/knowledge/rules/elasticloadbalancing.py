"""Elastic Load Balancing: classic load balancers."""

from leastgrant.knowledge.rule import advisory

RULES = {
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        advisory(
            "ec2:CreateSecurityGroup",
            reason="a group is made only for a load balancer in a default VPC that names none",
            source="Configure security groups for your Classic Load Balancer, User Guide for Classic Load Balancers",
        ),
    ),
}
