"""IAM policies of a role: read, evaluated, and compared as sets of requests."""

from leastgrant.iam.arn import COMPONENTS, components
from leastgrant.iam.document import (
    Policy,
    Principal,
    PrincipalKind,
    Statement,
    TrustPolicy,
    parse_policy,
    parse_trust_policy,
)
from leastgrant.iam.evaluation import (
    AssumeRequest,
    Decision,
    Outcome,
    Permissions,
    Request,
    context_of,
    evaluate,
    evaluate_trust,
)
from leastgrant.iam.inclusion import RequestSet, Witness, ungranted
from leastgrant.iam.json_values import PolicyError, read_object
from leastgrant.iam.pattern import ANY, Pattern, PatternTooComplex, Wildcard, member
from leastgrant.iam.string import Context

__all__ = [
    "ANY",
    "COMPONENTS",
    "AssumeRequest",
    "Context",
    "Decision",
    "Outcome",
    "Pattern",
    "PatternTooComplex",
    "Permissions",
    "Policy",
    "PolicyError",
    "Principal",
    "PrincipalKind",
    "Request",
    "RequestSet",
    "Statement",
    "TrustPolicy",
    "Wildcard",
    "Witness",
    "components",
    "context_of",
    "evaluate",
    "evaluate_trust",
    "member",
    "parse_policy",
    "parse_trust_policy",
    "read_object",
    "ungranted",
]
