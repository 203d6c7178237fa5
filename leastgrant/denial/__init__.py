"""What AWS says when it denies a call: read from any form it is pasted in, and held against templates and a role."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastgrant.denial.explanation import Explained, Layer, explained, need_denied
    from leastgrant.denial.message import Denial, FailedResource, PolicyType, denial_in
    from leastgrant.denial.pasted import NoDenial, denials_in

__all__ = [
    "Denial",
    "Explained",
    "FailedResource",
    "Layer",
    "NoDenial",
    "PolicyType",
    "denial_in",
    "denials_in",
    "explained",
    "need_denied",
]

_HOMES = {
    "leastgrant.denial.explanation": ("Explained", "Layer", "explained", "need_denied"),
    "leastgrant.denial.message": ("Denial", "FailedResource", "PolicyType", "denial_in"),
    "leastgrant.denial.pasted": ("NoDenial", "denials_in"),
}
"""Where each name is: a module is loaded when a name of it is asked for."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
