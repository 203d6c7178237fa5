"""CloudFormation's API: which operations are answered, and with which of their parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from local_aws.cloudformation.change_sets import ChangeSets
from local_aws.cloudformation.drift import Drifts
from local_aws.cloudformation.engine import Engine
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import check_names, invalid
from local_aws.cloudformation.registry import Registry
from local_aws.cloudformation.stacks import Stacks
from local_aws.cloudformation.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

    from local_aws.callers import Caller
    from local_aws.cloudformation.handler import ResourceHandler
    from local_aws.cloudformation.records import Stack
    from local_aws.custom_resources import CustomResourceAnswers
    from local_aws.gateway import Operation
    from local_aws.roles import Roles
    from local_aws.wire import ApiCall

_TEMPLATE: Final = (
    "Capabilities ClientRequestToken NotificationARNs Parameters ResourceTypes RoleARN StackName Tags TemplateBody"
    " TemplateURL"
)
_TAKEN: Final = {
    "ContinueUpdateRollback": "ClientRequestToken ResourcesToSkip RoleARN StackName",
    "CreateChangeSet": (
        f"{_TEMPLATE} ChangeSetName ChangeSetType ClientToken Description ImportExistingResources IncludeNestedStacks"
        " OnStackFailure ResourcesToImport UsePreviousTemplate"
    ),
    "CreateStack": (
        f"{_TEMPLATE} DisableRollback EnableTerminationProtection OnFailure StackPolicyBody StackPolicyURL"
        " TimeoutInMinutes"
    ),
    "DescribeStackResourceDrifts": "NextToken StackName StackResourceDriftStatusFilters",
    "DeleteStack": "ClientRequestToken RetainResources RoleARN StackName",
    "ExecuteChangeSet": "ChangeSetName ClientRequestToken DisableRollback StackName",
    "RollbackStack": "ClientRequestToken RoleARN StackName",
    "UpdateStack": f"{_TEMPLATE} DisableRollback StackPolicyBody StackPolicyURL UsePreviousTemplate",
}
"""The parameters that are modelled, of the operations that change something."""


@dataclass
class CloudFormation:
    """CloudFormation of one account and region."""

    account: str
    region: str
    services: Callable[[], boto3.Session]
    """boto3 with the right to do everything, for the handlers."""
    function_url: Callable[[str], str]
    roles: Roles
    answers: CustomResourceAnswers
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        """Begin without a stack."""
        registry = Registry(self.account, self.region)
        self.engine = Engine(registry, self.services, self.function_url, self.roles, self.answers)

    @property
    def stacks(self) -> dict[str, Stack]:
        """The stacks by name; a deleted stack is not there."""
        return self.engine.registry.stacks

    @stacks.setter
    def stacks(self, stacks: dict[str, Stack]) -> None:
        self.engine.registry.stacks = stacks

    @property
    def operations(self) -> Mapping[tuple[str, str], Operation]:
        """The operations that are answered."""
        answered = {
            **ChangeSets(self.engine).operations,
            **Drifts(self.engine).operations,
            **Stacks(self.engine).operations,
            **Templates(self.engine).operations,
        }
        return {("cloudformation", name): self._checked(name, operation) for name, operation in answered.items()}

    def stack_arn(self, name: str, region: str) -> str:
        """Return the ARN that IAM is asked about, of a stack's name or id, or of a change set's id."""
        registry = self.engine.registry
        if name in registry.stacks:
            return registry.stacks[name].id
        if ":changeSet/" in name:
            for stack in (*tuple(registry.stacks.values()), *tuple(registry.deleted.values())):
                if name in stack.change_sets:
                    return stack.id
        return name if name.startswith("arn:") else f"arn:aws:cloudformation:{region}:{self.account}:stack/{name}/*"

    def handler(self, kind: str) -> ResourceHandler:
        """Return the handler of a type.

        Raises:
            NotModelled: there is no such type.
        """
        return self.engine.handler(kind)

    def settle(self) -> None:
        """Wait until no operation runs.

        Raises:
            Exception: one of them was broken by an error of the emulator's own.
        """
        self.engine.settle()

    def _checked(self, name: str, operation: Operation) -> Operation:
        """Make the operation refuse what is not modelled: all of it at once."""

        def answered(call: ApiCall, caller: Caller) -> Mapping[str, object]:
            taken = _TAKEN.get(name, " ".join(call.params)).split()
            others = [one for one, value in call.params.items() if one not in taken and not _is_default(one, value)]
            if others:
                raise invalid(f"NOT MODELLED by the emulator: {', '.join(sorted(others))} of {name}")
            check_names(call.params)
            try:
                return operation(call, caller)
            except NotModelled as error:
                raise invalid(f"NOT MODELLED by the emulator: {error}") from None
            finally:
                self.engine.write()  # what anybody was told is kept

        return answered


def _is_default(parameter: str, value: Any) -> bool:
    """Tell whether an operation does the same without the parameter."""
    match parameter:
        case "DeploymentConfig":
            return value.get("Mode", "STANDARD") == "STANDARD" and not value.get("DisableRollback")
        case _:
            return not value
