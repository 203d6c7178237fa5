"""Whether a change of the deploy role's trust lets in nobody who is not let in already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant import InputError, new_access
from ops.change_set.change_set import ResourceAction
from ops.change_set.verdict import TRUST
from ops.errors import OpsError
from ops.role.deployed import read_deployed_role
from ops.role.synthesised import declared_role

if TYPE_CHECKING:
    from leastgrant import Role
    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.project.placed_template import PlacedTemplate


def only_narrows_trust(account: Account, change_set: ChangeSet, proposed: PlacedTemplate) -> bool:
    """Tell whether whoever the proposed trust lets in, the deployed one lets in too, as leastgrant proves.

    What cannot be read or decided is no narrowing. Where no trust changes, nothing is asked.

    Raises:
        BotoCoreError, ClientError: the deployed template could not be read.
    """
    if not any(_touches_trust(change_set)):
        return False
    settings = account.settings
    try:
        deployed = read_deployed_role(account.cloudformation, settings)
        after = declared_role(settings, proposed.resolved, f"the template of {change_set.name}")
        return deployed is not None and is_narrower(deployed.role, after.role)
    except (OpsError, InputError):
        return False


def is_narrower(before: Role, after: Role) -> bool:
    """Tell whether it is decided that nobody can newly assume a role."""
    access = new_access(before, after)
    return access.admitted == () and not any(one.principal for one in access.not_known_gained)


def _touches_trust(change_set: ChangeSet) -> list[bool]:
    return [
        TRUST in detail.target.properties
        for change in change_set.changes
        if change.action is ResourceAction.MODIFY
        for detail in change.details
    ]
