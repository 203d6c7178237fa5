"""`iam:SimulatePrincipalPolicy`, decided by leastgrant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leastgrant.iam import Decision, Outcome, Request, context_of, evaluate
from local_aws.wire import ApiCall, AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.callers import Caller
    from local_aws.roles import Roles

_PAGE: Final = 100
_DECISIONS: Final = {
    Outcome.ALLOWED: "allowed",
    Outcome.EXPLICITLY_DENIED: "explicitDeny",
    Outcome.NOT_ALLOWED: "implicitDeny",
    Outcome.OUTSIDE_BOUNDARY: "implicitDeny",
}


@dataclass(frozen=True, slots=True)
class PolicySimulator:
    """The simulator of an account's roles."""

    account: str
    roles: Roles

    def simulate(self, call: ApiCall, caller: Caller) -> Mapping[str, object]:
        """Answer `SimulatePrincipalPolicy`.

        Raises:
            AwsError: there is no such role, or a parameter is not valid.
        """
        del caller
        source = str(call.params["PolicySourceArn"])
        if not source.startswith(f"arn:aws:iam::{self.account}:role/"):
            raise AwsError(
                "InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name."
            )
        permissions = self.roles.role(source.rpartition("/")[2]).permissions
        entries: list[dict[str, Any]] = call.params.get("ContextEntries") or []
        context = context_of({entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in entries})
        results = [
            _result(request, evaluate(request, permissions))
            for action in call.params["ActionNames"]
            for request in (Request(action, arn, context) for arn in call.params.get("ResourceArns") or ["*"])
        ]
        start = int(call.params.get("Marker") or 0)
        end = start + int(call.params.get("MaxItems") or _PAGE)
        more = {"Marker": str(end)} if end < len(results) else {}
        return {"EvaluationResults": results[start:end], "IsTruncated": bool(more), **more}


def _result(request: Request, decision: Decision) -> Mapping[str, object]:
    return {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": _DECISIONS[decision.outcome],
        "MatchedStatements": [{"SourcePolicyId": str(statement)} for statement in decision.statements],
        "MissingContextValues": [],
    }
