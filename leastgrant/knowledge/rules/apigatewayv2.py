"""Amazon API Gateway: HTTP and WebSocket APIs. Its IAM actions are HTTP methods on paths."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue
from leastgrant.knowledge.rule import Rule, made_on, required
from leastgrant.knowledge.vended_logs import vended_logs

_PATHS = "Actions, resources, and condition keys for Amazon API Gateway Management V2, Service Authorization Reference"
_TAGS = "github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997"
_IMPORT = "ImportApi and ReimportApi, Amazon API Gateway Version 2 API Reference"

_LOGS = "Configure logging for HTTP APIs in API Gateway: permissions, Amazon API Gateway Developer Guide"

_ROOT = "arn:${Partition}:apigateway:${Region}::"
_API = ("ApiId", PropertyValue("ApiId"))


def _under_api(collection: str, fill: OwnName | None = None) -> tuple[Rule, ...]:
    """A part of an API: POST on its collection, everything else on itself."""
    part = ArnTemplate(f"{_ROOT}/apis/${{ApiId}}/{collection}/${{Part}}", (_API, *((("Part", fill),) if fill else ())))
    return (
        made_on(part, "apigateway:GET", "apigateway:PATCH", "apigateway:DELETE", source=_PATHS),
        made_on(ArnTemplate(f"{_ROOT}/apis/${{ApiId}}/{collection}", (_API,)), "apigateway:POST", source=_PATHS),
    )


RULES = {
    "AWS::ApiGatewayV2::Api": (
        made_on(
            ArnTemplate(_ROOT + "/apis/${ApiId}"),
            "apigateway:GET",
            "apigateway:PATCH",
            "apigateway:PUT",
            "apigateway:DELETE",
            source=_PATHS,
        ),
        made_on(
            ArnTemplate(_ROOT + "/apis"),
            "apigateway:POST",
            source="github.com/Open-SL/serverless-permission-generator/issues/12",
        ),
        required(
            "apigateway:PUT",
            on="create update",
            when="Body BodyS3Location",
            resource=ArnTemplate(_ROOT + "/apis*"),
            reason="a definition is imported with PUT",
            source=_IMPORT,
        ),
        required(
            "apigateway:POST",
            on="create update",
            when="Tags",
            stack_tags=True,
            resource=ArnTemplate(_ROOT + "/tags/${UrlEncodedResourceARN}"),
            add=True,
            reason="tags are posted on a path of their own",
            source=_TAGS,
        ),
    ),
    "AWS::ApiGatewayV2::Stage": (
        *_under_api("stages", OwnName("StageName")),
        *vended_logs("AccessLogSettings", _LOGS),
    ),
    "AWS::ApiGatewayV2::VpcLink": (
        required(
            "apigateway:TagResource",
            on="create",
            resource=ArnTemplate(_ROOT + "/vpclinks"),
            reason="a VPC link is made with tags, CloudFormation's own too; the reference does not list the action",
            source="AWS::ApiGatewayV2::VpcLink provider schema, create handler",
        ),
    ),
    "AWS::ApiGatewayV2::Route": _under_api("routes"),
    "AWS::ApiGatewayV2::Integration": _under_api("integrations"),
    "AWS::ApiGatewayV2::Authorizer": _under_api("authorizers"),
    "AWS::ApiGatewayV2::Deployment": _under_api("deployments"),
}
