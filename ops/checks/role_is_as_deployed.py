"""The deploy role in the account is the one that its stack's own template declares: nobody changed it by hand.

Where they differ, an update with a template that is already deployed changes nothing: CloudFormation compares
templates ("Detect unmanaged configuration changes to stacks and resources with drift detection", AWS CloudFormation
User Guide).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leastgrant.iam.reading import PolicyError
from leastgrant.role import RoleError
from leastgrant.template import Environment, TemplateError, parse, resolve
from ops.checks.result import Finding, found, good, not_asked
from ops.checks.role_is_current import no_role
from ops.checks.stack_can_be_updated import is_missing
from ops.role_difference import role_difference
from ops.synthesised_role import declared_role

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from leastgrant.template import ResolvedTemplate
    from ops.role_documents import RoleDocuments
    from settings import Settings

DRIFTED = "the live role was changed by hand: an update of its stack may not put it back"


def role_is_as_deployed(
    cloudformation: CloudFormationClient, settings: Settings, live: RoleDocuments | None
) -> Finding:
    """Calls `DescribeStacks` and `GetTemplate`.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
        BotoCoreError, ClientError: as any call.
    """
    name = settings.role_stack_name
    if live is None:
        return no_role(settings.deploy_role_name)
    try:
        deployed = declared_role(settings, _template(cloudformation, settings), f"the deployed template of {name}")
    except ClientError as error:
        if not is_missing(error):
            raise
        return found(f"there is no stack {name}, and yet there is a role {live.name}: stop, and escalate")
    except (PolicyError, RoleError, TemplateError) as error:
        return not_asked(f"the deployed template cannot be compared: {error}")
    difference = role_difference(live, deployed)
    if difference.none:
        return good(f"{live.name} is as {name} deployed it")
    return found(DRIFTED, "see docs/runbook/drifted-resource.md; + is what the stack deployed", *difference.lines())


def _template(cloudformation: CloudFormationClient, settings: Settings) -> ResolvedTemplate:
    """The template that the role's stack was last deployed with, and its parameters."""
    name = settings.role_stack_name
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    body: object = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = parse(body if isinstance(body, str) else json.dumps(body), f"the deployed template of {name}")
    parameters = {
        parameter.get("ParameterKey", ""): parameter.get("ParameterValue", "")
        for parameter in stack.get("Parameters", [])
    }
    return resolve(template, Environment(account=settings.account, region=settings.region, stack_name=name), parameters)
