"""Both stacks, from the settings in cdk.json: `cdk synth` runs this file."""

import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from settings import Settings, SettingsError
from stacks.dataops.stack import DataOpsStack
from stacks.deploy_role.proof import deploy_role_proof
from stacks.deploy_role.stack import DeployRoleStack

ROOT = Path(__file__).parent


def build(app: App) -> None:
    """Add both stacks and their validations to an app.

    Raises:
        SettingsError: the app's context does not make settings.
    """
    settings = Settings.from_context(app.node.get_all_context())
    DeployRoleStack(app, settings)
    DataOpsStack(app, settings, ROOT)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app), deploy_role_proof(settings))


def main() -> int:
    """Synthesise; 2, with one line on standard error, if the settings are wrong."""
    app = App(analytics_reporting=False)
    try:
        build(app)
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
