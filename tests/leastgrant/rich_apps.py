"""Apps as people write them, of L2 constructs; importing this starts jsii."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, RemovalPolicy, Stack, Stage, pipelines
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as images
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import custom_resources as custom

from tests.leastgrant.conftest import ACCOUNT, REGION

ENV = Environment(account=ACCOUNT, region=REGION)


def builds(code: Path) -> dict[str, Callable[[App], None]]:
    """The apps, by name; `code` is a folder with `index.py`."""

    def function(stack: Stack, name: str) -> Any:
        runtime, asset = lambda_.Runtime.PYTHON_3_13, lambda_.Code.from_asset(str(code))
        return lambda_.Function(stack, name, runtime=runtime, handler="index.handler", code=asset)

    def api(app: App) -> None:
        shop = Stack(app, "Shop", env=ENV)
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        handler = function(shop, "Handler")
        dynamodb.Table(shop, "Orders", partition_key=key).grant_read_write_data(handler)
        apigateway.LambdaRestApi(shop, "Api", handler=handler)

    def site(app: App) -> None:
        web = Stack(app, "Web", env=ENV)
        bucket: Any = s3.Bucket(web, "Site", removal_policy=RemovalPolicy.DESTROY, auto_delete_objects=True)
        sources = [deployment.Source.asset(str(code))]
        deployment.BucketDeployment(web, "Files", sources=sources, destination_bucket=bucket)
        ec2.Vpc(web, "Network", max_azs=2)
        definition: Any = stepfunctions.Pass(web, "Pass")
        body = stepfunctions.DefinitionBody.from_chainable(definition)
        stepfunctions.StateMachine(web, "Machine", definition_body=body)
        physical = custom.PhysicalResourceId.of("topics")
        call = custom.AwsSdkCall(service="SNS", action="listTopics", physical_resource_id=physical)
        allowed = custom.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"])
        custom.AwsCustomResource(web, "Topics", on_update=call, policy=allowed)
        custom.Provider(web, "Provider", on_event_handler=function(web, "OnEvent"))

    def service(app: App) -> None:
        svc = Stack(app, "Svc", env=ENV)
        vpc: Any = ec2.Vpc(svc, "Network", max_azs=2)
        (code / "Dockerfile").write_text("FROM scratch\n")
        asset = images.DockerImageAsset(svc, "Image", directory=str(code))
        image = ecs.ContainerImage.from_docker_image_asset(asset)
        options = patterns.ApplicationLoadBalancedTaskImageOptions(image=image)
        patterns.ApplicationLoadBalancedFargateService(svc, "Web", vpc=vpc, task_image_options=options)
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16)
        rds.DatabaseInstance(svc, "Db", engine=engine, vpc=vpc)
        cognito.UserPool(svc, "Users", self_sign_up_enabled=True).add_client("App")

    def pipeline(app: App) -> None:
        stack = Stack(app, "Pipe", env=ENV)
        bucket: Any = s3.Bucket(stack, "Source", versioned=True)
        source = pipelines.CodePipelineSource.s3(bucket, "source.zip")
        synth: Any = pipelines.ShellStep("Synth", input=source, commands=["cdk synth"])
        made = pipelines.CodePipeline(stack, "Pipeline", synth=synth)
        beta = Stage(stack, "Beta", env=ENV)
        sqs.Queue(Stack(beta, "Shop"), "Jobs")
        made.add_stage(beta)

    return {"api": api, "site": site, "service": service, "pipeline": pipeline}
