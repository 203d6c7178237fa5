"""Both stacks, from the settings in cdk.json: `cdk synth` runs this file."""

import json
import sys
from pathlib import Path
from typing import Final

from aws_cdk import App, CfnElement, CloudFormationValidatePlugin, IPolicyValidationPlugin, Stack, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from leastgrant import uses_file
from leastgrant.cdk.nag import DeploymentChecks
from leastgrant.cdk.plugin import DeployRoleProof
from leastgrant.report import html_report, markdown_report, sarif_report
from settings import LiveRecord, RecordError, Settings, SettingsError
from stacks.dataops.stack import DataOpsStack
from stacks.deploy_role.proof import deploy_role_proof
from stacks.deploy_role.stack import DeployRoleStack
from stacks.nothing_lost import NothingIsLost

ROOT: Final = Path(__file__).parent
REPORTS: Final = {
    "leastgrant.html": html_report,
    "leastgrant.md": markdown_report,
    "leastgrant.sarif": sarif_report,
}


def build(app: App) -> list[IPolicyValidationPlugin]:
    """Add both stacks to an app, and the validations that they are held to.

    Raises:
        SettingsError: the app's context does not make settings.
        RecordError: the record of what is live cannot be used.
    """
    settings = Settings.from_context(app.node.get_all_context())
    record = record_of(settings)
    deploy_role = DeployRoleStack(app, settings, record)
    data_ops = DataOpsStack(app, settings, ROOT, record)
    validations: list[IPolicyValidationPlugin] = [
        CloudFormationValidatePlugin(),
        AwsSolutionsChecks(app),
        ServerlessChecks(app),
        DeploymentChecks(app),
        NothingIsLost("DataOps", record, settings.live_record),
        deploy_role_proof(settings, _of_what_stays(record, data_ops), deploy_role.granted, data_ops.withheld),
    ]
    Validations.of(app).add_plugins(*validations)
    return validations


def _of_what_stays(record: LiveRecord, stack: Stack) -> LiveRecord:
    """Return the record without what the stack no longer declares: `NothingIsLost` says that it would be lost."""
    elements = (one for one in stack.node.find_all() if isinstance(one, CfnElement))
    return record.without(record.resources.keys() - {str(stack.resolve(one.logical_id)) for one in elements})


def record_of(settings: Settings) -> LiveRecord:
    """Read the record that the settings name, or make one of nothing.

    Raises:
        RecordError: it cannot be used.
    """
    return LiveRecord.from_file(ROOT / settings.live_record) if settings.live_record else LiveRecord.of_nothing()


def write_reports(app: App, validations: list[IPolicyValidationPlugin], assembly: Path) -> None:
    """Write beside the templates what CDK does not.

    The settings with what the command line overrode, the record, which validations ran, the role's uses, its proof.

    Raises:
        RecordError: the record cannot be read, or not be written.
    """
    settings = Settings.from_context(app.node.get_all_context())
    record_of(settings).write(assembly / "record.json")
    (assembly / "settings.json").write_text(json.dumps({"context": settings.context}), encoding="utf-8")
    acknowledged = {validation.name: _acknowledged_itself(validation) for validation in validations}
    (assembly / "validations.json").write_text(json.dumps(acknowledged))
    for validation in validations:
        if isinstance(validation, DeployRoleProof):
            (assembly / "uses.json").write_text(uses_file(validation.uses), encoding="utf-8")
            if proof := validation.acknowledged(assembly):
                for name, report in REPORTS.items():
                    (assembly / name).write_text(report(proof), encoding="utf-8")


def _acknowledged_itself(validation: IPolicyValidationPlugin) -> int:
    """Count the findings that a validation was told of: CDK knows only those that constructs acknowledge."""
    proof = validation.proof if isinstance(validation, DeployRoleProof) else None
    return len(proof.acknowledged) if proof else 0


def main() -> int:
    """Synthesise; 2, with one line on standard error, if the settings are wrong."""
    app = App(analytics_reporting=False)
    try:
        validations = build(app)
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    except RecordError as error:
        print(error, file=sys.stderr)
        return 2
    write_reports(app, validations, Path(app.synth().directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
