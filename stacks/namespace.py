"""The names that belong to one CloudFormation stack, as ARNs: the only source of resources for a grant.

CloudFormation names what it creates `<stack>-<logical id>-<random>`, and this project names what it names itself
`<stack>-...` or `<stack>/...`. So the prefix is the boundary of a stack, and every ARN made here lies within it.
"""

import re
from dataclasses import dataclass
from typing import Final, NewType, final

from settings import rules
from settings.regions import PARTITION_OF

StackArn = NewType("StackArn", str)
"""The ARN of something in a stack's namespace, or a pattern of such ARNs. Made by `StackNamespace` alone."""


@final
@dataclass(frozen=True, slots=True)
class StackNamespace:
    """One stack, in one account and one region, of one partition.

    Raises:
        ValueError: a part is not what AWS accepts; no part can hold a wildcard.
    """

    partition: str
    region: str
    account: str
    stack_name: str

    def __post_init__(self) -> None:
        rules.region(self.region)
        rules.account(self.account)
        rules.stack_name(self.stack_name)
        if self.partition != PARTITION_OF[self.region]:
            raise ValueError(f"{self.region} is in partition {PARTITION_OF[self.region]}, not {self.partition!r}")

    @property
    def stack(self) -> StackArn:
        """The stack itself; its unique id is chosen by CloudFormation."""
        return self._regional("cloudformation", f"stack/{self.stack_name}/*")

    @property
    def event_rules(self) -> StackArn:
        """The stack's rules on the default event bus."""
        return self._regional("events", f"rule/{self.stack_name}-*")

    @property
    def tables(self) -> StackArn:
        """The stack's DynamoDB tables."""
        return self._regional("dynamodb", f"table/{self.stack_name}-*")

    def table(self, name: str) -> StackArn:
        """The table `<stack>-<name>`."""
        return self._regional("dynamodb", f"table/{self.stack_name}-{_literal(name)}")

    @property
    def buckets(self) -> StackArn:
        """The stack's S3 buckets. A bucket's ARN has neither account nor region."""
        return StackArn(f"arn:{self.partition}:s3:::{self.stack_name.lower()}-*")

    def artifact_bucket(self, bucket_name: str) -> StackArn:
        """The bucket that the stack is deployed from. It is the one thing here that the stack does not own."""
        return StackArn(f"arn:{self.partition}:s3:::{rules.bucket_name(bucket_name)}")

    def artifacts(self, bucket_name: str) -> StackArn:
        """The stack's own artifacts in that bucket, under `<stack>/`."""
        return StackArn(f"{self.artifact_bucket(bucket_name)}/{self.stack_name}/*")

    def earlier_artifacts(self, bucket_name: str) -> StackArn:
        """All artifacts in that bucket: SAM did not keep the stack's own apart."""
        return StackArn(f"{self.artifact_bucket(bucket_name)}/*")

    def function(self, logical_id: str) -> StackArn:
        """The Lambda function that CloudFormation names after a logical id."""
        return self._regional("lambda", f"function:{self._generated(logical_id)}")

    def role(self, logical_id: str) -> StackArn:
        """The IAM role that CloudFormation names after a logical id. IAM has no regions."""
        return StackArn(f"arn:{self.partition}:iam::{self.account}:role/{self._generated(logical_id)}")

    def secret(self, name: str) -> StackArn:
        """The secret `<stack>/<name>`; Secrets Manager adds a hyphen and six characters."""
        return self._regional("secretsmanager", f"secret:{self.stack_name}/{_literal(name)}-*")

    def holds(self, arn: str) -> bool:
        """Whether an ARN, or every ARN of a pattern, is of this stack by its account, its region and its name."""
        return arn.startswith(tuple(self._beginnings))

    @property
    def _beginnings(self) -> list[str]:
        named = (f"{self.stack_name}-", f"{self.stack_name}/")
        return [
            f"arn:{self.partition}:s3:::{self.stack_name.lower()}-",
            *(f"arn:{self.partition}:iam::{self.account}:role/{name}" for name in named),
            *(self._regional(service, f"{kind}{name}") for service, kind in _KINDS for name in named),
        ]

    def _generated(self, logical_id: str) -> str:
        return f"{self.stack_name}-{_literal(logical_id)}-*"

    def _regional(self, service: str, resource: str) -> StackArn:
        return StackArn(f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}")


_KINDS: Final = (
    ("cloudformation", "stack/"),
    ("dynamodb", "table/"),
    ("events", "rule/"),
    ("lambda", "function:"),
    ("secretsmanager", "secret:"),
)
"""What of a service's regional ARNs comes before a name."""


def _literal(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9/_.-]+", name):
        raise ValueError(f"a name in a stack's namespace is letters, digits or /_.-, without wildcards, not {name!r}")
    return name
