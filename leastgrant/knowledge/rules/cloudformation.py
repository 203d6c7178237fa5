"""AWS CloudFormation: nested stacks, custom resources and what makes no call."""

from leastgrant.knowledge.arn import ArnTemplate, ObjectOfUrl, OwnName, PropertyValue
from leastgrant.knowledge.rule import Rule, advisory, made_on, names_resource_of, required

_CUSTOM = "github.com/KensioSoftware/yulin/issues/1329"
_ROLLBACK = "github.com/aws-amplify/amplify-category-api/issues/2245"
_PASSED = "github.com/aws-solutions-library-samples/data-lakes-on-aws/issues/275"
_NESTED = "Split a template into reusable pieces using nested stacks, AWS CloudFormation User Guide"
_NAME = "AWS::CloudFormation::Stack, return values: PARENT-LOGICALID-RANDOM, AWS CloudFormation User Guide"
_SETS = "AWS::CloudFormation::StackSet, StackInstancesGroup, AWS CloudFormation Template Reference"
_TOPIC = "AWS::CloudFormation::CustomResource, ServiceToken, AWS CloudFormation Template Reference"

_FUNCTION = ArnTemplate(
    "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
    (("FunctionName", PropertyValue("ServiceToken")),),
)
_SNS_TOPIC = ArnTemplate(
    "arn:${Partition}:sns:${Region}:${Account}:${TopicName}", (("TopicName", PropertyValue("ServiceToken")),)
)
_STACK = ArnTemplate(
    "arn:${Partition}:cloudformation:${Region}:${Account}:stack/${StackName}/${Id}",
    (("StackName", OwnName("StackName")),),
)


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::CloudFormation::Stack": (
        made_on(_STACK, "cloudformation:*", source=_NAME),
        required(
            "cloudformation:RollbackStack",
            on="update",
            resource=_STACK,
            add=True,
            reason="a nested stack is rolled back by a call of its own",
            source=_ROLLBACK,
        ),
        advisory(
            "cloudformation:GetTemplate",
            on="read",
            reason="reads what the template states",
            source="AWS::CloudFormation::Stack provider schema, read handler",
        ),
        required(
            "s3:GetObject",
            on="create update",
            when="TemplateURL",
            resource=ArnTemplate("arn:${Partition}:s3:::${Object}", (("Object", ObjectOfUrl("TemplateURL")),)),
            add=True,
            reason="CloudFormation fetches the template; the URL holds the bucket and the key",
            source=_NESTED,
        ),
        advisory(
            "iam:PassRole",
            on="create update",
            resource=ArnTemplate("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"),
            add=True,
            reason="where the parent has a service role, that role is passed on to the nested stack",
            source=_PASSED,
        ),
    ),
    "AWS::CloudFormation::CustomResource": (
        required(
            "lambda:InvokeFunction",
            on="create update delete",
            when=names_resource_of("ServiceToken", "lambda"),
            resource=_FUNCTION,
            add=True,
            reason="CloudFormation invokes the provider with the caller's permissions",
            source=_CUSTOM,
        ),
        required(
            "sns:Publish",
            on="create update delete",
            when=names_resource_of("ServiceToken", "sns"),
            resource=_SNS_TOPIC,
            add=True,
            reason="CloudFormation publishes the request with the caller's permissions",
            source=_TOPIC,
        ),
    ),
    "AWS::CloudFormation::StackSet": (
        required(
            "cloudformation:*StackInstances",
            "cloudformation:DescribeStackSetOperation",
            "cloudformation:ListStackSetOperationResults",
            when="StackInstancesGroup",
            reason="only this property makes instances, whose operations are followed",
            source=_SETS,
        ),
        advisory(
            "cloudformation:GetTemplateSummary",
            on="create",
            reason="looks at the template's parameters",
            source="AWS::CloudFormation::StackSet provider schema, create handler",
        ),
    ),
    # CloudFormation signs the handle's URL and waits for signals itself: no service is called.
    "AWS::CloudFormation::WaitCondition": (),
    "AWS::CloudFormation::WaitConditionHandle": (),
}
