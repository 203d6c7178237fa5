"""The handlers, one file a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ops.emulator.cloudformation.handler import Handler

HANDLERS: Final[dict[str, type[Handler]]] = {}
