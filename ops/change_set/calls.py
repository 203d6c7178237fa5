"""Change sets in the account: read, made, waited for and deleted; never executed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from ops.aws.errors import code_of
from ops.aws.response import decoded
from ops.aws.waiting import attempts
from ops.change_set.change_set import ChangeSet, ChangeSetStatus
from ops.errors import OpsError
from ops.stack.state import is_missing
from ops.stack.template import place_of, placed_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.aws.account import Account
    from ops.project.assembly import SynthesisedStack
    from ops.project.placed_template import PlacedTemplate

LARGEST_BODY = 51_200
"""The most bytes of a template in a request (AWS CloudFormation quotas, "Template body size in a request")."""

_MAKING = frozenset({ChangeSetStatus.CREATE_PENDING, ChangeSetStatus.CREATE_IN_PROGRESS})
CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
"""The templates have roles, some with names ("Acknowledging IAM resources", AWS CloudFormation User Guide)."""


class NoSuchChangeSetError(OpsError):
    """A change set that is not, or no longer, there."""


def new_name() -> str:
    """Return a name that no other change set has."""
    return f"ops-review-{secrets.token_hex(4)}"


def describe_change_set(account: Account, stack: str, name: str) -> ChangeSet:
    """Read the change set over all its pages, with the values of the properties.

    Raises:
        NoSuchChangeSetError: there is none of that name or ARN.
        OpsError: there is no such stack, or the response is not as expected.
        BotoCoreError, ClientError: as any call.
    """
    try:
        pages = _pages(account, stack, name)
    except ClientError as error:
        if _has_no_change_set(error):
            raise _no_such_change_set(account, stack, name) from None
        if is_missing(error):
            raise OpsError(f"there is no stack {stack!r} in {account.settings.region}") from None
        raise
    changes = [change for page in pages for change in cast("Sequence[object]", page.get("Changes") or ())]
    told = any("Changes" in page for page in pages)
    whole = {**pages[0], **({"Changes": changes} if told else {}), "NextToken": None}
    return decoded(whole, ChangeSet, "DescribeChangeSet")


def _has_no_change_set(error: ClientError) -> bool:
    return code_of(error) in {"ChangeSetNotFound", "ChangeSetNotFoundException"}


def _no_such_change_set(account: Account, stack: str, name: str) -> NoSuchChangeSetError:
    listed = f"aws cloudformation list-change-sets --region {account.settings.region} --stack-name {stack}"
    return NoSuchChangeSetError(f"{stack} has no change set {name!r}: see '{listed}'")


def _pages(account: Account, stack: str, name: str) -> list[Mapping[str, Any]]:
    pages: list[Mapping[str, Any]] = []
    following: dict[str, str] = {}
    while True:
        page = account.cloudformation.describe_change_set(
            StackName=stack, ChangeSetName=name, IncludePropertyValues=True, **following
        )
        pages.append(cast("Mapping[str, Any]", page))
        token = page.get("NextToken")
        if not token:
            return pages
        if token == following.get("NextToken"):
            raise OpsError(f"DescribeChangeSet: NextToken: the page {token!r} leads to itself; try again")
        following = {"NextToken": token}


def await_change_set(account: Account, stack: str, name: str, timeout: float = 300) -> ChangeSet:
    """Wait until CloudFormation has made the change set, or failed to.

    Raises:
        OpsError: it takes longer than `timeout` seconds, or as `describe_change_set`.
        BotoCoreError, ClientError: as any call.
    """
    for _ in attempts(timeout):
        change_set = describe_change_set(account, stack, name)
        if change_set.status not in _MAKING:
            return change_set
    raise OpsError(f"the change set {name} of {stack} is not made after {timeout:.0f} s; review it later by its name")


def create_change_set(account: Account, stack: SynthesisedStack, name: str) -> None:
    """Ask for a change set from the synthesised template to the stack that there is; it is not executed.

    Args:
        account: The account.
        stack: The synthesised stack.
        name: The change set's name.

    Raises:
        OpsError: the template is too large or asks for parameters, or there is no such stack.
        BotoCoreError, ClientError: as any call.
    """
    body = _body(stack)
    try:
        account.cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName=name,
            ChangeSetType="UPDATE",
            TemplateBody=body,
            Capabilities=list(CAPABILITIES),
            Description="made by ops, to be reviewed",
        )
    except ClientError as error:
        if is_missing(error):
            raise OpsError(
                f"there is no stack {stack.name!r} in {account.settings.region}, so there is nothing to compare with;"
                f" {_preparing(stack)} prepares a first deployment"
            ) from None
        raise


def delete_change_set(account: Account, change_set: ChangeSet) -> None:
    """Delete it; the stack stays as it is.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    account.cloudformation.delete_change_set(ChangeSetName=change_set.id)


def proposed_template(account: Account, change_set: ChangeSet) -> PlacedTemplate:
    """Read the template of a change set, its macros expanded.

    Raises:
        NoSuchChangeSetError: it was deleted.
        TemplateError: it is no template.
        BotoCoreError, ClientError: as any call.
    """
    try:
        response = account.cloudformation.get_template(ChangeSetName=change_set.id, TemplateStage="Processed")
    except ClientError as error:
        if _has_no_change_set(error):
            raise _no_such_change_set(account, change_set.stack, change_set.id) from None
        raise
    place = place_of(account.settings, change_set.stack)
    return placed_template(response["TemplateBody"], f"the template of {change_set.name}", place, change_set.parameters)


def _preparing(stack: SynthesisedStack) -> str:
    """Return the command that prepares a change set of a stack with CDK, which uploads what it needs."""
    options = "--method=prepare-change-set --change-set-name NAME"
    stack_id = stack.path.name.removesuffix(".template.json")
    return f'make deploy ARGS="{options}"' if stack_id == _APP else f"node_modules/.bin/cdk deploy {stack_id} {options}"


_APP: Final = "DataOps"  # the one that `make deploy` deploys


def _body(stack: SynthesisedStack) -> str:
    if stack.template_bytes > LARGEST_BODY:
        raise OpsError(
            f"{stack.path}: has {stack.template_bytes:,} bytes, and CloudFormation takes {LARGEST_BODY:,} in a request:"
            f" prepare the change set with {_preparing(stack)}, and name it with --change-set"
        )
    parameters: Mapping[str, Mapping[str, object]] = stack.template.get("Parameters", {})
    asked = [name for name, parameter in parameters.items() if "Default" not in parameter]
    if asked:
        raise OpsError(
            f"{stack.path}: asks for the parameter {asked[0]!r} ({parameters[asked[0]].get('Description', '')}):"
            f" set the built code and run 'make synth', or prepare the change set with"
            f" {_preparing(stack)}, and name it with --change-set"
        )
    return stack.path.read_text(encoding="utf-8")
