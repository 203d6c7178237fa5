"""What a network is made of: VPCs, subnets, security groups, route tables and gateways.

Sources: the types' pages in the AWS CloudFormation Template Reference, and the Amazon EC2 API Reference. Not modelled:
IPAM, IPv6, and private DNS names.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Members, Tagging, same


def _specification(kind: str) -> str:
    return f"[{{ResourceType: '{kind}', Tags: pairs(tags)}}]"


def _tagging(identifier: str) -> Tagging:
    where = f"[id.{identifier}]"
    return Tagging(
        Call("DescribeTags", {"Filters": f"[{{Name: 'resource-id', Values: {where}}}]"}),
        "mapping(Tags)",
        Call("CreateTags", {"Resources": where, "Tags": "pairs(tags)"}),
        Call("DeleteTags", {"Resources": where, "Tags": "keys[*].{Key: @}"}),
    )


def _arn(kind: str, identifier: str) -> str:
    return f"join('', ['arn:', env.partition, ':ec2:', env.region, ':', env.account, ':{kind}/', id.{identifier}])"


_SET_DNS = tuple(
    Call("ModifyVpcAttribute", {"VpcId": "id.VpcId", name: f"{{Value: p.{name}}}"}, when=f"p.{name} != null")
    for name in ("EnableDnsHostnames", "EnableDnsSupport")
)
_OF_VPC = "{Name: 'vpc-id', Values: [id.VpcId]}"


class Ec2Vpc(ApiHandler):
    """A VPC."""

    type_name = "AWS::EC2::VPC"
    api = Api(
        service="ec2",
        create=(
            Call("CreateVpc", same("CidrBlock", "InstanceTenancy", TagSpecifications=_specification("vpc"))),
            *_SET_DNS,
        ),
        made_id={"VpcId": "made.Vpc.VpcId"},
        read=Call("DescribeVpcs", {"VpcIds": "[id.VpcId]"}),
        found="Vpcs[0]",
        also_read={
            "Group": (
                Call(
                    "DescribeSecurityGroups", {"Filters": f"[{_OF_VPC}, {{Name: 'group-name', Values: ['default']}}]"}
                ),
                "SecurityGroups[0].GroupId",
            ),
            "Acl": (
                Call("DescribeNetworkAcls", {"Filters": f"[{_OF_VPC}, {{Name: 'default', Values: ['true']}}]"}),
                "NetworkAcls[0].NetworkAclId",
            ),
        },
        missing=("InvalidVpcID.NotFound",),
        update=_SET_DNS,
        delete=(Call("DeleteVpc", {"VpcId": "id.VpcId"}),),
        tagging=_tagging("VpcId"),
        defaults={"EnableDnsHostnames": False, "EnableDnsSupport": True},
        name="id.VpcId",
        ref="id.VpcId",
        arn=_arn("vpc", "VpcId"),
        attributes={
            "CidrBlock": "there.CidrBlock",
            "DefaultNetworkAcl": "there.Acl",
            "DefaultSecurityGroup": "there.Group",
        },
    )


_MAP_ADDRESS = Call(
    "ModifySubnetAttribute",
    {"SubnetId": "id.SubnetId", "MapPublicIpOnLaunch": "{Value: p.MapPublicIpOnLaunch}"},
    when="p.MapPublicIpOnLaunch != null",
)


class Ec2Subnet(ApiHandler):
    """A subnet."""

    type_name = "AWS::EC2::Subnet"
    api = Api(
        service="ec2",
        create=(
            Call(
                "CreateSubnet",
                same(
                    "AvailabilityZone",
                    "AvailabilityZoneId",
                    "CidrBlock",
                    "VpcId",
                    TagSpecifications=_specification("subnet"),
                ),
            ),
            _MAP_ADDRESS,
        ),
        made_id={"SubnetId": "made.Subnet.SubnetId"},
        read=Call("DescribeSubnets", {"SubnetIds": "[id.SubnetId]"}),
        found="Subnets[0]",
        missing=("InvalidSubnetID.NotFound",),
        update=(_MAP_ADDRESS,),
        delete=(Call("DeleteSubnet", {"SubnetId": "id.SubnetId"}),),
        tagging=_tagging("SubnetId"),
        defaults={"MapPublicIpOnLaunch": False},
        name="id.SubnetId",
        ref="id.SubnetId",
        arn=_arn("subnet", "SubnetId"),
        attributes={
            "AvailabilityZone": "there.AvailabilityZone",
            "AvailabilityZoneId": "there.AvailabilityZoneId",
            "CidrBlock": "there.CidrBlock",
            "VpcId": "there.VpcId",
        },
    )


def _rules(direction: str, of: str, group: str = "id.Id") -> Members:
    return Members(
        of,
        Call(f"AuthorizeSecurityGroup{direction}", {"GroupId": group, "IpPermissions": "[rule(it)]"}),
        Call(f"RevokeSecurityGroup{direction}", {"GroupId": group, "IpPermissions": "[rule(it)]"}),
    )


class Ec2SecurityGroup(ApiHandler):
    """A security group. EC2 gives it a rule that lets everything out, for which those of the template are put."""

    type_name = "AWS::EC2::SecurityGroup"
    also_modelled = ("GroupName",)
    api = Api(
        service="ec2",
        create=(
            Call(
                "CreateSecurityGroup",
                {
                    "GroupName": "name",
                    "Description": "p.GroupDescription",
                    "VpcId": "p.VpcId",
                    "TagSpecifications": _specification("security-group"),
                },
            ),
        ),
        made_id={"Id": "made.GroupId"},
        read=Call("DescribeSecurityGroups", {"GroupIds": "[id.Id]"}),
        found="SecurityGroups[0]",
        missing=("InvalidGroup.NotFound", "InvalidGroupId.NotFound"),
        delete=(Call("DeleteSecurityGroup", {"GroupId": "id.Id"}),),
        members=(
            _rules("Ingress", "p.SecurityGroupIngress"),
            _rules("Egress", "p.SecurityGroupEgress || [{IpProtocol: '-1', CidrIp: '0.0.0.0/0'}]"),
        ),
        tagging=_tagging("Id"),
        name="there.GroupName",
        ref="id.Id",
        arn=_arn("security-group", "Id"),
        attributes={"GroupId": "id.Id", "VpcId": "there.VpcId"},
    )


def _rule_api(direction: str) -> Api:
    rules = f"SecurityGroupRules[?IsEgress==`{'true' if direction == 'Egress' else 'false'}`] | [0]"
    return Api(
        service="ec2",
        create=(Call(f"AuthorizeSecurityGroup{direction}", {"GroupId": "p.GroupId", "IpPermissions": "[rule(p)]"}),),
        made_id={"Id": "made.SecurityGroupRules[0].SecurityGroupRuleId"},
        read=Call("DescribeSecurityGroupRules", {"SecurityGroupRuleIds": "[id.Id]"}),
        found=rules,
        missing=("InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRule.NotFound", "InvalidGroup.NotFound"),
        update=(
            Call(
                f"UpdateSecurityGroupRuleDescriptions{direction}",
                {"GroupId": "p.GroupId", "IpPermissions": "[rule(p)]"},
            ),
        ),
        delete=(
            Call(
                f"RevokeSecurityGroup{direction}",
                {"GroupId": "there.GroupId", "SecurityGroupRuleIds": "[id.Id]"},
                when="there",
            ),
        ),
        name="id.Id",
        ref="id.Id",
        arn=_arn("security-group-rule", "Id"),
    )


_OF_RULES = (
    "CidrIp",
    "CidrIpv6",
    "Description",
    "FromPort",
    "IpProtocol",
    "ToPort",
)


class Ec2SecurityGroupIngress(ApiHandler):
    """A rule of what a security group lets in."""

    type_name = "AWS::EC2::SecurityGroupIngress"
    also_modelled = (*_OF_RULES, "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupOwnerId")
    api = _rule_api("Ingress")


class Ec2SecurityGroupEgress(ApiHandler):
    """A rule of what a security group lets out."""

    type_name = "AWS::EC2::SecurityGroupEgress"
    also_modelled = (*_OF_RULES, "DestinationPrefixListId", "DestinationSecurityGroupId")
    api = _rule_api("Egress")


class Ec2RouteTable(ApiHandler):
    """A route table."""

    type_name = "AWS::EC2::RouteTable"
    api = Api(
        service="ec2",
        create=(Call("CreateRouteTable", same("VpcId", TagSpecifications=_specification("route-table"))),),
        made_id={"RouteTableId": "made.RouteTable.RouteTableId"},
        read=Call("DescribeRouteTables", {"RouteTableIds": "[id.RouteTableId]"}),
        found="RouteTables[0]",
        missing=("InvalidRouteTableID.NotFound",),
        delete=(Call("DeleteRouteTable", {"RouteTableId": "id.RouteTableId"}),),
        tagging=_tagging("RouteTableId"),
        name="id.RouteTableId",
        ref="id.RouteTableId",
        arn=_arn("route-table", "RouteTableId"),
    )


_DESTINATION = same("DestinationCidrBlock", "DestinationIpv6CidrBlock")
_ROUTE = {**_DESTINATION, **same("GatewayId", "NatGatewayId", "NetworkInterfaceId", "RouteTableId")}


class Ec2Route(ApiHandler):
    """A route of a table."""

    type_name = "AWS::EC2::Route"
    api = Api(
        service="ec2",
        create=(Call("CreateRoute", _ROUTE),),
        made_id={
            "RouteTableId": "p.RouteTableId",
            "CidrBlock": "p.DestinationCidrBlock || p.DestinationIpv6CidrBlock",
        },
        read=Call(
            "DescribeRouteTables",
            {
                "RouteTableIds": "[id.RouteTableId]",
                "Filters": "[{Name: 'route.destination-cidr-block', Values: [id.CidrBlock]}]",
            },
        ),
        found="RouteTables[0]",
        missing=("InvalidRouteTableID.NotFound", "InvalidRoute.NotFound"),
        update=(Call("ReplaceRoute", _ROUTE),),
        delete=(Call("DeleteRoute", {**_DESTINATION, "RouteTableId": "id.RouteTableId"}, when="there"),),
        name="join('|', [id.RouteTableId, id.CidrBlock])",
        ref="join('|', [id.RouteTableId, id.CidrBlock])",
        arn=_arn("route-table", "RouteTableId"),
    )


class Ec2SubnetRouteTableAssociation(ApiHandler):
    """A subnet's use of a route table."""

    type_name = "AWS::EC2::SubnetRouteTableAssociation"
    api = Api(
        service="ec2",
        create=(Call("AssociateRouteTable", same("RouteTableId", "SubnetId")),),
        made_id={"Id": "made.AssociationId"},
        read=Call(
            "DescribeRouteTables",
            {"Filters": "[{Name: 'association.route-table-association-id', Values: [id.Id]}]"},
        ),
        found="RouteTables[0]",
        missing=("InvalidAssociationID.NotFound",),
        delete=(Call("DisassociateRouteTable", {"AssociationId": "id.Id"}),),
        name="id.Id",
        ref="id.Id",
    )


class Ec2InternetGateway(ApiHandler):
    """A gateway to the internet."""

    type_name = "AWS::EC2::InternetGateway"
    api = Api(
        service="ec2",
        create=(Call("CreateInternetGateway", {"TagSpecifications": _specification("internet-gateway")}),),
        made_id={"InternetGatewayId": "made.InternetGateway.InternetGatewayId"},
        read=Call("DescribeInternetGateways", {"InternetGatewayIds": "[id.InternetGatewayId]"}),
        found="InternetGateways[0]",
        missing=("InvalidInternetGatewayID.NotFound",),
        delete=(Call("DeleteInternetGateway", {"InternetGatewayId": "id.InternetGatewayId"}),),
        tagging=_tagging("InternetGatewayId"),
        name="id.InternetGatewayId",
        ref="id.InternetGatewayId",
        arn=_arn("internet-gateway", "InternetGatewayId"),
    )


class Ec2VpcGatewayAttachment(ApiHandler):
    """A gateway's place in a VPC."""

    type_name = "AWS::EC2::VPCGatewayAttachment"
    api = Api(
        service="ec2",
        create=(Call("AttachInternetGateway", same("InternetGatewayId", "VpcId")),),
        made_id={"AttachmentType": "'IGW'", "VpcId": "p.VpcId"},
        read=Call("DescribeInternetGateways", {"Filters": "[{Name: 'attachment.vpc-id', Values: [id.VpcId]}]"}),
        found="InternetGateways[0]",
        missing=("InvalidInternetGatewayID.NotFound", "Gateway.NotAttached"),
        delete=(
            Call(
                "DetachInternetGateway",
                {"InternetGatewayId": "there.InternetGatewayId", "VpcId": "id.VpcId"},
                when="there",
            ),
        ),
        name="join('|', [id.AttachmentType, id.VpcId])",
        ref="join('|', [id.AttachmentType, id.VpcId])",
    )


class Ec2Eip(ApiHandler):
    """An address."""

    type_name = "AWS::EC2::EIP"
    api = Api(
        service="ec2",
        create=(Call("AllocateAddress", same("Domain", TagSpecifications=_specification("elastic-ip"))),),
        made_id={"AllocationId": "made.AllocationId", "PublicIp": "made.PublicIp"},
        read=Call("DescribeAddresses", {"AllocationIds": "[id.AllocationId]"}),
        found="Addresses[0]",
        missing=("InvalidAllocationID.NotFound",),
        delete=(Call("ReleaseAddress", {"AllocationId": "id.AllocationId"}),),
        tagging=_tagging("AllocationId"),
        name="id.AllocationId",
        ref="id.PublicIp",
        arn=_arn("elastic-ip", "AllocationId"),
    )


class Ec2NatGateway(ApiHandler):
    """A way out for a private subnet."""

    type_name = "AWS::EC2::NatGateway"
    api = Api(
        service="ec2",
        create=(
            Call(
                "CreateNatGateway",
                same("AllocationId", "ConnectivityType", "SubnetId", TagSpecifications=_specification("natgateway")),
            ),
        ),
        made_id={"NatGatewayId": "made.NatGateway.NatGatewayId"},
        read=Call("DescribeNatGateways", {"NatGatewayIds": "[id.NatGatewayId]"}),
        found="NatGateways[?State!='deleted'] | [0]",
        missing=("NatGatewayNotFound", "InvalidNatGatewayID.NotFound"),
        delete=(Call("DeleteNatGateway", {"NatGatewayId": "id.NatGatewayId"}, when="there"),),
        tagging=_tagging("NatGatewayId"),
        name="id.NatGatewayId",
        ref="id.NatGatewayId",
        arn=_arn("natgateway", "NatGatewayId"),
    )
