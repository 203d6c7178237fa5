"""A small account in the emulator: a stack with one table, and outside it a table that its template names."""

from __future__ import annotations

import copy
import json
from argparse import Namespace
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, cast

from moto.dynamodb.models import dynamodb_backends

from ops.aws.account import Account
from ops.commands import reconcile
from ops.project.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from local_aws import Emulator
    from local_aws.wire import ApiCall
    from ops.terminal.result import CommandResult
    from settings import Settings

Template = dict[str, Any]

STACK = "dataops-v1"
TASKS = f"{STACK}-tasks"
INTAKE = f"{STACK}-intake"
ITEMS = 25

READING = ("dynamodb:Describe*", "dynamodb:List*", "dynamodb:Scan", "dynamodb:GetResourcePolicy")
"""What `reconcile` needs of DynamoDB, with what CloudFormation reads of a table that it imports."""


def policy(*actions: str) -> Template:
    statement = {"Effect": "Allow", "Action": ["cloudformation:*", *actions], "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def table(name: str, **properties: object) -> Template:
    """A declaration of a table."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "PK", "AttributeType": "S"},
                {"AttributeName": "SK", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            "SSESpecification": {"SSEEnabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "Tags": [{"Key": "App", "Value": "DataOpsV1"}],
            **properties,
        },
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
    }


def deployed() -> Template:
    """The template of the stack."""
    return {"Resources": {"Tasks": table(TASKS)}}


def synthesised() -> Template:
    """The template that is to be deployed."""
    return {"Resources": {"Tasks": table(TASKS), "Intake": table(INTAKE)}}


class Killed(BaseException):
    """The process is gone, in the middle of it."""


@dataclass
class SmallAccount:
    """The emulator with clients that are made once, and what tests do with them."""

    aws: Emulator
    settings: Settings
    directory: Path
    account: Account = field(init=False)
    """Of a user who may do no more than `reconcile` needs."""
    _laid_out: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.account = self.login("reconciler", *READING)
        self.operator = Account(self.settings, self.aws.session(self.aws.operator))

    def login(self, name: str, *actions: str) -> Account:
        return Account(self.settings, self.aws.session(self.aws.user(name, policy(*actions))))

    def lay_out(self, **live: object) -> None:
        """Everything anew: the stack with its table, and the other outside it, with properties of its own."""
        self.aws.cloudformation.settle()
        self.aws.gateway.before.clear()
        self.aws.gateway.faults.clear()
        key = json.dumps(live)
        if key not in self._laid_out:
            self._make(table(INTAKE, **live))
            self._laid_out[key] = copy.deepcopy((self._moto.tables, self.aws.cloudformation.stacks))
        self._moto.tables, self.aws.cloudformation.stacks = copy.deepcopy(self._laid_out[key])
        self.aws.gateway.recorded.clear()

    def _make(self, orphan: Template) -> None:
        self.aws.cloudformation.stacks.clear()
        self._moto.tables.clear()
        self.deploy({"Resources": {"Intake": orphan}}, "leftover", "CREATE")
        self.aws.cloudformation.stacks.clear()
        self.deploy(deployed(), kind="CREATE")
        for name in (TASKS, INTAKE):
            self.fill(name)

    @property
    def _moto(self) -> Any:
        return dynamodb_backends[self.settings.account][self.settings.region]

    def deploy(self, template: Template, stack: str = STACK, kind: Any = "UPDATE", **options: Any) -> None:
        """Deploy a template, as somebody else would."""
        made = self.operator.cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=f"change-{token_hex(4)}",
            ChangeSetType=kind,
            TemplateBody=json.dumps(template),
            **options,
        )
        self.operator.cloudformation.execute_change_set(ChangeSetName=made["Id"])
        self.aws.cloudformation.settle()
        assert self.status(stack) == f"{kind}_COMPLETE"

    def fill(self, name: str) -> None:
        items = [{"PK": {"S": f"{name}#{n}"}, "SK": {"S": "x"}, "n": {"N": str(n)}} for n in range(ITEMS)]
        puts: Any = [{"PutRequest": {"Item": item}} for item in items]
        self.operator.dynamodb.batch_write_item(RequestItems={name: puts})

    def status(self, stack: str = STACK) -> str:
        return self.aws.cloudformation.stacks[stack].status

    def owned(self) -> set[str]:
        """The logical ids of what the stack has."""
        return set(self.aws.cloudformation.stacks[STACK].resources)

    def items(self) -> dict[str, list[str]]:
        """All items of all tables, as moto has them."""
        return {
            name: sorted(json.dumps(item.to_json(), sort_keys=True) for item in table.all_items())
            for name, table in self._moto.tables.items()
        }

    def assembly(self, template: Template) -> Deployment:
        """The deployment of one stack with this template."""
        directory = Path(mkdtemp(dir=self.directory))
        artifact = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{self.settings.account}/{self.settings.region}",
            "properties": {"templateFile": "App.template.json", "stackName": STACK},
        }
        files: dict[str, object] = {
            "manifest.json": {"artifacts": {"App": artifact}},
            "App.template.json": template,
            "validations.json": {},
            "validation-report.json": {"pluginReports": []},
        }
        for name, content in files.items():
            (directory / name).write_text(json.dumps(content))
        return Deployment(self.settings, directory)

    def reconcile(
        self, *, execute: bool = True, template: Template | None = None, account: Account | None = None
    ) -> CommandResult:
        deployment = self.assembly(template or synthesised())
        return reconcile.run(deployment, account or self.account, Namespace(execute=execute, timeout=30.0))

    def before(self, operation: str, act: Callable[[], object]) -> None:
        """Do something once, before a call of the command is answered."""
        pending = [act]

        def observe(call: ApiCall) -> None:
            if pending and call.operation == operation:
                pending.pop()()

        self.aws.gateway.before.append(observe)

    def called(self) -> list[str]:
        """The operations that were called with the rights of the command."""
        return [one.call.operation for one in self.aws.gateway.recorded if one.caller.endswith("/reconciler")]

    def killed_before_call(self, number: int) -> AbstractContextManager[None]:
        """Let the process end before it makes its call of this number, which counts from 0."""
        return self._killed(lambda made, _: made == number)

    def killed_before(self, operation: str) -> AbstractContextManager[None]:
        """Let the process end before it first calls this operation."""
        return self._killed(lambda _, called: called == operation)

    @contextmanager
    def _killed(self, now: Callable[[int, str], bool]) -> Generator[None]:
        numbers = count()

        def send(event_name: str, **_: Any) -> None:
            if now(next(numbers), event_name.rpartition(".")[2]):
                raise Killed

        clients = [cast("Any", self.account.cloudformation), cast("Any", self.account.dynamodb)]
        for client in clients:
            client.meta.events.register("before-send", send)
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-send", send)


def with_intake(**properties: object) -> Template:
    """The template that is to be deployed, its other table with these properties."""
    template = copy.deepcopy(synthesised())
    declared = template["Resources"]["Intake"]["Properties"]
    for name, value in properties.items():
        declared[name] = value
    return template
