"""Amazon EKS."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, required

RULES = {
    "AWS::EKS::Cluster": (
        required(
            "iam:*InstanceProfile",
            when="ComputeConfig/NodeRoleArn",
            resource=ArnTemplate("arn:${Partition}:iam::${Account}:instance-profile/${InstanceProfileName}"),
            reason="EKS Auto Mode puts the role of its nodes into a profile",
            source="Amazon EKS Auto Mode node IAM role, Amazon EKS User Guide",
        ),
    ),
    "AWS::EKS::Nodegroup": (
        advisory(
            "ec2:CreateTags",
            "ec2:DeleteTags",
            reason="the service's own role tags what it launches",
            source="Using roles for Amazon EKS node groups, Amazon EKS User Guide",
        ),
        required(
            "ec2:DescribeKeyPairs",
            when="RemoteAccess/Ec2SshKey",
            reason="the key pair for remote access",
            source="AWS::EKS::Nodegroup RemoteAccess, AWS CloudFormation Template Reference",
        ),
    ),
}
