"""What the deploy role is not given, although some change of the template would call it.

The proof asks for every call of every change. A change that could take away what protects data, or give a function
more, is an operator's to make, with his own credentials. Here the proof is told so, with the reason.
"""

from collections.abc import Iterable

from stacks.namespace import StackArn


def withheld(actions: Iterable[str], arn: StackArn | str, *, reason: str) -> dict[str, str]:
    """Make the acknowledgements that the deploy role may not make some calls: by the finding's id, the reason.

    Args:
        actions: The IAM actions.
        arn: What they are called on; `*` for actions without resource types.
        reason: Why an operator makes the change that calls them.
    """
    whole = f"{reason} An operator makes such a change."
    return {f"missing[{action} {arn}]": whole for action in actions}
