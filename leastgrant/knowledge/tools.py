"""What the tools that deploy call themselves, with the caller's permissions, by the version that was looked at.

Only what the caller does when no other role is assumed: with the roles of `cdk bootstrap` it is these roles that call.
What CloudFormation's handlers call for the resources is not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leastgrant.knowledge.call import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping


class CalledOn(Enum):
    """What a tool's call is made on."""

    STACK = "the stack that is deployed"
    EVERY_STACK = "each stack of the account and region"
    BOOTSTRAP_STACK = "the stack that `cdk bootstrap` makes"
    BUCKET = "the bucket that the tool uploads to"
    OBJECTS = "the objects that it uploads"
    REPOSITORY = "the repository of images that `cdk bootstrap` makes"
    NOTHING = "no resource"


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Calls that a command makes for one reason."""

    part: str
    """Tells them apart from the command's other calls; empty: what the command is for."""
    reason: str
    actions: tuple[str, ...]
    on: CalledOn
    keys: tuple[str, ...] = ("*",)
    """Of objects: what their keys match, after a prefix."""
    tier: Tier = Tier.REQUIRED
    """Advisory: made in some cases, or refused without the command failing."""


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """A command of a tool."""

    name: str
    source: str
    calls: tuple[ToolCalls, ...]
    bucket: str | None = None
    """Where it uploads to unless it is told, with `${Account}` and `${Region}`; None: it must be told."""
    uploads_always: bool = True
    """Whether it cannot do without a bucket."""


def _advisory(calls: ToolCalls) -> ToolCalls:
    return replace(calls, tier=Tier.ADVISORY)


def _cfn(*names: str) -> tuple[str, ...]:
    return tuple(f"cloudformation:{name}" for name in names)


_READS_TEMPLATE: Final = "CloudFormation reads the uploaded template with the caller's permission"
"""Source: "Why do I get an S3 Access Denied error from CloudFormation?", AWS re:Post Knowledge Center."""
_BY_HASH: Final = ("*.json", "*.zip")
"""The keys of CDK's assets: their hash, and what kind of file they are."""

_CHANGE_SETS: Final = ToolCalls(
    "",
    "makes, reads, executes and discards change sets",
    _cfn(
        "CreateChangeSet",
        "DeleteChangeSet",
        "DescribeChangeSet",
        "DescribeEvents",
        "DescribeStackEvents",
        "DescribeStacks",
        "ExecuteChangeSet",
        "GetTemplate",
    ),
    CalledOn.STACK,
)
_BUCKET: Final = ToolCalls(
    "artifacts",
    "looks at the bucket before it uploads",
    ("s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket"),
    CalledOn.BUCKET,
)
_UPLOAD: Final = ToolCalls(
    "upload", "uploads the template and the code", ("s3:PutObject",), CalledOn.OBJECTS, keys=_BY_HASH
)
_TEMPLATE: Final = ToolCalls("template", _READS_TEMPLATE, ("s3:GetObject",), CalledOn.OBJECTS, keys=("*.json",))
_UPLOADS: Final = (_BUCKET, _UPLOAD, _TEMPLATE)
_BOOTSTRAP: Final = ToolCalls(
    "bootstrap",
    "asks for the stack of cdk bootstrap, and goes on without",
    _cfn("DescribeStacks"),
    CalledOn.BOOTSTRAP_STACK,
    tier=Tier.ADVISORY,
)
_HINTS: Final = (
    ToolCalls(
        "hints",
        "looks for hints after a failed deployment, and goes on without",
        _cfn("DescribeStackResources", "ListHookResults", "GetHookResult", "ListChangeSets"),
        CalledOn.STACK,
        tier=Tier.ADVISORY,
    ),
    ToolCalls(
        "hints of CloudTrail",
        "looks for hints after a failed deployment, and goes on without",
        ("cloudtrail:LookupEvents",),
        CalledOn.NOTHING,
        tier=Tier.ADVISORY,
    ),
)
_TERMINATION_PROTECTION: Final = ToolCalls(
    "termination protection",
    "sets it where the app has it otherwise than the stack",
    _cfn("UpdateTerminationProtection"),
    CalledOn.STACK,
    tier=Tier.ADVISORY,
)
_DELETED_FIRST: Final = ToolCalls(
    "failed creation",
    "deletes a stack whose creation failed before it creates it again",
    _cfn("DeleteStack"),
    CalledOn.STACK,
    tier=Tier.ADVISORY,
)
_RECORDED: Final = "aws-cdk 2.1148.1, recorded in November 2026"
_READ: Final = "aws-cdk 2.1148.1, its source"
_CDK_BUCKET: Final = "cdk-hnb659fds-assets-${Account}-${Region}"
"""Source: DefaultStackSynthesizer, AWS CDK API Reference."""


def _cdk(command: str, *calls: ToolCalls, source: str = _READ) -> ToolCommand:
    return ToolCommand(f"cdk {command}", source, (*calls, _BOOTSTRAP), bucket=_CDK_BUCKET)


def _on_stack(reason: str, *names: str) -> ToolCalls:
    return ToolCalls("", reason, _cfn(*names), CalledOn.STACK)


_AWS_CLI: Final = "aws-cli 2.36.7 (July 2026), its source"
_SAM: Final = "aws-sam-cli 1.164.0 (July 2026), its source"
_PACKAGED: Final = "keeps what has been uploaded already, and uploads the rest"

_COMMANDS: Final = (
    _cdk(
        "deploy",
        _CHANGE_SETS,
        *_UPLOADS,
        _DELETED_FIRST,
        _TERMINATION_PROTECTION,
        *_HINTS,
        source=_RECORDED,
    ),
    _cdk(
        "deploy --method=execute-change-set",
        _on_stack(
            "executes a change set that was reviewed, and tells what it changed",
            "DescribeChangeSet",
            "DescribeStackEvents",
            "DescribeStacks",
            "ExecuteChangeSet",
            "ListStackResources",
        ),
        *_HINTS,
        source=_RECORDED,
    ),
    _cdk(
        "deploy --method=direct",
        _on_stack(
            "creates or updates the stack without a change set",
            "CreateStack",
            "DescribeStackEvents",
            "DescribeStacks",
            "GetTemplate",
            "UpdateStack",
        ),
        *_UPLOADS,
        _DELETED_FIRST,
        _TERMINATION_PROTECTION,
        *_HINTS,
    ),
    _cdk(
        "diff",
        _on_stack("compares with what is deployed", "DescribeStacks", "GetTemplate"),
        replace(
            _CHANGE_SETS,
            part="change set",
            reason="compares by a change set that it discards, and by the templates alone where it may not",
            actions=_cfn("CreateChangeSet", "DeleteChangeSet", "DeleteStack", "DescribeChangeSet", "DescribeEvents"),
            tier=Tier.ADVISORY,
        ),
        *map(_advisory, _UPLOADS),
        source=_RECORDED,
    ),
    _cdk(
        "import",
        _on_stack(
            "imports by a change set",
            "CreateChangeSet",
            "DeleteChangeSet",
            "DescribeChangeSet",
            "DescribeEvents",
            "DescribeStackEvents",
            "DescribeStacks",
            "ExecuteChangeSet",
            "GetTemplate",
            "GetTemplateSummary",
        ),
        *_UPLOADS,
        *_HINTS,
    ),
    _cdk(
        "rollback",
        _on_stack(
            "rolls a failed deployment back",
            "ContinueUpdateRollback",
            "DescribeStackEvents",
            "DescribeStacks",
            "RollbackStack",
        ),
    ),
    _cdk(
        "drift",
        _on_stack(
            "has drift detected, and reads what was found",
            "DescribeStackDriftDetectionStatus",
            "DescribeStackResourceDrifts",
            "DetectStackDrift",
        ),
        replace(
            _on_stack("may be asked for by CloudFormation, of each resource", "DetectStackResourceDrift"),
            part="resources",
            tier=Tier.ADVISORY,
        ),
    ),
    _cdk(
        "destroy",
        _on_stack("deletes the stack", "DeleteStack", "DescribeStackEvents", "DescribeStacks"),
    ),
    _cdk(
        "gc",
        ToolCalls(
            "",
            "reads which assets are in use",
            _cfn("GetTemplate", "GetTemplateSummary", "ListStacks"),
            CalledOn.EVERY_STACK,
        ),
        ToolCalls("bucket", "lists the assets", ("s3:ListBucket",), CalledOn.BUCKET),
        ToolCalls(
            "files",
            "marks those that are not in use, and deletes those that were marked",
            ("s3:DeleteObject", "s3:DeleteObjectTagging", "s3:GetObjectTagging", "s3:PutObjectTagging"),
            CalledOn.OBJECTS,
        ),
        ToolCalls(
            "images",
            "marks those that are not in use, and deletes those that were marked",
            ("ecr:BatchDeleteImage", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:ListImages", "ecr:PutImage"),
            CalledOn.REPOSITORY,
        ),
        ToolCalls("environment", "asks what cdk bootstrap made", _cfn("DescribeStacks"), CalledOn.BOOTSTRAP_STACK),
    ),
    ToolCommand(
        "aws cloudformation deploy",
        _AWS_CLI,
        (
            _on_stack(
                "makes and executes a change set",
                "CreateChangeSet",
                "DescribeChangeSet",
                "DescribeStacks",
                "ExecuteChangeSet",
                "GetTemplateSummary",
            ),
            ToolCalls("upload", _PACKAGED, ("s3:PutObject",), CalledOn.OBJECTS, keys=("*.template",)),
            ToolCalls("template", _READS_TEMPLATE, ("s3:GetObject",), CalledOn.OBJECTS, keys=("*.template",)),
        ),
        uploads_always=False,
    ),
    ToolCommand(
        "aws cloudformation package",
        _AWS_CLI,
        (
            ToolCalls("", _PACKAGED, ("s3:PutObject",), CalledOn.OBJECTS),
            ToolCalls("what is there", _PACKAGED, ("s3:GetObject",), CalledOn.OBJECTS, tier=Tier.ADVISORY),
        ),
    ),
    ToolCommand(
        "sam deploy",
        _SAM,
        (
            _on_stack(
                "makes and executes a change set",
                "CreateChangeSet",
                "DescribeChangeSet",
                "DescribeStackEvents",
                "DescribeStacks",
                "ExecuteChangeSet",
                "GetTemplateSummary",
            ),
            ToolCalls("upload", _PACKAGED, ("s3:PutObject",), CalledOn.OBJECTS),
            ToolCalls("what is there", _PACKAGED, ("s3:GetObject",), CalledOn.OBJECTS, tier=Tier.ADVISORY),
            ToolCalls("template", _READS_TEMPLATE, ("s3:GetObject",), CalledOn.OBJECTS, keys=("*.template",)),
            ToolCalls(
                "after a failure",
                "deletes or rolls back the stack if --on-failure says so",
                _cfn("DeleteStack", "RollbackStack"),
                CalledOn.STACK,
                tier=Tier.ADVISORY,
            ),
        ),
    ),
)
COMMANDS: Mapping[str, ToolCommand] = MappingProxyType({command.name: command for command in _COMMANDS})
"""By name. Not among them: `cdk watch` and `--hotswap`, whose calls depend on the resources, and what a role that
`cdk bootstrap` made calls."""

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {"cdk": "cdk deploy", "sam": "sam deploy", "aws-cli": "aws cloudformation deploy"}
)
"""The command that the name of a tool alone stands for."""

BOOTSTRAP_STACK: Final = "CDKToolkit"
REPOSITORY: Final = "cdk-hnb659fds-container-assets-${Account}-${Region}"
"""Source: as of the bucket."""
