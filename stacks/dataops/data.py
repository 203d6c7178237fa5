"""What every resource that holds data has in common: tags that say so, and retention."""

from enum import StrEnum
from typing import Final

from aws_cdk import RemovalPolicy, Tags
from constructs import Construct

KEPT: Final = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Kept when it leaves the template or is replaced; deleted only when the rollback of its own creation asks for it.

`RETAIN` kept that one too: a table that no stack owned, whose name blocked the next deploy.
"""


class DataClass(StrEnum):
    """What kind of data a resource holds."""

    EXECUTION_STATE = "ExecutionState"
    SESSION_STATE = "SessionState"
    EXECUTION_EXPORT_ARCHIVE = "ExecutionExportArchive"
    PORTAL_BROKER_SECRET = "PortalBrokerSecret"


def tag_as_data(construct: Construct, data_class: DataClass) -> None:
    """Tag a resource with its project, its app and the class of its data."""
    tags = Tags.of(construct)
    tags.add("Project", "DataOps")
    tags.add("App", "DataOpsV1")
    tags.add("DataClass", data_class)
