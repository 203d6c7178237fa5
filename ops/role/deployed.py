"""The deploy role as the template declares it that its stack was last deployed with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant import InputError
from ops.errors import OpsError
from ops.role.synthesised import declared_role
from ops.stack.state import read_stack
from ops.stack.template import place_of, placed_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from ops.role.documents import RoleDocuments
    from settings import Settings


def read_deployed_role(cloudformation: CloudFormationClient, settings: Settings) -> RoleDocuments | None:
    """Read the role, with the values of the stack's parameters. None: there is no such stack.

    Calls `DescribeStacks` and `GetTemplate`.

    Raises:
        OpsError: the template cannot be compared with a role.
        BotoCoreError, ClientError: as any call.
    """
    name = settings.role_stack_name
    where = f"the deployed template of {name}"
    stack = read_stack(cloudformation, name)
    if stack is None:
        return None
    body: object = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    try:
        template = placed_template(body, where, place_of(settings, name), stack.parameters)
        role = declared_role(settings, template.resolved, where)
    except InputError as error:
        raise OpsError(f"the deployed template cannot be compared: {error}") from None
    # CloudFormation passes the stack's own tags on ("Resource tags", AWS CloudFormation Template Reference)
    return replace(role, tags={**stack.tags, **role.tags})
