"""The stack as it is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws.waiting import attempts
from ops.change_set.comparison import proposed_template
from ops.checks.stack_can_be_updated import CAN_BE_UPDATED, CANNOT_BE_UPDATED, is_missing
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.aws.account import Account

Json = Mapping[str, Any]

_IMPORTING = frozenset({"IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class LiveStack:
    """What CloudFormation has on record."""

    name: str
    status: str
    parameters: tuple[str, ...]
    """Their names."""
    tags: Mapping[str, str]

    @property
    def obstacle(self) -> str | None:
        """Why nothing can be imported now; None: it can."""
        if self.status in CAN_BE_UPDATED:
            return None
        why = CANNOT_BE_UPDATED.get(self.status, "no such state is known here: look it up before anything else")
        return f"{self.name} is in {self.status}: {why}"


def read_stack(account: Account, name: str) -> LiveStack:
    """The stack of that name.

    Raises:
        OpsError: there is none.
        BotoCoreError, ClientError: as any call.
    """
    try:
        (described,) = account.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if is_missing(error):
            raise OpsError(
                f"there is no stack {name!r} in {account.settings.region}: nothing can be imported into it"
            ) from None
        raise
    return LiveStack(
        name=name,
        status=described["StackStatus"],
        parameters=tuple(key for one in described.get("Parameters", []) if (key := one.get("ParameterKey"))),
        tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", [])},
    )


def await_stack(account: Account, name: str, timeout: float) -> LiveStack:
    """The stack, once an import that goes on is over, such as that of a run that was interrupted.

    Raises:
        OpsError: there is no such stack, it cannot be updated, or the import is not over in time.
        BotoCoreError, ClientError: as any call.
    """
    for _ in attempts(timeout):
        stack = read_stack(account, name)
        if stack.obstacle is None:
            return stack
        if stack.status not in _IMPORTING:
            raise OpsError(stack.obstacle)
    raise OpsError(f"{name}: an import goes on, after {timeout:.0f} s: run this again when it is over (ops watch)")


def template_of_stack(account: Account, stack: LiveStack) -> Json:
    """The stack's template, its macros expanded.

    Raises:
        TemplateError: it is no template.
        BotoCoreError, ClientError: as any call.
    """
    answer = account.cloudformation.get_template(StackName=stack.name, TemplateStage="Processed")
    return proposed_template(answer["TemplateBody"], f"the template of {stack.name}")
