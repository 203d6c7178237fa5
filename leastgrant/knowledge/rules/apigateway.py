"""Amazon API Gateway: REST APIs. Its IAM actions are HTTP methods on paths."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue, tags_of
from leastgrant.knowledge.rule import Rule, advisory, made_on, required

_PATHS = "Actions, resources, and condition keys for Amazon API Gateway Management, Service Authorization Reference"
_TAGS = "TagResource and UntagResource, Amazon API Gateway API Reference: PUT and DELETE on /tags/resource_arn"
_POLICY = "github.com/serverless/serverless/issues/13075"
_READ = "github.com/awslabs/aws-saas-boost/pull/449"

_ROOT = "arn:${Partition}:apigateway:${Region}::"
_API = ("RestApiId", PropertyValue("RestApiId"))
_RESOURCE = ("ResourceId", PropertyValue("ResourceId"))
_METHOD = ArnTemplate(
    _ROOT + "/restapis/${RestApiId}/resources/${ResourceId}/methods/${HttpMethod}",
    (_API, _RESOURCE, ("HttpMethod", PropertyValue("HttpMethod"))),
)
_METHOD_PARTS = ArnTemplate(_METHOD.text + "/*", _METHOD.fills)
_CHILDREN = ArnTemplate(
    _ROOT + "/restapis/${RestApiId}/resources/${ParentId}", (_API, ("ParentId", PropertyValue("ParentId")))
)
_STAGE = ArnTemplate(
    _ROOT + "/restapis/${RestApiId}/stages/${StageName}",
    (_API, ("StageName", PropertyValue("StageName"))),
)


def _tags_put(member: ArnTemplate, *, on: str, add: bool) -> Rule:
    """Put tags on a path of their own; without `add`, the type's own PUT is for its tags alone."""
    return required(
        "apigateway:PUT",
        on=on,
        when="Tags",
        stack_tags=True,
        resource=tags_of(member),
        add=add,
        reason="tags are put on a path of their own",
        source=_TAGS,
    )


def _tagged(member: ArnTemplate) -> tuple[Rule, ...]:
    """Tags are put on, and deleted from, a path of their own."""
    return (
        _tags_put(member, on="create update", add=True),
        advisory(
            "apigateway:DELETE",
            on="update",
            when="Tags",
            stack_tags=True,
            resource=tags_of(member),
            add=True,
            reason="takes away tags that were there before",
            source=_TAGS,
        ),
    )


def _member(path: str) -> ArnTemplate:
    return ArnTemplate(_ROOT + path, (("DomainName", PropertyValue("DomainName")),) if "DomainName" in path else ())


RULES = {
    "AWS::ApiGateway::RestApi": (
        required(
            "apigateway:PUT",
            on="create update",
            when="Body BodyS3Location",
            reason="a definition is imported with PUT",
            source="PutRestApi, Amazon API Gateway API Reference",
        ),
        advisory(
            "iam:PassRole",
            when="Body BodyS3Location",
            reason="an imported definition may name roles",
            source=_PATHS,
        ),
        required(
            "apigateway:UpdateRestApiPolicy",
            on="create update",
            when="Policy",
            reason="the policy asks for an action of its own",
            source=_POLICY,
        ),
        required(
            "apigateway:GET",
            reason="creation, GetAtt RootResourceId and updates read the API",
            source=_READ,
        ),
        *_tagged(_member("/restapis/${RestApiId}")),
    ),
    "AWS::ApiGateway::Resource": (
        made_on(_CHILDREN, "apigateway:POST", on="create", source="CreateResource: POST on the parent's path"),
    ),
    "AWS::ApiGateway::Method": (
        made_on(_METHOD, "apigateway:*", source=_PATHS),
        required(
            "apigateway:PUT",
            on="create update",
            when="Integration MethodResponses",
            resource=_METHOD_PARTS,
            add=True,
            reason="the integration and the responses have paths under the method's",
            source=_PATHS,
        ),
        required(
            "apigateway:DELETE",
            on="update",
            when="Integration MethodResponses",
            resource=_METHOD_PARTS,
            reason="what an update removes has paths under the method's",
            source=_PATHS,
        ),
        required(
            "iam:PassRole",
            on="create update",
            when="Integration/Credentials",
            reason="the integration's credentials are a role",
            source="AWS::ApiGateway::Method Integration, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::ApiGateway::Deployment": (
        required(
            "apigateway:PATCH",
            "apigateway:PUT",
            on="create update",
            when="StageName StageDescription",
            resource=_STAGE,
            reason="a deployment with a stage makes and sets the stage",
            source="AWS::ApiGateway::Deployment, AWS CloudFormation Template Reference",
        ),
        advisory(
            "apigateway:DELETE",
            on="update",
            reason="an update in place deletes no deployment",
            source="AWS::ApiGateway::Deployment provider schema, update handler",
        ),
    ),
    "AWS::ApiGateway::Account": (
        advisory(
            "iam:GetRole",
            when="CloudWatchRoleArn",
            reason="looks at a role that is passed anyway",
            source="AWS::ApiGateway::Account provider schema",
        ),
    ),
    "AWS::ApiGateway::Authorizer": (
        required(
            "iam:PassRole",
            on="create update",
            when="AuthorizerCredentials",
            reason="the authorizer's credentials are a role",
            source="AWS::ApiGateway::Authorizer AuthorizerCredentials, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::ApiGateway::Stage": (
        required(
            "apigateway:PUT",
            on="create update",
            when="Tags",
            stack_tags=True,
            resource=ArnTemplate(_ROOT + "/tags/${UrlEncodedResourceARN}"),
            reason="tags are put on a path of their own",
            source=_PATHS,
        ),
        *_tagged(_STAGE),
    ),
    **{
        f"AWS::ApiGateway::{noun}": (_tags_put(_member(path), on=puts, add=False),)
        for noun, path, puts in (
            ("ApiKey", "/apikeys/${ApiKeyId}", "create update"),
            ("ClientCertificate", "/clientcertificates/${ClientCertificateId}", "create update"),
            ("DomainName", "/domainnames/${DomainName}", "create update"),
            ("UsagePlan", "/usageplans/${UsagePlanId}", "create update"),
            ("VpcLink", "/vpclinks/${VpcLinkId}", "create update delete"),
        )
    },
}
