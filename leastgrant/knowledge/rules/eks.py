"""Amazon Elastic Kubernetes Service."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue
from leastgrant.knowledge.rule import advisory, made_on, required

_LEAST = "Amazon EKS identity-based policy examples, Amazon EKS User Guide"
_LISTED = "AWS::EKS::Nodegroup provider schema"
_NODES = "IAM policies for calling Amazon EKS, AWS Step Functions Developer Guide"
_UPDATES = "AWS::EKS::Nodegroup provider schema, update handler"

_CLUSTER = ArnTemplate(
    "arn:${Partition}:eks:${Region}:${Account}:cluster/${ClusterName}", (("ClusterName", OwnName("Name")),)
)
_CLUSTER_ROLE = ArnTemplate(
    "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", (("RoleNameWithPath", PropertyValue("RoleArn")),)
)
_LOCAL_PROFILE = ArnTemplate("arn:${Partition}:iam::${Account}:instance-profile/eks-local-${ProfileName}")
_NODES_LINKED_ROLE = ArnTemplate(
    "arn:${Partition}:iam::${Account}:role/aws-service-role/eks-nodegroup.amazonaws.com/"
    "AWSServiceRoleForAmazonEKSNodegroup"
)

RULES = {
    "AWS::EKS::Cluster": (
        made_on(_CLUSTER, "eks:CreateCluster", on="create", source="github.com/cortexlabs/cortex/issues/1232"),
        advisory(
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            on="create",
            reason="the least policy for a cluster that is not on an Outpost goes without",
            source=_LEAST,
        ),
        advisory(
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            on="create",
            resource=_CLUSTER_ROLE,
            reason="the least policy for a cluster that is not on an Outpost goes without",
            source=_LEAST,
        ),
        required(
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            on="create",
            when="OutpostConfig",
            add=True,
            reason="asked of who makes a cluster on an Outpost",
            source=_LEAST,
        ),
        required(
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            on="create",
            when="OutpostConfig",
            resource=_CLUSTER_ROLE,
            add=True,
            reason="asked of who makes a cluster on an Outpost",
            source=_LEAST,
        ),
        required(
            "iam:*InstanceProfile",
            on="create",
            when="OutpostConfig",
            resource=_LOCAL_PROFILE,
            reason="only a cluster on an Outpost has instances, with a profile, in the account",
            source=_LEAST,
        ),
        required(
            "kms:DescribeKey",
            "kms:CreateGrant",
            on="create",
            when="EncryptionConfig/Provider/KeyArn",
            reason="secrets are encrypted under the named key",
            source="AWS::EKS::Cluster provider schema, create handler",
        ),
        required(
            "eks:ActivateCertificateAuthority",
            on="update",
            when="ActiveCertificateAuthorityId",
            reason="the property that can be set; CertificateAuthority is only read",
            source="AWS::EKS::Cluster provider schema, readOnlyProperties",
        ),
    ),
    "AWS::EKS::Nodegroup": (
        required(
            "iam:GetRole",
            on="create",
            resource=_NODES_LINKED_ROLE,
            add=True,
            reason="EKS looks for its service-linked role with the caller's permissions",
            source="github.com/terraform-aws-modules/terraform-aws-eks/issues/823",
        ),
        required(
            "ec2:DescribeSubnets",
            on="create",
            when="Subnets",
            reason="asked of who makes nodes",
            source=_NODES,
        ),
        required(
            "ec2:RunInstances",
            on="create update",
            when="LaunchTemplate",
            resource="instance",
            reason="EKS asks whether the caller may launch what the template says",
            source="github.com/aws-samples/terraform-eks-code/issues/13",
        ),
        required(
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeLaunchTemplateVersions",
            on="create update",
            when="LaunchTemplate",
            reason="the named template",
            source=_LISTED,
        ),
        required(
            "ec2:DescribeKeyPairs",
            on="create",
            when="RemoteAccess/Ec2SshKey",
            reason="the named key pair",
            source=_LISTED,
        ),
        advisory(
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcs",
            on="create",
            reason="not among what is asked of who makes nodes",
            source=_NODES,
        ),
        advisory(
            "ec2:CreateTags",
            "ec2:DeleteTags",
            on="create",
            resource=ArnTemplate("arn:${Partition}:ec2:${Region}:${Account}:${Kind}/${Id}"),
            reason="not among what is asked of who makes nodes",
            source=_NODES,
        ),
        advisory(
            "eks:DescribeUpdate",
            "eks:ListUpdates",
            on="update",
            reason="follows an update, whatever it changes",
            source=_UPDATES,
        ),
    ),
}
