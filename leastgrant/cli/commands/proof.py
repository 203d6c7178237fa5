"""The proof that the arguments ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import AUDIENCE
from leastgrant.cli.commands.common import stack_tags
from leastgrant.cli.parser import ArgumentError
from leastgrant.proof.prove import prove
from leastgrant.proof.trust import Trusted
from leastgrant.role import Role
from leastgrant.template import Environment

if TYPE_CHECKING:
    from leastgrant.cli.arguments import ProofOptions
    from leastgrant.cli.inputs import Inputs
    from leastgrant.proof.prove import Proof


def proof_of(options: ProofOptions, inputs: Inputs) -> Proof:
    """Return the proof of the one role, or of none.

    Raises:
        ArgumentError: tokens are given, and the role is a policy.
    """
    (role,) = inputs.roles or (Role("no role", ()),)
    trusted = _trusted(options)
    if trusted and role.trust is None:
        raise ArgumentError(
            "--trusted-subject: --role is a policy, which says nothing of trust; give the role's template"
        )
    return prove(
        replace(role, arns=(options.role_arn,) if options.role_arn else role.arns),
        inputs.deployed,
        uses=inputs.uses,
        namespaces=options.namespace,
        belongs=options.belongs,
        trusted=trusted,
        stack_tags=stack_tags(options),
        on_change=options.all,
        existing=options.existing,
    )


def _trusted(options: ProofOptions) -> Trusted | None:
    if not options.trusted_subject:
        if options.trusted_claim:
            raise ArgumentError("--trusted-claim: says more of the tokens of --trusted-subject; give that too")
        return None
    known = Environment(options.partition, options.region, options.account)
    names = dict.fromkeys(name for name, _ in options.trusted_claim)
    claims = tuple((name, tuple(value for key, value in options.trusted_claim if key == name)) for name in names)
    provider = f"arn:{known.partition}:iam::{known.account}:oidc-provider/{options.trusted_provider}"
    return Trusted(provider, tuple(options.trusted_audience) or (AUDIENCE,), tuple(options.trusted_subject), claims)
