"""The documents of AWS's own managed policies, those that roles and boundaries commonly name.

Source: `data/managed_policies.jsonl`, from zoph-io/MAMIP, which records what IAM answers; a header line with the date,
then one policy a line with its version and the day of it. `generate_managed_policies` writes it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

DATA_FILE = Path(__file__).parent / "data" / "managed_policies.jsonl"
_ARN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?P<name>.+)")


def managed_policy(arn: str) -> object | None:
    """Return the document of AWS's policy with this ARN; None if it is not known, or no policy of AWS's."""
    match = _ARN.fullmatch(arn)
    line = _lines().get(match["name"]) if match else None
    return None if line is None else line["document"]


def is_of_aws(arn: str) -> bool:
    """Tell whether the ARN is of a policy of AWS's own, which nobody else can write."""
    return _ARN.fullmatch(arn) is not None


def managed_policy_version(arn: str) -> str | None:
    """Return the version of the document that `managed_policy` gives, such as `v12`; None as there."""
    match = _ARN.fullmatch(arn)
    line = _lines().get(match["name"]) if match else None
    return None if line is None else str(line["version"])


def names() -> tuple[str, ...]:
    """Return the policies that are known, with paths as in their ARNs."""
    return tuple(_lines())


@cache
def _lines() -> dict[str, dict[str, object]]:
    _, *lines = DATA_FILE.read_text(encoding="utf-8").splitlines()
    return {line["policy"]: line for line in map(json.loads, lines)}
