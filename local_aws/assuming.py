"""`sts:AssumeRole`: a role assumed by who may call it, and whom its trust accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leastgrant.iam import AssumeRequest, Outcome, Permissions, Principal, PrincipalKind, evaluate, evaluate_trust
from local_aws.callers import RoleSession
from local_aws.refusal import Refusal, refusal
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.iam import Request, TrustPolicy
    from local_aws.callers import Caller
    from local_aws.login import Login
    from local_aws.roles import Roles
    from local_aws.wire import ApiCall

ASSUMING: Final = frozenset({"sts:AssumeRole", "sts:TagSession"})
"""Actions that the trust of the role decides too."""
_SESSION: Final = (
    3600  # seconds; "DurationSeconds", AWS STS API Reference, and the most that a chained session may have
)
_NOT_MODELLED: Final = ("Policy", "PolicyArns", "SerialNumber", "ProvidedContexts")


@dataclass(frozen=True, slots=True)
class Assuming:
    """The roles of an account, assumed by its users and by sessions of its roles."""

    account: str
    login: Login
    roles: Roles

    def refusal(self, request: Request, caller: Caller) -> Refusal | None:
        """Return what STS says if the caller may not assume a role; None if it may.

        Both the caller's own policies and the role's trust must allow it, unless the trust names the caller, and not
        its account alone ("Cross account resource access in IAM", AWS IAM User Guide).
        """
        refused = refusal(request, Permissions(()), caller.arn)
        trust = self._trust(request.resource)
        if trust is None:
            return refused
        principals = [Principal(PrincipalKind.AWS, arn) for arn in self._names(caller)]
        accepted = [evaluate_trust(AssumeRequest(request.action, one, request.context), trust) for one in principals]
        outcomes = {decision.outcome for decision in accepted}
        if Outcome.EXPLICITLY_DENIED in outcomes or Outcome.ALLOWED not in outcomes:
            return refused
        if caller.permissions is None:
            return None
        own = evaluate(request, caller.permissions)
        named = caller.account == self.account and any(
            statement.principals.names(principal)
            for decision, principal in zip(accepted, principals, strict=True)
            for statement in decision.statements
        )
        if own.allowed or (named and own.outcome is Outcome.NOT_ALLOWED):
            return None
        return refusal(request, caller.permissions, caller.arn)

    def _trust(self, arn: str) -> TrustPolicy | None:
        name = arn.rpartition("/")[2]
        return self.roles.role(name).trust if self.roles.arn(name) == arn else None

    def _names(self, caller: Caller) -> Iterator[str]:
        yield caller.arn
        if isinstance(caller, RoleSession):
            yield self.roles.arn(caller.role_name) or caller.arn

    def assume(self, call: ApiCall, caller: Caller) -> Mapping[str, object]:
        """Answer `AssumeRole`, of which the gateway has asked whether it is allowed.

        Raises:
            AwsError: a parameter is not valid, or not modelled.
        """
        given = next((name for name in _NOT_MODELLED if call.params.get(name)), None)
        if given is not None:
            raise AwsError("NotModelled", f"{given} of sts:AssumeRole is not modelled by the emulator")
        name, session_name = str(call.params["RoleArn"]).rpartition("/")[2], str(call.params["RoleSessionName"])
        seconds = int(call.params.get("DurationSeconds") or _SESSION)
        chained = isinstance(caller, RoleSession)
        if seconds > (_SESSION if chained else self.roles.longest_session(name)):
            limit = "the 1 hour session limit for roles assumed by role chaining"
            of_role = "the MaxSessionDuration set for this role"
            problem = f"The requested DurationSeconds exceeds {limit if chained else of_role}."
            raise AwsError("ValidationError", problem)
        return self.login.session(name, session_name, seconds)
