"""The stack `dataops-v1`: the app."""

from pathlib import Path

from aws_cdk import CfnOutput, CfnParameter, CfnRule, CfnRuleAssertion, Environment, Fn, Stack
from constructs import Construct

from settings import LiveRecord, Settings
from stacks.dataops.archive import ExportArchive
from stacks.dataops.artifact import Artifact
from stacks.dataops.docs_app import DocsApp
from stacks.dataops.portal_secret import PortalSecret
from stacks.dataops.schedules import Schedules
from stacks.dataops.tables import ExecutionTables
from stacks.dataops.work_engine import WorkEngine
from stacks.namespace import StackNamespace
from stacks.synthesizer import artifact_synthesizer


class DataOpsStack(Stack):
    """Every resource keeps the logical id that it has in the live stack.

    Attributes:
        withheld: what the deploy role may not do to its resources, by the id of leastgrant's finding, and why.

    Args:
        scope: the app.
        settings: what the stack is called, where it is, and what it is told.
        root: the directory that relative artifact paths start from.
        record: what the stack has already.

    Raises:
        SettingsError: an artifact directory is not what it should be.
    """

    def __init__(self, scope: Construct, settings: Settings, root: Path, record: LiveRecord | None = None) -> None:
        super().__init__(
            scope,
            "DataOps",
            stack_name=settings.app_stack_name,
            env=Environment(account=settings.account, region=settings.region),
            synthesizer=artifact_synthesizer(settings.artifact_bucket, settings.app_stack_name),
        )
        docs_code = Artifact.read(
            "docsAppArtifact", root / settings.docs_app_artifact, "lambda_functions/full_app_handler.py"
        )
        engine_code = Artifact.read(
            "workEngineArtifact",
            root / settings.work_engine_artifact,
            "dist/handler.js",
            "dist/handler.mjs",
            "dist/handler.cjs",
        )

        app = StackNamespace.of_app(settings, record)
        tables = ExecutionTables(self, "Tables", namespace=app)
        archive = ExportArchive(
            self,
            "ExportArchive",
            namespace=app,
            prefix=settings.export_archive_prefix,
            retention_days=settings.export_archive_retention_days,
        )
        portal_secret = PortalSecret(self, "PortalSecret", namespace=app)
        work_engine = WorkEngine(
            self,
            "WorkEngine",
            environment_name=settings.dataops_environment,
            artifact=engine_code,
            tables=tables,
            archive=archive,
            portal_secret=portal_secret,
            namespace=app,
            boundary_arn=settings.function_boundary_arn,
        )
        docs_app = DocsApp(
            self,
            "DocsApp",
            settings=settings,
            namespace=app,
            artifact=docs_code,
            work_engine=work_engine,
            portal_secret=portal_secret,
        )
        parts = (tables, archive, portal_secret, work_engine, docs_app)
        self.withheld = {finding: reason for part in parts for finding, reason in part.withheld.items()}
        Schedules(self, "Schedules", function=work_engine.function)

        self._output("DocsFullAppUrl", "Protected DataOps v1 Lambda Function URL", docs_app.url)
        for name, spec, table in tables:
            self._output(f"{name.logical_id}Name", f"DynamoDB table for {spec.description}", table.table_name)
        self._output(
            "DataOpsExportArchiveBucketName",
            "Retained S3 bucket for portable execution export archives",
            archive.bucket.bucket_name,
        )
        self._output("DataOpsExportArchivePrefix", "Prefix used for portable execution export archives", archive.prefix)
        self._output(
            "WorkEngineFunctionName",
            "Private DataOps work-engine Lambda function",
            work_engine.function.function_name,
        )
        self._output(
            "WorkEnginePortalSecretName",
            "Secret shared by the portal broker and private work engine",
            portal_secret.arn,
        )
        if docs_code.is_placeholder or engine_code.is_placeholder:
            self._ask_before_deploying_placeholders()

    def _output(self, name: str, description: str, value: str) -> None:
        CfnOutput(self, name, description=description, value=value)

    def _ask_before_deploying_placeholders(self) -> None:
        """Leave the template with a parameter that has no value.

        The CDK CLI and CloudFormation both refuse such a template, whoever deploys it and however, until the parameter
        is given; and a rule of the template takes one value only, the name of the stack.
        """
        asked_for = CfnParameter(
            self,
            "DeployPlaceholder",
            description=(
                "The Lambda code of this template is a placeholder. Set docsAppArtifact and workEngineArtifact to the"
                " built code. To deploy the placeholder all the same, give the stack's name here."
            ),
        )
        CfnRule(
            self,
            "PlaceholderIsAskedForByName",
            assertions=[
                CfnRuleAssertion(
                    assert_=Fn.condition_equals(asked_for.value_as_string, self.stack_name),
                    assert_description=f"DeployPlaceholder must be the stack's name, {self.stack_name}",
                )
            ],
        )
