"""An environment bootstrapped as `cdk bootstrap` does it: the roles, the bucket and the parameter of its template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from leastgrant import InputError, parse
from leastgrant.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant import NamedPolicy, Rehearsal, Stack
    from local_aws import Emulator

DEFAULT_QUALIFIER: Final = "hnb659fds"
"""Source: DefaultStackSynthesizer, AWS CDK API Reference."""
_POLICIES, _BOUNDARY, _KEY, _QUALIFIER = (
    "CloudFormationExecutionPolicies",
    "InputPermissionsBoundary",
    "FileAssetsBucketKmsKeyId",
    "Qualifier",
)
"""Parameters of aws-cdk's template."""
_KEY_OF_CLI: Final = "AWS_MANAGED_KEY"
"""What `cdk bootstrap` gives, unless it is told to make a key (aws-cdk 2.1148.1)."""


class BootstrapError(InputError):
    """The bootstrap stack cannot be made; in one line."""


def qualifiers(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Return the qualifiers of the bootstrap stacks that the app is deployed through; none if it needs none."""
    found = (stack.qualifier or DEFAULT_QUALIFIER for stack in rehearsal.assembly.stacks if _roles([stack]))
    return tuple(dict.fromkeys(found))


def roles_named(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Return the ARNs of the roles that the CLI assumes."""
    return _roles(rehearsal.assembly.stacks)


def _roles(stacks: Iterable[Stack]) -> tuple[str, ...]:
    named = (
        role
        for stack in stacks
        for role in (
            stack.deploy_role,
            stack.lookup_role,
            *(file.role for file in stack.files),
            *(image.role for image in stack.images),
        )
    )
    return tuple(dict.fromkeys(role for role in named if role is not None))


def bootstrap(aws: Emulator, rehearsal: Rehearsal, qualifier: str, template: str) -> str:
    """Make a bootstrap stack as an administrator; return what was made of it.

    Raises:
        BootstrapError: it cannot be made.
    """
    declared = parse(template, "bootstrap template").parameters
    usual = {_KEY: _KEY_OF_CLI, _QUALIFIER: qualifier}
    policies = rehearsal.execution_policies.get(qualifier, ())
    arns = [_policy(aws, f"rehearsed-{qualifier}-{number}", one) for number, one in enumerate(policies, 1)]
    if arns:
        usual[_POLICIES] = ",".join(arns)
    if rehearsal.boundary is not None:
        _policy(aws, rehearsal.boundary.name, rehearsal.boundary)
        usual[_BOUNDARY] = rehearsal.boundary.name
    parameters = {name: value for name, value in (usual | dict(rehearsal.parameters)).items() if name in declared}
    name = "CDKToolkit" if qualifier == DEFAULT_QUALIFIER else f"CDKToolkit-{qualifier}"
    create(aws, name, template, parameters)
    given = counted(len(arns), "execution policy", "execution policies")
    return f"{name}, with {given if arns else 'what its template gives'}"


def create(aws: Emulator, stack: str, template: str, parameters: Mapping[str, str]) -> None:
    """Create a stack as an administrator.

    Raises:
        BootstrapError: it cannot be made.
    """
    cloudformation = aws.client("cloudformation", aws.operator)
    try:
        made = cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName="rehearsal",
            ChangeSetType="CREATE",
            TemplateBody=template,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        cloudformation.execute_change_set(ChangeSetName=made["Id"])
    except cloudformation.exceptions.ClientError as error:
        raise BootstrapError(f"{stack}: {error}") from None
    aws.cloudformation.settle()
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    if described["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        said = f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason')}" if failed else ""
        raise BootstrapError(f"{stack}: {described['StackStatus']}: {said}")


def _policy(aws: Emulator, name: str, policy: NamedPolicy) -> str:
    """Make a managed policy; return its ARN."""
    iam = aws.client("iam", aws.operator)
    return iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy.document))["Policy"]["Arn"]


def buckets_to_make(rehearsal: Rehearsal) -> Iterator[str]:
    """Yield the buckets that assets are put into by a caller who assumes no role: nobody else makes them."""
    files = (file for stack in rehearsal.assembly.stacks for file in stack.files if file.role is None)
    yield from dict.fromkeys(file.bucket for file in files)
