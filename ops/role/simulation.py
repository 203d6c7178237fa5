"""`iam:SimulatePrincipalPolicy`: what IAM itself says a role may do.

IAM answers for each action on each resource of a request. It refuses to answer for some actions together: "Invalid
Input Actions: [...] and [...] require different authorization information", by a grouping that no document tells.
Such a request is halved until IAM takes it. What it evaluates besides the role's policies: the boundary, and the
organisation's service control policies (IAM User Guide, "Testing IAM policies with the IAM policy simulator").
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leastgrant.iam import components
from ops.aws.errors import code_of, message_of
from ops.errors import OpsError
from ops.role.live import NO_SUCH_ENTITY
from ops.role.simulated_request import SimulatedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import ContextKeyTypeEnumType
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef, EvaluationResultTypeDef, ResourceSpecificResultTypeDef

    from ops.role.simulated_request import Entries

_THREADS = 4
"""Requests at a time: IAM throttles the whole account's calls."""

_MOST_ACTIONS, _MOST_RESOURCES = 25, 20
"""Of one request, which is then answered in few pages, and costs little to halve. IAM documents no limit."""


@dataclass(frozen=True, slots=True)
class SimulatedDecision:
    """IAM's answer."""

    allowed: bool
    because: str
    """What IAM says of a denial: `explicitDeny` or `implicitDeny`, and what stands in the way beside the policies."""


NO_DECISION = SimulatedDecision(allowed=False, because="IAM gave no answer")


def simulate(
    iam: IAMClient, role_arn: str, requests: Iterable[SimulatedRequest]
) -> dict[SimulatedRequest, SimulatedDecision]:
    """Ask IAM for its decision on each request.

    Raises:
        OpsError: there is no such role.
        BotoCoreError, ClientError: as any call.
    """
    asked = tuple(requests)
    answers: dict[SimulatedRequest, SimulatedDecision] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(partial(_ask, iam, role_arn), _batches(asked)):
            answers |= found
    return {request: answers.get(request, NO_DECISION) for request in asked}


@dataclass(frozen=True, slots=True)
class _Batch:
    """Questions that one request asks: every action on every resource, in one context."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: Entries

    def halves(self) -> tuple[_Batch, _Batch]:
        middle = len(self.actions) // 2
        return replace(self, actions=self.actions[:middle]), replace(self, actions=self.actions[middle:])


def _batches(requests: Iterable[SimulatedRequest]) -> Iterator[_Batch]:
    """Yield batches: actions of one service on the same resources; these are of one account and region."""
    actions_on: defaultdict[tuple[str, str, Entries], dict[str, None]] = defaultdict(dict)
    for one in requests:
        actions_on[_service(one.action), one.resource, one.context][one.action] = None
    resources_of: defaultdict[tuple[tuple[str, ...], Entries, tuple[str, ...]], list[str]] = defaultdict(list)
    for (_, resource, context), actions in actions_on.items():
        resources_of[tuple(actions), context, _place(resource)].append(resource)
    for (actions, context, _), resources in resources_of.items():
        for some in _chunks(actions, _MOST_ACTIONS):
            for others in _chunks(resources, _MOST_RESOURCES):
                yield _Batch(some, others, context)


def _service(action: str) -> str:
    return action.partition(":")[0]


def _place(arn: str) -> tuple[str, ...]:
    """Return the region and account of an ARN."""
    return tuple((components(arn) or [])[3:5])


def _chunks(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


_APART = "require different authorization information"


def _ask(iam: IAMClient, role_arn: str, batch: _Batch) -> dict[SimulatedRequest, SimulatedDecision]:
    try:
        return _answered(iam, role_arn, batch)
    except ClientError as error:
        if code_of(error) == NO_SUCH_ENTITY:
            raise OpsError(f"there is no role {role_arn} to simulate: deploy the role stack first") from None
        if _APART not in message_of(error) or len(batch.actions) == 1:
            raise
    return {key: value for half in batch.halves() for key, value in _ask(iam, role_arn, half).items()}


def _answered(iam: IAMClient, role_arn: str, batch: _Batch) -> dict[SimulatedRequest, SimulatedDecision]:
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role_arn,
        ActionNames=batch.actions,
        ResourceArns=batch.resources,
        ContextEntries=[_entry(key, values) for key, values in batch.context if values],
    )
    results = (result for page in pages for result in page.get("EvaluationResults", []))
    return {
        SimulatedRequest(result["EvalActionName"], resource, batch.context): decision
        for result in results
        for resource, decision in _decisions(result)
    }


def _entry(key: str, values: Sequence[str]) -> ContextEntryTypeDef:
    kind: ContextKeyTypeEnumType = "string" if len(values) == 1 else "stringList"
    return {"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": kind}


def _decisions(result: EvaluationResultTypeDef) -> Iterator[tuple[str, SimulatedDecision]]:
    """Yield the decision on each resource. If a request names several, the result's own is of all of them together."""
    organisation = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
    specific = result.get("ResourceSpecificResults", [])
    for one in specific:
        yield one["EvalResourceName"], _decision(one["EvalResourceDecision"], one, organisation)
    if not specific:
        yield result.get("EvalResourceName", "*"), _decision(result["EvalDecision"], result, organisation)


def _decision(
    decision: str, details: EvaluationResultTypeDef | ResourceSpecificResultTypeDef, organisation: bool
) -> SimulatedDecision:
    because = [decision]
    if not organisation:
        because.append("an organisation's policy does not allow it")
    if not details.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        because.append("the permissions boundary does not allow it")
    if missing := details.get("MissingContextValues", []):
        because.append(f"it depends on {', '.join(missing)}")
    return SimulatedDecision(decision == "allowed", ", ".join(because))
