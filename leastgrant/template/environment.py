"""Where a stack is deployed, as far as that is known, and the pseudo parameters that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge.arn import StackPlace
from leastgrant.template.values import ABSENT, UNKNOWN

if TYPE_CHECKING:
    from leastgrant.template.naming import StackName
    from leastgrant.template.values import Value

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


_REGIONS = {
    "aws": """
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
        ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
        eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1
        me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2
    """,
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1 us-isob-west-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-east-1 us-isof-south-1",
    "aws-us-gov": "us-gov-east-1 us-gov-west-1",
}
"""The regions of each partition (`partitions.json` of botocore 1.44.8, November 2026)."""

PARTITION_OF = {region: partition for partition, regions in _REGIONS.items() for region in regions.split()}
"""The partition of each region, by the region's name."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a stack is deployed; None is what is not known. The partition follows from the region.

    Raises:
        ValueError: a value has not the form that AWS gives it, or there is no such region; the message names it, and
            shows one that is right. A region that is newer than the list of them needs the partition beside it.
    """

    partition: str | None = None
    region: str | None = None
    account: str | None = None
    stack_name: StackName | None = None
    """A pattern if CloudFormation makes the name up, as it does for nested stacks."""
    own_buckets: tuple[str, ...] = ()
    """Buckets that are known to be of the account, whose names do not say so: an ARN of S3 has no account."""

    def __post_init__(self) -> None:
        """Check the forms."""
        given = {
            "partition": self.partition,
            "region": self.region,
            "account": self.account,
            "stack_name": self.stack_name,
        }
        for name, value in given.items():
            form, example = _FORMS[name]
            if isinstance(value, str) and not form.fullmatch(value):
                raise ValueError(f"{name} {value!r} has not the form of one; it looks like {example}")
        if self.region is None:
            return
        known = PARTITION_OF.get(self.region)
        if known is None and self.partition is None:
            nearest = get_close_matches(self.region, PARTITION_OF, 1, 0.8)
            hint = f"did you mean {nearest[0]}?" if nearest else "regions look like eu-west-1"
            raise ValueError(f"there is no region {self.region!r}; {hint} (give the partition of a new one too)")
        if known is not None and self.partition not in {None, known}:
            raise ValueError(f"region {self.region!r} is of the partition {known}, not {self.partition}; correct one")
        object.__setattr__(self, "partition", self.partition or known)

    @property
    def place(self) -> StackPlace:
        """What is known, as what ARNs are filled with."""
        return StackPlace(_pattern(self.partition), _pattern(self.region), _pattern(self.account))

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
        return {name: _pattern(value) for name, value in known.items()}


def _pattern(value: StackName | None) -> Pattern:
    if isinstance(value, str):
        return Pattern.literal(value)
    return ANY if value is None else value


def pseudo_parameters(environment: Environment) -> dict[str, Value]:
    """Return the values of AWS CloudFormation User Guide, "Pseudo parameters"."""
    known = environment.patterns
    partition, region, account = (known[name] for name in ("partition", "region", "account"))
    stack = Pattern.literal("arn:") + partition + Pattern.literal(":cloudformation:") + region
    stack += Pattern.literal(":") + account + Pattern.literal(":stack/") + known["stack_name"] + Pattern.parse("/*")
    return {
        "AWS::AccountId": account,
        "AWS::NoValue": ABSENT,
        "AWS::NotificationARNs": UNKNOWN,
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::StackId": stack,
        "AWS::StackName": known["stack_name"],
        "AWS::URLSuffix": known["url_suffix"],
    }
