"""Both stacks, from the settings in cdk.json: `cdk synth` runs this file."""

import json
import sys
from pathlib import Path

from aws_cdk import App, CloudFormationValidatePlugin, IPolicyValidationPlugin, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from leastgrant.nag import DeploymentChecks
from settings import Settings, SettingsError
from stacks.dataops.stack import DataOpsStack
from stacks.deploy_role.proof import deploy_role_proof
from stacks.deploy_role.stack import DeployRoleStack

ROOT = Path(__file__).parent


def build(app: App) -> list[str]:
    """Add both stacks and their validations to an app; the names of the validations.

    Raises:
        SettingsError: the app's context does not make settings.
    """
    settings = Settings.from_context(app.node.get_all_context())
    DeployRoleStack(app, settings)
    DataOpsStack(app, settings, ROOT)
    plugins: list[IPolicyValidationPlugin] = [
        CloudFormationValidatePlugin(),
        AwsSolutionsChecks(app),
        ServerlessChecks(app),
        DeploymentChecks(app),
        deploy_role_proof(settings),
    ]
    Validations.of(app).add_plugins(*plugins)
    return [plugin.name for plugin in plugins]


def main() -> int:
    """Synthesise; 2, with one line on standard error, if the settings are wrong."""
    app = App(analytics_reporting=False)
    try:
        validations = build(app)
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    assembly = Path(app.synth().directory)
    # CDK's report leaves out what found nothing; the summary says what ran.
    (assembly / "validations.json").write_text(json.dumps(validations))
    return 0


if __name__ == "__main__":
    sys.exit(main())
