"""AWS AppSync."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import Rule, required

_API = "Actions, AWS AppSync API Reference"
_SCHEMA = "AWS::AppSync::GraphQLSchema, AWS CloudFormation Template Reference"

_GRAPHQL_API = ArnTemplate(
    "arn:${Partition}:appsync:${Region}:${Account}:apis/${GraphQLAPIId}", (("GraphQLAPIId", PropertyValue("ApiId")),)
)

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::AppSync::GraphQLApi": (
        required(
            "appsync:*GraphqlApiEnvironmentVariables",
            when="EnvironmentVariables",
            reason="environment variables have calls of their own",
            source=_API,
        ),
    ),
    # the provider schema lists no handlers; the schema goes with its API
    "AWS::AppSync::GraphQLSchema": (
        required(
            "appsync:StartSchemaCreation",
            "appsync:GetSchemaCreationStatus",
            on="create update",
            resource=_GRAPHQL_API,
            add=True,
            reason="a schema is made by a call that is waited for",
            source=_API,
        ),
        required(
            "s3:GetObject",
            on="create update",
            when="DefinitionS3Location",
            add=True,
            reason="CloudFormation fetches the definition",
            source=_SCHEMA,
        ),
    ),
    "AWS::AppSync::DataSource": (),
    "AWS::AppSync::Resolver": (),
    "AWS::AppSync::FunctionConfiguration": (),
    "AWS::AppSync::ApiKey": (),
}
