"""Managed policies that AWS owns: the documents of the common ones, as they were at a date.

`data/aws_managed_policies.jsonl` is written by `python -m leastgrant.iam.generate_managed`. AWS changes them when it
likes ("AWS managed policies", AWS IAM User Guide), so what is proved of one is proved of the version that is named.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.iam.document import parse_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.iam.document import Policy

DATA_FILE = Path(__file__).parent / "data" / "aws_managed_policies.jsonl"

_ARN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A policy of AWS."""

    name: str
    """With its path, such as `job-function/ViewOnlyAccess`."""
    version: str
    updated: str
    """The date of this version."""
    document: Mapping[str, object]

    def parsed(self) -> Policy:
        """The policy; its statements are named for it and its version."""
        return parse_policy(self.document, f"{self.name.rpartition('/')[2]} {self.version}")


def managed_policy(arn: str) -> ManagedPolicy | None:
    """The policy with this ARN, in any partition; None: it is not one of AWS's, or not one of the common ones."""
    found = _ARN.fullmatch(arn)
    return _known().get(found["name"]) if found else None


@cache
def _known() -> Mapping[str, ManagedPolicy]:
    lines = DATA_FILE.read_text(encoding="utf-8").splitlines()
    return {policy.name: policy for policy in (ManagedPolicy(**json.loads(line)) for line in lines)}
