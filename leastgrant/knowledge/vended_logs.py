"""Logs that a service delivers: who sets the delivery up is asked for the calls that CloudWatch Logs makes of it.

Source: "Logging that requires additional permissions [V1]", Amazon CloudWatch Logs User Guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.knowledge.rule import advisory, required

if TYPE_CHECKING:
    from leastgrant.knowledge.rule import Rule

_GUIDE = "Logging that requires additional permissions [V1], Amazon CloudWatch Logs User Guide"


def vended_logs(when: str, source: str) -> tuple[Rule, ...]:
    """Return the calls for a property that sets delivery up, of a type whose schema lists none of them."""
    cited = f"{source}; {_GUIDE}"
    asked = "asked of who sets the delivery of logs up"
    return (
        required("logs:CreateLogDelivery", on="create update", when=when, add=True, reason=asked, source=cited),
        required("logs:UpdateLogDelivery", on="update", when=when, add=True, reason=asked, source=cited),
        required("logs:DeleteLogDelivery", on="update delete", when=when, add=True, reason=asked, source=cited),
        advisory(
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
            on="create update",
            when=when,
            add=True,
            reason=f"{asked}; a log group whose policy allows it already needs none",
            source=cited,
        ),
    )
