"""What AWS says when it denies a call, as a typed value.

The sentences are those of "Troubleshoot access denied error messages", AWS IAM User Guide, as services, SDKs and
CloudFormation's resource handlers wrap them; `tests/leastgrant/denial/test_message.py` holds each against messages that
AWS has sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.knowledge import Handler, UnknownType, authorization, iam_action, known_calls

if TYPE_CHECKING:
    from collections.abc import Iterator


class PolicyType(Enum):
    """The kind of policy that a denial names."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    ENDPOINT = "VPC endpoint policy"


@dataclass(frozen=True, slots=True)
class FailedResource:
    """The resource of a stack whose event tells of a denial, as far as it is told."""

    logical_id: str | None = None
    type: str | None = None
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """A denied call, as far as the message tells."""

    principal: str | None
    """Who called: an ARN."""
    action: str | None
    """In IAM's spelling."""
    resource: str | None
    """An ARN, or what the service calls it, such as `role deployer`."""
    policy: PolicyType | None
    """The kind of policy that does not allow the call, or denies it."""
    explicit: bool
    """Whether a policy says so; otherwise none allows it."""
    encoded: str | None
    """What `aws sts decode-authorization-message` makes readable."""
    policy_arn: str | None = None
    """The policy that denies the call."""
    service: str | None = None
    """The prefix of the service that refused, where no action is told."""
    failed: FailedResource = FailedResource()
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The condition keys of the request, in lower case, as far as they are told."""

    @property
    def by_grant(self) -> bool:
        """Whether a grant in the role's own policy fixes it, as far as is told."""
        return not self.explicit and self.policy in {None, PolicyType.IDENTITY}

    @property
    def tells_something(self) -> bool:
        """Whether it names the call, the service that refused, or what was being deployed."""
        return any((self.action, self.service, self.encoded, self.failed.logical_id, self.failed.type))


_DENIED = re.compile(
    r"not authori[sz]ed|access ?denied|access has been denied|UnauthorizedOperation|unauthori[sz]ed"
    r"|not have (?:\w+ ){0,2}permission|doesn't have (?:\w+ ){0,2}permission|have permission to|have permissions to"
    r"|permissions? error|Failed to set tags on AWS::|with an explicit deny|because no [A-Za-z -]+ allows the "
    r"|will not allow you to update the key policy|unable to assume the service linked role",
    re.IGNORECASE,
)
_PRINCIPAL = re.compile(
    r"\bUser: (?P<principal>\S+)|'(?P<quoted>arn:[^']+)' is not authorized|(?<!\S)(?P<bare>arn:\S+) is not authorized"
)
_NAMED = r"(?P<action>[A-Za-z0-9-]+:[A-Za-z0-9]+)"
_ACTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"allows the {_NAMED} action",  # another one, at times, than the call that it is asked of
        rf"[Nn]ot authori[sz]ed to (?:perform|call):? {_NAMED}",
        rf"have permissions? to (?:call|perform):? {_NAMED}",
        rf"additional permission \\?[\"'`]?{_NAMED}",
        rf"\bAPI: {_NAMED}",  # CloudFormation's older handlers say which call it was
    )
)
_OPERATIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"denied by (?P<service>\w+),.{0,200}? have permissions? to (?P<operation>\w+)\b",  # Lambda, of what it reads
        r"have permissions? to call (?P<operation>[A-Z]\w+) on (?P<service>\w+)",  # Lambda, of a function's role
        r"operation error (?P<service>[\w ]+): (?P<operation>\w+),",  # AWS SDK for Go v2
        r"Error executing \"(?P<operation>\w+)\" on \"https://(?P<service>[a-z0-9-]+)\.",  # AWS SDK for PHP
        r"\b(?P<service>[A-Za-z0-9]{2,40})\.(?P<operation>[A-Z]\w+): (?:AccessDenied|Unauthorized)",
    )
)
_WITHOUT_SERVICE = (
    re.compile(r"\((?P<code>\w+)\) when calling the (?P<operation>\w+) operation"),  # botocore, and so the AWS CLI
    re.compile(r"(?P<code>credentials) have permissions? to (?P<operation>[A-Z]\w+)"),
)
_SERVICE = re.compile(r"\(Service: ?(?P<service>[\w ]+?)[;,]")
_WORD = r"(?:(?!</)[^\s\"'\\\]])+"
_RESOURCE = re.compile(
    r"(?<![A-Za-z0-9-])[A-Za-z0-9-]+:[A-Za-z0-9]+(?:,| action)? on (?:resources?: ?)?"
    rf"(?P<resource>[\\\"']*arn:{_WORD}"
    rf"|(?:role|policy|user|group|instance profile|mfa|server certificate) {_WORD}"
    rf"|[\\\"']*(?!the |any |this ){_WORD})"
)
_OBJECT = re.compile(r"have permissions? to GetObject for (?P<object>[^\s\"']+)")
_NONE_ALLOWS = re.compile(r"because no (?P<policy>[A-Za-z -]+?) allows")
_ONE_DENIES = re.compile(r"with an explicit deny(?: in an? (?P<policy>[A-Za-z -]+)(?:: (?P<arn>arn:[^\s\"'()]+))?)?")
_ENCODED = re.compile(r"Encoded authorization failure message: (?P<encoded>[\w-]+)")

_SENTENCES = (
    ("not authorized to perform CreateLogGroup with Tags", "logs:TagResource"),
    ("not authorized to create or assume a service linked role", "iam:CreateServiceLinkedRole"),
    ("unable to assume the service linked role", "iam:CreateServiceLinkedRole"),
    ("not authorized to use launch template", "ec2:RunInstances"),
    ("will not allow you to update the key policy", "kms:PutKeyPolicy"),
    ("S3 error: Access Denied", "s3:GetObject"),  # CloudFormation, of a template that it reads
)
"""What services say without the name of the action that is missing. Sources: the issues of
`tests/leastgrant/denial/messages.json`; "Control the use of Amazon EC2 launch templates in Auto Scaling groups", Amazon
EC2 Auto Scaling User Guide; `CreateKey`, AWS KMS API Reference."""

_API_NAMES = {
    "s3:completemultipartupload": "s3:PutObject",
    "s3:copyobject": "s3:PutObject",
    "s3:createmultipartupload": "s3:PutObject",
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:setbucketencryption": "s3:PutEncryptionConfiguration",  # CloudFormation's older handler
    "s3:uploadpart": "s3:PutObject",
}
"""API operations that take an action of another name, beside those of `leastgrant.knowledge`: "Required permissions for
Amazon S3 API operations", Amazon S3 User Guide."""


def denial_in(message: str) -> Denial | None:
    """Find the denial that a message tells of; None if it tells of something else."""
    text = " ".join(message.split())
    if not _DENIED.search(text):
        return None
    principal = _PRINCIPAL.search(text)
    denies = _ONE_DENIES.search(text)
    action = _action(text)
    return Denial(
        principal=principal and (principal["principal"] or principal["quoted"] or principal["bare"]),
        action=action,
        resource=_resource(text),
        policy=_policy(denies or _NONE_ALLOWS.search(text)),
        explicit=denies is not None,
        encoded=_group(_ENCODED, text, "encoded"),
        policy_arn=denies and denies["arn"] and denies["arn"].rstrip("."),
        service=None if action else _service(text),
        failed=failed_resource_in(text),
    )


_FAILED = tuple(
    re.compile(pattern)
    for pattern in (
        r"_FAILED[\s|]+(?P<type>\w+::[\w:@-]+)[\s|]+\S+ \((?P<id>[A-Za-z0-9]+)\)",  # cdk, of a construct
        r"_FAILED[\s|]+(?P<type>\w+::[\w:@-]+)[\s|]+(?P<id>[A-Za-z0-9]+)",  # cdk, sam
        r"_FAILED[\s|]+(?P<id>[A-Za-z0-9]+)[\s|]+(?P<type>\w+::[\w:@-]+)",  # amplify
        r"_FAILED: (?P<id>[A-Za-z0-9]+) \((?P<type>\w+::[\w:@-]+)\)",  # serverless
        r"(?P<type>AWS::\w+::\w+)[/ ](?P<id>[A-Za-z0-9]+):? [A-Z]+_FAILED",  # eksctl, ansible
        r"Resource Name: (?P<id>[A-Za-z0-9]+) \((?P<type>\w+::[\w:@-]+)\)",  # amplify, of what failed
        r"(?:process|set) tags on (?P<type>AWS::\w+::\w+)(?P<id>)",
    )
)


def failed_resource_in(text: str) -> FailedResource:
    """Find the resource that an event is of, as the tools print it."""
    found = next((match for pattern in _FAILED if (match := pattern.search(text))), None)
    return FailedResource() if found is None else FailedResource(found["id"] or None, found["type"])


def spelled(action: str) -> str:
    """Write an action, or the API operation that a message names, as IAM does; as it is, if IAM has no such action."""
    return _API_NAMES.get(action.lower()) or iam_action(action) or action


def action_of(service: str, operation: str) -> str | None:
    """Return the action that an operation of a service takes; None if IAM has none of that name."""
    prefix = authorization.service_named(service.replace(" ", "")) or service.lower()
    found = spelled(f"{_PREFIXES.get(prefix, prefix)}:{_VERSION.sub('', operation)}")
    return found if authorization.action(found) else None


_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "cloudwatchlogs": "logs", "cloudwatchevents": "events"}
"""Names of services that are no prefix of IAM's and not their names in the reference."""

_VERSION = re.compile(r"20\d{6}(?:v\d+)?$")
"""What AWS Lambda's and CloudFront's operations have behind their names in CloudTrail's events."""


def _action(text: str) -> str | None:
    named = next((match["action"] for pattern in _ACTIONS if (match := pattern.search(text))), None)
    if named is not None and (named == "API" or "::" in named):
        named = None
    if named is not None and not _is_wrapper(named, text):
        return spelled(named)
    lowered = text.lower()
    told = next((action for sentence, action in _SENTENCES if sentence.lower() in lowered), None)
    return told or (spelled(named) if named else None) or _of_operation(text) or _tagging(text) or only_action_in(text)


def _is_wrapper(action: str, text: str) -> bool:
    """Tell whether what is named is the call in which another was refused."""
    return action.startswith("autoscaling:") and "use launch template" in text


def _of_operation(text: str) -> str | None:
    for pattern in _OPERATIONS:
        if (match := pattern.search(text)) and (action := action_of(match["service"], match["operation"])):
            return action
    match = next((match for pattern in _WITHOUT_SERVICE if (match := pattern.search(text))), None)
    if match is None:
        return None
    of_s3 = "operation: Access Denied" in text or match["operation"] == "GetObject"
    service = _BY_CODE.get(match["code"]) or ("s3" if of_s3 else None)
    if service is not None:
        return action_of(service, match["operation"])
    named = {action for prefix in authorization.services() if (action := action_of(prefix, match["operation"]))}
    return named.pop() if len(named) == 1 else None


_BY_CODE = {"UnauthorizedOperation": "ec2"}
"""Error codes of one service: "Error codes for the Amazon EC2 API"."""


_ANY_ACTION = re.compile(r"(?<![\w:./-])[a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+\b(?!:)")


_TAGGING = re.compile(r"(?:process|set) tags on")


def _tagging(text: str) -> str | None:
    """Return what tags a type of which nothing else is said, if it is one action."""
    type_name = failed_resource_in(text).type if _TAGGING.search(text) else None
    known = () if type_name is None else known_calls(type_name)
    if isinstance(known, UnknownType):
        return None
    called = {call.action for call in known if call.operation is Handler.CREATE}
    tagging = {str(found) for name in called if (found := authorization.action(name)) and "Tagging" in found.levels}
    return tagging.pop() if len(tagging) == 1 else None


def only_action_in(text: str) -> str | None:
    """Return the only action of IAM's that the text names anywhere."""
    known = {str(found) for named in _ANY_ACTION.findall(text) if (found := authorization.action(named))}
    return known.pop() if len(known) == 1 else None


def _resource(text: str) -> str | None:
    found = _group(_RESOURCE, text, "resource")
    if found is not None:
        return found.strip("\\\"' .,;)") or None
    named = _group(_OBJECT, text, "object")
    return f"arn:aws:s3:::{named.rstrip('.,')}" if named else None


def _service(text: str) -> str | None:
    named = _group(_SERVICE, text, "service")
    if named is None:
        return None
    bare = named.replace(" ", "").removeprefix("Amazon").removeprefix("AWS")
    return authorization.service_named(bare) or _PREFIXES.get(bare.lower())


def _policy(match: re.Match[str] | None) -> PolicyType | None:
    if match is None or match["policy"] is None:
        return None
    named = match["policy"]
    return next((kind for kind in PolicyType if named.lower().startswith(kind.value.lower())), None)


def _group(pattern: re.Pattern[str], text: str, name: str) -> str | None:
    match = pattern.search(text)
    return match and match[name]


_BEGINS = re.compile(r"\b[A-Z]+(?:_[A-Z]+)*_(?:FAILED|COMPLETE|IN_PROGRESS)\b|An error occurred \(|operation error ")
"""In a log: a line that begins what is told of another event or call."""


def parts_of(log: str) -> Iterator[str]:
    """Split a log of a deployment into what is told of one event or call each."""
    part: list[str] = []
    for line in log.splitlines():
        if _BEGINS.search(line) and part:
            yield "\n".join(part)
            part = []
        part.append(line)
    yield "\n".join(part)
