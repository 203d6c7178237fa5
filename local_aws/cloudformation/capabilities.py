"""What whoever deploys a template has to acknowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_aws.cloudformation.stack_template import StackTemplate

_CAPABILITIES: Final = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}


def require_capabilities(template: StackTemplate, given: Sequence[str]) -> None:
    """Refuse IAM resources that are not acknowledged; if any has a name, with a capability of its own.

    "Acknowledging IAM resources in CloudFormation templates", AWS CloudFormation User Guide.

    Raises:
        AwsError: it was not.
    """
    if template.transforms and "CAPABILITY_AUTO_EXPAND" not in given and set(template.transforms) != {_EXTENSIONS}:
        raise AwsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    ours = [one for one in template.template.resources.values() if one.type.startswith("AWS::IAM::")]
    named = any(name in one.properties for one in ours for name in _NAMES_IN_IAM)
    enough = {"CAPABILITY_NAMED_IAM"} if named else _CAPABILITIES
    if ours and not enough.intersection(given):
        required = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{required}]")


_EXTENSIONS: Final = "AWS::LanguageExtensions"
"""The one transform that needs no capability ("AWS::LanguageExtensions transform")."""
_NAMES_IN_IAM: Final = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")
