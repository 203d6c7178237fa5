"""AWS::SSM::Parameter.

Sources: its page in the AWS CloudFormation Template Reference, and `PutParameter`, AWS Systems Manager API Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging, same

_PUT = same("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value")


class SsmParameter(ApiHandler):
    """A parameter of Parameter Store."""

    type_name = "AWS::SSM::Parameter"
    also_modelled = ("Name",)
    api = Api(
        service="ssm",
        create=(Call("PutParameter", {**_PUT, "Name": "name", "Tags": "pairs(tags)"}),),
        made_id={"Name": "name"},
        read=Call("GetParameter", {"Name": "id.Name"}),
        found="Parameter",
        missing=("ParameterNotFound",),
        update=(Call("PutParameter", {**_PUT, "Name": "id.Name", "Overwrite": "`true`"}),),
        delete=(Call("DeleteParameter", {"Name": "id.Name"}),),
        tagging=Tagging(
            Call("ListTagsForResource", {"ResourceType": "'Parameter'", "ResourceId": "id.Name"}),
            "TagList",
            Call(
                "AddTagsToResource",
                {"ResourceType": "'Parameter'", "ResourceId": "id.Name", "Tags": "pairs(tags)"},
            ),
            Call(
                "RemoveTagsFromResource", {"ResourceType": "'Parameter'", "ResourceId": "id.Name", "TagKeys": "keys"}
            ),
        ),
        name="id.Name",
        ref="id.Name",
        attributes={"Type": "there.Type", "Value": "there.Value"},
    )
