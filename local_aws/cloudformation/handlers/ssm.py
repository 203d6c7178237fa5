"""AWS::SSM::Parameter.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Systems Manager API Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging, same

_SETTINGS = same("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value", Name="name")
_OF_TAGS = {"ResourceType": "'Parameter'", "ResourceId": "id.Name"}


class SsmParameter(ApiHandler):
    """A parameter."""

    type_name = "AWS::SSM::Parameter"
    also_modelled = ("Name",)
    api = Api(
        service="ssm",
        create=(Call("PutParameter", {**_SETTINGS, "Tags": "pairs(tags)"}),),
        made_id={"Name": "name"},
        read=Call("GetParameter", {"Name": "id.Name"}),
        found="Parameter",
        missing=("ParameterNotFound", "InvalidResourceId"),
        update=(Call("PutParameter", {**_SETTINGS, "Overwrite": "`true`"}),),
        delete=(Call("DeleteParameter", {"Name": "id.Name"}),),
        tagging=Tagging(
            Call("ListTagsForResource", _OF_TAGS),
            "mapping(TagList)",
            Call("AddTagsToResource", {**_OF_TAGS, "Tags": "pairs(tags)"}),
            Call("RemoveTagsFromResource", {**_OF_TAGS, "TagKeys": "keys"}),
        ),
        defaults={"Description": ""},
        name="id.Name",
        ref="id.Name",
        arn="there.ARN",
        attributes={"Type": "there.Type", "Value": "there.Value"},
    )
