"""The pack: it only puts the rules together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from cdk_nag import NagPack

from leastgrant.cdk.nag.data_is_kept import DATA_IS_KEPT
from leastgrant.cdk.nag.function_reaches_its_vpc import FUNCTION_REACHES_ITS_VPC
from leastgrant.cdk.nag.logs_expire import LOGS_EXPIRE
from leastgrant.cdk.nag.no_wildcard_action import NO_WILDCARD_ACTION
from leastgrant.cdk.nag.queue_outlasts_its_function import QUEUE_OUTLASTS_ITS_FUNCTION
from leastgrant.cdk.nag.rule import AppliedRule
from leastgrant.cdk.nag.trust_names_its_subject import TRUST_NAMES_ITS_SUBJECT

if TYPE_CHECKING:
    from aws_cdk import CfnResource
    from cdk_nag import IApplyRule
    from constructs import IConstruct

RULES: Final = (
    DATA_IS_KEPT,
    FUNCTION_REACHES_ITS_VPC,
    LOGS_EXPIRE,
    NO_WILDCARD_ACTION,
    QUEUE_OUTLASTS_ITS_FUNCTION,
    TRUST_NAMES_ITS_SUBJECT,
)


class DeploymentChecks(NagPack):
    """What is local to one resource, or to one function and what it uses.

    Wildcards in a grant, the shape of a trust, data that would be deleted, network interfaces that could not be made,
    messages that come twice, logs that stay for ever.
    """

    def __init__(self, scope: IConstruct) -> None:
        super().__init__(scope)
        self._pack_name = "Deployment"

    @property
    def name(self) -> str:
        """What findings are acknowledged by: `Deployment::Deployment-DataIsKept[DeletionPolicy]`."""
        return "Deployment"

    def _check_resource(self, node: CfnResource) -> None:
        for rule in RULES:
            # jsii's interface wants setters too, which cdk-nag does not call
            self._apply_rule(cast("IApplyRule", AppliedRule(rule, node)))
