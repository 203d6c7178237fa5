"""Somebody who deploys without HTTP, for tests of many cases that are not about how CloudFormation is called."""

import json
import re
from dataclasses import dataclass
from typing import Any

from leastgrant.iam import Permissions, parse_policy
from local_aws import Emulator
from local_aws.callers import Caller
from local_aws.cloudformation.records import Stack, StackEvent
from local_aws.wire import ApiCall
from tests.local_aws.cloudformation.stacks import CAPABILITIES, Template

ROLE = "guarded"


@dataclass(frozen=True)
class Session(Caller):
    """A session of a role, without a role in moto to read its policies from again and again."""

    account: str
    held: Permissions

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{ROLE}/deploy"

    @property
    def permissions(self) -> Permissions:
        return self.held


def session(account: str, *policies: Any) -> Session:
    return Session(account, Permissions([parse_policy(policy, ROLE) for policy in policies]))


def last_operation(stack: Stack) -> list[StackEvent]:
    """The events of a stack since somebody began something."""
    begun = max(number for number, one in enumerate(stack.events) if one.reason == "User Initiated")
    return stack.events[begun:]


def is_denied(reason: str | None, action: str) -> bool:
    """Whether an event says that an action is refused; some services write it in another case."""
    said = rf"not authorized to perform: {re.escape(action)} (on resource: |because )"
    return re.search(said, str(reason), re.IGNORECASE) is not None


@dataclass(frozen=True)
class DirectDeployer:
    """Deploys as somebody."""

    aws: Emulator
    caller: Caller

    def call(self, operation: str, **params: Any) -> Any:
        region = self.aws.region
        answered = self.aws.cloudformation.operations["cloudformation", operation](
            ApiCall("cloudformation", operation, params, region, None, None), self.caller
        )
        self.aws.cloudformation.settle()
        return answered

    def deploy(self, stack: str, body: Template, change: str = "UPDATE") -> str:
        made = self.call(
            "CreateChangeSet",
            StackName=stack,
            ChangeSetName="changes",
            ChangeSetType=change,
            TemplateBody=json.dumps(body),
            Capabilities=CAPABILITIES,
        )
        self.call("ExecuteChangeSet", ChangeSetName=made["Id"])
        self.call("DeleteChangeSet", ChangeSetName=made["Id"])
        return self.stack(stack).status

    def delete(self, stack: str) -> str:
        there = self.stack(stack)
        self.call("DeleteStack", StackName=stack)
        return there.status

    def stack(self, name: str) -> Stack:
        return self.aws.cloudformation.stacks[name]

    def failures(self, name: str) -> list[StackEvent]:
        """What failed in the last operation."""
        return [one for one in last_operation(self.stack(name)) if one.status.endswith("FAILED")]

    def reasons(self, name: str) -> list[str]:
        """Why it failed."""
        return [str(one.reason) for one in self.failures(name)]
