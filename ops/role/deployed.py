"""The deploy role as the template declares it that its stack was last deployed with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leastgrant import InputError
from leastgrant.template import Environment, parse, resolve
from ops.checks.stack_can_be_updated import is_missing
from ops.errors import OpsError
from ops.role.synthesised import declared_role

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from ops.role.documents import RoleDocuments
    from settings import Settings


def read_deployed_role(cloudformation: CloudFormationClient, settings: Settings) -> RoleDocuments | None:
    """The role, with the values of the stack's parameters. None: there is no such stack.

    Calls `DescribeStacks` and `GetTemplate`.

    Raises:
        OpsError: the template cannot be compared with a role.
        BotoCoreError, ClientError: as any call.
    """
    name = settings.role_stack_name
    where = f"the deployed template of {name}"
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    body: object = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    parameters = {
        parameter.get("ParameterKey", ""): parameter.get("ParameterValue", "")
        for parameter in stack.get("Parameters", [])
    }
    place = Environment(account=settings.account, region=settings.region, stack_name=name)
    try:
        template = parse(body if isinstance(body, str) else json.dumps(body), where)
        role = declared_role(settings, resolve(template, place, parameters), where)
    except InputError as error:
        raise OpsError(f"the deployed template cannot be compared: {error}") from None
    # CloudFormation passes the stack's own tags on ("Resource tags", AWS CloudFormation Template Reference)
    return replace(role, tags={**{tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}, **role.tags})
