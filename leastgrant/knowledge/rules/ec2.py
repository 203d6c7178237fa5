"""Amazon EC2."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.instance_profile import PASSED_IN_PROFILE
from leastgrant.knowledge.rule import Rule, advisory, made_on, not_called, required

_API = "Actions, Amazon EC2 API Reference"
_GROUP_RULES = "AuthorizeSecurityGroupEgress, Amazon EC2 API Reference"
_READ_BACK = "github.com/eksctl-io/eksctl/issues/365"
_POLICY = "DeletionPolicy attribute, AWS CloudFormation Template Reference"
_GETATT = "AWS::EC2::VPC, return values, AWS CloudFormation Template Reference"

_VOLUME = ArnTemplate("arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}")
_SNAPSHOT = ArnTemplate("arn:${Partition}:ec2:${Region}::snapshot/${SnapshotId}")
_ZONES = ArnTemplate("arn:${Partition}:route53:::hostedzone/${Id}")
_PRIVATE_DNS = (
    "CreateVpcEndpoint, PrivateDnsEnabled: associates a private hosted zone with the VPC, Amazon EC2 API Reference"
)

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::EC2::SubnetRouteTableAssociation": (),
    "AWS::EC2::SubnetNetworkAclAssociation": (),
    "AWS::EC2::NetworkAclEntry": (),
    "AWS::EC2::Route": (),
    "AWS::EC2::RouteTable": (),
    "AWS::EC2::InternetGateway": (),
    "AWS::EC2::NatGateway": (),
    "AWS::EC2::DHCPOptions": (),
    "AWS::EC2::VPCDHCPOptionsAssociation": (),
    **{
        f"AWS::EC2::SecurityGroup{direction}": (
            advisory(
                "ec2:DescribeSecurityGroupRules",
                on="create delete",
                reason="a role without it deploys",
                source="github.com/buildkite/elastic-ci-stack-for-aws, service role; "
                "github.com/stelligent/mu, common-iam.yml",
            ),
        )
        for direction in ("Ingress", "Egress")
    },
    "AWS::EC2::EIPAssociation": (
        required(
            "ec2:DescribeAddresses",
            reason="the address is looked for, however it is named",
            source=_READ_BACK,
        ),
    ),
    "AWS::EC2::NetworkInterface": (
        required(
            "ec2:ModifyNetworkInterfaceAttribute",
            on="create",
            when="SourceDestCheck EnablePrimaryIpv6",
            reason="each is an attribute that is set after creation",
            source=_API,
        ),
    ),
    "AWS::EC2::Volume": (
        required(
            "ec2:CopyVolumes",
            on="create",
            when="SourceVolumeId",
            reason="another way to create the type",
            source=_API,
        ),
        required(
            "ec2:ModifyVolumeAttribute",
            on="create update",
            when="AutoEnableIO",
            reason="an attribute that is set after creation",
            source=_API,
        ),
        not_called(
            "ec2:CreateSnapshot",
            on="delete",
            reason="made only where the policy says so, and on two resources",
            source=_POLICY,
        ),
        *(
            required(
                "ec2:CreateSnapshot",
                on="delete",
                snapshot=True,
                resource=kind,
                add=True,
                reason="a DeletionPolicy of Snapshot takes one; asked for on the volume and on the snapshot",
                source=_POLICY,
            )
            for kind in (_VOLUME, _SNAPSHOT)
        ),
        required(
            "ec2:DescribeSnapshots",
            on="delete",
            snapshot=True,
            reason="the snapshot is waited for",
            source=_POLICY,
        ),
    ),
    "AWS::EC2::VPCEndpoint": (
        advisory(
            "route53:AssociateVPCWithHostedZone",
            on="create update",
            when="PrivateDnsEnabled=true",
            resource=_ZONES,
            add=True,
            reason="private DNS associates a hosted zone with the VPC; whether the caller is asked is not documented",
            source=_PRIVATE_DNS,
        ),
        required(
            "vpc-lattice:*",
            when="ServiceNetworkArn",
            reason="the endpoint of a service network",
            source="AWS::EC2::VPCEndpoint, ServiceNetworkArn, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::EC2::SecurityGroup": (
        required(
            "ec2:RevokeSecurityGroupEgress",
            on="create",
            when="SecurityGroupEgress",
            reason="the rule that allows all outbound traffic is taken out for those of the template",
            source=_GROUP_RULES,
        ),
        advisory(
            "ec2:UpdateSecurityGroupRuleDescriptions*",
            on="update",
            when="SecurityGroupIngress SecurityGroupEgress",
            reason="only a changed description of a rule",
            source=_API,
        ),
        advisory(
            "ec2:DescribeInstances",
            on="delete",
            reason="looks for who still uses the group",
            source="AWS::EC2::SecurityGroup provider schema, delete handler",
        ),
    ),
    "AWS::EC2::VPC": (
        required(
            "ec2:ModifyVpcTenancy",
            on="update",
            when="InstanceTenancy",
            otherwise=True,
            reason="only `dedicated` can be changed, to `default`",
            source="ModifyVpcTenancy, Amazon EC2 API Reference",
        ),
        required(
            "ec2:ModifyVpcAttribute",
            on="create update",
            when="EnableDnsHostnames EnableDnsSupport",
            reason="each is an attribute that is set after creation",
            source=_API,
        ),
        advisory(
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeSecurityGroups",
            on="read",
            reason="finds DefaultNetworkAcl and DefaultSecurityGroup for GetAtt",
            source=_GETATT,
        ),
    ),
    "AWS::EC2::Subnet": (
        required(
            "ec2:ModifySubnetAttribute",
            on="create update",
            when=(
                "MapPublicIpOnLaunch AssignIpv6AddressOnCreation EnableDns64 EnableLniAtDeviceIndex "
                "PrivateDnsNameOptionsOnLaunch"
            ),
            reason="each is an attribute that is set after creation",
            source=_API,
        ),
        advisory(
            "ec2:DescribeNetworkAcls",
            on="read",
            reason="finds NetworkAclAssociationId for GetAtt",
            source="AWS::EC2::Subnet, return values, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::EC2::EIP": (
        required(
            "ec2:DescribeAddresses",
            reason="the address is read back",
            source=_READ_BACK,
        ),
        required(
            "ec2:AssociateAddress",
            "ec2:DisassociateAddress",
            when="InstanceId",
            reason="only an address with an instance is associated",
            source=_API,
        ),
        made_on(
            ArnTemplate("arn:${Partition}:ec2:${Region}:${Account}:elastic-ip/${AllocationId}"),
            "ec2:CreateTags",
            "ec2:DeleteTags",
            source=_API,
        ),
    ),
    "AWS::EC2::VPCGatewayAttachment": (
        required(
            "ec2:*InternetGateway*",
            when="InternetGatewayId",
            reason="the gateway that is attached",
            source=_API,
        ),
        required(
            "ec2:*VpnGateway*",
            when="VpnGatewayId",
            reason="the gateway that is attached",
            source=_API,
        ),
    ),
    "AWS::EC2::LaunchTemplate": (
        required(
            "ec2:CreateLaunchTemplateVersion",
            on="update",
            reason="a changed template is a new version",
            source=_API,
        ),
    ),
    "AWS::EC2::Instance": (
        required(
            "ec2:MonitorInstances",
            "ec2:UnmonitorInstances",
            when="Monitoring",
            reason="detailed monitoring",
            source=_API,
        ),
        required(
            "ec2:StopInstances",
            "ec2:StartInstances",
            on="update",
            when="InstanceType EbsOptimized UserData",
            reason="an update of these stops the instance and starts it again",
            source="AWS::EC2::Instance, update requirements, AWS CloudFormation Template Reference",
        ),
        advisory(
            "ec2:StartInstances",
            on="create",
            reason="RunInstances starts the instance",
            source=_API,
        ),
        PASSED_IN_PROFILE,
        advisory(
            "ec2:AssociateIamInstanceProfile",
            "ec2:DescribeIamInstanceProfileAssociations",
            "ec2:ReplaceIamInstanceProfileAssociation",
            on="create",
            when="IamInstanceProfile",
            reason="RunInstances takes the profile along, and a policy that lacks them makes instances",
            source="github.com/aws/aws-parallelcluster, parallelcluster-policies.yaml",
        ),
        required(
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:DescribeIamInstanceProfileAssociations",
            on="read update delete",
            when="IamInstanceProfile",
            reason="the profile's association",
            source=_API,
        ),
        advisory(
            "ec2:DescribeImages",
            on="create",
            when="ImageId",
            add=True,
            reason="roles without it make instances; what was refused was to look up a parameter of the image's type",
            source="github.com/yugabyte/yugabyte-db/issues/4336; github.com/stelligent/mu, common-iam.yml",
        ),
        required(
            "ec2:DescribeLaunchTemplateVersions",
            when="LaunchTemplate",
            reason="the template's version",
            source=_API,
        ),
        required(
            "ec2:DescribeKeyPairs",
            when="KeyName",
            reason="the key pair",
            source=_API,
        ),
    ),
}
