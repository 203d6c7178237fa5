"""Where a stack is deployed, as far as that is known, and the pseudo parameters that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leastgrant.iam.pattern import ANY, Pattern

_FORMS = {
    "partition": (re.compile(r"aws[a-z-]*"), "aws, aws-cn or aws-us-gov"),
    "region": (re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+"), "eu-west-1"),
    "account": (re.compile(r"[0-9]{12}"), "123456789012"),
    "stack_name": (re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,127}"), "my-stack"),
}
"""The forms of `AWS::Partition`, `AWS::Region`, `AWS::AccountId` (12 digits) and of a stack's name (a letter,
then letters, digits and hyphens, 128 in all; AWS CloudFormation API Reference, CreateStack)."""

_URL_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
"""AWS CloudFormation User Guide, "Pseudo parameters": `AWS::URLSuffix`."""


_PARTITIONS = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}
"""How the regions of the other partitions than `aws` begin (`partitions.json` of the AWS SDKs)."""


def _partition_of(region: str) -> str:
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a stack is deployed; None is what is not known. The partition follows from the region.

    Raises:
        ValueError: a value has not the form that AWS gives it; the message names it and shows one that has.
    """

    partition: str | None = None
    region: str | None = None
    account: str | None = None
    stack_name: str | None = None

    def __post_init__(self) -> None:
        """Checks the forms."""
        given = {
            "partition": self.partition,
            "region": self.region,
            "account": self.account,
            "stack_name": self.stack_name,
        }
        for name, value in given.items():
            form, example = _FORMS[name]
            if value is not None and not form.fullmatch(value):
                raise ValueError(f"{name} {value!r} has not the form of one; it looks like {example}")
        if self.partition is None and self.region is not None:
            object.__setattr__(self, "partition", _partition_of(self.region))

    @property
    def patterns(self) -> dict[str, Pattern]:
        """What is known, as patterns; `*` for what is not."""
        known = {
            "partition": self.partition,
            "region": self.region,
            "account": self.account,
            "stack_name": self.stack_name,
            "url_suffix": _URL_SUFFIXES.get(self.partition or ""),
        }
        return {name: ANY if value is None else Pattern.literal(value) for name, value in known.items()}
