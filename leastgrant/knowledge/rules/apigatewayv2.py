"""Amazon API Gateway: HTTP and WebSocket APIs. Its IAM actions are HTTP methods on paths."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue, collection_of, tags_of
from leastgrant.knowledge.rule import Rule, made_on, not_called, required
from leastgrant.knowledge.vended_logs import vended_logs

_PATHS = "Actions, resources, and condition keys for Amazon API Gateway Management V2, Service Authorization Reference"
_TAGS = "github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997"
_TAGGED = "IAM policy notes of a public workshop on Amazon Bedrock AgentCore: denials seen in live probes"
_IMPORT = "ImportApi and ReimportApi, Amazon API Gateway Version 2 API Reference"

_LOGS = "Configure logging for HTTP APIs in API Gateway: permissions, Amazon API Gateway Developer Guide"

_ROOT = "arn:${Partition}:apigateway:${Region}::"
_API = ("ApiId", PropertyValue("ApiId"))


_NO_PUT = not_called("apigateway:PUT", reason="PUT imports an API, and no part of one", source=_IMPORT)


def _under_api(collection: str, fill: OwnName | None = None, *, lists_put: bool = True) -> tuple[Rule, ...]:
    """Return a part of an API: POST on its collection, everything else on itself."""
    part = ArnTemplate(f"{_ROOT}/apis/${{ApiId}}/{collection}/${{Part}}", (_API, *((("Part", fill),) if fill else ())))
    return (
        *([_NO_PUT] if lists_put else ()),
        made_on(part, "apigateway:GET", "apigateway:PATCH", "apigateway:DELETE", source=_PATHS),
        made_on(ArnTemplate(f"{_ROOT}/apis/${{ApiId}}/{collection}", (_API,)), "apigateway:POST", source=_PATHS),
    )


_API_ITSELF = ArnTemplate(_ROOT + "/apis/${ApiId}")
_STAGE = ArnTemplate(_ROOT + "/apis/${ApiId}/stages/${StageName}", (_API, ("StageName", OwnName("StageName"))))
_VPC_LINK = ArnTemplate(_ROOT + "/vpclinks/${VpcLinkId}")


def _tags_posted(member: ArnTemplate) -> Rule:
    return required(
        "apigateway:POST",
        on="create update",
        when="Tags",
        stack_tags=True,
        resource=tags_of(member),
        add=True,
        reason="tags are posted on a path of their own",
        source=_TAGS,
    )


def _tagged(member: ArnTemplate) -> tuple[Rule, ...]:
    """Actions that the reference does not list: what is tagged while it is made has no path of its own yet."""
    return (
        made_on(collection_of(member), "apigateway:TagResource", on="create", source=_TAGGED),
        made_on(member, "apigateway:TagResource", "apigateway:[uU]n[tT]agResource", on="update", source=_TAGGED),
    )


RULES = {
    "AWS::ApiGatewayV2::Api": (
        made_on(
            _API_ITSELF,
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
        _tags_posted(_API_ITSELF),
    ),
    "AWS::ApiGatewayV2::Stage": (
        *_under_api("stages", OwnName("StageName"), lists_put=False),
        *_tagged(_STAGE),
        *vended_logs("AccessLogSettings", _LOGS),
    ),
    "AWS::ApiGatewayV2::VpcLink": (
        required(
            "apigateway:TagResource",
            on="create",
            reason="a VPC link is made with tags, CloudFormation's own too; the reference does not list the action",
            source=_TAGGED,
        ),
        *_tagged(_VPC_LINK),
    ),
    "AWS::ApiGatewayV2::Route": _under_api("routes"),
    "AWS::ApiGatewayV2::Integration": _under_api("integrations"),
    "AWS::ApiGatewayV2::Authorizer": _under_api("authorizers"),
    "AWS::ApiGatewayV2::Deployment": _under_api("deployments"),
    **{
        f"AWS::ApiGatewayV2::{noun}": (_NO_PUT,)
        for noun in ("ApiMapping", "DomainName", "IntegrationResponse", "Model", "RouteResponse")
    },
}
