"""Amazon Elastic File System."""

from leastgrant.knowledge.rule import Rule, advisory, required

_LINKED_ROLE = "Using the Amazon EFS Service-Linked Role, Amazon EFS User Guide: it may do the same"

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::EFS::AccessPoint": (),
    "AWS::EFS::FileSystem": (
        required(
            "elasticfilesystem:UpdateFileSystem",
            on="update",
            when="ThroughputMode ProvisionedThroughputInMibps",
            reason="UpdateFileSystem changes the throughput, nothing else",
            source="UpdateFileSystem, Amazon EFS API Reference",
        ),
        required(
            "kms:DescribeKey",
            "kms:CreateGrant",
            "kms:GenerateDataKeyWithoutPlaintext",
            on="update",
            when="ReplicationConfiguration/Destinations/KmsKeyId",
            reason="an update can only add a replica's key: the file system's own cannot be changed",
            source="AWS::EFS::FileSystem provider schema, createOnlyProperties",
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create update",
            when="ReplicationConfiguration",
            reason="the role of elasticfilesystem.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
    # EFS asks the caller for the network interface, says its reference; the schema lists nothing of EC2.
    "AWS::EFS::MountTarget": (
        advisory(
            "ec2:DescribeSubnets",
            "ec2:DescribeNetworkInterfaces",
            on="create",
            add=True,
            reason="a mount target has a network interface, made with the caller's or the service's role",
            source=f"CreateMountTarget, Amazon EFS API Reference; {_LINKED_ROLE}",
        ),
        *(
            advisory(
                "ec2:CreateNetworkInterface",
                on="create",
                resource=kind,
                add=True,
                reason="a mount target has a network interface, made with the caller's or the service's role",
                source=f"CreateMountTarget, Amazon EFS API Reference; {_LINKED_ROLE}",
            )
            for kind in ("network-interface", "subnet", "security-group")
        ),
        advisory(
            "ec2:DescribeNetworkInterfaceAttribute",
            on="read update",
            when="SecurityGroups",
            add=True,
            reason="the groups are read from the network interface",
            source="github.com/aws/aws-parallelcluster/issues/1139",
        ),
        advisory(
            "ec2:ModifyNetworkInterfaceAttribute",
            on="update",
            when="SecurityGroups",
            resource="network-interface",
            add=True,
            reason="the groups are changed on the network interface",
            source=f"ModifyMountTargetSecurityGroups, Amazon EFS API Reference; {_LINKED_ROLE}",
        ),
        advisory(
            "ec2:DeleteNetworkInterface",
            on="delete",
            resource="network-interface",
            add=True,
            reason="the network interface goes with the mount target",
            source=f"DeleteMountTarget, Amazon EFS API Reference; {_LINKED_ROLE}",
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create",
            add=True,
            reason="the role of elasticfilesystem.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
}
