"""No name that the stack's template will create is taken by something outside the stack, such as a leftover."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from leastgrant.text import counted
from ops.aws.errors import CALL_ERRORS, explained
from ops.checks.result import CheckFinding, found, good, not_asked
from ops.stack.fixed_names import FixedName, fixed_names, is_taken
from ops.stack.resource_types import DATA_BEARING
from ops.stack.resources import is_named, owned_by

if TYPE_CHECKING:
    from leastgrant.template import ResolvedTemplate
    from ops.aws.account import Account

_THREADS = 4


def names_are_free(account: Account, stack: str, template: ResolvedTemplate) -> CheckFinding:
    """Call `ListStackResources`, and for each fixed name that the stack does not have, ask its service.

    Raises:
        BotoCoreError, ClientError: the stack's resources could not be listed.
    """
    owned = owned_by(account.cloudformation, stack)
    names = list(fixed_names(template))
    fixed = [name for name in names if isinstance(name, FixedName)]
    asked = [name for name in fixed if not any(is_named(one, name.name) for one in owned.get(name.type, ()))]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = dict(zip(asked, pool.map(partial(_is_taken, account), asked), strict=True))
    taken = [f"{name} exists outside {stack}" for name, answer in answers.items() if answer is True]
    unknown = [f"not checked: {name}: {answer}" for name, answer in answers.items() if isinstance(answer, str)]
    unknown += [f"not checked: {name}" for name in names if not isinstance(name, FixedName)]
    if taken:
        left = counted(len(taken), "resource")
        holds_data = any(name.type in DATA_BEARING for name, answer in answers.items() if answer is True)
        remedy = "run ops reconcile" if holds_data else "nothing takes it back, so it has to go first"
        return found(f"{left} outside {stack} with a name that it will create: {remedy}", *taken, *unknown)
    if unknown:
        return not_asked(f"not for every name that {stack} will create is it known whether it is taken", *unknown)
    return good(f"{stack} has or can create all that it names ({counted(len(fixed), 'fixed name')})")


def _is_taken(account: Account, name: FixedName) -> bool | str:
    """Tell whether the name is taken, or why that could not be asked."""
    try:
        return is_taken(account, name)
    except CALL_ERRORS as error:
        return explained(error)
