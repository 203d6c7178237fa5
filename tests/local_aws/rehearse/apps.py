"""Small apps of different kinds, each of one stack; importing this starts jsii."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App, CustomResource, Duration, Environment, NestedStack, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions

from tests.local_aws.conftest import ACCOUNT, REGION

_CODE = "def handler(event, context):\n    return {'statusCode': 200}\n"
_ANSWERING = (
    "import cfnresponse\n\n\ndef handler(event, context):\n"
    "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Answer': 'yes'})\n"
)


def _function(stack: Stack, name: str = "Handler", code: str = _CODE) -> lambda_.Function:
    return lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(code),
    )


def table(stack: Stack) -> None:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    orders = dynamodb.Table(stack, "Orders", partition_key=key, removal_policy=RemovalPolicy.DESTROY)
    orders.grant_read_write_data(_function(stack))


def queue(stack: Stack) -> None:
    failed = sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Failed"), max_receive_count=3)
    jobs: Any = sqs.Queue(stack, "Jobs", visibility_timeout=Duration.seconds(60), dead_letter_queue=failed)
    _function(stack).add_event_source(sources.SqsEventSource(jobs, batch_size=1))


def topic(stack: Stack) -> None:
    jobs: Any = sqs.Queue(stack, "Jobs")
    sns.Topic(stack, "News").add_subscription(subscriptions.SqsSubscription(jobs))


def machine(stack: Stack) -> None:
    passing: Any = stepfunctions.Pass(stack, "Pass")
    body = stepfunctions.DefinitionBody.from_chainable(passing)
    stepfunctions.StateMachine(stack, "Machine", definition_body=body)


def api(stack: Stack) -> None:
    handler: Any = _function(stack)
    apigateway.LambdaRestApi(stack, "Api", handler=handler)


def nested(stack: Stack) -> None:
    inner = NestedStack(stack, "Inner")
    sns.Topic(inner, "News")


def custom(stack: Stack) -> None:
    CustomResource(stack, "Asked", service_token=_function(stack, code=_ANSWERING).function_arn)


def alarm(stack: Stack) -> None:
    alerts: Any = sns.Topic(stack, "Alerts")
    metric = sqs.Queue(stack, "Jobs").metric_approximate_number_of_messages_visible()
    raised = cloudwatch.Alarm(stack, "Full", metric=metric, threshold=10, evaluation_periods=1)
    notified: Any = actions.SnsAction(alerts)
    raised.add_alarm_action(notified)


def network(stack: Stack) -> None:
    zones = [f"{REGION}a", f"{REGION}b"]
    vpc: Any = ec2.Vpc(stack, "Network", availability_zones=zones, nat_gateways=0)
    ec2.SecurityGroup(stack, "Door", vpc=vpc, description="what may come in")


def role(stack: Stack) -> None:
    principal: Any = iam.ServicePrincipal("lambda.amazonaws.com")
    reads = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::library/*"])
    reader: Any = iam.Role(stack, "Reader", assumed_by=principal)
    iam.ManagedPolicy(stack, "Reading", roles=[reader], statements=[reads])


def schedule(stack: Stack) -> None:
    s3.Bucket(stack, "Archive", versioned=True, removal_policy=RemovalPolicy.DESTROY)
    handler: Any = _function(stack)
    nightly: Any = targets.LambdaFunction(handler)
    events.Rule(stack, "Nightly", schedule=events.Schedule.rate(Duration.days(1)), targets=[nightly])


KINDS: dict[str, Callable[[Stack], None]] = {
    build.__name__.capitalize(): build
    for build in (table, queue, topic, machine, api, nested, custom, alarm, network, role, schedule)
}


def synthesise(folder: Path) -> Path:
    """Synthesise all of them, as the stacks of one app."""
    app = App(analytics_reporting=False, outdir=str(folder))
    for name, build in KINDS.items():
        build(Stack(app, name, env=Environment(account=ACCOUNT, region=REGION)))
    app.synth()
    return folder
