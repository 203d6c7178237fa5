"""AWS::Lambda::Version, AWS::Lambda::Alias and AWS::Lambda::LayerVersion.

Sources: their pages in the AWS CloudFormation Template Reference, and the AWS Lambda API Reference. Not modelled:
provisioned concurrency.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, same

_MISSING = ("ResourceNotFoundException",)
_OF_ALIAS = {"FunctionName": "init(id.AliasArn, ':')", "Name": "last(id.AliasArn, ':')"}
_OF_LAYER = {"LayerName": "init(id.LayerVersionArn, ':')", "VersionNumber": "last(id.LayerVersionArn, ':')"}
_OF_VERSION = {"FunctionName": "init(id.FunctionArn, ':')", "Qualifier": "last(id.FunctionArn, ':')"}


class LambdaVersion(ApiHandler):
    """A published version of a function."""

    type_name = "AWS::Lambda::Version"
    api = Api(
        service="lambda",
        create=(Call("PublishVersion", same("FunctionName", "CodeSha256", "Description")),),
        made_id={"FunctionArn": "made.FunctionArn"},
        read=Call("GetFunctionConfiguration", _OF_VERSION),
        found="@",
        missing=_MISSING,
        delete=(Call("DeleteFunction", _OF_VERSION),),
        name="id.FunctionArn",
        ref="id.FunctionArn",
        arn="id.FunctionArn",
        attributes={"Version": "last(id.FunctionArn, ':')"},
    )


class LambdaAlias(ApiHandler):
    """A name of a version."""

    type_name = "AWS::Lambda::Alias"
    api = Api(
        service="lambda",
        create=(Call("CreateAlias", same("FunctionName", "FunctionVersion", "Name", "Description", "RoutingConfig")),),
        made_id={"AliasArn": "made.AliasArn"},
        read=Call("GetAlias", _OF_ALIAS),
        found="@",
        missing=_MISSING,
        update=(Call("UpdateAlias", {**_OF_ALIAS, **same("FunctionVersion", "Description", "RoutingConfig")}),),
        delete=(Call("DeleteAlias", _OF_ALIAS),),
        defaults={"Description": ""},
        name="id.AliasArn",
        ref="id.AliasArn",
        arn="id.AliasArn",
    )


class LambdaLayerVersion(ApiHandler):
    """A version of a layer, with its content in S3."""

    type_name = "AWS::Lambda::LayerVersion"
    also_modelled = ("LayerName",)
    api = Api(
        service="lambda",
        create=(
            Call(
                "PublishLayerVersion",
                same(
                    "CompatibleArchitectures",
                    "CompatibleRuntimes",
                    "Content",
                    "Description",
                    "LicenseInfo",
                    LayerName="name",
                ),
            ),
        ),
        made_id={"LayerVersionArn": "made.LayerVersionArn"},
        read=Call("GetLayerVersion", _OF_LAYER),
        found="@",
        missing=_MISSING,
        delete=(Call("DeleteLayerVersion", _OF_LAYER),),
        name="last(init(id.LayerVersionArn, ':'), ':')",
        ref="id.LayerVersionArn",
        arn="id.LayerVersionArn",
    )
