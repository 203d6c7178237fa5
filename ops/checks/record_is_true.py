"""The app's stack has what the record says, which the deploy role may therefore not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.text import counted
from ops.checks.result import CheckFinding, found, good
from ops.stack.fixed_names import FixedName, fixed_names, is_taken
from ops.stack.resources import physical_ids
from settings import RecordState

if TYPE_CHECKING:
    from leastgrant.template import ResolvedTemplate
    from ops.aws.account import Account
    from settings import LiveRecord

_NEXT = "what is recorded, the deploy role may not make"


def record_is_true(account: Account, stack: str, template: ResolvedTemplate, record: LiveRecord) -> CheckFinding:
    """Call `ListStackResources`, and compare it with the record.

    During the take-over, what the record has and the stack has not may be what a rollback left behind, to be imported:
    whether there is a resource of that name is asked of its service.

    Raises:
        BotoCoreError, ClientError: as any call, and if there is no such stack.
    """
    if not record.resources:
        return good("nothing is recorded: the deploy role may make all")
    owned = physical_ids(account.cloudformation, stack)
    absent = [name for name in record.resources if name not in owned]
    taking_over = record.state is RecordState.BEING_TAKEN_OVER
    left = [name for name in absent if taking_over and _is_left_behind(account, name, template)]
    missing = [f"{name}{_called(record, name)} is not in {stack}" for name in absent if name not in left]
    others = [
        f"{name} is {owned[name]}, and recorded as {known}"
        for name, known in record.resources.items()
        if known is not None and name in owned and owned[name] != known
    ]
    details = [f"{name}{_called(record, name)} is outside {stack}, to be taken back" for name in left]
    if missing or others:
        wrong = counted(len(missing) + len(others), "resource")
        remedy = "take each back, or out of the record" if missing else "run ops record --write"
        return found(f"{wrong} not as recorded, and {_NEXT}: {remedy}", *missing, *others, *details)
    has = counted(len(record.resources), "resource")
    return good(f"{stack} has what was recorded on {record.recorded} ({has}, {record.state.value})", *details)


def _called(record: LiveRecord, logical_id: str) -> str:
    name = record.resources[logical_id]
    return f" ({name})" if name else ""


def _is_left_behind(account: Account, logical_id: str, template: ResolvedTemplate) -> bool:
    """Tell whether the template fixes its name, and there is a resource of it."""
    names = {one.logical_id: one for one in fixed_names(template) if isinstance(one, FixedName)}
    return logical_id in names and is_taken(account, names[logical_id])
