"""The names that belong to one CloudFormation stack, as ARNs: the only source of resources for a grant.

CloudFormation names what it creates `<stack>-<logical id>-<random>`, and this project names what it names itself
`<stack>-...` or `<stack>/...`. So the prefix is the boundary of a stack, and every ARN made here lies within it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast, final

from leastgrant.template import PARTITION_OF
from settings import LiveRecord, RecordState, Settings, constraints
from stacks.names import AppFunction

ROLE: Final = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"
BUCKET: Final = "arn:${Partition}:s3:::${BucketName}"
TABLE: Final = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
SECRET: Final = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}"
"""ARNs as the Service Authorization Reference writes them."""


_STACK_NAME: Final = "aws:cloudformation:stack-name"
"""The tag that CloudFormation puts on what it makes ("Resource tag", AWS CloudFormation Template Reference)."""


_BY_FUNCTION: Final = ("ArnLike", "lambda:FunctionArn")


@final
@dataclass(frozen=True, slots=True)
class Tie:
    """The condition that holds for what is a stack's, where AWS names it without the stack's name.

    Made by `StackNamespace` alone.
    """

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def conditions(self) -> dict[str, dict[str, list[str]]]:
        """The condition as a statement has it."""
        return {self.operator: {self.key: [*self.values]}}


@final
@dataclass(frozen=True, slots=True)
class StackArn:
    """The ARN of something in a stack's namespace, or a pattern of such ARNs. Made by `StackNamespace` alone.

    Raises:
        ValueError: it is a pattern without a reason, or one ARN with a reason.
    """

    arn: str
    reason: str = ""
    """Why the pattern cannot be narrower: a sentence, for cdk-nag's report and docs/deploy-role.md."""
    tie: Tie | None = None
    """What makes it the stack's, if its name does not."""

    def __post_init__(self) -> None:
        if self.is_pattern != bool(self.reason):
            raise ValueError(f"{self.arn}: a pattern, and nothing else, is given the reason why it is no narrower")

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many ARNs."""
        return "*" in self.arn or "?" in self.arn

    @property
    def service(self) -> str:
        """The service prefix, such as `events`."""
        return self.arn.split(":")[2]

    def __str__(self) -> str:
        return self.arn


@final
@dataclass(frozen=True, slots=True)
class StackNamespace:
    """One stack, in one account and one region, of one partition, and the record of what it has already.

    Raises:
        ValueError: a part is not what AWS accepts; no part can hold a wildcard.
    """

    partition: str
    region: str
    account: str
    stack_name: str
    record: LiveRecord | None = None
    """None: the stack has nothing yet."""

    def __post_init__(self) -> None:
        constraints.region(self.region)
        constraints.account(self.account)
        constraints.stack_name(self.stack_name)
        if self.partition != PARTITION_OF[self.region]:
            raise ValueError(f"{self.region} is in partition {PARTITION_OF[self.region]}, not {self.partition!r}")

    @classmethod
    def of_app(cls, settings: Settings, record: LiveRecord | None = None) -> Self:
        """Make the namespace of the app stack, of which the record says what it has already."""
        return cls(settings.partition, settings.region, settings.account, settings.app_stack_name, record)

    def arn(self, arn_format: str, after_stack_name: str, *, reason: str = "") -> StackArn:
        """Give the ARN of what is named `<stack><after_stack_name>`, such as `-users`, or of all that begins so: `-*`.

        Args:
            arn_format: the resource type's ARN as the Service Authorization Reference writes it, such as
                `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.
            after_stack_name: a hyphen or a slash, then the rest of the name; `*` may stand after one of them, at the
                end.
            reason: why the pattern cannot be narrower, if it is one.

        Raises:
            ValueError: the format or the rest of the name could reach outside the namespace.
        """
        if not re.fullmatch(r"[-/]([A-Za-z0-9/_.-]+|([A-Za-z0-9/_.-]*[-/])?\*)", after_stack_name):
            raise ValueError(
                "after a stack's name come - or /, then letters, digits or /_.-, and * at most as the last part, not"
                f" {after_stack_name!r}"
            )
        known = {"Partition": self.partition, "Region": self.region, "Account": self.account}
        name = f"{self._in_bucket_names if ':s3:' in arn_format else self.stack_name}{after_stack_name}"
        arn = re.sub(r"\$\{(\w+)\}", lambda variable: known.get(variable[1], name), arn_format)
        if not re.fullmatch(r"[^*?]*\$\{\w+\}", arn_format) or arn.count(name) != 1 or not self.holds(arn):
            raise ValueError(f"{arn_format!r} is no ARN format of resources of one account that ends with their name")
        return StackArn(arn, reason)

    def generated(self, arn_format: str, logical_id: str) -> StackArn:
        """Give the ARN of a resource that CloudFormation names: the recorded one, or else all that it may make.

        Raises:
            ValueError: the recorded name is not the stack's.
        """
        name = self.record.resources.get(logical_id) if self.record else None
        if name is None:
            reason = f"CloudFormation ends the name with random characters when it makes {logical_id}."
            made = logical_id.lower() if ":s3:" in arn_format else logical_id
            return self.arn(arn_format, f"-{made}-*", reason=reason)
        own = self._in_bucket_names if ":s3:" in arn_format else self.stack_name
        if not name.startswith(f"{own}-"):
            raise ValueError(f"{logical_id}: {name!r} is recorded as its name, which is not the stack's: {own}-...")
        return self.arn(arn_format, name.removeprefix(own))

    def tied(self, arn_format: str, tie: Tie, *, reason: str) -> StackArn:
        """Give the pattern of all resources of a type that AWS names without the stack's name, under the tie.

        Args:
            arn_format: the resource type's ARN as the Service Authorization Reference writes it.
            tie: what makes one the stack's.
            reason: why its ARN does not.

        Raises:
            ValueError: the format has more than one part that is not known, or is of another place.
        """
        known = {"Partition": self.partition, "Region": self.region, "Account": self.account}
        arn = re.sub(r"\$\{(\w+)\}", lambda variable: known.get(variable[1], "*"), arn_format)
        here = rf"arn:{self.partition}:[a-z0-9-]+:(?:{self.region})?:{self.account}:[A-Za-z-]+[:/]\*"
        if not re.fullmatch(here, arn):
            raise ValueError(f"{arn_format!r} is no ARN format of resources of one account that ends with their name")
        return StackArn(arn, reason, tie)

    @property
    def tagged(self) -> Tie:
        """The tie of what CloudFormation has made for the stack, by its tag."""
        return Tie("StringEquals", f"aws:ResourceTag/{_STACK_NAME}", (self.stack_name,))

    @property
    def being_tagged(self) -> Tie:
        """The tie of what CloudFormation makes for the stack, or tags, by the tag that it sends."""
        return Tie("StringEquals", f"aws:RequestTag/{_STACK_NAME}", (self.stack_name,))

    def of_functions(self, *functions: StackArn) -> Tie:
        """Give the tie of what belongs to functions of the stack, such as the mapping of a queue.

        Raises:
            ValueError: there is none, or one that is not the stack's.
        """
        if not functions or not all(self.holds(function.arn) for function in functions):
            raise ValueError(f"name functions of the stack, not {[str(function) for function in functions]}")
        return Tie(*_BY_FUNCTION, tuple(function.arn for function in functions))

    def ties(self, conditions: Mapping[str, Mapping[str, object]]) -> bool:
        """Tell whether one of the conditions of a statement is a tie to this stack."""
        return any(
            self._is_tie(operator, key, cast("list[str]", value) if isinstance(value, list) else [str(value)])
            for operator, keys in conditions.items()
            for key, value in keys.items()
        )

    def _is_tie(self, operator: str, key: str, values: list[str]) -> bool:
        by_function = (operator, key) == _BY_FUNCTION and bool(values) and all(map(self.holds, values))
        return by_function or Tie(operator, key, tuple(values)) in {self.tagged, self.being_tagged}

    @property
    def is_taken_over(self) -> bool:
        """Whether SAM's template is the one that a deployment is rolled back to."""
        return self.record is not None and self.record.state is RecordState.BEING_TAKEN_OVER

    def has(self, logical_id: str) -> bool:
        """Tell whether the stack is recorded to have the resource already, so that none is created."""
        return self.record is not None and logical_id in self.record.resources

    @property
    def stack(self) -> StackArn:
        """The stack itself."""
        return StackArn(
            f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{self.stack_name}/*",
            "CloudFormation ends the stack's ARN with a unique id, which is not known before it is made.",
        )

    def artifact_bucket(self, bucket_name: str) -> StackArn:
        """Give the bucket that the stack is deployed from: the one thing here that the stack does not own."""
        return StackArn(f"arn:{self.partition}:s3:::{constraints.bucket_name(bucket_name)}")

    def artifacts(self, bucket_name: str) -> StackArn:
        """Give the stack's own artifacts in that bucket, under `<stack>/`."""
        return StackArn(
            f"{self.artifact_bucket(bucket_name)}/{self.stack_name}/*",
            "Each upload is named after its content, under the stack's own prefix.",
        )

    def earlier_artifacts(self, bucket_name: str) -> tuple[StackArn, ...]:
        """Give what SAM uploaded to that bucket and a rollback to its template reads; nothing, once that is over.

        SAM did not keep the stack's own apart: it is all of the bucket, unless the record has each function's object.
        """
        if self.record is None or not self.is_taken_over:
            return ()
        bucket, code = self.artifact_bucket(bucket_name), self.record.code
        if all(function in code for function in AppFunction):
            return tuple(StackArn(f"{bucket}/{key}") for key in dict.fromkeys(code.values()))
        reason = (
            "A rollback of the take-over reads the code that SAM uploaded, outside the stack's prefix; which objects"
            " these are is not recorded."
        )
        return (StackArn(f"{bucket}/*", reason),)

    def holds(self, arn: str) -> bool:
        """Tell whether an ARN, or every ARN of a pattern, is of this stack by its account, its region and its name."""
        if arn.startswith(f"arn:{self.partition}:s3:::{self._in_bucket_names}-"):  # neither account nor region
            return True
        region = f"(?:{self.region})?"  # IAM has no regions
        kind = "(?:[A-Za-z][A-Za-z-]*[:/])?"  # such as `rule/` or `function:`
        own = rf"arn:{self.partition}:(?!s3:)[a-z0-9-]+:{region}:{self.account}:{kind}{self.stack_name}[-/]"
        return re.match(own, arn) is not None

    @property
    def _in_bucket_names(self) -> str:
        """The stack's name as CloudFormation writes it in the names of buckets."""
        return self.stack_name.lower()
