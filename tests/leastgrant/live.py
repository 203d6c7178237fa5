"""The deployed stacks, from the record that the rehearsal begins with."""

import json
from typing import Any

from leastgrant.role import Role, role_of_template
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve
from rehearsal.live_state import APP, ROLE, recorded, stale_role, with_code

_CODE = {"S3Bucket": "aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd", "S3Key": "dataops-v1/code"}
"""The record leaves `Code` out; SAM put it under some key of this bucket."""


def live_app() -> ResolvedTemplate:
    return _resolved(with_code(recorded(APP), {"DocsFullAppFunction": _CODE, "WorkEngineFunction": _CODE}), APP)


def live_role(*, stale: bool = False) -> Role:
    """The role; if stale, as it was when the deploy was rolled back."""
    return role_of_template(_resolved(stale_role() if stale else recorded(ROLE), ROLE))


def _resolved(template: dict[str, Any], stack: str) -> ResolvedTemplate:
    place = Environment("aws", "eu-west-1", "817685572750", stack)
    return resolve(parse(json.dumps(template), f"{stack}.json"), place)
