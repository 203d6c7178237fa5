"""The code that the functions run, against the sealed one: what Lambda took, whatever lies in the bucket by now.

Lambda reads the object after the last look at it, so that another can be put there in between, and the sealed one back.
Lambda tells the SHA-256 of the archive that it took (`CodeSha256`: "FunctionConfiguration", AWS Lambda API Reference):
that must be the SHA-256 of an object of which each file is the sealed one.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ops.change_set.code import difference_from, sealed_code, uploaded_object
from ops.project.assets import sealed_assets
from ops.stack.resources import physical_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.aws.account import Account
    from ops.project.assembly import SynthesisedStack
    from ops.project.assets import SealedAsset

_FUNCTION: Final = "AWS::Lambda::Function"


@dataclass(frozen=True, slots=True)
class RunningCode:
    """What one function runs.

    Attributes:
        function: its logical id.
        sealed: whether it runs the sealed code, as far as that can be told.
        said: how that was found, in words.
    """

    function: str
    sealed: bool
    said: str


def running_code(account: Account, stack: SynthesisedStack) -> Iterator[RunningCode]:
    """Ask Lambda what each function of a stack runs, and compare it with the cloud assembly.

    Raises:
        AssemblyError: the asset manifest cannot be read.
        BotoCoreError, ClientError: as any call, and if there is no such stack.
    """
    names, sealed = physical_ids(account.cloudformation, stack.name), sealed_assets(stack)
    for function, resource in stack.resources.items():
        if resource["Type"] == _FUNCTION:
            found = sealed_code(stack, sealed, function)
            fault = _fault(account, names.get(function), found)
            yield RunningCode(function, fault is None, fault or f"runs the sealed code, {found}")


def _fault(account: Account, name: str | None, sealed: SealedAsset | None) -> str | None:
    """Say why a function is not known to run the sealed code; None if it does."""
    if sealed is None:
        return "the cloud assembly has no code for it to compare"
    if name is None:
        return "the stack does not have it"
    uploaded = uploaded_object(account, sealed)
    if uploaded is None:
        return f"{sealed} is not there any more, so that what {name} runs cannot be compared"
    difference = difference_from(sealed, uploaded)
    if difference is not None:
        return f"{sealed} is not the sealed code by now: {difference}"
    runs = account.functions.get_function(FunctionName=name)["Configuration"].get("CodeSha256")
    if runs != _code_sha256(uploaded):
        return f"{name} runs other code (CodeSha256 {runs}) than {sealed}, which is the sealed code"
    return None


def _code_sha256(archive: bytes) -> str:
    """Return the SHA-256 of an archive as Lambda writes it."""
    return b64encode(sha256(archive).digest()).decode()
