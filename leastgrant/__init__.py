"""Proves that a deploy role grants what CloudFormation will call, and nothing else.

    from leastgrant import Environment, load, needs_of, prove, resolve, role_of_template

This is the door of the library; the sub-packages `iam`, `template`, `knowledge`, `documents`, `workflow`, `report` and
`cdk` have doors of their own. What is behind a door may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastgrant.assembly import Assembly, Place, Stack, read_assembly
    from leastgrant.errors import InputError
    from leastgrant.proof.access_changes import AccessChange, Sign, State, access_changes
    from leastgrant.proof.chain import Execution, executions, least_policies
    from leastgrant.proof.finding import Acknowledged, Finding, Kind
    from leastgrant.proof.missing import contexts_of, least_statement, refusals
    from leastgrant.proof.needs import Need, Operation, Subject, Unmodelled, Use, needs_of
    from leastgrant.proof.new_access import Access, NotDecided, new_access
    from leastgrant.proof.prove import Proof, prove
    from leastgrant.proof.tools import Assets, ToolError, tool_uses
    from leastgrant.proof.trust import Trusted
    from leastgrant.proof.uses import load_uses, parse_uses, uses_file
    from leastgrant.rehearsal import NamedPolicy, Rehearsal
    from leastgrant.role import Role, RoleError, known_json, role_of_policy, role_of_template
    from leastgrant.template import Environment, TemplateError, load, parse, resolve

__all__ = [
    "Access",
    "AccessChange",
    "Acknowledged",
    "Assembly",
    "Assets",
    "Environment",
    "Execution",
    "Finding",
    "InputError",
    "Kind",
    "NamedPolicy",
    "Need",
    "NotDecided",
    "Operation",
    "Place",
    "Proof",
    "Rehearsal",
    "Role",
    "RoleError",
    "Sign",
    "Stack",
    "State",
    "Subject",
    "TemplateError",
    "ToolError",
    "Trusted",
    "Unmodelled",
    "Use",
    "__version__",
    "access_changes",
    "contexts_of",
    "executions",
    "known_json",
    "least_policies",
    "least_statement",
    "load",
    "load_uses",
    "needs_of",
    "new_access",
    "parse",
    "parse_uses",
    "prove",
    "read_assembly",
    "refusals",
    "resolve",
    "role_of_policy",
    "role_of_template",
    "tool_uses",
    "uses_file",
]

__version__ = "0.1.0"
"""The version of the distribution, by semantic versioning; CHANGELOG.md tells what each has changed."""

_HOMES = {
    "leastgrant.assembly": ("Assembly", "Place", "Stack", "read_assembly"),
    "leastgrant.errors": ("InputError",),
    "leastgrant.proof.chain": ("Execution", "executions", "least_policies"),
    "leastgrant.proof.access_changes": (
        "AccessChange",
        "Sign",
        "State",
        "access_changes",
    ),
    "leastgrant.proof.finding": (
        "Acknowledged",
        "Finding",
        "Kind",
    ),
    "leastgrant.proof.missing": (
        "contexts_of",
        "least_statement",
        "refusals",
    ),
    "leastgrant.proof.needs": (
        "Need",
        "Operation",
        "Subject",
        "Unmodelled",
        "Use",
        "needs_of",
    ),
    "leastgrant.proof.new_access": (
        "Access",
        "NotDecided",
        "new_access",
    ),
    "leastgrant.proof.prove": (
        "Proof",
        "prove",
    ),
    "leastgrant.proof.tools": (
        "Assets",
        "ToolError",
        "tool_uses",
    ),
    "leastgrant.proof.trust": ("Trusted",),
    "leastgrant.proof.uses": (
        "load_uses",
        "parse_uses",
        "uses_file",
    ),
    "leastgrant.rehearsal": ("NamedPolicy", "Rehearsal"),
    "leastgrant.role": (
        "Role",
        "RoleError",
        "known_json",
        "role_of_policy",
        "role_of_template",
    ),
    "leastgrant.template": (
        "Environment",
        "TemplateError",
        "load",
        "parse",
        "resolve",
    ),
}
"""Where each name is: a module is loaded when a name of it is asked for, as a command needs few of them."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
