"""The handlers, one file a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.emulator.cloudformation.handlers.dynamodb import TableHandler
from ops.emulator.cloudformation.handlers.events import RuleHandler
from ops.emulator.cloudformation.handlers.iam import RoleHandler
from ops.emulator.cloudformation.handlers.lambda_ import FunctionHandler, PermissionHandler, UrlHandler
from ops.emulator.cloudformation.handlers.s3 import BucketHandler
from ops.emulator.cloudformation.handlers.secretsmanager import SecretHandler

if TYPE_CHECKING:
    from ops.emulator.cloudformation.handler import Handler

HANDLERS: Final[dict[str, type[Handler]]] = {
    handler.type_name: handler
    for handler in (
        BucketHandler,
        FunctionHandler,
        PermissionHandler,
        RoleHandler,
        RuleHandler,
        SecretHandler,
        TableHandler,
        UrlHandler,
    )
}
"""By resource type."""
